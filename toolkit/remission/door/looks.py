"""The words and looks of the pages for signing in."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import Headers

from remission.yaml_file import read_yaml

HERE = Path(__file__).resolve().parent
STYLE = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
LANGUAGES = ("en", "es")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@lru_cache(maxsize=1)
def _all_words() -> dict[str, dict[str, str]]:
    return read_yaml(HERE / "words.yaml")


def words(language: str) -> dict[str, str]:
    """Return what the pages say in a language."""
    return _all_words()[language]


def language_of(headers: Headers) -> str:
    """Return the first language of ours that a browser asks for."""
    for said in headers.get("accept-language", "").split(","):
        if said.strip()[:2].lower() in LANGUAGES:
            return said.strip()[:2].lower()
    return LANGUAGES[0]


def rendered(template: str, language: str, **values: Any) -> str:
    """Render a page."""
    found = _templates().get_template(template)
    return found.render(language=language, say=words(language), style=style(), **{"fault": "", "go": False, **values})


def message_page(language: str, name: str, link: str) -> str:
    """Render a page that says one thing, with a link to what can be done about it."""
    say = words(language)
    return rendered("message.html", language, heading=say[name], sentence=say[f"{name}_more"], link=link)


def style() -> Markup:
    """Return the style that plain pages share."""
    return Markup(STYLE)


def prepare() -> None:
    """Read everything once, before a process shuts itself in."""
    for name in ("sign_in.html", "account.html", "message.html"):
        _templates().get_template(name)
    _all_words()
