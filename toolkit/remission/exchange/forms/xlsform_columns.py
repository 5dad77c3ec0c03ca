"""The sheets, columns and question types of an XLSForm, with the other spellings that are in use."""

import re

ALIASES = {
    "relevance": "relevant",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "caption": "label",
    "command": "type",
    "tag": "name",
    "value": "name",
    "calculate": "calculation",
    "list name": "list_name",
    "list": "list_name",
    "read_only": "readonly",
}
TAKEN = {"type", "name", "label", "required", "relevant", "constraint", "parameters", "list_name"}
SETTINGS_TAKEN = {"form_title", "form_id", "default_language"}
SELECT_ONE = re.compile(r"(?:select_one|select one from|select one|select1)\s+(?P<list>\S+)(?P<other>\s+or[_ ]other)?")
KINDS = {"integer": "count", "int": "count", "decimal": "number", "range": "number"}
GROUPS = {"begin_group": 1, "begin group": 1, "end_group": -1, "end group": -1}
REPEATS = {"begin_repeat": 1, "begin repeat": 1, "end_repeat": -1, "end repeat": -1}
OTHER_WORDS = {
    *("text", "string", "date", "time", "datetime", "select_multiple", "select", "rank", "calculate", "hidden"),
    *("acknowledge", "trigger", "geopoint", "geotrace", "geoshape", "image", "photo", "audio", "video", "file"),
    *("barcode", "start", "end", "today", "audit", "deviceid", "username", "phonenumber", "email", "subscriberid"),
    *("simserial", "start-geopoint", "background-audio", "background-geopoint", "csv-external", "xml-external"),
    *("select_one_from_file", "select_multiple_from_file", "select_one_external", "osm", "url", "background"),
}
LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "uk": "Ukrainian",
    "zh": "Chinese",
}
CODE = re.compile(r"\(([A-Za-z][A-Za-z0-9_-]*)\)\s*$")


def language_title(code: str) -> str:
    """Write a language as a column names it: ``Spanish (es)``."""
    return f"{LANGUAGES.get(code, code)} ({code})"


def language_code(title: str) -> str:
    """Read the code of a language from a column's name."""
    found = CODE.search(title)
    if found:
        return found[1]
    by_name = {name.lower(): code for code, name in LANGUAGES.items()}
    return by_name.get(title.strip().lower(), title.strip().lower())


def column(title: str) -> tuple[str, str]:
    """Split a header cell into the column and its language; no language gives an empty one."""
    name, _, language = title.strip().partition("::" if "::" in title else ":")
    plain = name.strip().lower()
    plain = ALIASES.get(plain, plain)
    return plain, language_code(language) if language.strip() else ""
