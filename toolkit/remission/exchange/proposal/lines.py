"""YAML written by hand: short lines that a person reads, and that the mapping reader takes."""

import json
import re
from collections.abc import Iterable, Mapping

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_.]|[A-Za-z_]")
NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
WIDTH = 110


def scalar(value: object) -> str:
    """Write a value so that YAML reads the same back, also inside braces."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float | int):
        return repr(value)
    text = str(value)
    if PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)


def listed(values: Iterable[object], indent: int = 0) -> str:
    """Write a list in brackets, broken into lines where it is long."""
    lines, line = [], ""
    for value in values:
        said = scalar(value)
        if line and len(line) + len(said) + 2 + indent > WIDTH:
            lines.append(line + ",")
            line = said
        else:
            line = f"{line}, {said}" if line else said
    return "[" + f"\n{' ' * indent}".join([*lines, line]) + "]"


def braces(parts: Mapping[str, object]) -> str:
    """Write keys and values in braces; empty ones are left out, a text ``decide`` is always quoted."""
    said = []
    for key, value in parts.items():
        if value is None or value == "" or value == {} or value == ():
            continue
        said.append(f"{key}: {_value(key, value)}")
    return "{" + ", ".join(said) + "}"


def _value(key: str, value: object) -> str:
    if key == "decide":
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(code)}: {scalar(said)}" for code, said in value.items()) + "}"
    if isinstance(value, list | tuple):
        return listed(value)
    return scalar(value)


def comment(text: str, indent: int = 0) -> list[str]:
    """Write a comment, cut into lines that fit a screen."""
    space = " " * indent
    found, line = [], ""
    for word in re.sub(r"\s+", " ", text).strip().split(" "):
        if line and len(space) + 2 + len(line) + 1 + len(word) > WIDTH:
            found.append(f"{space}# {line}")
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*found, f"{space}# {line}"] if line else found


def short(text: str, most: int = 70) -> str:
    """Cut a label to one short line, without the wave that stands in brackets at its end."""
    said = re.sub(r"\s+", " ", text).strip()
    said = re.sub(r"\s*\((month|wave|week|visit|time|year)s? \d+\)$", "", said, flags=re.I)
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"
