"""The instruments that ship, and a study's own beside them."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from remission.errors import DefinitionError
from remission.locate import shipped
from remission.survey.definition import Instrument


def available(extra: Path | None = None) -> tuple[str, ...]:
    """Name the instruments at hand, those of ``extra`` (a folder of definitions) included."""
    folders = [shipped("instruments"), *([extra] if extra else [])]
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/instrument.yaml")}))


def instrument(name: str, version: str | None = None, extra: Path | None = None) -> Instrument:
    """Load an instrument by name; a study's own definition goes before a shipped one.

    Raises
    ------
    DefinitionError
        There is none of that name or version, or its definition breaks a rule.
    """
    for folder in [*([extra] if extra else []), shipped("instruments")]:
        path = folder / name / "instrument.yaml"
        if path.is_file():
            found = read_definition(path)
            if version not in (None, found.version):
                raise DefinitionError(
                    f"Instrument '{name}' is here in version {found.version}, not {version}.",
                    "Ask for the version that is here.",
                )
            return found
    raise DefinitionError(f"There is no instrument '{name}'.", f"Those at hand are {', '.join(available(extra))}.")


@lru_cache(maxsize=256)
def _parse(path: Path, changed: int) -> Instrument:
    with path.open(encoding="utf-8") as file:
        try:
            data: Any = yaml.safe_load(file)
        except yaml.YAMLError as error:
            raise DefinitionError(f"{path}: this is not valid YAML ({first_line(error)}).", "Mend it there.") from error
    if not isinstance(data, dict):
        raise DefinitionError(f"{path}: it holds no definition.", "It must be a YAML mapping of keys to values.")
    try:
        found = Instrument.model_validate(data)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {explain(error)}.", "Mend the definition there.") from error
    if found.name != path.parent.name:
        raise DefinitionError(
            f"{path}: the instrument is called '{found.name}' in a folder '{path.parent.name}'.",
            "Give both the same name.",
        )
    return found


def read_definition(path: Path) -> Instrument:
    """Read and check one definition file.

    Raises
    ------
    DefinitionError
        Names the file, the item or scale, and the rule that is broken.
    """
    if not path.is_file():
        raise DefinitionError(f"{path} does not exist.", "Check its name.")
    return _parse(path, path.stat().st_mtime_ns)


def explain(error: ValidationError) -> str:
    """Say the first fault of a validated file in words: where and what."""
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        message = "this key is not known"
    return f"{place}: {message}" if place else message


def first_line(error: yaml.YAMLError) -> str:
    """Return where a YAML file stops making sense."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "unreadable"
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
