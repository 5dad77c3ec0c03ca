"""The funder's pages served: plain HTML without script; every request reads, checks and shows what is frozen."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remission.errors import RemissionError
from remission.funder.bundle import CONTENT, COUNTS, PREFIX, Release, folders_of, numbered, read_release
from remission.funder.looks import HEADERS, LANGUAGES, all_words, rendered
from remission.funder.page import release_page

KINDS = {COUNTS: "text/csv; charset=utf-8", CONTENT: "application/json"}


def funder_app(releases: Path, signers: Path, hosts: tuple[str, ...] = ()) -> Starlette:
    """Make the web application that shows frozen releases.

    It takes no filters and no fields; it answers GET and HEAD. Whoever signs people in wraps it as ASGI middleware.

    Parameters
    ----------
    releases : pathlib.Path
        A folder with frozen releases.
    signers : pathlib.Path
        The list of those who may sign.
    hosts : tuple of str
        Names under which it may be asked; any where empty.
    """
    shelf = _Shelf(Path(releases), Path(signers))
    routes = [
        Route("/alive", _alive),
        Route("/", _to_language),
        Route("/{number:int}/{name}", shelf.file),
        Route("/{language}/", shelf.overview),
        Route("/{language}/{number:int}", shelf.page),
    ]
    trusted = [Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))] if hosts else []
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_Headers), *trusted],
        exception_handlers={404: _nothing, 405: _nothing, RemissionError: _refused, Exception: _refused},
    )
    # A redirect to an address without the slash would name the host that the request claims.
    app.router.redirect_slashes = False
    return app


class _Shelf:
    """The frozen releases; each is read and checked whenever it is asked for."""

    def __init__(self, place: Path, signers: Path) -> None:
        self.place, self.signers = place, signers

    def read(self, number: int) -> Release:
        return read_release(self.place / numbered(number), self.signers)

    async def overview(self, request: Request) -> Response:
        language = request.path_params["language"]
        if language not in LANGUAGES:
            return await _nothing(request, None)
        rows = await run_in_threadpool(self._rows, language)
        return HTMLResponse(rendered("list.html", language, "", title=all_words()[language]["releases"], rows=rows))

    def _rows(self, language: str) -> list[dict[str, str]]:
        rows = []
        for folder in reversed(folders_of(self.place)):
            number = folder.name.removeprefix(PREFIX).lstrip("0")
            try:
                release = read_release(folder, self.signers)
            except RemissionError as error:
                rows.append({"href": "", "words": error.cause})
                continue
            words = all_words()[language]["release"].format(number=number)
            said = f"{words}: {release.content['title'][language]} ({release.content['prepared']})"
            rows.append({"href": f"/{language}/{number}", "words": said})
        return rows

    async def page(self, request: Request) -> Response:
        language, number = request.path_params["language"], request.path_params["number"]
        if language not in LANGUAGES or not (self.place / numbered(number)).is_dir():
            return await _nothing(request, None)
        return HTMLResponse(await run_in_threadpool(lambda: release_page(self.read(number), language)))

    async def file(self, request: Request) -> Response:
        number, name = request.path_params["number"], request.path_params["name"]
        folder = self.place / numbered(number)
        if name not in KINDS or not folder.is_dir():
            return await _nothing(request, None)
        await run_in_threadpool(self.read, number)
        data = await run_in_threadpool((folder / name).read_bytes)
        attached = {"Content-Disposition": f'attachment; filename="{numbered(number)}-{name}"'}
        return Response(data, media_type=KINDS[name], headers=attached)


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _to_language(request: Request) -> Response:
    wanted = request.headers.get("accept-language", "")[:2].lower()
    return RedirectResponse(f"/{wanted if wanted in LANGUAGES else LANGUAGES[0]}/", status_code=303)


def _language(request: Request) -> str:
    first = request.url.path.split("/")[1]
    return first if first in LANGUAGES else LANGUAGES[0]


async def _nothing(request: Request, _error: Exception | None) -> Response:
    language = _language(request)
    heading = all_words()[language]["nothing"]
    return HTMLResponse(rendered("message.html", language, "", title=heading, heading=heading, sentence=""), 404)


async def _refused(request: Request, error: Exception) -> Response:
    language = _language(request)
    heading = all_words()[language]["refused"]
    # Only our own sentences are shown; anything else could tell of the machine.
    sentence = error.cause if isinstance(error, RemissionError) else ""
    return HTMLResponse(rendered("message.html", language, "", title=heading, heading=heading, sentence=sentence), 503)


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
