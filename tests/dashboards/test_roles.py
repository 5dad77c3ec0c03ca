"""Who may open which view, and at which sites; AppTest runs the script as the server does, without the gate."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from remission.cohort import Study, create_study, participants
from remission.dashboard import entering
from remission.door import VIEWS, Accounts, door_at
from remission.door.accounts import FILE
from remission.locate import shipped
from remission.simulate import record_simulated

TABLE = Path(__file__).with_name("views_by_role.csv")
PASSWORD = "four unrelated words here"
HERE = tuple(view for view in VIEWS if (Path(__file__).parents[2] / "dashboards" / "views" / f"{view}.py").is_file())
GRANTS = {
    "staff": (("staff", "north"),),
    "coordinator": (("coordinator", "*"),),
    "coordinator of a site": (("coordinator", "north"),),
    "statistician": (("statistician", "*"),),
    "administrator": (("administrator", "*"),),
    "funder": (("funder", "*"),),
    "no role": (),
    "no site": (("coordinator", ""),),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = create_study(tmp_path_factory.mktemp("roles") / "study", "engagement")
    record_simulated(made, 60, 3)
    accounts = Accounts(made.path / FILE)
    for name, grants in GRANTS.items():
        accounts.add(name.replace(" ", "."), PASSWORD, grants)
    yield made
    door_at.cache_clear()


def run_as(name: str | None, study: Study, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    token = None if name is None else door_at(study.path).begin(name.replace(" ", "."))
    monkeypatch.setattr(entering, "_token", lambda: token)
    monkeypatch.setenv("REMISSION_STUDY", str(study.path))
    return AppTest.from_file(str(shipped("dashboards") / "app.py"), default_timeout=60).run()


def answer(first: AppTest, view: str) -> str:
    """Try to open a view; a page that the menu does not hold cannot be run."""
    try:
        app = first.switch_page(f"views/{view}.py").run()
    except ValueError:
        return "refused"
    assert [element.message for element in app.exception] == []
    return "opened" if opened(app) == view else "refused"


def opened(app: AppTest) -> str:
    return app.title[0].value.lower().replace(" ", "_") if len(app.title) else ""


def test_the_table_of_views_by_role_is_the_one_that_is_kept(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name in GRANTS:
        first = run_as(name, study, monkeypatch)
        for view in HERE:
            found.append([name, view, answer(first, view)])
    with TABLE.open() as file:
        kept = list(csv.reader(file))[1:]
    assert found == kept


def test_nobody_sees_anything_without_a_session(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run_as(None, study, monkeypatch)
    assert [element.value for element in app.error] == ["You are signed out."]
    assert len(app.title) == 0
    assert study.protocol.title not in " ".join(element.value for element in app.markdown)


def test_signing_out_elsewhere_is_seen_at_the_next_action(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    app = run_as("coordinator", study, monkeypatch)
    assert opened(app) == "overview"
    door_at(study.path).accounts.end_sessions("coordinator")
    app.run()
    assert [element.value for element in app.error] == ["You are signed out."]
    assert len(app.table) == 0


def test_a_site_sees_its_own_people_and_the_whole_sees_all(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    people = participants(study)
    north = int((people["site"] == "north").sum())
    for name, count in (("coordinator of a site", north), ("coordinator", len(people))):
        text = " ".join(element.value for element in run_as(name, study, monkeypatch).markdown)
        assert f"{count} participants were enrolled" in text
        assert 0 < north < len(people)


def test_what_is_opened_stands_in_the_log(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    run_as("statistician", study, monkeypatch).switch_page("views/data_quality.py").run()
    lines = [(line["account"], line["what"]) for line in door_at(study.path).log.lines(3)]
    assert lines == [
        ("statistician", "opened data_quality"),
        ("statistician", "opened overview"),
        ("statistician", "signed in"),
    ]
