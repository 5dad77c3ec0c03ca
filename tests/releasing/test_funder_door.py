"""The funder's process with its gate: accounts are read and nothing is written, and the canary stays unknown."""

import contextlib
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from served import CANARY, Served, serving
from typer.testing import CliRunner

from remission import cli
from remission.cohort import open_study
from remission.door import Accounts
from remission.releasing import Releases
from remission.releasing.store import releases_of

PASSWORD = "four unrelated words here"


@pytest.fixture
def places(frozen_once: Path, tmp_path: Path) -> Releases:
    accounts = Accounts(tmp_path / "accounts.json")
    accounts.add("paula", PASSWORD, (("funder", "*"),))
    accounts.add("maria", PASSWORD, (("staff", "*"),))
    return releases_of(open_study(frozen_once / "study"))


def sign_in(found: Served, name: str, password: str = PASSWORD) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{found.address}/sign-in", timeout=20) as page:
        form = re.search(r'name="form" value="(\w+)"', page.read().decode())
    assert form is not None
    fields = urllib.parse.urlencode({"form": form.group(1), "name": name, "password": password, "code": ""})
    asked = urllib.request.Request(
        f"{found.address}/sign-in", fields.encode(), headers={"Origin": found.address, "Accept": "text/html"}
    )
    with contextlib.suppress(urllib.error.HTTPError):
        opener.open(asked, timeout=20).close()
    return opener


def read(opener: urllib.request.OpenerDirector, address: str) -> tuple[int, str]:
    try:
        with opener.open(urllib.request.Request(address, headers={"Accept": "text/html"}), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_funders_sign_in_and_nobody_else_gets_a_release(places: Releases, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    with serving(places, tmp_path.parent / f"{tmp_path.name}.txt", tmp_path / "accounts.json") as found:
        assert found.get("/1/counts.csv")[0] == 401
        assert b"Sign in" in found.get("/sign-in")[2]
        status, page = read(sign_in(found, "paula"), f"{found.address}/en/1")
        assert status == 200
        assert "of 100" in page
        assert CANARY not in page
        assert read(sign_in(found, "maria"), f"{found.address}/en/1")[0] == 403
        status, page = read(sign_in(found, "paula", "wrong words altogether"), f"{found.address}/en/1")
        assert "Sign in" in page
        opener = sign_in(found, "paula")
        account = read(opener, f"{found.address}/account")[1]
        assert "Sign out" in account
        assert "/account/password" not in account
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_place_that_others_reach_needs_accounts_or_a_word(places: Releases) -> None:
    asked = ["release", "serve", str(places.frozen), "--signers", str(places.signers)]
    for more in (["--name", "funder.example.org"], ["--host", "0.0.0.0"]):
        told = CliRunner().invoke(cli.app, [*asked, *more])
        assert told.exit_code != 0
        assert "--public" in str(told.exception)
    told = CliRunner().invoke(cli.app, [*asked, "--accounts", "nowhere.json"])
    assert "There is no file nowhere.json" in str(told.exception)
