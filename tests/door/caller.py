"""Calls an ASGI application as a browser would, with cookies that it keeps."""

import asyncio
import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp

HOST = "127.0.0.1:8501"
EASY = ("short", "", "x" * 300, "password1234", "PASSWORD1234", "aaaaaaaaaaaaaaaa", "maria is my name", "111111111111")
PASSWORD = "four unrelated words here"
GRANTS = {
    "nobody": (),
    "siteless": (("staff", ""),),
    "staff": (("staff", "north"),),
    "coordinator": (("coordinator", "*"),),
    "statistician": (("statistician", "*"),),
    "administrator": (("administrator", "*"),),
    "funder": (("funder", "*"),),
}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status, self.body = status, body.decode("utf-8", "replace")
        self.headers = {name.decode().lower(): value.decode() for name, value in headers}
        self.cookies = [value.decode() for name, value in headers if name.lower() == b"set-cookie"]


class Browser:
    """Keeps cookies, sends its origin with forms, asks for pages."""

    def __init__(self, app: ASGIApp, host: str = HOST, scheme: str = "http") -> None:
        self.app, self.host, self.origin = app, host, f"{scheme}://{host}"
        self.cookies: dict[str, str] = {}

    def get(self, path: str, accept: str = "text/html", **headers: str) -> Answer:
        return self.ask("GET", path, headers={"accept": accept, **headers})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        told = {"content-type": "application/x-www-form-urlencoded", "origin": self.origin, **headers}
        return self.ask("POST", path, told, urlencode(fields).encode())

    def ask(self, verb: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        sent = asyncio.run(_exchange(self.app, self._scope("http", path, headers) | {"method": verb}, body))
        start = next(each for each in sent if each["type"] == "http.response.start")
        whole = b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body")
        answer = Answer(start["status"], start["headers"], whole)
        for cookie in answer.cookies:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.split(";")[0].strip('"')
        return answer

    def websocket(self, path: str, origin: str | None = None) -> str:
        """Return what the handshake came to: ``accepted`` or ``refused``."""
        told = {"origin": self.origin if origin is None else origin}
        sent = asyncio.run(_exchange(self.app, self._scope("websocket", path, told), b""))
        return "accepted" if sent and sent[0]["type"] == "websocket.accept" else "refused"

    def sign_in(self, name: str, password: str, code: str = "") -> Answer:
        page = self.get("/sign-in")
        return self.post("/sign-in", {"form": form_of(page), "name": name, "password": password, "code": code})

    def _scope(self, kind: str, path: str, headers: dict[str, str]) -> MutableMapping[str, Any]:
        held = {"host": self.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.cookies:
            held.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        place, _, query = path.partition("?")
        return {
            "type": kind,
            "path": place,
            "raw_path": place.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in held.items()],
            "scheme": "http",
            "server": ("127.0.0.1", 8501),
        }


async def _exchange(app: ASGIApp, scope: MutableMapping[str, Any], body: bytes) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []
    kind = "websocket.connect" if scope["type"] == "websocket" else "http.request"

    async def receive() -> MutableMapping[str, Any]:
        return {"type": kind, "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def form_of(page: Answer) -> str:
    found = re.search(r'name="form" value="([0-9a-f]+)"', page.body)
    assert found is not None
    return found.group(1)
