"""The tables of the participant survey: links and what was answered through them so far."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from remission.cohort.schema.parts import CohortTable, UtcDateTime


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
