"""The part of study.yaml that names exposures which vary over time."""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remission.cohort.section import Section

FORMS = {
    "measure": ("last", "mean", "cumulative", "at_least"),
    "calendar": ("last_days", "cumulative", "recency", "weekly"),
    "groups": ("primary", "number", "switches"),
}
Days = Annotated[int, Field(ge=1, le=366)]


class ExposurePlan(Section):
    """What is read off a measure, the meeting calendar, or the spells with groups, day by day.

    Attributes
    ----------
    measure : str
        A measure, in the form ``last`` (its last score), ``mean`` or ``cumulative`` (mean and sum of its scores so
        far), or ``at_least`` (1 where the last score reaches ``threshold``).
    calendar : {"meetings"}, optional
        In the form ``last_days`` (meetings in the last ``days``), ``cumulative`` (since day 0), ``recency`` (days since
        the last one), or ``weekly`` (1 where each of the last ``weeks`` had one). Read every ``every`` days.
    groups : bool
        In the form ``primary`` (main group), ``number`` (of groups at a time), or ``switches`` (changes of the main
        group so far).
    lag_waves, lag_days : int
        Use the report so many waves before the last one; let a value count only so many days later.
    """

    measure: str = ""
    calendar: Literal["meetings"] | None = None
    groups: bool = False
    form: str = "last"
    threshold: float = 1.0
    days: Days = 30
    weeks: Annotated[int, Field(ge=1, le=52)] = 4
    every: Days = 7
    lag_waves: Annotated[int, Field(ge=0, le=20)] = 0
    lag_days: Annotated[int, Field(ge=0, le=730)] = 0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [name for name in FORMS if getattr(self, name)]
        if len(named) != 1:
            raise ValueError("an exposure names one of measure, calendar and groups")
        if self.form not in FORMS[named[0]]:
            raise ValueError(f"an exposure of {named[0]} has one of the forms {', '.join(FORMS[named[0]])}")
        if self.lag_waves and not self.measure:
            raise ValueError("lag_waves is of measures; use lag_days")
        return self

    def require_known(self, name: str, measures: Collection[str]) -> None:
        """Refuse a measure that the study does not have."""
        if self.measure and self.measure not in measures:
            raise ValueError(f"exposures.{name}: there is no measure {self.measure}")
