"""The page on which a name is looked up: codes travel in a form, never in an address."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from remission.cohort import open_study
from remission.cohort.entries import act_as
from remission.door import Identity, door_at
from remission.door.gate import IDENTITY, cookie_of
from remission.door.looks import style
from remission.door.pages import session_cookie
from remission.door.sessions import form_token
from remission.errors import RemissionError
from remission.locator.look_up import Found, look_up
from remission.vault import read_key

STUDY_VARIABLE, KEY_VARIABLE = "REMISSION_STUDY", "REMISSION_VAULT_KEY"
MOST_BYTES = 4_096
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def routes() -> list[BaseRoute]:
    """Return the routes that stand beside the dashboard, behind the same gate."""
    return [Route("/locator", _offer, methods=["GET"]), Route("/locator", _answer, methods=["POST"])]


async def _offer(request: Request) -> Response:
    return _page(request)


async def _answer(request: Request) -> Response:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return PlainTextResponse("Too large.", status_code=413)
    sent = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if not secrets.compare_digest(_form(request), sent.get("form", "")):
        return _page(request, fault="This page had grown old. Send it again.", status=400)
    identity: Identity | None = request.scope.get(IDENTITY)
    try:
        found = await run_in_threadpool(_look, identity, sent.get("participant", ""), sent.get("reason", ""))
    except RemissionError as error:
        return _page(request, fault=f"{error.cause} {error.cure}", status=400)
    return _page(request, found=found)


def _look(identity: Identity | None, participant: str, reason: str) -> Found:
    folder = Path(os.environ[STUDY_VARIABLE])
    named = os.environ.get(KEY_VARIABLE)
    if not named:
        raise RemissionError("The vault's key was not given.", "Start the dashboard with --vault-key FILE.")
    study = open_study(folder, create_database=False)
    act_as(identity.account if identity else "")
    found = look_up(
        study.at_sites(identity.located_sites() if identity else None), read_key(Path(named)), participant, reason
    )
    if identity is not None:
        door_at(folder.resolve()).log.note(identity.account, f"looked up the name of {found.participant}")
    return found


def _page(request: Request, fault: str = "", found: Found | None = None, status: int = 200) -> Response:
    values: dict[str, Any] = {"fault": fault, "found": found, "form": _form(request), "style": style()}
    return HTMLResponse(TEMPLATES.get_template("locator.html").render(**values), status)


def _form(request: Request) -> str:
    header = request.headers.get("cookie", "")
    held = cookie_of(header, session_cookie(secure=True)) or cookie_of(header, session_cookie(secure=False))
    return form_token(held or "")
