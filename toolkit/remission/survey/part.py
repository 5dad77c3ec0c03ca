"""The pieces of a definition that carry no rule of scoring: citation, licence, choices, conditions."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Part(BaseModel):
    """A frozen piece of a definition; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(Part):
    """Where an instrument was published."""

    text: str
    doi: str | None = None


class Licence(Part):
    """Who holds an instrument and on what terms it may be used."""

    holder: str
    terms: Literal["own", "public domain", "free with citation", "ask the holder", "non-commercial", "unverified"]
    note: str = ""


class Choice(Part):
    """One answer a person can choose."""

    value: float
    label: str


class Reliability(Part):
    """A published reliability coefficient, of one scale or of the whole instrument."""

    coefficient: str
    value: float
    sample: str = ""
    scale: str | None = None


class Condition(Part):
    """When an item is asked: another item, or the sum of several, has or reaches a value."""

    item: str | None = None
    sum_of: tuple[str, ...] = ()
    equals: tuple[float, ...] | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_source_one_test(self) -> Self:
        if (self.item is None) == (not self.sum_of):
            raise ValueError("a condition names either one item or the items of a sum_of")
        if (self.equals is None) == (self.at_least is None):
            raise ValueError("a condition says either equals or at_least")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the items that decide."""
        return self.sum_of if self.item is None else (self.item,)

    def sentence(self) -> str:
        """Say the condition in words."""
        what = " + ".join(self.sources)
        if self.at_least is not None:
            return f"{what} is at least {self.at_least:g}"
        return f"{what} is {' or '.join(f'{value:g}' for value in self.equals or ())}"
