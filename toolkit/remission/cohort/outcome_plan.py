"""The part of study.yaml that says what counts as the outcome."""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remission.cohort.section import Section
from remission.cohort.wave import Name

Source = Literal["reports", "calendar", "tests", "sobriety_dates", "interviews"]
Positive = Annotated[float, Field(gt=0)]


class HeavyFrom(Section):
    """From which quantity on a day counts as heavy: one line for all, or one for each category of a characteristic.

    Attributes
    ----------
    at_least : float or dict
        Standard drinks; by label of the category where ``by`` names a characteristic.
    by : str
        A characteristic, usually sex; empty where one line holds for all.
    """

    at_least: Positive | dict[str, Positive]
    by: str = ""

    @model_validator(mode="after")
    def _lines_fit(self) -> Self:
        if isinstance(self.at_least, dict) != bool(self.by):
            raise ValueError("heavy: at_least is one number, or one for each category of the characteristic `by` names")
        return self


class OwnRun(Section):
    """A study's own definition: so many days of use, or of heavy use, within so many days."""

    title: str
    times: Annotated[int, Field(ge=1)]
    within: Annotated[int, Field(ge=1)]
    heavy: bool = False
    reference: str = ""


class OutcomeChoice(Section):
    """Which outcome definition the study uses, for which substance, and from which sources.

    Attributes
    ----------
    sources : tuple of str
        What is believed: ``reports`` of use, the use ``calendar``, drug ``tests``, ``sobriety_dates``, and answers at
        ``interviews`` on days of use.
    test_window_days : int
        Days on which a drug test looks back, its own included.
    days_used : str
        The measure that counts days of use at interviews.
    days_asked : int
        Days that the measure looks back on.
    weeks : int, optional
        How many weeks use patterns have; up to the last planned interview where not given.
    heavy : HeavyFrom, optional
    own : dict
        Name to a definition of the study's own.
    also : tuple of str
        Definitions that `remission multiverse` sets beside the study's.
    competing : tuple of str
        Endings that are causes of their own in analyses of competing risks.
    """

    definition: str = "first_use"
    substance: str = "any"
    title: str = "First use after day 0"
    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = ("reports", "calendar", "tests", "sobriety_dates")
    test_window_days: Annotated[int, Field(ge=1, le=120)] = 3
    days_used: str = ""
    days_asked: Annotated[int, Field(ge=1, le=366)] = 30
    weeks: Annotated[int, Field(ge=1, le=520)] | None = None
    heavy: HeavyFrom | None = None
    own: dict[Name, OwnRun] = Field(default_factory=dict)
    also: tuple[str, ...] = ()
    competing: tuple[Literal["death", "incarceration", "withdrawal"], ...] = ("death",)

    def require_known(self, categories: Mapping[str, Collection[str]], measures: Collection[str]) -> None:
        """Refuse names that the study does not have; ``categories`` are the labels of each characteristic."""
        if self.heavy and isinstance(self.heavy.at_least, dict):
            if self.heavy.by not in categories:
                raise ValueError(f"outcome.heavy: there is no characteristic {self.heavy.by}")
            strange = [label for label in self.heavy.at_least if label not in categories[self.heavy.by]]
            if strange:
                known = ", ".join(categories[self.heavy.by])
                raise ValueError(f"outcome.heavy: {self.heavy.by} has no category '{strange[0]}'; it has {known}")
        if self.days_used and self.days_used not in measures:
            raise ValueError(f"outcome.days_used: there is no measure {self.days_used}")
        if "interviews" in self.sources and not self.days_used:
            raise ValueError("outcome.sources: interviews need days_used, the measure that counts days of use")
