"""The gate: who gets through to what, by a table that is kept; forged, replayed and broken requests."""

import csv
import io
from pathlib import Path

import pytest
from caller import GRANTS, HOST, PASSWORD, Browser, Clock, form_of
from starlette.types import ASGIApp, Receive, Scope, Send

from remission.door import Accounts, Door, Gate
from remission.door.access_log import AccessLog
from remission.door.gate import may_see_releases, may_use_study
from remission.door.policy import streamlit_policy
from remission.door.sessions import IDLE_SECONDS

TABLE = Path(__file__).with_name("access_matrix.csv")
PLACES = (
    ("GET", "/", "text/html"),
    ("GET", "/safety", "text/html"),
    ("GET", "/~/+/", "text/html"),
    ("GET", "/media/abc.csv", "*/*"),
    ("GET", "/media/abc.csv", "text/html"),
    ("GET", "/static/js/index.js", "*/*"),
    ("GET", "/component/x/index.html", "text/html"),
    ("GET", "/_stcore/health", "*/*"),
    ("GET", "/_stcore/host-config", "*/*"),
    ("GET", "/_stcore/metrics", "*/*"),
    ("GET", "/_stcore/agent/openapi.json", "*/*"),
    ("GET", "/locator", "text/html"),
    ("POST", "/locator", "text/html"),
    ("POST", "/_stcore/upload_file/x/y", "*/*"),
    ("GET", "/en/1", "text/html"),
    ("GET", "/1/counts.csv", "*/*"),
    ("GET", "/sign-in", "text/html"),
    ("GET", "/sign-in/other", "text/html"),
    ("GET", "/account", "text/html"),
)


@pytest.fixture
def study(door: Door, inner: ASGIApp) -> Gate:
    return Gate(inner, door, policy=streamlit_policy())


def matrix(door: Door, inner: ASGIApp) -> list[list[str]]:
    rows = [["application", "who", "verb", "path", "accept", "answer"]]
    for application, may in (("study", may_use_study), ("releases", may_see_releases)):
        for who in ("anonymous", *GRANTS):
            browser = Browser(Gate(inner, door, policy="default-src 'none'", may=may))
            if who != "anonymous":
                assert browser.sign_in(who, PASSWORD).status == 303
            for verb, path, accept in PLACES:
                headers = {"accept": accept, "origin": browser.origin}
                rows.append([application, who, verb, path, accept, str(browser.ask(verb, path, headers).status)])
            rows.append([application, who, "WEBSOCKET", "/_stcore/stream", "", browser.websocket("/_stcore/stream")])
    return rows


def test_the_table_of_who_gets_through_is_the_one_that_is_kept(door: Door, inner: ASGIApp) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(matrix(door, inner))
    assert text.getvalue() == TABLE.read_text()


def test_anonymous_gets_the_page_to_sign_in_and_nothing_else() -> None:
    with TABLE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["who"] in ("anonymous", "nobody", "siteless")]
    through = {(row["who"], row["path"]) for row in rows if row["answer"] in ("200", "accepted")}
    assert through == {("anonymous", "/sign-in"), ("nobody", "/account"), ("siteless", "/account")}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8501", "[::1", "a@b"])
def test_a_forged_host_is_refused_before_all_else(host: str, study: Gate) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    forged = browser.get("/", host=host)
    assert forged.status == 400
    assert "Inside" not in forged.body
    browser.host = host
    assert browser.websocket("/_stcore/stream", origin=f"http://{host}") == "refused"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:9999", "http://["])
def test_a_request_that_changes_something_comes_from_our_own_pages(origin: str, study: Gate) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    assert browser.websocket("/_stcore/stream", origin=origin) == "refused"
    assert browser.post("/_stcore/upload_file/x/y", {}, origin=origin).status == 403
    assert browser.post("/sign-out", {}, origin=origin).status == 403
    assert browser.websocket("/_stcore/stream") == "accepted"


def test_an_expired_session_is_asked_to_sign_in(study: Gate, clock: Clock) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    clock.now += IDLE_SECONDS + 1
    answer = browser.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert browser.get("/media/abc.csv", accept="*/*").status == 401
    assert browser.websocket("/_stcore/stream") == "refused"


def test_signing_out_ends_it_for_every_tab_and_a_kept_cookie_opens_nothing(study: Gate) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    kept = dict(browser.cookies)
    page = browser.get("/account")
    assert browser.post("/sign-out", {"form": form_of(page)}).headers["location"] == "/sign-in"
    browser.cookies = kept
    assert browser.get("/").status == 303
    assert browser.websocket("/_stcore/stream") == "refused"


def test_a_form_without_its_token_changes_nothing(study: Gate, door: Door) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    browser.post("/sign-out", {"form": "0" * 64})
    browser.post("/account/password", {"old": PASSWORD, "new": "another four words now"})
    browser.cookies = {name: value for name, value in browser.cookies.items() if value}
    assert Browser(study).sign_in("staff", PASSWORD).status == 303
    stranger = Browser(study)
    stranger.get("/sign-in")
    assert stranger.post("/sign-in", {"name": "staff", "password": PASSWORD, "form": "0" * 64}).status == 401


def test_a_session_known_before_signing_in_is_not_carried_on(study: Gate) -> None:
    browser = Browser(study)
    browser.cookies["remission-session"] = "planted"
    browser.sign_in("staff", PASSWORD)
    assert browser.cookies["remission-session"] != "planted"
    planted = Browser(study)
    planted.cookies["remission-session"] = "planted"
    assert planted.get("/").status == 303


def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(door: Door, inner: ASGIApp) -> None:
    gate = Gate(inner, door, hosts=("desk.example.org",), secure=True)
    browser = Browser(gate, host="desk.example.org", scheme="https")
    answer = browser.sign_in("staff", PASSWORD)
    session = next(each for each in answer.cookies if each.startswith("__Host-remission="))
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert word in session
    assert "domain" not in session.lower()
    assert browser.get("/").status == 200


def test_headers_stand_on_everything_and_pages_are_kept_nowhere(study: Gate) -> None:
    browser = Browser(study)
    refused = browser.get("/media/abc.csv", accept="*/*")
    browser.sign_in("staff", PASSWORD)
    for answer in (refused, browser.get("/sign-in"), browser.get("/account"), browser.get("/")):
        assert answer.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    scripts = browser.get("/").headers["content-security-policy"].split("script-src")[1].split(";")[0]
    assert "unsafe" not in browser.get("/").headers["content-security-policy"]
    assert "'sha256-" in scripts


def test_what_went_wrong_is_told_to_nobody(study: Gate, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    answer = browser.get("/fails")
    assert answer.status == 500
    assert "1017" not in answer.body + caplog.text
    assert "ValueError" in caplog.text


def test_an_application_that_breaks_before_it_answers_gives_one_sentence(door: Door) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("participant 1017")

    browser = Browser(Gate(broken, door))
    browser.sign_in("staff", PASSWORD)
    answer = browser.get("/")
    assert answer.status == 500
    assert "Something went wrong" in answer.body
    assert "1017" not in answer.body


def test_pages_speak_english_and_spanish_and_escape_what_was_sent(study: Gate) -> None:
    browser = Browser(study)
    assert "<h1>Iniciar sesión</h1>" in browser.get("/sign-in", accept_language="es-MX,es;q=0.9").body
    assert "<h1>Sign in</h1>" in browser.get("/sign-in", accept_language="fr").body
    assert '<html lang="es">' in browser.get("/sign-in?lang=es").body
    answer = browser.sign_in("<script>alert(1)</script>", "x")
    assert answer.status == 401
    assert 'role="alert"' in answer.body
    assert "<script>" not in answer.body


def test_more_than_a_form_is_not_read(study: Gate) -> None:
    assert Browser(study).post("/sign-in", {"name": "x" * 9_000}).status == 413


def test_a_person_changes_their_password_and_turns_codes_on(study: Gate, door: Door, clock: Clock) -> None:
    import pyotp

    browser = Browser(study)
    browser.sign_in("staff", PASSWORD)
    page = browser.get("/account")
    wrong = browser.post("/account/password", {"form": form_of(page), "old": "no", "new": "another four words now"})
    assert wrong.status == 400
    easy = browser.post("/account/password", {"form": form_of(page), "old": PASSWORD, "new": "short"})
    assert "12 to 256" in easy.body
    done = browser.post("/account/password", {"form": form_of(page), "old": PASSWORD, "new": "another four words now"})
    assert done.headers["location"] == "/sign-in"
    assert browser.get("/").status == 303
    browser.sign_in("staff", "another four words now")
    shown = browser.post("/account/codes", {"form": form_of(browser.get("/account")), "do": "start"})
    secret = shown.body.split("<code>")[1].split("</code>")[0]
    assert "otpauth://totp/" in shown.body
    clock.now += 60
    fields = {"form": form_of(shown), "do": "confirm", "old": "another four words now"}
    assert browser.post("/account/codes", {**fields, "code": "000000"}).status == 400
    assert browser.post("/account/codes", {**fields, "code": pyotp.TOTP(secret).at(clock.now)}).status == 303
    clock.now += 60
    assert browser.sign_in("staff", "another four words now").status == 401
    assert browser.sign_in("staff", "another four words now", pyotp.TOTP(secret).at(clock.now)).status == 303
    ended = {"form": form_of(browser.get("/account")), "do": "end", "old": "another four words now"}
    assert browser.post("/account/codes", ended).status == 303
    assert browser.sign_in("staff", "another four words now").status == 303


def test_without_an_account_a_laptop_is_open_and_a_named_place_is_not(tmp_path: Path, inner: ASGIApp) -> None:
    door = Door(Accounts(tmp_path / "accounts.json"), AccessLog(None))
    assert Browser(Gate(inner, door, open_without_accounts=True)).get("/").status == 200
    assert Browser(Gate(inner, door, open_without_accounts=True), host="evil.example").get("/").status == 400
    assert Browser(Gate(inner, door)).get("/").status == 401


def test_a_broken_file_of_accounts_lets_nobody_in(door: Door, inner: ASGIApp) -> None:
    door.accounts.file.write_text("not json")
    browser = Browser(Gate(inner, door, open_without_accounts=True))
    assert browser.get("/").status == 303
    assert browser.sign_in("staff", PASSWORD).status in (401, 500)
    assert browser.host == HOST
