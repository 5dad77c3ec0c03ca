"""Names are looked up one at a time, with a reason, by those allowed, and every look is kept before it is shown."""

from pathlib import Path

import pandas as pd
import pytest
from caller import PASSWORD, Browser, form_of
from starlette.applications import Starlette

from remission.cohort import BatchInfo, Entries, Study, audit_trail, create_study, plan_erasure, record
from remission.door import Accounts, Gate, door_at
from remission.door.accounts import FILE
from remission.locator import KEY_VARIABLE, routes
from remission.vault import create_vault, new_key

REASON = "the number on paper is out of date"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    made = create_study(tmp_path / "study", "engagement")
    people = pd.DataFrame({"participant_id": ["1017", "1018"], "site": ["north", "south"], "arm": None})
    stop = pd.DataFrame([{"participant_id": "1018", "kind": "contact", "since_on": "2024-01-01", "lifted_on": None}])
    record(made, Entries(participants=people.assign(origin_date=None), stops=stop), BatchInfo("form"))
    key = new_key(tmp_path / "vault.key", made.path)
    vault = create_vault(made, key)
    for code in ("1017", "1018"):
        point = {"kind": "phone", "value": f"line of {code}", "may_leave_message": "no"}
        vault.put(plan_erasure(made, code).uid, {"name": f"Name of {code} <b>"}, [point])
    monkeypatch.setenv("REMISSION_STUDY", str(made.path))
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "vault.key"))
    return made


@pytest.fixture
def browser(study: Study) -> Browser:
    accounts = Accounts(study.path / FILE)
    accounts.add("maria", PASSWORD, (("staff", "north"),))
    accounts.add("stat", PASSWORD, (("statistician", "*"),))
    accounts.add("carla", PASSWORD, (("coordinator", "*"),))
    return Browser(Gate(Starlette(routes=routes()), door_at(study.path)))


def ask(browser: Browser, code: str, reason: str = REASON) -> str:
    page = browser.get("/locator")
    sent = browser.post("/locator", {"form": form_of(page), "participant": code, "reason": reason})
    return sent.body


def test_a_look_is_shown_and_kept_with_name_and_reason(browser: Browser, study: Study) -> None:
    browser.sign_in("maria", PASSWORD)
    body = ask(browser, "1017")
    assert "line of 1017" in body
    assert "Name of 1017 &lt;b&gt;" in body
    trail = audit_trail(study)
    look = trail[trail["action"] == "opened"].iloc[-1]
    assert look[["who", "table", "key", "reason"]].tolist() == ["maria", "vault", "1017", REASON]
    assert {"account": "maria", "what": "looked up the name of 1017"}.items() <= door_at(study.path).log.lines()[
        0
    ].items()


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        ("1018", REASON, "no such participant at your sites"),
        ("9999", REASON, "no such participant at your sites"),
        ("1017", "", "No reason is given"),
        ("1017", " x ", "No reason is given"),
    ],
)
def test_what_is_not_allowed_is_refused_and_leaves_no_look(
    code: str, reason: str, said: str, browser: Browser, study: Study
) -> None:
    browser.sign_in("maria", PASSWORD)
    body = ask(browser, code, reason)
    assert said in body
    assert "line of" not in body
    assert "opened" not in set(audit_trail(study)["action"])


def test_others_get_nothing_and_a_stop_is_told(browser: Browser) -> None:
    browser.sign_in("stat", PASSWORD)
    assert browser.get("/locator").status == 403
    carla = Browser(browser.app)
    carla.sign_in("carla", PASSWORD)
    assert "Not to be contacted" in ask(carla, "1018")
    forged = carla.post("/locator", {"form": "0" * 64, "participant": "1017", "reason": REASON})
    assert forged.status == 400
    assert "line of" not in forged.body


def test_without_the_key_it_says_so(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    browser.sign_in("maria", PASSWORD)
    assert "Start the dashboard with --vault-key" in ask(browser, "1017")
