"""The tables of what was observed or entered, never of what was computed from it."""

import secrets
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from remission.cohort.schema.parts import CohortTable, UtcDateTime


def new_uid() -> str:
    """Return a random pseudonym."""
    return secrets.token_hex(16)


class Batch(CohortTable, table=True):
    """One file or entry session, recorded in one transaction."""

    __tablename__: ClassVar[Any] = "batch"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    file_name: str | None = None
    file_sha256: str | None = None
    mapping_sha256: str | None = None
    rows: int
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Participant(CohortTable, table=True):
    """A person who takes part, known by a code; ``uid`` is random and tells nothing."""

    __tablename__: ClassVar[Any] = "participant"

    id: int | None = Field(default=None, primary_key=True)
    participant_id: str = Field(unique=True)
    uid: str = Field(default_factory=new_uid, unique=True, sa_column_kwargs={"default": new_uid})
    batch_id: int = Field(foreign_key="batch.id")


class Enrolment(CohortTable, table=True):
    """A participant's place in the study; day 0 of the timeline is ``origin_date`` where that is known."""

    __tablename__: ClassVar[Any] = "enrolment"

    participant: int = Field(primary_key=True, foreign_key="participant.id")
    origin_date: date | None = None
    site: str | None = None
    arm: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Characteristic(CohortTable, table=True):
    """One fact about a participant that does not change over the waves."""

    __tablename__: ClassVar[Any] = "characteristic"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN number IS NULL THEN 0 ELSE 1 END) + (CASE WHEN text IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) = 1",
            name="value_or_reason",
        ),
    )

    participant: int = Field(primary_key=True, foreign_key="participant.id")
    name: str = Field(primary_key=True)
    number: float | None = None
    text: str | None = None
    missing_reason: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Affiliation(CohortTable, table=True):
    """A spell of days with one mutual-help group; no end day means it still lasts."""

    __tablename__: ClassVar[Any] = "affiliation"
    __table_args__ = (
        UniqueConstraint("participant", "group_name", "start_day"),
        CheckConstraint("end_day IS NULL OR end_day >= start_day", name="ends_after_start"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    group_name: str
    start_day: int
    end_day: int | None = None
    is_primary: bool
    variant: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Response(CohortTable, table=True):
    """One instrument answered by one participant at one wave, about one group where it asks about groups."""

    __tablename__: ClassVar[Any] = "response"
    __table_args__ = (
        UniqueConstraint("participant", "wave", "instrument", "about"),
        Index(None, "instrument", "wave"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    wave: str
    instrument: str
    instrument_version: str
    about: str = Field(default="", sa_column_kwargs={"server_default": ""})
    day: int | None = None
    batch_id: int = Field(foreign_key="batch.id")


class Answer(CohortTable, table=True):
    """One item of a response: a value, words, or the reason why there is neither."""

    __tablename__: ClassVar[Any] = "answer"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN value IS NULL AND text IS NULL THEN 0 ELSE 1 END) = 1",
            name="value_or_reason",
        ),
        {"sqlite_with_rowid": False},
    )

    response_id: int = Field(primary_key=True, foreign_key="response.id")
    item: str = Field(primary_key=True)
    value: float | None = None
    text: str | None = None
    missing_reason: str | None = None
    batch_id: int = Field(foreign_key="batch.id")


class UseReport(CohortTable, table=True):
    """A span of days, both ends included, for which use or abstinence was reported."""

    __tablename__: ClassVar[Any] = "use_report"
    __table_args__ = (
        UniqueConstraint("participant", "substance", "start_day", "state", "source"),
        CheckConstraint("end_day >= start_day", name="ends_after_start"),
        CheckConstraint("state IN ('abstinent', 'used')", name="known_state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    substance: str
    start_day: int
    end_day: int
    state: str
    source: str
    batch_id: int = Field(foreign_key="batch.id")


class StatusEvent(CohortTable, table=True):
    """A change of standing, such as a death or a withdrawal."""

    __tablename__: ClassVar[Any] = "status_event"
    __table_args__ = (UniqueConstraint("participant", "kind", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    kind: str
    day: int | None = None
    batch_id: int = Field(foreign_key="batch.id")


class MutualHelpEvent(CohortTable, table=True):
    """Something that happened with a mutual-help group on a day: a meeting, a referral, a first meeting in company."""

    __tablename__: ClassVar[Any] = "mutual_help_event"
    __table_args__ = (
        UniqueConstraint("participant", "day", "kind", "group_name", "format"),
        CheckConstraint("count >= 1", name="counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    day: int
    kind: str
    group_name: str
    format: str
    count: int
    batch_id: int = Field(foreign_key="batch.id")
