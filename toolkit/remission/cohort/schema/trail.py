"""The tables of the audit trail, of batches' origins, of the protocol's versions and of the study's own mark."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, Index, Integer
from sqlmodel import Field

from remission.cohort.schema.parts import CohortTable, UtcDateTime


class ImportSource(CohortTable, table=True):
    """The mapping and the dictionary with which a batch came in, so that it can go out as it came."""

    __tablename__: ClassVar[Any] = "import_source"

    batch_id: int = Field(primary_key=True, foreign_key="batch.id")
    mapping: str
    dictionary: str


class AuditEntry(CohortTable, table=True):
    """Who did what to whom, when and why; rows are only ever added, each sealed with the one before.

    ``participant`` is the random ``uid``; ``digest`` seals the entry's detail, ``hash`` the entry and all before it.
    """

    __tablename__: ClassVar[Any] = "audit_entry"
    __table_args__ = (Index(None, "participant"), Index(None, "batch_id"))

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    action: str
    table: str
    participant: str | None = None
    reason: str | None = None
    digest: str | None = None
    hash: str


class AuditDetail(CohortTable, table=True):
    """What exactly an audit entry did; the one part of the trail that goes when a person is erased.

    ``key`` names the row as people do (a JSON list that starts with the participant's code), ``row_key`` as the
    database does; ``row`` and ``variable`` say where in the batch's file the new value stood, the first row being 1.
    """

    __tablename__: ClassVar[Any] = "audit_detail"

    entry_id: int = Field(
        sa_column=Column(Integer, ForeignKey("audit_entry.id"), primary_key=True, autoincrement=False)
    )
    salt: str
    key: str = ""
    row_key: str | None = None
    field: str | None = None
    old: str | None = None
    new: str | None = None
    row: int | None = None
    variable: str | None = None


class Erasure(CohortTable, table=True):
    """A person who was erased: the random pseudonym, which leads to nobody any more."""

    __tablename__: ClassVar[Any] = "erasure"

    uid: str = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=UtcDateTime)


class ProtocolVersion(CohortTable, table=True):
    """The text of study.yaml from a date on."""

    __tablename__: ClassVar[Any] = "protocol_version"

    id: int | None = Field(default=None, primary_key=True)
    effective_on: date
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    who: str
    reason: str
    sha256: str
    text: str


class StudyMark(CohortTable, table=True):
    """The one row that tells this study's database from any other."""

    __tablename__: ClassVar[Any] = "study_mark"

    uid: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
