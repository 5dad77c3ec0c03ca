"""The pages' words and looks: templates, style, icon arrays, and the headers that keep a page to itself."""

import base64
import hashlib
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from remission.yaml_file import read_yaml

HERE = Path(__file__).resolve().parent
STYLE = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
LANGUAGES = ("en", "es")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
STEP, RADIUS = 10, 4


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


def rendered(template: str, language: str, path: str, **values: Any) -> str:
    """Render a page; ``path`` is its address below the language."""
    other = next(each for each in LANGUAGES if each != language)
    return (
        templates()
        .get_template(template)
        .render(
            language=language,
            other=other,
            say=all_words()[language],
            style=Markup(STYLE),
            switch=f"/{other}/{path}",
            back=f"/{language}/" if path else None,
            **values,
        )
    )


def icon_array(number: int, alternative: str) -> Markup:
    """Draw a hundred circles, so many of them filled from the top on, with the finding as its alternative."""
    circles = "".join(
        f'<circle class="{"on" if place < number else "off"}" cx="{STEP * (place % 10) + 5}" '
        f'cy="{STEP * (place // 10) + 5}" r="{RADIUS}"/>'
        for place in range(100)
    )
    return Markup(f'<svg viewBox="0 0 100 100" role="img" aria-label="{escape(alternative)}">{circles}</svg>')
