"""A visitor of the survey who knows only HTTP, and answers for every page of the engagement template."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from remission.asking import invite
from remission.cohort import Study, open_study

TODAY = date(2024, 6, 1)
PAGES = {
    1: {
        "a.meetings_30d.n": "12",
        "a.home_group": "1",
        "a.sponsor_or_friend": "1",
        "a.led_meeting": "0",
        "a.service": "0",
    },
    2: {"a.member": "6", "a.pleased": "7", "a.ties": "5", "a.identifies": "r:refused"},
    3: {
        f"a.{name}.n": "70"
        for name in ("unpleasant_feelings", "discomfort", "pleasant_feelings", "testing_control", "urges", "conflict")
    },
    4: {"a.social_pressure.n": "62,5", "a.pleasant_times.n": "80"},
    5: {"a.drinks_30.n": "0", "a.days_used_30.n": "0", "a.used_since_last": "0"},
}


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def to(self) -> str:
        return self.headers["location"]

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", self.text, flags=re.DOTALL))


class Client:
    """Asks an ASGI application without a network."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def ask(self, method: str, path: str, fields: Mapping[str, str] | None = None, body: bytes | None = None) -> Got:
        sent = body if body is not None else urlencode(fields or {}).encode()
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"survey.example"), (b"content-type", b"application/x-www-form-urlencoded")],
            "client": ("127.0.0.1", 1),
            "server": ("survey.example", 80),
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        asyncio.run(self.app(scope, receive, send))
        head = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        text = b"".join(message.get("body", b"") for message in messages[1:]).decode()
        return Got(messages[0]["status"], head, text)

    def get(self, path: str) -> Got:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str] | None = None) -> Got:
        return self.ask("POST", path, fields)


def link_to(study: Study, who: str, **options: Any) -> str:
    return f"/q/{invite(study, 'month_3', [who], **options)['token'].iloc[0]}"


def answer_all(client: Client, path: str) -> Got:
    client.post(path)
    for page, fields in PAGES.items():
        last = client.post(f"{path}/{page}", fields)
    return last


def reopened(study: Study, old: str, new: str) -> Study:
    """Change study.yaml and open the study again."""
    file = study.path / "study.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return open_study(study.path)
