"""A study's protocol as ``study.yaml`` states it: waves, measures, outcome, questions."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from remission.cohort.asking_plan import AskedForm, Asking
from remission.cohort.consent_plan import ConsentPlan
from remission.cohort.exposure_plan import ExposurePlan
from remission.cohort.keeping_plan import QueryPlan, SafetyPlan, Sharing, SignalPlan, TrackingPlan
from remission.cohort.outcome_plan import OutcomeChoice
from remission.cohort.question_plan import Questions
from remission.cohort.section import Section
from remission.cohort.wave import Name, Wave, require_distinct, require_order
from remission.errors import DefinitionError
from remission.survey.groups import Group, taxonomy
from remission.survey.scale import MissingRule

ENGAGEMENT = "engagement_level"
GROUPINGS = ("group", "group_type", "spiritual_group")
RESERVED = {
    "participant_id",
    "wave",
    "day",
    "months",
    "entry",
    "exit",
    "event",
    "arm",
    "site",
    "abstinent",
    ENGAGEMENT,
    *GROUPINGS,
}


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


Codes = Annotated[dict[str, str], BeforeValidator(_labelled_codes)]


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


class Level(Section):
    """A named level of engagement: scores from ``at_least`` up to the next level's."""

    name: Name
    label: str
    at_least: float


class Levels(Section):
    """A measure cut into named levels from low to high; a score belongs to the last level whose at_least it reaches.

    Attributes
    ----------
    measure : str
    label : str
        What the levels are called together.
    levels : tuple of Level
    """

    measure: str
    label: str = ""
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _levels_rise(self) -> Self:
        for low, high in pairwise(self.levels):
            if high.at_least <= low.at_least:
                raise ValueError(f"level {high.name} must start above level {low.name}")
        if len({level.name for level in self.levels}) < len(self.levels):
            raise ValueError("two levels have the same name")
        return self


class Protocol(Section):
    """Everything that ``study.yaml`` says.

    ``closed_on`` is the day on which data collection ended: every window is past.
    """

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
    engagement: Levels
    levels: dict[Name, Levels] = Field(default_factory=dict)
    exposures: dict[Name, ExposurePlan] = Field(default_factory=dict)
    questions: Questions = Questions()
    asking: Asking | None = None
    sharing: Sharing = Sharing()
    consent: ConsentPlan | None = None
    arms: Codes = Field(default_factory=dict)
    closed_on: date | None = None
    tracking: TrackingPlan = TrackingPlan()
    data_queries: QueryPlan = QueryPlan()
    safety: SafetyPlan = SafetyPlan()
    signals: SignalPlan = SignalPlan()

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
        waves = {"every", *self.stored_names}
        wrong = [name for name in (self.asking.forms if self.asking else {}) if name not in waves]
        if wrong:
            raise ValueError(f"asking.forms: there is no wave {wrong[0]}")
        return self

    @model_validator(mode="after")
    def _waves_follow(self) -> Self:
        require_distinct(self.waves)
        require_order(self.waves)
        return self

    @model_validator(mode="after")
    def _names_are_clear(self) -> Self:
        names = [*self.characteristics, *self.measures, *self.exposures, *self.levels]
        for name in names:
            if name in RESERVED or names.count(name) > 1:
                raise ValueError(f"{name}: the name is taken; give the characteristic, measure or exposure another")
        for name, plan in self.exposures.items():
            plan.require_known(name, self.measures)
        labels = {name: tuple(one.categories.values()) for name, one in self.characteristics.items()}
        self.outcome.require_known(labels, self.measures)
        if self.engagement.measure not in self.measures:
            raise ValueError(f"engagement.measure: there is no measure {self.engagement.measure}")
        watched = {"safety.also": list(self.safety.also), "signals.watch": list(self.signals.watch)}
        for where, wanted in watched.items():
            for name in wanted:
                if name not in self.measures:
                    raise ValueError(f"{where}: there is no measure {name}")
        if self.signals.attendance and self.signals.attendance not in self.measures:
            raise ValueError(f"signals.attendance: there is no measure {self.signals.attendance}")
        for name, cut in self.levels.items():
            if cut.measure not in self.measures:
                raise ValueError(f"levels.{name}: there is no measure {cut.measure}")
        known = {*GROUPINGS, "arm", "site", *self.all_levels, *self.characteristics, *self.measures}
        self.questions.require_known(known, self.measures, self.stored_names)
        return self

    def group(self, code: str) -> Group:
        """Return what is known of a group: the study's own description, else the one that ships."""
        known = self.group_attributes.get(code) or taxonomy().groups.get(code)
        return known or Group(title=self.groups.get(code, code))

    @property
    def all_levels(self) -> dict[str, Levels]:
        """Every measure in levels by name: ``engagement_level``, then those under ``levels``."""
        return {ENGAGEMENT: self.engagement, **self.levels}

    @property
    def stored_names(self) -> dict[str, str]:
        """Every name that a wave has or had, to the name under which its answers are kept."""
        return {name: wave.stored_name for wave in self.waves for name in wave.names}

    @property
    def current_names(self) -> dict[str, str]:
        """The name under which a wave's answers are kept, to its name of today."""
        return {wave.stored_name: wave.name for wave in self.waves}

    @property
    def standing_waves(self) -> tuple[Wave, ...]:
        """The waves that are not retired."""
        return tuple(wave for wave in self.waves if not wave.retired)

    def asked_at(self, wave: str) -> tuple[AskedForm, ...]:
        """Return what is asked at a wave, under whatever name study.yaml asks it."""
        if self.asking is None:
            return ()
        forms = self.asking.forms
        return tuple(form for name in ("every", *self.wave(wave).names) for form in forms.get(name, ()))

    def expected_at(self, wave: str) -> frozenset[str]:
        """Return the instruments of a complete interview; empty where the study does not say."""
        found = self.wave(wave)
        if found.instruments:
            return frozenset(found.instruments)
        return frozenset(form.instrument for form in self.asked_at(wave) if form.about == "")

    def wave(self, name: str) -> Wave:
        """Return the wave that has that name, or had it.

        Raises
        ------
        DefinitionError
            The study has no such wave.
        """
        for wave in self.waves:
            if name in wave.names:
                return wave
        raise DefinitionError(
            f"The study has no wave '{name}'.", f"It has {', '.join(wave.name for wave in self.waves)}."
        )
