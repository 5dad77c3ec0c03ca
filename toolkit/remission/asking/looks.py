"""The pages' words and looks: templates, style, and the headers that keep a page to itself."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from remission.cohort.asking_plan import Asking
from remission.yaml_file import read_yaml

HERE = Path(__file__).resolve().parent
STYLE = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates; an unknown name in one is an error, and all text is escaped."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@lru_cache(maxsize=1)
def all_words() -> dict[str, dict[str, str]]:
    """Return what pages say, by language."""
    return read_yaml(HERE / "words.yaml")


def words(language: str) -> dict[str, str]:
    """Return what pages say in a language; English where it has none."""
    return all_words().get(language, all_words()["en"])


def rendered(template: str, plan: Asking, language: str, **values: Any) -> str:
    """Render a page with all that every page holds: sender, help, contact, the way out."""
    return (
        templates()
        .get_template(template)
        .render(
            language=language,
            say=words(language),
            style=Markup(STYLE),
            title=plan.words("title", language),
            sender=plan.words("sender", language),
            help_line=plan.words("help_line", language),
            contact=plan.words("contact", language),
            leave_to=plan.leave_to,
            **{"faults": {}, **values},
        )
    )
