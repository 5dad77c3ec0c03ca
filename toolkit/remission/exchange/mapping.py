"""The mapping file: where each variable of a data file goes. A person reviews it and keeps it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from remission.errors import DefinitionError
from remission.exchange.files import sha256_of
from remission.yaml_file import first_fault, read_yaml

Reason = Literal["refused", "not_applicable", "not_asked", "unknown", "not_recorded"]
Code = float | str


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Codes = Annotated[tuple[Code, ...], BeforeValidator(_listed)]


class Entry(BaseModel):
    """A part of a mapping file; a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(Entry):
    """A line that a person decides on; ``decide`` says what is unsure and stops the import until it is gone."""

    decide: str = ""


class WaveColumns(Line):
    """How a wave is told in the file, and on which day its interview was.

    ``prefix`` and ``suffix`` surround the stems of its variables (one row a participant); ``value`` lists
    what the wave variable holds (one row a participant and wave). ``day`` is a number, or a
    variable that holds days from day 0 or dates.
    """

    prefix: str = ""
    suffix: str = ""
    value: Codes = ()
    day: int | str | None = None

    def variable(self, stem: str) -> str:
        """Return the name of a stem at this wave."""
        return f"{self.prefix}{stem}{self.suffix}"


class Source(Line):
    """A variable, with codes to be changed and codes that say why there is no answer.

    ``at`` names the variable of single waves where prefix and suffix do not give it. Stata's and SAS's
    extended missing values are written ``.a`` to ``.z``.
    """

    variable: str = ""
    at: dict[str, str] = Field(default_factory=dict)
    codes: dict[Code, Code] = Field(default_factory=dict)
    missing: dict[Code, Reason] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _plain_name(cls, value: Any) -> Any:
        return {"variable": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.variable and not self.at:
            raise ValueError("name a variable")
        return self

    def name_at(self, wave: str, columns: WaveColumns) -> str:
        """Return the variable that holds this at a wave; empty where it is not asked there."""
        if wave in self.at:
            return self.at[wave]
        return columns.variable(self.variable) if self.variable else ""


class Enrolment(Entry):
    """Where arm, site and the date of day 0 stand."""

    arm: Source | None = None
    site: Source | None = None
    origin_date: Source | None = None


class FirstUse(Line):
    """The day of first use (``used`` is 1), or the last day without use (0), counted from day 0."""

    substance: str = "any"
    day: str
    used: str
    source: str


class GroupSpell(Line):
    """A spell with a mutual-help group: a group of the study, or a variable whose codes name groups.

    A code that stands for the empty word is no spell. ``start`` and ``end`` are days, or variables that
    hold days from day 0 or dates.
    """

    group: str = ""
    variable: str = ""
    codes: dict[Code, str] = Field(default_factory=dict)
    missing: dict[Code, Reason] = Field(default_factory=dict)
    start: int | str = 0
    end: int | str | None = None
    primary: bool = True

    @model_validator(mode="after")
    def _names_groups(self) -> Self:
        if bool(self.group) == bool(self.codes):
            raise ValueError("give either a group, or a variable with codes that name groups")
        if not self.variable and (self.codes or not isinstance(self.start, str)):
            raise ValueError("name the variable that says who was in the group")
        return self


class StatusChange(Line):
    """A change of standing: on the day that ``day`` holds, for those whose ``variable`` holds one of ``when``."""

    kind: str
    variable: str = ""
    when: Codes = ()
    day: str = ""

    @model_validator(mode="after")
    def _told_somewhere(self) -> Self:
        if not self.variable and not self.day:
            raise ValueError("name the variable that tells it, or the day on which it happened")
        if bool(self.variable) != bool(self.when):
            raise ValueError("variable and when belong together")
        return self


class Total(Entry):
    """A total that the file holds, to be compared with the score computed from its items."""

    measure: str
    variable: str


class Ignored(Entry):
    """Variables set aside on purpose; ``*`` stands for any characters."""

    variables: tuple[str, ...]
    reason: str


class Undecided(Entry):
    """Variables for which nobody has said yet where they go."""

    variables: tuple[str, ...]
    why: str = ""


class MadeFrom(Entry):
    """The file from which the mapping was first drawn up."""

    file: str = ""
    sha256: str = ""
    encoding: str = ""


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

    def _lines(self) -> Iterator[tuple[str, Line]]:
        yield from ((f"waves.{name}", columns) for name, columns in self.waves.items())
        for name in ("arm", "site", "origin_date"):
            source = getattr(self.enrolment, name)
            if source is not None:
                yield f"enrolment.{name}", source
        yield from ((f"characteristics.{name}", source) for name, source in self.characteristics.items())
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
