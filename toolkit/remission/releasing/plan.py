"""What a release is to show, as its YAML file says it: a fixed set of metrics and strata, nothing free."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from remission.cohort.section import Section
from remission.errors import DefinitionError
from remission.yaml_file import first_fault, read_yaml

LANGUAGES = ("en", "es")
TEMPLATE = Path(__file__).resolve().parent / "plan.yaml"


def _both(value: Any) -> Any:
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, value)
    return value


def _every_language(words: dict[str, str]) -> dict[str, str]:
    absent = [language for language in LANGUAGES if not words.get(language)]
    if absent or set(words) - set(LANGUAGES):
        raise ValueError(f"words are given in {' and '.join(LANGUAGES)}, or once for both")
    return words


class _Spoken(Section):
    words: dict[str, str]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _every_language(self.words)
        return self


def _spoken(value: Any) -> Any:
    return value if isinstance(value, dict) and set(value) == {"words"} else {"words": _both(value)}


Spoken = Annotated[_Spoken, BeforeValidator(_spoken)]


class OutcomePlan(Section):
    """Time to the event: the days shown, the day that the page puts first, what the event is called and what it means.

    Without ``meaning`` the definition's own sentence stands there, in English.
    """

    days: Annotated[tuple[int, ...], Field(min_length=1)]
    headline: int
    definition: str = ""
    event: Spoken
    meaning: Spoken | None = None

    @model_validator(mode="after")
    def _days_rise(self) -> Self:
        if list(self.days) != sorted(set(self.days)) or self.days[0] < 1:
            raise ValueError("days rise from 1 on")
        if any(later - earlier < 30 for earlier, later in zip((0, *self.days), self.days, strict=False)):
            raise ValueError("days lie at least 30 apart")
        if self.headline not in self.days:
            raise ValueError("headline is one of the days")
        return self


class RetainedPlan(Section):
    """Those who answered at a wave beside those who did not, by what was known at day 0."""

    wave: str
    characteristics: Annotated[tuple[str, ...], Field(min_length=1)]
    cuts: dict[str, tuple[float, ...]] = Field(default_factory=dict)


class AbstinencePlan(Section):
    """Abstinence at interviews over the days before them."""

    days: int = Field(default=30, ge=1)


class ReleasePlan(Section):
    """A release's YAML file.

    Attributes
    ----------
    title : words in English and Spanish
    origin : words, optional
        What day 0 is; without it as study.yaml says it.
    by : str
        What groups are compared: ``group``, ``group_type``, ``arm``, ``site``, levels or a category.
    together : dict
        Name to values that are shown as one group, because each alone is small.
    labels : dict
        Words for values, where the study's own are in one language.
    outcome, abstinence, retained : what is shown
    follow_up : tuple of str
        Waves at which follow-up (and abstinence) is shown.
    models : bool
        Hazard ratios between the groups.
    strengths, limits : tuple of words
        Said in the same type size.
    threshold : int
        Counts from 1 to one below it are never shown nor derivable.
    days_between : int
        Fewest days since the release before.
    """

    title: Spoken
    origin: Spoken | None = None
    by: str = "group"
    together: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    labels: dict[str, Spoken] = Field(default_factory=dict)
    outcome: OutcomePlan
    follow_up: Annotated[tuple[str, ...], Field(min_length=1)]
    abstinence: AbstinencePlan | None = None
    retained: RetainedPlan
    models: bool = False
    strengths: Annotated[tuple[Spoken, ...], Field(min_length=1)]
    limits: Annotated[tuple[Spoken, ...], Field(min_length=1)]
    threshold: int = Field(default=11, ge=11)
    days_between: int = Field(default=90, ge=0)

    @model_validator(mode="after")
    def _retained_wave_is_followed(self) -> Self:
        if self.retained.wave not in self.follow_up:
            raise ValueError("retained.wave is one of follow_up")
        return self


def read_plan(path: Path) -> ReleasePlan:
    """Read what a release is to show.

    Raises
    ------
    DefinitionError
        The file breaks a rule; the sentence names the key.
    """
    values = read_yaml(path)
    try:
        return ReleasePlan.model_validate(values)
    except ValidationError as error:
        raise DefinitionError(f"{path}: {first_fault(error, values)}.", "Correct that key.") from error
