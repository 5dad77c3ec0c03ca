"""A study's protocol as ``study.yaml`` states it: waves, measures, outcome, questions."""

from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from remission.cohort.asking_plan import Asking
from remission.cohort.consent_plan import ConsentPlan
from remission.cohort.section import Section
from remission.errors import DefinitionError
from remission.survey.groups import Group, taxonomy
from remission.survey.scale import MissingRule

RESERVED = {"participant_id", "wave", "day", "months", "entry", "exit", "event", "group", "arm", "site"}


def code_text(value: Any) -> str:
    """Write a code as text, so that 1, 1.0 and "1" are the same code."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _labelled_codes(value: Any) -> Any:
    if isinstance(value, dict):
        return {code_text(code): label for code, label in value.items()}
    if isinstance(value, list | tuple):
        return {code_text(code): taxonomy().titles.get(code_text(code), code_text(code)) for code in value}
    return value


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Codes = Annotated[dict[str, str], BeforeValidator(_labelled_codes)]
Window = tuple[int, int]


class Wave(Section):
    """A planned interview; both windows are first and last day on the study's timeline."""

    name: Name
    day: int
    months: float
    optimum_window: Window
    allowed_window: Window

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


class Characteristic(Section):
    """Something about a participant that does not change over the waves."""

    label: str
    kind: Literal["number", "category"]
    categories: Codes = Field(default_factory=dict)

    @model_validator(mode="after")
    def _categories_fit(self) -> Self:
        if (self.kind == "category") != bool(self.categories):
            raise ValueError("a category lists its categories, and a number has none")
        if len(set(self.categories.values())) < len(self.categories):
            raise ValueError("two categories have the same label")
        return self


class Measure(Section):
    """A score that analyses may name; ``missing`` replaces the instrument's own rule.

    ``about`` picks one sheet where an instrument is answered about each group: the code of a group, or
    ``primary`` for the participant's main group on that day.
    """

    instrument: str
    scale: str
    label: str
    about: str = ""
    missing: MissingRule | None = None


class OutcomeChoice(Section):
    """Which outcome definition the study uses, and for which substance."""

    definition: str = "first_use"
    substance: str = "any"
    title: str = "First use after day 0"


class Level(Section):
    """A named level of engagement: scores from ``at_least`` up to the next level's."""

    name: Name
    label: str
    at_least: float


class Engagement(Section):
    """The measure that stands for engagement in mutual help, and its levels from low to high."""

    measure: str
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        for low, high in pairwise(self.levels):
            if high.at_least <= low.at_least:
                raise ValueError(f"level {high.name} must start above level {low.name}")
        if len({level.name for level in self.levels}) < len(self.levels):
            raise ValueError("two levels have the same name")
        return self


class Questions(Section):
    """What ``analyze``, the report and the dashboard answer.

    ``by``: covariates to compare curves by. ``cox`` and ``over_time``: right sides of formulas,
    all at baseline or with the engagement measure varying. ``trajectories``: mixed-model formulas.
    """

    by: tuple[str, ...] = ()
    cox: tuple[str, ...] = ()
    over_time: tuple[str, ...] = ()
    trajectories: tuple[str, ...] = ()


class Sharing(Section):
    """What goes with every file that leaves the study.

    Attributes
    ----------
    consent : str
        What participants agreed to, in one or two sentences.
    notice : str
        On passing the file on; empty for the notice that ships.
    """

    consent: str = ""
    notice: str = ""


class Protocol(Section):
    """Everything that ``study.yaml`` says."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    title: str
    time_origin: str
    database: str | None = None
    waves: Annotated[tuple[Wave, ...], Field(min_length=1)]
    groups: Annotated[Codes, Field(min_length=1)] = Field(default_factory=lambda: taxonomy().titles)
    group_attributes: dict[str, Group] = Field(default_factory=dict)
    characteristics: dict[Name, Characteristic] = Field(default_factory=dict)
    measures: dict[Name, Measure]
    outcome: OutcomeChoice = OutcomeChoice()
    engagement: Engagement
    questions: Questions = Questions()
    asking: Asking | None = None
    sharing: Sharing = Sharing()
    consent: ConsentPlan | None = None

    @model_validator(mode="before")
    @classmethod
    def _described_groups(cls, values: Any) -> Any:
        listed = values.get("groups") if isinstance(values, dict) else None
        if not isinstance(listed, dict):
            return values
        listed = {code_text(code): said for code, said in listed.items()}
        described = {code: said for code, said in listed.items() if isinstance(said, dict)}
        named = {code: said.get("title") if isinstance(said, dict) else said for code, said in listed.items()}
        return {**values, "groups": named, "group_attributes": described}

    @model_validator(mode="after")
    def _forms_fit(self) -> Self:
        waves = {"every", *[wave.name for wave in self.waves]}
        wrong = [name for name in (self.asking.forms if self.asking else {}) if name not in waves]
        if wrong:
            raise ValueError(f"asking.forms: there is no wave {wrong[0]}")
        return self

    @model_validator(mode="after")
    def _waves_follow(self) -> Self:
        names = [wave.name for wave in self.waves]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"waves: two waves have the name {twice}")
        for before, after in pairwise(self.waves):
            if after.day <= before.day:
                raise ValueError(f"waves: {after.name} (day {after.day}) must come after {before.name}")
            if after.months <= before.months:
                raise ValueError(f"waves: the months of {after.name} disagree with the order of the days")
            if after.first_day <= before.last_day:
                raise ValueError(f"waves: the allowed windows of {before.name} and {after.name} overlap")
        return self

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        for name in (*self.characteristics, *self.measures):
            if name in RESERVED or (name in self.characteristics and name in self.measures):
                raise ValueError(f"{name}: the name is taken; give the characteristic or measure another")
        if self.engagement.measure not in self.measures:
            raise ValueError(f"engagement.measure: there is no measure {self.engagement.measure}")
        known = {"group", "arm", "site", "engagement_level", *self.characteristics, *self.measures}
        unknown = next((name for name in self.questions.by if name not in known), None)
        if unknown is not None:
            raise ValueError(f"questions.by: {unknown} is neither a characteristic nor a measure of the study")
        return self

    def group(self, code: str) -> Group:
        """Return what is known of a group: the study's own description, else the one that ships."""
        known = self.group_attributes.get(code) or taxonomy().groups.get(code)
        return known or Group(title=self.groups.get(code, code))

    def wave(self, name: str) -> Wave:
        """Return the wave of that name.

        Raises
        ------
        DefinitionError
            The study has no such wave.
        """
        for wave in self.waves:
            if wave.name == name:
                return wave
        raise DefinitionError(
            f"The study has no wave '{name}'.", f"It has {', '.join(wave.name for wave in self.waves)}."
        )
