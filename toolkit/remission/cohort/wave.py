"""A planned interview, and how waves of one study follow each other."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remission.cohort.section import Section

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Window = tuple[int, int]


class Wave(Section):
    """A planned interview; days and windows (first and last day) count from the anchor.

    Attributes
    ----------
    anchor : {"day_0", "discharge", "last_visit"}
        What the days count from: day 0, the end of a stay in care, or the day of the last interview before.
    episode : {"first", "last"}
        Which stay in care, for the anchor ``discharge``.
    formerly : tuple of str
        Names that the wave had, the oldest first; answers keep the oldest, whatever the wave is called now.
    retired : bool
        Asked and awaited no more; its answers stay.
    instruments : tuple of str
        What a complete interview holds; where not given, what ``asking`` asks at this wave.
    """

    name: Name
    day: int
    months: float
    optimum_window: Window
    allowed_window: Window
    anchor: Literal["day_0", "discharge", "last_visit"] = "day_0"
    episode: Literal["first", "last"] = "last"
    formerly: tuple[Name, ...] = ()
    retired: bool = False
    instruments: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _windows_nest(self) -> Self:
        first, last = self.optimum_window
        if not self.allowed_window[0] <= first <= self.day <= last <= self.allowed_window[1]:
            raise ValueError(f"wave {self.name}: its day must lie in optimum_window, and that in allowed_window")
        return self

    @property
    def first_day(self) -> int:
        """First day on which an interview counts for this wave."""
        return self.allowed_window[0]

    @property
    def last_day(self) -> int:
        """Last day on which an interview counts for this wave."""
        return self.allowed_window[1]

    @property
    def stored_name(self) -> str:
        """The name under which answers are kept: the oldest."""
        return self.formerly[0] if self.formerly else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Every name by which the wave is known, the present one first."""
        return (self.name, *self.formerly)


def require_distinct(waves: Sequence[Wave]) -> None:
    """Refuse a name that two waves have or had."""
    names = [name for wave in waves for name in wave.names]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"waves: two waves have the name {twice}, or had it")


def require_order(waves: Sequence[Wave]) -> None:
    """Refuse waves of one anchor that overlap or are not in order; retired ones stand in nobody's way."""
    standing = [wave for wave in waves if not wave.retired]
    if not standing:
        raise ValueError("waves: all of them are retired")
    for anchor in ("day_0", "discharge"):
        for before, after in pairwise([wave for wave in standing if wave.anchor == anchor]):
            if after.day <= before.day:
                raise ValueError(f"waves: {after.name} (day {after.day}) must come after {before.name}")
            if after.first_day <= before.last_day:
                raise ValueError(f"waves: the allowed windows of {before.name} and {after.name} overlap")
    for before, after in pairwise(standing):
        if after.months <= before.months:
            raise ValueError(f"waves: the months of {after.name} disagree with the order of the days")
    if standing[0].anchor == "last_visit":
        raise ValueError(f"waves: {standing[0].name} is the first and has no visit before it to count from")
