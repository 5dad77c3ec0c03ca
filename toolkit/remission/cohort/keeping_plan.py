"""The parts of study.yaml on the study's own work: keeping in touch, clearing up data, passing files on."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from remission.cohort.section import Section
from remission.cohort.wave import Name


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


class Given(Section):
    """What a participant is given for an interview; ``amount`` as people write it (20.00)."""

    amount: Annotated[Decimal, Field(gt=0, decimal_places=2)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class TrackingPlan(Section):
    """How participants are kept in touch with.

    Attributes
    ----------
    verification_every_days : int, optional
        Between interviews, how often a short contact checks that they can still be reached.
    attempts_at_most : int
        Attempts for one wave after which nobody tries any more.
    incentives : dict
        Wave to what is given for its interview.
    """

    verification_every_days: int | None = Field(default=None, ge=7)
    attempts_at_most: int = Field(default=20, ge=1)
    incentives: dict[Name, Given] = Field(default_factory=dict)


class SafetyRule(Section):
    """A score of a measure that asks for a person's attention: at least or at most so much."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("name at_least or at_most, one of them")
        return self


class SafetyPlan(Section):
    """Who looks at answers that ask for a person's attention, and how soon.

    Attributes
    ----------
    person : str
        Where ``persons`` names nobody for the participant's site.
    persons : dict
        Site to person.
    within_hours : int
        An answer that nobody has seen after so many hours is late.
    look_back_days : int
        Answers given longer ago, as in an old file that is brought in, are counted as past and wait for nobody.
    also : dict
        Measure to the score from which it asks for attention; scales that an instrument marks always do.
    """

    person: str = ""
    persons: dict[str, str] = Field(default_factory=dict)
    within_hours: int = Field(default=24, ge=1)
    look_back_days: int = Field(default=90, ge=1)
    also: dict[Name, SafetyRule] = Field(default_factory=dict)


class WatchRule(Section):
    """Which way a measure gets worse, and by how many points; by more than its error where not given."""

    worse: Literal["up", "down"]
    by: float | None = Field(default=None, gt=0)


class SignalPlan(Section):
    """Which changes between two interviews the team is told of.

    Attributes
    ----------
    attendance : str
        The measure that counts meetings; ``meetings`` where there is one of that name.
    attendance_from : float
        Meetings at the interview before, from which a fall counts.
    attendance_share : float
        A fall to this share of them or less.
    watch : dict
        Measure to the direction that is worse; scales whose instrument says which way is worse are watched anyway.
    recent_days : int
        A signal from longer ago is old.
    """

    attendance: str = ""
    attendance_from: float = Field(default=4, gt=0)
    attendance_share: float = Field(default=0.5, gt=0, lt=1)
    watch: dict[Name, WatchRule] = Field(default_factory=dict)
    recent_days: int = Field(default=90, ge=1)


class QueryPlan(Section):
    """Who clears up queries on the data.

    Attributes
    ----------
    owner : str
        Where ``owners`` names nobody for the participant's site.
    owners : dict
        Site to owner.
    late_after_days : int
        An open query older than this is late.
    """

    owner: str = ""
    owners: dict[str, str] = Field(default_factory=dict)
    late_after_days: int = Field(default=14, ge=1)
