"""The dashboard behind its gate, as it is started, in a real browser and by hand-made requests."""

import base64
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from remission import cli
from remission.cli.dashboard import free_port, start, stop, wait_until_it_answers
from remission.cohort import Study, create_study
from remission.door import Accounts
from remission.door.accounts import FILE
from remission.simulate import record_simulated

pytestmark = pytest.mark.browser
PASSWORD = "four unrelated words here"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    made = create_study(tmp_path_factory.mktemp("door") / "study", "engagement")
    record_simulated(made, 60, 3)
    accounts = Accounts(made.path / FILE)
    accounts.add("carla", PASSWORD, (("coordinator", "*"),))
    accounts.add("maria", PASSWORD, (("staff", "north"),))
    return made


@pytest.fixture(scope="module")
def address(study: Study) -> Iterator[str]:
    port = free_port(8620)
    process = start(study.path, port, headless=True)
    try:
        yield wait_until_it_answers(process, port)
    finally:
        stop(process)


def sign_in(page: Any, address: str, name: str) -> None:
    page.goto(f"{address}/")
    assert page.url == f"{address}/sign-in"
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("button")
    page.get_by_role("heading", name="Overview", exact=True).wait_for(timeout=60_000)


def status(address: str, **headers: str) -> int:
    asked = urllib.request.Request(address, headers={name.replace("_", "-"): said for name, said in headers.items()})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def handshake(address: str, **headers: str) -> str:
    """Ask for the websocket by hand; return the first line of the answer."""
    host, _, port = address.removeprefix("http://").partition(":")
    told = {
        "Host": f"{host}:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        **{name.title(): said for name, said in headers.items()},
    }
    lines = "".join(f"{name}: {said}\r\n" for name, said in told.items())
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(f"GET /_stcore/stream HTTP/1.1\r\n{lines}\r\n".encode())
        return line.recv(4096).decode("latin-1").split("\r\n")[0]


def test_without_a_session_there_is_the_page_to_sign_in_and_nothing_else(address: str) -> None:
    for path in ("/_stcore/health", "/_stcore/host-config", "/media/abc.csv", "/static/index.html", "/favicon.png"):
        assert status(address + path) == 401, path
    assert status(address + "/_stcore/metrics") == 404
    assert status(address + "/", Host="evil.example") == 400
    assert "403" in handshake(address, origin=address)
    assert "403" in handshake(address, origin="http://evil.example", host="evil.example")


def test_people_see_their_own_views_and_one_tab_signs_all_out(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, complaints = context.new_page(), []
    page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    sign_in(page, address, "carla")
    ours = [each for each in context.cookies() if each["name"].startswith("remission")]
    assert all(each["httpOnly"] and each["sameSite"] == "Strict" for each in ours)
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in ours)
    assert "101" in handshake(address, origin=address, cookie=cookie)
    assert "403" in handshake(address, origin="http://evil.example", cookie=cookie)
    page.locator('[data-testid="stSidebarNav"]').get_by_text("Time to relapse", exact=True).click()
    page.locator('[data-testid="stVegaLiteChart"] svg').first.wait_for(timeout=60_000)
    other = context.new_page()
    other.goto(f"{address}/account")
    with other.expect_navigation():
        other.click("form[action='/sign-out'] button")
    page.get_by_text("You are signed out.").wait_for(timeout=60_000)
    assert page.locator('[data-testid="stVegaLiteChart"]').count() == 0
    assert "403" in handshake(address, origin=address, cookie=cookie)
    assert complaints == []
    context.close()


def test_staff_of_a_site_see_neither_other_views_nor_other_people(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, address, "maria")
    menu = page.locator('[data-testid="stSidebarNav"] a').all_inner_texts()
    assert menu == ["Overview", "Desk", "Safety", "Signals", "Participant"]
    page.get_by_text("Shown: north.").wait_for()
    page.goto(f"{address}/time_to_relapse")
    page.get_by_role("heading", name="Overview", exact=True).wait_for(timeout=60_000)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_on_the_pages_of_the_door(browser: Any, address: str, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()

    def look(what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, (what, found.response["violations"][0]["nodes"][0]["html"][:200])

    page.goto(f"{address}/sign-in?lang=es")
    look("sign in")
    page.fill("#name", "carla")
    page.fill("#password", "wrong words altogether")
    with page.expect_navigation():
        page.click("button")
    look("refused")
    sign_in(page, address, "carla")
    page.goto(f"{address}/account")
    look("account")
    with page.expect_navigation():
        page.click("button[value=start]")
    look("codes")
    page.goto(f"{address}/locator")
    look("locator")
    context.close()


def test_a_server_with_a_name_needs_an_account_and_cookies_that_need_https(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = create_study(tmp_path / "bare", "engagement")
    told = CliRunner().invoke(cli.app, ["dashboard", "--study", str(bare.path), "--name", "desk.example.org"])
    assert told.exit_code != 0
    assert "no account yet" in str(told.exception)
    port = free_port(8640)
    process = start(study.path, port, headless=True, names=("desk.example.org",))
    try:
        address = wait_until_it_answers(process, port)
        asked = urllib.request.Request(f"{address}/sign-in", headers={"Host": "desk.example.org"})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            cookie = answer.headers["set-cookie"]
        assert re.match(r"__Host-remission-form=", cookie)
        assert "Secure" in cookie
        assert status(f"{address}/sign-in", Host="another.example.org") == 400
    finally:
        stop(process)
