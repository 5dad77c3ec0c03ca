"""The gate: ASGI middleware in front of pages, websockets, files and whatever else is served."""

import logging
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remission.door.looks import language_of, message_page
from remission.door.pages import ACCOUNT, SIGN_IN, DoorPages, OtherDoor, session_cookie
from remission.door.policy import headers_for
from remission.door.roles import LOCATOR, Identity
from remission.door.sessions import Door

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
# Measurements of the server, and a machine's way to the pages: nobody's.
NEVER = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check", "/-/")
INNER = ("/_stcore", "/media", "/static", "/component", "/vendor", "/locator")
IDENTITY = "remission.identity"
Rule = Callable[[Identity, str], bool]
_LOG = logging.getLogger("remission.door")


def may_use_study(identity: Identity, path: str) -> bool:
    """Tell whether somebody may use the study's dashboard at a path; its views are chosen further in."""
    if path.startswith(f"/{LOCATOR}"):
        return identity.located_sites() != ()
    return bool(identity.views())


def may_see_releases(identity: Identity, path: str) -> bool:
    """Tell whether somebody may see the pages of releases."""
    return "funder" in identity.roles


class Gate:
    """Lets through who is signed in and may; everybody else gets the page to sign in and nothing more.

    Without accounts, and only where ``open_without_accounts``, everybody who can reach it is let through: a laptop's
    first run, which listens on the loopback address alone.

    Parameters
    ----------
    app : ASGI application
    door : Door
    policy : str
        The Content-Security-Policy of what the application serves; empty where it brings headers of its own.
    may : callable
        Identity and path to whether they are let through.
    hosts : tuple of str
        Names under which it may be asked, beside the loopback's.
    secure : bool
        It is reached through HTTPS, so that cookies travel on nothing else.
    open_without_accounts : bool
    other : OtherDoor, optional
        An organisation's own sign-in.
    """

    def __init__(
        self,
        app: ASGIApp,
        door: Door,
        policy: str = "",
        may: Rule = may_use_study,
        hosts: tuple[str, ...] = (),
        secure: bool = False,
        open_without_accounts: bool = False,
        other: OtherDoor | None = None,
    ) -> None:
        self.app, self.door, self.policy, self.may = app, door, policy, may
        self.hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}
        self.cookie = session_cookie(secure)
        self.open_without_accounts = open_without_accounts
        self.pages = DoorPages(door, secure, other)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None and self._is_page_of_ours(scope):
            await self._hand_on(self.pages, scope, receive, send)
            return
        if refusal is None and self.door.is_shut():
            token = cookie_of(headers.get("cookie", ""), self.cookie)
            identity = self.door.identity(token, renew=_is_page(scope, headers))
            refusal = self._refusal_of(identity, scope, headers)
            scope = {**scope, IDENTITY: identity}
        elif refusal is None and not self.open_without_accounts:
            refusal = PlainTextResponse("There is no account yet.", 401)
        if refusal is not None:
            await self._refuse(refusal, scope, receive, send)
            return
        await self._hand_on(self.app, scope, receive, send)

    def _is_page_of_ours(self, scope: Scope) -> bool:
        path = scope["path"]
        return scope["type"] == "http" and self.door.is_shut() and self.pages.knows(path)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if _host(headers.get("host", "")) not in self.hosts:
            return PlainTextResponse("This is no name of this place.", 400)
        if scope["path"].startswith(NEVER):
            return PlainTextResponse("Nothing is here.", 404)
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if changes and not _same_origin(headers):
            return PlainTextResponse("The request comes from another place.", 403)
        return None

    def _refusal_of(self, identity: Identity | None, scope: Scope, headers: Headers) -> Response | None:
        if identity is None:
            if scope["type"] == "http" and _is_page(scope, headers):
                return RedirectResponse(SIGN_IN, status_code=303)
            return PlainTextResponse("Sign in first.", 401)
        if self.may(identity, scope["path"]):
            return None
        if scope["type"] == "http" and _is_page(scope, headers):
            return HTMLResponse(message_page(language_of(headers), "nothing_for_you", ACCOUNT), 403)
        return PlainTextResponse("This is not for this account.", 403)

    async def _refuse(self, answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # Closed before it was accepted: the server answers the handshake with 403.
            await send({"type": "websocket.close", "code": 1008})
            return
        for name, value in headers_for("", self.pages.policy).items():
            answer.headers[name] = value
        await answer(scope, receive, send)

    async def _hand_on(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                if self.policy and app is self.app:
                    plain = scope["path"].startswith(f"/{LOCATOR}")
                    told = headers_for(scope["path"], self.pages.policy if plain else self.policy)
                    message = {**message, "headers": _with(message, told)}
            await send(message)

        try:
            await app(scope, receive, with_headers)
        except Exception as error:
            # What went wrong may hold what somebody said: its kind alone is told, and to the log alone.
            _LOG.error("%s while answering", type(error).__name__)
            if scope["type"] == "http" and not begun:
                page = HTMLResponse(message_page(language_of(Headers(scope=scope)), "trouble", ""), 500)
                await self._refuse(page, scope, receive, send)


def _with(message: Message, ours: dict[str, str]) -> list[tuple[bytes, bytes]]:
    wanted = {name.lower().encode(): value.encode() for name, value in ours.items()}
    kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in wanted]
    return [*kept, *wanted.items()]


def cookie_of(header: str, name: str) -> str | None:
    """Read a cookie out of a request's header."""
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return found.value if found else None


def _is_page(scope: Scope, headers: Headers) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return False
    return "text/html" in headers.get("accept", "") and not scope["path"].startswith(INNER[:-1])


def _host(said: str) -> str:
    try:
        return (urlsplit(f"//{said}").hostname or "").lower()
    except ValueError:
        return ""


def _same_origin(headers: Headers) -> bool:
    said = headers.get("origin", "")
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == headers.get("host", "").lower()
