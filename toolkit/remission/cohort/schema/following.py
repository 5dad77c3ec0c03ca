"""The tables of following people up: care, consent, attempts to reach them, what they were given."""

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from remission.cohort.schema.parts import CohortTable


class CareEpisode(CohortTable, table=True):
    """A stay in care; days are on the participant's timeline, no discharge day means that it still lasts."""

    __tablename__: ClassVar[Any] = "care_episode"
    __table_args__ = (
        UniqueConstraint("participant", "admission_day"),
        CheckConstraint("discharge_day IS NULL OR discharge_day >= admission_day", name="ends_after_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    admission_day: int
    discharge_day: int | None = None
    level_of_care: str | None = None
    discharge_reason: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Consent(CohortTable, table=True):
    """What a participant agreed to: one purpose of one version of the consent form."""

    __tablename__: ClassVar[Any] = "consent"
    __table_args__ = (UniqueConstraint("participant", "version", "purpose", "signed_on"),)

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    version: str
    purpose: str
    signed_on: date
    expires_on: date | None = None
    withdrawn_on: date | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Stop(CohortTable, table=True):
    """A participant's wish not to be contacted, or that their data be used no more, until it is lifted."""

    __tablename__: ClassVar[Any] = "stop"
    __table_args__ = (
        UniqueConstraint("participant", "kind", "since_on"),
        CheckConstraint("kind IN ('contact', 'use')", name="known_kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    kind: str
    since_on: date
    lifted_on: date | None = None
    batch_id: int = Field(foreign_key="batch.id")


class ContactAttempt(CohortTable, table=True):
    """One attempt to reach a participant and what came of it; ``time`` is the program's local time."""

    __tablename__: ClassVar[Any] = "contact_attempt"
    __table_args__ = (UniqueConstraint("participant", "attempted_on", "time", "channel"),)

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    attempted_on: date
    time: str = Field(default="", sa_column_kwargs={"server_default": ""})
    channel: str
    outcome: str
    wave: str | None = None
    point: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class QueryStep(CohortTable, table=True):
    """One step in clearing up something that looks wrong in the data: given to somebody, settled, opened again.

    ``rule``, ``wave`` and ``about`` name what looks wrong; ``number`` counts the steps taken about it.
    """

    __tablename__: ClassVar[Any] = "query_step"
    __table_args__ = (
        UniqueConstraint("participant", "rule", "wave", "about", "number"),
        CheckConstraint("step IN ('assigned', 'settled', 'reopened')", name="known_step"),
        CheckConstraint("number >= 1", name="counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    rule: str
    wave: str
    about: str
    number: int
    step: str
    owner: str
    note: str
    taken_on: date
    batch_id: int = Field(foreign_key="batch.id")


class SafetyStep(CohortTable, table=True):
    """One step about an answer that asks for a person's attention: given to somebody, seen, handled, opened again.

    ``rule`` names the scale or measure that raised it; ``number`` counts the steps taken about it.
    """

    __tablename__: ClassVar[Any] = "safety_step"
    __table_args__ = (
        UniqueConstraint("participant", "rule", "wave", "about", "number"),
        CheckConstraint("step IN ('assigned', 'seen', 'handled', 'reopened')", name="known_step"),
        CheckConstraint("number >= 1", name="counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    rule: str
    wave: str
    about: str
    number: int
    step: str
    owner: str
    note: str
    taken_on: date
    batch_id: int = Field(foreign_key="batch.id")


class Incentive(CohortTable, table=True):
    """Something given for taking part; ``amount`` in the smallest unit of the currency (cents)."""

    __tablename__: ClassVar[Any] = "incentive"
    __table_args__ = (UniqueConstraint("participant", "given_on", "wave", "form"),)

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    given_on: date
    wave: str = Field(default="", sa_column_kwargs={"server_default": ""})
    form: str
    amount: int
    currency: str
    batch_id: int = Field(foreign_key="batch.id")
