"""The survey's web pages: plain HTML, no script, one request a page; a GET changes nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remission.asking import pages
from remission.asking.links import Link, asking_plan, find_link
from remission.asking.looks import HEADERS
from remission.asking.pages import Reply, Visit
from remission.cohort import Study, open_study
from remission.cohort.study_file import STUDY_FILE
from remission.errors import RemissionError

MOST_BYTES = 32_768
MOST_FIELDS = 200
Answer = Callable[[Visit, Mapping[str, str], str], Reply]
PLACES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/q/{token}", pages.welcome),
    ("POST", "/q/{token}", pages.begin),
    ("GET", "/q/{token}/{number:int}", pages.questions),
    ("POST", "/q/{token}/{number:int}", pages.answer),
    ("GET", "/q/{token}/end", pages.review),
    ("POST", "/q/{token}/end", pages.finish),
    ("GET", "/q/{token}/thanks", pages.thanks),
)


class _Current:
    """A study as its study.yaml says now: an edit counts from the next page on."""

    def __init__(self, study: Study) -> None:
        self._study, self._stamp = study, self._now(study)

    @staticmethod
    def _now(study: Study) -> tuple[int, int]:
        state = (study.path / STUDY_FILE).stat()
        return state.st_mtime_ns, state.st_size

    def study(self) -> Study:
        stamp = self._now(self._study)
        if stamp != self._stamp:
            self._study, self._stamp = open_study(self._study.path, create_database=False), stamp
        return self._study


class TooMuch(Exception):
    """A request body larger than any page of ours sends."""


def survey_app(
    study: Study, mode: str = "participant", hosts: tuple[str, ...] = (), today: Callable[[], date] = date.today
) -> Starlette:
    """Make the web application of a study's survey.

    Parameters
    ----------
    study : Study
    mode : {"participant", "interview"}
        Which kind of link it opens: participants' own, or those that staff enter through.
    hosts : tuple of str
        Names under which it may be asked; any where empty.
    today : callable
        Returns the date that answers are recorded under.

    Raises
    ------
    DefinitionError
        study.yaml has no section ``asking``.
    """
    asking_plan(study)
    current = _Current(study)

    def visit(link: Link | None, base: str) -> Visit:
        return Visit(current.study(), link, base, mode, today)

    routes = [Route(path, _endpoint(answer, visit), methods=[method]) for method, path, answer in PLACES]
    trusted = [Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))] if hosts else []

    async def nothing(_request: Request, _error: Exception) -> Response:
        return _response(await run_in_threadpool(pages.unknown, visit(link=None, base="")))

    async def trouble(_request: Request, _error: Exception) -> Response:
        return _response(await run_in_threadpool(pages.trouble, visit(link=None, base="")))

    app = Starlette(
        routes=[Route("/alive", _alive), *routes],
        middleware=[Middleware(_Headers), *trusted],
        exception_handlers={404: nothing, RemissionError: trouble, Exception: trouble},
    )
    # A redirect to an address without the slash would name the host that the request claims.
    app.router.redirect_slashes = False
    return app


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok")


def _endpoint(answer: Answer, visit: Callable[..., Visit]) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        try:
            sent = await _fields(request) if request.method == "POST" else dict(request.query_params)
        except TooMuch:
            return PlainTextResponse("Too large.", status_code=413)
        return await run_in_threadpool(_answered, request, answer, visit, sent)

    return endpoint


def _answered(request: Request, answer: Answer, visit: Callable[..., Visit], sent: Mapping[str, str]) -> Response:
    token = request.path_params["token"]
    arrived = visit(link=None, base=f"{request.scope.get('root_path', '')}/q/{token}")
    link = find_link(arrived.study, token)
    if link is not None and link.mode == arrived.mode:
        arrived = visit(link=link, base=arrived.base)
    return _response(answer(arrived, sent, str(request.path_params.get("number", ""))))


def _response(reply: Reply) -> Response:
    if reply.go_to is not None:
        return RedirectResponse(reply.go_to, status_code=303)
    return HTMLResponse(reply.html, status_code=reply.status)


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooMuch
    try:
        # The first of two fields with one name counts.
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise TooMuch from error
    return dict(reversed(pairs))


class _Headers:
    """Puts the protective headers on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *ours]
            await send(message)

        await self.app(scope, receive, with_headers)
