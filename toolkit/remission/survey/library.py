"""The instruments that ship, and a study's own beside them."""

import re
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from remission.errors import DefinitionError
from remission.locate import shipped
from remission.survey.definition import Instrument
from remission.survey.part import Part
from remission.yaml_file import first_fault, read_yaml

NEEDS_SOURCE = "needs_source.yaml"
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Unscored(Part):
    """An instrument that is known by name only: what must be seen before it can be scored."""

    title: str
    doi: str | None = None
    missing: str


def available(extra: Path | None = None) -> tuple[str, ...]:
    """Name the instruments at hand, those of ``extra`` (a folder of definitions) included."""
    folders = [shipped("instruments"), *([extra] if extra else [])]
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/instrument.yaml")}))


def needs_source() -> dict[str, Unscored]:
    """List the instruments that are not scored because their scoring was not seen in its source."""
    return {
        name: Unscored.model_validate(entry) for name, entry in read_yaml(shipped("instruments") / NEEDS_SOURCE).items()
    }


def instrument(name: str, version: str | None = None, extra: Path | None = None) -> Instrument:
    """Load an instrument by name; a study's own definition goes before a shipped one.

    Raises
    ------
    DefinitionError
        There is none of that name or version, it is known but not scored, or its definition
        breaks a rule.
    """
    known = [*([extra] if extra else []), shipped("instruments")] if NAME.fullmatch(name) else []
    for folder in known:
        path = folder / name / "instrument.yaml"
        if path.is_file():
            found = read_definition(path)
            if version not in (None, found.version):
                raise DefinitionError(
                    f"Instrument '{name}' is here in version {found.version}, not {version}.",
                    "Ask for the version that is here.",
                )
            return found
    listed = needs_source().get(name)
    if listed is not None:
        raise DefinitionError(
            f"'{name}' ({listed.title}) is listed but not scored: {listed.missing}.",
            "With the source at hand, write its definition into the study's folder instruments/.",
        )
    raise DefinitionError(f"There is no instrument '{name}'.", f"Those at hand are {', '.join(available(extra))}.")


@lru_cache(maxsize=256)
def _parse(path: Path, changed: int) -> Instrument:
    data = read_yaml(path)
    try:
        found = Instrument.model_validate(data)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {first_fault(error, data)}.", "Mend the definition there.") from error
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
    return _parse(path, path.stat().st_mtime_ns if path.is_file() else 0)
