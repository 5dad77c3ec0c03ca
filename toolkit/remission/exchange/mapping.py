"""The mapping file: where each variable of a data file goes. A person reviews it and keeps it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from remission.errors import DefinitionError
from remission.exchange.files import sha256_of
from remission.exchange.mapping_lines import (
    Code,
    Codes,
    Enrolment,
    Entry,
    FirstUse,
    GroupSpell,
    Ignored,
    Line,
    MadeFrom,
    Reason,
    Source,
    StatusChange,
    Total,
    Undecided,
    WaveColumns,
    plain_code,
)
from remission.yaml_file import first_fault, read_yaml

__all__ = [
    "Code",
    "Codes",
    "Enrolment",
    "Entry",
    "FirstUse",
    "GroupSpell",
    "Ignored",
    "Line",
    "MadeFrom",
    "Mapping",
    "Reason",
    "Source",
    "StatusChange",
    "Total",
    "Undecided",
    "WaveColumns",
    "as_mapping",
    "plain_code",
    "read_mapping",
]


class Mapping(Entry):
    """A whole mapping file."""

    title: str
    id: str
    wave: str = ""
    waves: dict[str, WaveColumns] = Field(min_length=1)
    enrolment: Enrolment = Enrolment()
    characteristics: dict[str, Source] = Field(default_factory=dict)
    answers: dict[str, dict[str, Source]] = Field(default_factory=dict)
    first_use: tuple[FirstUse, ...] = ()
    groups: tuple[GroupSpell, ...] = ()
    status: tuple[StatusChange, ...] = ()
    totals: tuple[Total, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    made_from: MadeFrom = MadeFrom()
    sha256: str = ""
    text: str = Field(default="", repr=False)
    name: str = ""

    @model_validator(mode="after")
    def _one_place_each(self) -> Self:
        if self.wave:
            self._waves_by_value()
        else:
            self._waves_by_name()
        for name, source in self._of_participants():
            if not source.variable:
                raise ValueError(f"{name}: it does not change over the waves; name one variable")
        seen: dict[str, str] = {}
        for instrument, items in self.answers.items():
            for item, source in items.items():
                place = f"{instrument}.{item}"
                for variable in {source.variable, *source.at.values()} - {""}:
                    if variable in seen:
                        raise ValueError(f"{variable} is mapped to both {seen[variable]} and {place}")
                    seen[variable] = place
        return self

    def _waves_by_value(self) -> None:
        values = [value for columns in self.waves.values() for value in columns.value]
        bare = [name for name, columns in self.waves.items() if not columns.value]
        if bare:
            raise ValueError(f"waves.{bare[0]}: say which value of {self.wave} it has")
        if len(set(values)) < len(values):
            raise ValueError("waves: two waves have the same value")
        if any(columns.prefix or columns.suffix for columns in self.waves.values()):
            raise ValueError(f"waves: with the wave variable {self.wave} the names carry no prefix or suffix")

    def _waves_by_name(self) -> None:
        if any(columns.value for columns in self.waves.values()):
            raise ValueError("waves: value needs the key wave, which names the variable")
        sources = [source for items in self.answers.values() for source in items.values()]
        stems = [source for source in sources if source.variable] or self.totals
        shapes = [(columns.prefix, columns.suffix) for columns in self.waves.values()]
        if stems and len(set(shapes)) < len(shapes):
            raise ValueError("waves: two waves have the same prefix and suffix")

    def open_lines(self) -> Iterator[str]:
        """Give what is still to be decided, one phrase each."""
        for name, line in self._lines():
            if line.decide:
                yield f'{name} is still marked decide: "{line.decide}"'
        for group in self.undecided:
            listed = ", ".join(group.variables[:3]) + (", ..." if len(group.variables) > 3 else "")
            why = f" ({group.why})" if group.why else ""
            yield f"nobody has decided where {listed} {'goes' if len(group.variables) == 1 else 'go'}{why}"

    def _of_participants(self) -> Iterator[tuple[str, Source]]:
        for name in ("arm", "site", "origin_date"):
            source = getattr(self.enrolment, name)
            if source is not None:
                yield f"enrolment.{name}", source
        yield from ((f"characteristics.{name}", source) for name, source in self.characteristics.items())

    def _lines(self) -> Iterator[tuple[str, Line]]:
        yield from ((f"waves.{name}", columns) for name, columns in self.waves.items())
        yield from self._of_participants()
        for instrument, items in self.answers.items():
            yield from ((f"answers.{instrument}.{item}", source) for item, source in items.items())
        yield from ((f"first_use ({rule.day})", rule) for rule in self.first_use)
        yield from ((f"groups ({spell.group or spell.variable})", spell) for spell in self.groups)
        yield from ((f"status ({change.kind})", change) for change in self.status)


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    DefinitionError
        Names the file, the key and the rule that is broken.
    """
    values = read_yaml(path)
    known = {"sha256": sha256_of(path), "text": path.read_text(encoding="utf-8")}
    return as_mapping({**values, **known}, str(path))


def as_mapping(data: dict[str, Any], name: str) -> Mapping:
    """Check a mapping that was read already; ``name`` says where it comes from.

    Raises
    ------
    DefinitionError
        Names the key and the rule that is broken.
    """
    try:
        return Mapping.model_validate({**data, "name": Path(name).name})
    except ValidationError as error:
        raise DefinitionError(f"{name}: {first_fault(error)}.", "Mend the mapping there.") from error
