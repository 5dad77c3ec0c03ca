"""The second door against a provider that speaks OpenID Connect on this computer, honestly and otherwise."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from caller import PASSWORD, Browser
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.types import ASGIApp

from remission.door import Door, Gate
from remission.door.second import SecondDoor, read_second_door
from remission.errors import AccountError


class Provider:
    """What the provider says; a test changes it."""

    def __init__(self) -> None:
        self.key, self.signs_with = RSAKey.generate_key(2048, {"kid": "one"}), None
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.issuer = ""

    def say(self, handler: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        handler.wfile.write(body)

    def token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.asked["code_challenge"]
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "remission",
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
            "email": "staff",
            "email_verified": True,
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self.key)
        return {"access_token": "a-token", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith("openid-configuration"):
                place = found.issuer
                found.say(
                    self,
                    {
                        "issuer": place,
                        "authorization_endpoint": f"{place}/ask",
                        "token_endpoint": f"{place}/token",
                        "jwks_uri": f"{place}/keys",
                    },
                )
            else:
                found.say(self, {"keys": [found.key.as_dict(private=False)]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            found.say(self, found.token(parse_qs(body)))

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def second(provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecondDoor:
    (tmp_path / "door.yaml").write_text(
        f"issuer: {provider.issuer}\nclient_id: remission\naddress: http://127.0.0.1:8501\n"
    )
    monkeypatch.setenv("REMISSION_OIDC_SECRET", "a secret of the client")
    found = read_second_door(tmp_path)
    assert found is not None
    return found


def go(browser: Browser, provider: Provider) -> dict[str, str]:
    sent = browser.get("/sign-in/other")
    assert sent.status == 303
    provider.asked = {name: value[0] for name, value in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    assert provider.asked["redirect_uri"] == "http://127.0.0.1:8501/sign-in/back"
    assert provider.asked["code_challenge_method"] == "S256"
    return {"state": provider.asked["state"], "code": "a-code"}


def back(browser: Browser, said: dict[str, str]) -> int:
    return browser.get(f"/sign-in/back?state={said['state']}&code={said['code']}").status


def test_who_the_organisation_proves_gets_the_session_of_the_account(
    door: Door, inner: ASGIApp, second: SecondDoor, provider: Provider
) -> None:
    browser = Browser(Gate(inner, door, other=second))
    assert "organisation" in browser.get("/sign-in").body
    said = go(browser, provider)
    assert back(browser, said) == 200
    assert browser.get("/").status == 200
    # The same answer a second time.
    assert back(Browser(browser.app), said) == 401
    assert back(browser, said) == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger"},
        {"email": ""},
        {"email_verified": False},
        {"nonce": "another"},
        {"aud": "somebody else"},
        {"iss": "http://127.0.0.1:1"},
        {"exp": 1_000_000_000},
    ],
)
def test_a_word_that_is_not_good_opens_nothing(
    claims: dict[str, Any], door: Door, inner: ASGIApp, second: SecondDoor, provider: Provider
) -> None:
    provider.claims = claims
    browser = Browser(Gate(inner, door, other=second))
    assert back(browser, go(browser, provider)) == 401
    assert browser.get("/").status == 303


def test_a_word_signed_by_another_key_opens_nothing(
    door: Door, inner: ASGIApp, second: SecondDoor, provider: Provider
) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"})  # type: ignore[assignment]
    browser = Browser(Gate(inner, door, other=second))
    assert back(browser, go(browser, provider)) == 401


def test_an_answer_to_another_browsers_question_opens_nothing(
    door: Door, inner: ASGIApp, second: SecondDoor, provider: Provider
) -> None:
    gate = Gate(inner, door, other=second)
    mine, theirs = Browser(gate), Browser(gate)
    said = go(mine, provider)
    go(theirs, provider)
    assert back(theirs, said) == 401


def test_a_shut_account_and_a_silent_provider_are_told_apart(
    door: Door, inner: ASGIApp, second: SecondDoor, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.accounts.set_disabled("staff", True)
    browser = Browser(Gate(inner, door, other=second))
    assert back(browser, go(browser, provider)) == 401
    monkeypatch.delenv("REMISSION_OIDC_SECRET")
    assert "REMISSION_OIDC_SECRET is not set" in browser.get("/sign-in/other").body
    monkeypatch.setenv("REMISSION_OIDC_SECRET", "x")
    provider.issuer += "/moved"
    assert (
        "does not answer" in browser.get("/sign-in/other").body or "names itself" in browser.get("/sign-in/other").body
    )
    assert browser.sign_in("coordinator", PASSWORD).status == 303


@pytest.mark.parametrize("text", ["issuer: ftp://x\nclient_id: a\naddress: https://b\n", "client_id: a\n", "- 1\n"])
def test_a_file_that_breaks_a_rule_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "door.yaml").write_text(text)
    with pytest.raises(AccountError, match=r"door\.yaml"):
        read_second_door(tmp_path)
    assert read_second_door(tmp_path / "elsewhere") is None
