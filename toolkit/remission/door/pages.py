"""The pages of the door: signing in and out, one's own account. No script; a form's token must come back with it."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from remission.door.looks import LANGUAGES, STYLE, language_of, rendered, words
from remission.door.passwords import new_secret, secret_address
from remission.door.policy import headers_for, page_policy
from remission.door.roles import Identity
from remission.door.sessions import ABSOLUTE_SECONDS, Door, NotSignedIn, form_token
from remission.errors import AccountError

SIGN_IN, SIGN_OUT, ACCOUNT = "/sign-in", "/sign-out", "/account"
MOST_BYTES = 8_192
Fields = dict[str, str]
Answer = Callable[[Request, Fields], Awaitable[Response]]


def session_cookie(secure: bool) -> str:
    """Name the cookie that holds a session's token; a name with __Host- travels through HTTPS alone."""
    return "__Host-remission" if secure else "remission-session"


class OtherDoor(Protocol):
    """An organisation's own sign-in; the texts are a browser's cookie and what the provider sent back."""

    def address(self, held: str) -> str:
        """Return the address to which a browser is sent."""

    def account(self, held: str, said: dict[str, str]) -> str:
        """Return the name of the account that was proved."""


class DoorPages:
    """The pages as an ASGI application.

    Parameters
    ----------
    door : Door
    secure : bool
        They are reached through HTTPS.
    other : OtherDoor, optional
        An organisation's own sign-in.
    """

    def __init__(self, door: Door, secure: bool, other: OtherDoor | None = None) -> None:
        self.door, self.secure, self.other = door, secure, other
        self.cookie, self.form_cookie = session_cookie(secure), f"{session_cookie(secure)}-form"
        self.policy = page_policy(STYLE)
        self._offered: dict[str, str] = {}
        routes: list[tuple[str, str, Answer]] = [
            ("GET", SIGN_IN, self._offer),
            ("POST", SIGN_IN, self._sign_in),
            ("GET", f"{SIGN_IN}/other", self._go_to_other),
            ("GET", f"{SIGN_IN}/back", self._come_back),
            ("POST", SIGN_OUT, self._sign_out),
            ("GET", ACCOUNT, self._account),
            ("POST", f"{ACCOUNT}/password", self._change_password),
            ("POST", f"{ACCOUNT}/codes", self._change_codes),
        ]
        self._paths = {path for _, path, _ in routes}
        self._app = Starlette(routes=[Route(path, _endpoint(answer), methods=[verb]) for verb, path, answer in routes])

    def knows(self, path: str) -> bool:
        """Tell whether a path is one of the door's own."""
        return path in self._paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with the door's headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = headers_for("", self.policy).items()
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.lower().encode(), value.encode()) for name, value in ours),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)

    async def _offer(self, request: Request, _sent: Fields) -> Response:
        if self._identity(request) is not None:
            return RedirectResponse("/", status_code=303)
        return self._sign_in_page(request, "")

    async def _sign_in(self, request: Request, sent: Fields) -> Response:
        held = request.cookies.get(self.form_cookie, "")
        if not held or not secrets.compare_digest(form_token(held), sent.get("form", "")):
            return self._sign_in_page(request, "stale")
        given = (sent.get("name", ""), sent.get("password", ""), sent.get("code", ""))
        try:
            token = await run_in_threadpool(self.door.sign_in, *given)
        except NotSignedIn:
            return self._sign_in_page(request, "refused")
        # A session from before is not carried on.
        self.door.sign_out(request.cookies.get(self.cookie))
        return self._with_session(token)

    async def _go_to_other(self, request: Request, _sent: Fields) -> Response:
        if self.other is None:
            return PlainTextResponse("Nothing is here.", 404)
        held = secrets.token_urlsafe(32)
        try:
            address = await run_in_threadpool(self.other.address, held)
        except AccountError as error:
            return self._sign_in_page(request, "", error.cause)
        answer = RedirectResponse(address, status_code=303)
        # Lax: the provider sends the browser back from another site.
        answer.set_cookie(
            self.form_cookie, held, max_age=600, path="/", httponly=True, samesite="lax", secure=self.secure
        )
        return answer

    async def _come_back(self, request: Request, _sent: Fields) -> Response:
        held = request.cookies.get(self.form_cookie, "")
        if self.other is None or not held:
            return self._sign_in_page(request, "stale")
        try:
            name = await run_in_threadpool(self.other.account, held, dict(request.query_params))
            token = self.door.begin(name)
        except NotSignedIn:
            return self._sign_in_page(request, "not_known")
        except AccountError as error:
            return self._sign_in_page(request, "", error.cause)
        # After a redirect from another site the browser keeps the session's cookie back; a page of ours goes on.
        language = self._language(request)
        values = {"heading": words(language)["signed_in"], "sentence": "", "link": "/", "go": True}
        return self._with_session(token, HTMLResponse(rendered("message.html", language, **values)))

    async def _sign_out(self, request: Request, sent: Fields) -> Response:
        if self._sent_by_us(request, sent):
            self.door.sign_out(request.cookies.get(self.cookie))
        answer = RedirectResponse(SIGN_IN, status_code=303)
        answer.delete_cookie(self.cookie, path="/", httponly=True, samesite="strict", secure=self.secure)
        return answer

    async def _account(self, request: Request, _sent: Fields) -> Response:
        identity = self._identity(request, renew=True)
        return RedirectResponse(SIGN_IN, 303) if identity is None else self._account_page(request, identity)

    async def _change_password(self, request: Request, sent: Fields) -> Response:
        identity = self._identity(request, renew=True)
        if identity is None or self.door.fixed or not self._sent_by_us(request, sent):
            return RedirectResponse(SIGN_IN, status_code=303)

        def change() -> None:
            self.door.check(identity.account, sent.get("old", ""))
            self.door.accounts.set_password(identity.account, sent.get("new", ""))
            self.door.log.note(identity.account, "changed the password")

        return await self._changed(request, identity, change)

    async def _change_codes(self, request: Request, sent: Fields) -> Response:
        identity = self._identity(request, renew=True)
        if identity is None or self.door.fixed or not self._sent_by_us(request, sent):
            return RedirectResponse(SIGN_IN, status_code=303)
        name = identity.account
        if sent.get("do") == "start":
            self._offered[name] = new_secret()
            return self._account_page(request, identity, secret=self._offered[name])

        def change() -> None:
            self.door.check(name, sent.get("old", ""))
            secret = None
            if sent.get("do") != "end":
                secret = self._offered.get(name)
                if secret is None or not self.door.code_is_right(name, secret, sent.get("code", "")):
                    raise AccountError(words(self._language(request))["wrong_code"], "")
            self.door.accounts.set_secret(name, secret)
            self._offered.pop(name, None)
            self.door.log.note(name, "turned codes on" if secret else "turned codes off")

        return await self._changed(request, identity, change)

    async def _changed(self, request: Request, identity: Identity, change: Callable[[], None]) -> Response:
        try:
            await run_in_threadpool(change)
        except NotSignedIn:
            return self._account_page(request, identity, words(self._language(request))["refused"])
        except AccountError as error:
            # A code that did not fit is asked for once more, with the same secret.
            secret = self._offered.get(identity.account, "") if request.url.path.endswith("/codes") else ""
            return self._account_page(request, identity, f"{error.cause} {error.cure}".strip(), secret)
        return RedirectResponse(SIGN_IN, status_code=303)

    def _identity(self, request: Request, renew: bool = False) -> Identity | None:
        return self.door.identity(request.cookies.get(self.cookie), renew)

    def _sent_by_us(self, request: Request, sent: Fields) -> bool:
        return secrets.compare_digest(form_token(request.cookies.get(self.cookie, "")), sent.get("form", ""))

    def _language(self, request: Request) -> str:
        said = request.query_params.get("lang", "")
        return said if said in LANGUAGES else language_of(request.headers)

    def _sign_in_page(self, request: Request, fault: str, said: str = "") -> Response:
        language, held = self._language(request), secrets.token_urlsafe(32)
        told = words(language)[fault] if fault else said
        page = rendered("sign_in.html", language, form=form_token(held), fault=told, other_door=self.other is not None)
        answer = HTMLResponse(page, 200 if not told else 401)
        answer.set_cookie(self.form_cookie, held, path="/", httponly=True, samesite="strict", secure=self.secure)
        return answer

    def _account_page(self, request: Request, identity: Identity, fault: str = "", secret: str = "") -> Response:
        kept = self.door.accounts.get(identity.account)
        values = {
            "name": identity.account,
            "grants": [grant for grant in identity.grants if grant[1]],
            "form": form_token(request.cookies.get(self.cookie, "")),
            "fault": fault,
            "has_password": kept is not None and kept.password is not None and not self.door.fixed,
            "codes_on": kept is not None and kept.secret is not None,
            "secret": secret,
            "address": secret_address(secret, identity.account) if secret else "",
        }
        return HTMLResponse(rendered("account.html", self._language(request), **values), 400 if fault else 200)

    def _with_session(self, token: str, page: Response | None = None) -> Response:
        answer = page or RedirectResponse("/", status_code=303)
        answer.set_cookie(
            self.cookie,
            token,
            max_age=ABSOLUTE_SECONDS,
            path="/",
            httponly=True,
            samesite="strict",
            secure=self.secure,
        )
        answer.delete_cookie(self.form_cookie, path="/", httponly=True, samesite="strict", secure=self.secure)
        return answer


def _endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = b""
        if request.method == "POST":
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    return PlainTextResponse("Too large.", status_code=413)
        try:
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return PlainTextResponse("Too large.", status_code=413)
        return await answer(request, dict(pairs))

    return endpoint
