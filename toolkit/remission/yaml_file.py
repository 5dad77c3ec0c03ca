"""The YAML files that people edit: read with errors that name the file and the line or key."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from remission.errors import DefinitionError


class _KeysOnce(yaml.SafeLoader):
    """A loader of plain values that does not let a second key of the same name win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is not a single word or number", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_whole_number(self, node: yaml.ScalarNode) -> int:
        # YAML 1.1 reads 010 as eight.
        if re.match(r"[-+]?0[0-9_]+$", node.value):
            problem = f"{node.value} starts with a zero; write it without, or in quotation marks"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return int(super().construct_yaml_int(node))


_KeysOnce.add_constructor("tag:yaml.org,2002:int", _KeysOnce.construct_whole_number)


def yaml_of_text(text: str) -> dict[Any, Any]:
    """Read the keys and values of a text that was checked when it was a file."""
    values: dict[Any, Any] = yaml.load(text, Loader=_KeysOnce)
    return values


def read_yaml(path: Path) -> dict[Any, Any]:
    """Read the keys and values of a file.

    Raises
    ------
    DefinitionError
        The file is absent, no UTF-8 text, not valid YAML (with the line), or holds no keys.
    """
    if not path.is_file():
        raise DefinitionError(f"There is no file {path}.", "Check its name and folder.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path} cannot be read as text.", "Check its permissions; save it as UTF-8.") from error
    try:
        values = yaml.load(text, Loader=_KeysOnce)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error) or "it is not YAML"
        raise DefinitionError(f"{path} cannot be read{line}: {problem}.", "Correct that line.") from error
    if not isinstance(values, dict):
        raise DefinitionError(f"{path} holds no keys and values.", "Start from one that ships.")
    return values


def first_fault(error: ValidationError, values: Any = None) -> str:
    """Say the first fault of a validated file in words: which key, and what.

    With the file's ``values``, a part of a list is called by its name and not by its number.
    """
    fault = error.errors(include_url=False)[0]
    key = ".".join(_named(fault["loc"], values))
    said = {
        "extra_forbidden": "this key is not known; check its spelling",
        "missing": "this key is required",
    }.get(fault["type"], fault["msg"].removeprefix("Value error, ").rstrip("."))
    return f"{key}: {said}" if key else said


def _named(place: tuple[int | str, ...], values: Any) -> list[str]:
    words = []
    for part in place:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            values = None
        name = values.get("name") if isinstance(part, int) and isinstance(values, dict) else None
        words.append(str(name or part))
    return words
