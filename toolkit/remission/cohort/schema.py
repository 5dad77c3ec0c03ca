"""The tables of the cohort database: what was observed or entered, never what was computed from it."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, DateTime, Dialect, Index, MetaData, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware of its zone also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the stored moment as aware UTC."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CohortTable(SQLModel):
    """What all tables share: one metadata with predictable constraint names."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


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
    """A person who takes part, known by a code alone."""

    __tablename__: ClassVar[Any] = "participant"

    id: int | None = Field(default=None, primary_key=True)
    participant_id: str = Field(unique=True)
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


class SurveyLink(CohortTable, table=True):
    """A personal link to the questions of one wave; the token itself is nowhere kept, only its hash."""

    __tablename__: ClassVar[Any] = "survey_link"

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    wave: str
    token_sha256: str = Field(unique=True)
    mode: str
    language: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: datetime = Field(sa_type=UtcDateTime)
    opened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    needs_attention: str | None = None


class SurveyDraft(CohortTable, table=True):
    """An answer given through a link and not yet handed in; kept from the moment the page was sent."""

    __tablename__: ClassVar[Any] = "survey_draft"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) + (CASE WHEN value IS NULL THEN 0 ELSE 1 END) = 1",
            name="value_or_reason",
        ),
    )

    link_id: int = Field(primary_key=True, foreign_key="survey_link.id")
    instrument: str = Field(primary_key=True)
    about: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    instrument_version: str
    value: float | None = None
    missing_reason: str | None = None
    saved_at: datetime = Field(sa_type=UtcDateTime)


class ImportSource(CohortTable, table=True):
    """The mapping and the dictionary with which a batch came in, so that it can go out as it came."""

    __tablename__: ClassVar[Any] = "import_source"

    batch_id: int = Field(primary_key=True, foreign_key="batch.id")
    mapping: str
    dictionary: str


class AuditEntry(CohortTable, table=True):
    """Who did what to which row, when and why; rows are only ever added.

    ``row`` and ``variable`` say where in the batch's file the new value stood, the first row being 1.
    """

    __tablename__: ClassVar[Any] = "audit_entry"
    __table_args__ = (Index(None, "table", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    action: str
    table: str
    key: str
    field: str | None = None
    old: str | None = None
    new: str | None = None
    reason: str | None = None
    row: int | None = None
    variable: str | None = None


METADATA = CohortTable.metadata
