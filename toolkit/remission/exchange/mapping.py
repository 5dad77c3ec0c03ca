"""The mapping file: where each variable of a data file goes. A person reviews it and keeps it."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from remission.errors import DefinitionError
from remission.exchange.spss import sha256_of
from remission.yaml_file import first_fault, read_yaml

Reason = Literal["refused", "not_applicable", "not_asked", "unknown", "not_recorded"]


class Entry(BaseModel):
    """A part of a mapping file; a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WaveColumns(Entry):
    """How a wave's variables are named, and on which day its interview was."""

    suffix: str = ""
    prefix: str = ""
    day: int | str | None = None

    def variable(self, stem: str) -> str:
        """Return the name of a stem at this wave."""
        return f"{self.prefix}{stem}{self.suffix}"


class Source(Entry):
    """A variable, with codes to be changed and codes that say why there is no answer."""

    variable: str
    codes: dict[float, float | str] = Field(default_factory=dict)
    missing: dict[float, Reason] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"variable": value} if isinstance(value, str) else value


class Enrolment(Entry):
    """Where arm and site stand."""

    arm: Source | None = None
    site: Source | None = None


class FirstUse(Entry):
    """The day of first use (``used`` is 1), or the last day without use (0), counted from day 0."""

    substance: str = "any"
    day: str
    used: str
    source: str


class Total(Entry):
    """A total that the file holds, to be compared with the score computed from its items."""

    measure: str
    variable: str


class Ignored(Entry):
    """Variables set aside on purpose; ``*`` stands for any characters."""

    variables: tuple[str, ...]
    reason: str


class Mapping(Entry):
    """A whole mapping file."""

    title: str
    id: str
    waves: dict[str, WaveColumns] = Field(min_length=1)
    enrolment: Enrolment = Enrolment()
    characteristics: dict[str, Source] = Field(default_factory=dict)
    answers: dict[str, dict[str, Source]] = Field(default_factory=dict)
    first_use: tuple[FirstUse, ...] = ()
    totals: tuple[Total, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    sha256: str = ""

    @model_validator(mode="after")
    def _one_place_each(self) -> Self:
        shapes = [(columns.prefix, columns.suffix) for columns in self.waves.values()]
        if len(set(shapes)) < len(shapes):
            raise ValueError("waves: two waves have the same prefix and suffix")
        seen: dict[str, str] = {}
        for instrument, items in self.answers.items():
            for item, source in items.items():
                place = f"{instrument}.{item}"
                if source.variable in seen:
                    raise ValueError(f"{source.variable} is mapped to both {seen[source.variable]} and {place}")
                seen[source.variable] = place
        return self


def read_mapping(path: Path) -> Mapping:
    """Read and check a mapping file.

    Raises
    ------
    DefinitionError
        Names the file, the key and the rule that is broken.
    """
    data = read_yaml(path)
    try:
        return Mapping.model_validate({**data, "sha256": sha256_of(path)})
    except ValidationError as error:
        raise DefinitionError(f"{path}: {first_fault(error)}.", "Mend the mapping there.") from error
