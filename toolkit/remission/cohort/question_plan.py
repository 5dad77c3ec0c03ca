"""The part of study.yaml that says what is asked of the data."""

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from remission.cohort.section import Section

Share = Annotated[float, Field(gt=0)]


class AbstinenceQuestion(Section):
    """Abstinence at the interviews, explained by what was known before; a text alone is ``terms``.

    Attributes
    ----------
    terms : str
        Right side of a formula, for example ``C(group) * involvement``. Measures are those of an earlier interview;
        ``depression_at_baseline`` is a measure at the first wave, for everyone's every row.
    measure : str
        A measure of which 0 is abstinent; all sources on use where empty.
    lag_waves : int
        How many waves earlier; 0 only together with ``same_wave``.
    same_wave : str
        Why what was told at an interview may explain abstinence told at the same one.
    days : int
        Abstinent is who did not use on so many days before the interview.
    missing : {"left_out", "use"}
        What an unknown answer means: nothing, or use (one end of a scale, not the answer).
    at : tuple of str
        Waves; all after the first where not given.
    split : tuple of str
        Measures to be split into each person's mean and the deviation from it.
    margin : float, optional
        Ratio of odds ratios declared beforehand, beyond which involvement would not work alike in all groups.
    """

    terms: Annotated[str, Field(min_length=1)]
    measure: str = ""
    lag_waves: Annotated[int, Field(ge=0, le=10)] = 1
    same_wave: str = ""
    days: Annotated[int, Field(ge=1, le=366)] = 30
    missing: Literal["left_out", "use"] = "left_out"
    at: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    margin: Annotated[float, Field(gt=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"terms": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if (self.lag_waves == 0) != bool(self.same_wave.strip()):
            raise ValueError(
                "what is told at an interview explains abstinence at later ones: `lag_waves: 0` needs a reason under "
                "same_wave, and same_wave needs `lag_waves: 0`"
            )
        return self


class AlikeQuestion(Section):
    """Whether groups do alike, by a margin declared before the data were seen.

    Attributes
    ----------
    by : str
        A covariate known at day 0, usually ``group``.
    reference : str
        The value that the others are held against.
    scale : {"hazard_ratio", "risk_difference", "restricted_mean"}
        Of hazards; of the share free of the event on ``day``; of days free of it up to ``day``.
    margin : float
        1.25 means 0.8 to 1.25 for ratios, 0.1 means -0.1 to 0.1 for shares, 20 means 20 days.
    day : int
    terms : str
        Covariates of day 0 to adjust a hazard ratio for.
    kind : {"equivalence", "non_inferiority"}
    """

    by: str = "group"
    reference: str
    scale: Literal["hazard_ratio", "risk_difference", "restricted_mean"] = "hazard_ratio"
    margin: Share
    day: Annotated[int, Field(ge=1)] = 365
    terms: str = ""
    kind: Literal["equivalence", "non_inferiority"] = "equivalence"

    @model_validator(mode="after")
    def _margin_fits(self) -> Self:
        if self.scale == "hazard_ratio" and self.margin <= 1:
            raise ValueError("the margin of a ratio is above 1")
        if self.scale == "risk_difference" and self.margin >= 1:
            raise ValueError("the margin of a difference of shares is below 1")
        if self.terms and self.scale != "hazard_ratio":
            raise ValueError("terms adjust a hazard ratio only")
        return self


class CascadeQuestion(Section):
    """The way from a professional's referral over first meetings to sustained attendance, and who is lost where.

    Attributes
    ----------
    meetings_at_least, weeks : int
        Sustained is who went to so many meetings in each of the four-week periods of so many weeks.
    within_days : int
        A first meeting counts up to so many days after day 0 or the referral, whichever is later.
    day : int
        Day on which the outcome is read.
    """

    meetings_at_least: Annotated[int, Field(ge=1)] = 4
    weeks: Annotated[int, Field(ge=4, le=104, multiple_of=4)] = 12
    within_days: Annotated[int, Field(ge=1)] = 30
    day: Annotated[int, Field(ge=1)] = 365


class DurationQuestion(Section):
    """How long somebody attended in the first year, and what came after it.

    Attributes
    ----------
    weeks : tuple of int
        Lower ends of bands of weeks with a meeting; below the first is no attendance or hardly any.
    landmark : int
        Day by which attendance is counted; only those still free of the event and followed are compared after it.
    terms : str
        Covariates of day 0 to adjust for.
    """

    weeks: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = (1, 9, 27)
    landmark: Annotated[int, Field(ge=28)] = 365
    terms: str = ""

    @field_validator("weeks")
    @classmethod
    def _rising(cls, weeks: tuple[int, ...]) -> tuple[int, ...]:
        if list(weeks) != sorted(set(weeks)):
            raise ValueError("the weeks rise from band to band")
        return weeks


class MechanismQuestion(Section):
    """A chain from an exposure over mediators to an outcome, each ``measure@wave``.

    Attributes
    ----------
    exposure, outcome : str
    mediators : tuple of str
        In their order.
    covariates : tuple of str
        Known at day 0; the mediators and the outcome as they were at the first wave are added where measured.
    bootstrap, seed : int
    """

    exposure: str
    mediators: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]
    outcome: str
    covariates: tuple[str, ...] = ()
    bootstrap: Annotated[int, Field(ge=200, le=100_000)] = 5000
    seed: Annotated[int, Field(ge=0)] = 1


class MissingQuestion(Section):
    """A comparison of a measure at one wave, under several views of what was not answered.

    Attributes
    ----------
    measure, at : str
        The measure and the wave.
    terms : str
        Right side of a formula on what is known at day 0.
    beside : tuple of str
        Further measures that take part in filling gaps.
    deltas : tuple of float
        By how much filled values are moved, in points of the measure; in log odds for one of 0 and 1.
    copies, iterations, seed : int
    """

    measure: str
    at: str
    terms: str = "C(group)"
    beside: tuple[str, ...] = ()
    deltas: tuple[float, ...] = ()
    copies: Annotated[int, Field(ge=2, le=1000)] = 20
    iterations: Annotated[int, Field(ge=1, le=200)] = 10
    seed: Annotated[int, Field(ge=0)] = 1


class Questions(Section):
    """What ``analyze``, the report and the dashboard answer.

    Attributes
    ----------
    by : tuple of str
        Covariates to compare curves by.
    cox, over_time : tuple of str
        Right sides of formulas, all at baseline or with the engagement measure varying.
    trajectories : tuple of str
        Mixed-model formulas.
    flow : bool
        Whether to draw what became of everybody, wave by wave.
    baseline : tuple of str
        Covariates to describe the participants at day 0 by.
    endings : tuple of str
        Covariates by which the outcome and its competing endings are set side by side.
    what_if : tuple of str
        Covariates whose comparison is tried under what may have become of those who were lost.
    alike, abstinence, duration, mechanisms, missing : tuple
    cascade : CascadeQuestion, optional
    """

    by: tuple[str, ...] = ()
    cox: tuple[str, ...] = ()
    over_time: tuple[str, ...] = ()
    trajectories: tuple[str, ...] = ()
    flow: bool = False
    baseline: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    what_if: tuple[str, ...] = ()
    alike: tuple[AlikeQuestion, ...] = ()
    abstinence: tuple[AbstinenceQuestion, ...] = ()
    cascade: CascadeQuestion | None = None
    duration: tuple[DurationQuestion, ...] = ()
    mechanisms: tuple[MechanismQuestion, ...] = ()
    missing: tuple[MissingQuestion, ...] = ()

    def require_known(self, covariates: Collection[str], measures: Collection[str], waves: Collection[str]) -> None:
        """Refuse covariates, measures and waves that the study does not have."""
        for key, names in (
            ("by", self.by),
            ("baseline", self.baseline),
            ("endings", self.endings),
            ("what_if", self.what_if),
            ("alike", [one.by for one in self.alike]),
        ):
            unknown = next((name for name in names if name not in covariates), None)
            if unknown is not None:
                raise ValueError(f"questions.{key}: {unknown} is neither a characteristic nor a measure of the study")
        for asked in self.abstinence:
            if asked.measure and asked.measure not in measures:
                raise ValueError(f"questions.abstinence: there is no measure {asked.measure}")
            for wave in asked.at:
                if wave not in waves:
                    raise ValueError(f"questions.abstinence: there is no wave {wave}")
        for one in self.missing:
            for name in (one.measure, *one.beside):
                if name not in measures:
                    raise ValueError(f"questions.missing: there is no measure {name}")
            if one.at not in waves:
                raise ValueError(f"questions.missing: there is no wave {one.at}")
        for chain in self.mechanisms:
            for name in (chain.exposure, *chain.mediators, chain.outcome):
                measure, _, wave = name.partition("@")
                if name not in covariates and (measure not in measures or wave not in waves):
                    raise ValueError(f"questions.mechanisms: {name} is not a measure at a wave, like identity@month_6")
