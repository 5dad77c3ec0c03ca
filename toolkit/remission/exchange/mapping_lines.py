"""The lines of a mapping file: waves, sources with their codes, spells, changes of standing."""

import math
import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Reason = Literal["refused", "not_applicable", "not_asked", "unknown", "not_recorded"]
Code = float | str


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


Day = Annotated[int, Field(ge=-36_525, le=36_525)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_listed)]


def plain_code(value: Any) -> str:
    """Write a code so that 1, 1.0, "1" and "01" are the same."""
    if isinstance(value, str):
        text = value.strip()
        if not re.fullmatch(r"-?\d{1,15}(\.\d*)?", text):
            return text
        value = float(text)
    if math.isnan(value):
        return ""
    whole = value == math.floor(value) if math.isfinite(value) else False
    return str(int(value)) if whole else repr(float(value))


class Entry(BaseModel):
    """A part of a mapping file; a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _words_for_yes(cls, value: Any) -> Any:
        """Refuse what YAML made of yes, no, on and off where a code or a name is meant."""
        for key, held in value.items() if isinstance(value, dict) else ():
            inner = [*held, *held.values()] if isinstance(held, dict) else held if isinstance(held, list) else [held]
            if key != "primary" and any(isinstance(each, bool) for each in (key, *inner)):
                raise ValueError(f"{key}: write yes, no, on and off in quotation marks")
        return value


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
    day: Day | str | None = None

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
        for what, codes in (("codes", [*self.codes]), ("codes and missing", [*self.codes, *self.missing])):
            plain = [plain_code(code) for code in codes]
            twice = [code for code in plain if plain.count(code) > 1]
            if twice:
                raise ValueError(f"{what}: the code {twice[0]} stands twice")
        return self

    @property
    def changed(self) -> dict[str, Code]:
        """What codes become, by plain code."""
        return {plain_code(code): value for code, value in self.codes.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """Why a cell with a code has no answer, by plain code."""
        return {plain_code(code): reason for code, reason in self.missing.items()}

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

    A code that stands for the empty word is no spell. With a ``group``, ``when`` lists the codes of ``variable``
    that mean yes, where they are not 1 or yes. ``start`` and ``end`` are days, or variables that
    hold days from day 0 or dates.
    """

    group: str = ""
    variable: str = ""
    codes: dict[Code, str] = Field(default_factory=dict)
    missing: dict[Code, Reason] = Field(default_factory=dict)
    when: Codes = ()
    start: Day | str = 0
    end: Day | str | None = None
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
