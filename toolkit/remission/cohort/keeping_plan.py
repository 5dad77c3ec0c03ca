"""The parts of study.yaml on the study's own work: keeping in touch, clearing up data, passing files on."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

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
