"""A door with one account of each kind, and a small application behind it."""

from pathlib import Path

import pytest
from caller import GRANTS, PASSWORD, Clock
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from remission.door import Accounts, Door
from remission.door.access_log import AccessLog


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("accounts") / "accounts.json"
    accounts = Accounts(file)
    for name, grants in GRANTS.items():
        accounts.add(name, PASSWORD, grants)
    return file.read_bytes()


@pytest.fixture
def door(tmp_path: Path, clock: Clock, _made: bytes) -> Door:
    (tmp_path / "accounts.json").write_bytes(_made)
    return Door(Accounts(tmp_path / "accounts.json"), AccessLog(tmp_path / "access.log"), clock)


@pytest.fixture
def inner() -> ASGIApp:
    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse("<h1>Inside</h1>")

    async def file(_request: object) -> PlainTextResponse:
        return PlainTextResponse("participant 1017", headers={"cache-control": "public"})

    async def fails(_request: object) -> PlainTextResponse:
        raise ValueError("participant 1017 said something")

    async def stream(socket: WebSocket) -> None:
        await socket.accept()

    return Starlette(
        routes=[
            Route("/fails", fails),
            WebSocketRoute("/_stcore/stream", stream),
            Route("/{rest:path}", page, methods=["GET"]),
            Route("/{rest:path}", file, methods=["POST"]),
        ]
    )
