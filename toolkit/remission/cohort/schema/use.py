"""The tables of use as it was told day by day, seen in a test, or dated by the participant."""

from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from remission.cohort.schema.parts import CohortTable


class CalendarDay(CohortTable, table=True):
    """One day of a use calendar (Timeline Followback); a day without a row has no entry, which does not mean no use.

    ``quantity`` is 0 where no use was told, standard drinks for alcohol, and 1 where only use is known.
    """

    __tablename__: ClassVar[Any] = "calendar_day"
    __table_args__ = (
        UniqueConstraint("participant", "day", "substance", "source"),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    day: int
    substance: str
    source: str
    quantity: float
    batch_id: int = Field(foreign_key="batch.id")


class DrugTest(CohortTable, table=True):
    """A drug test that was due on a day, and what it showed."""

    __tablename__: ClassVar[Any] = "drug_test"
    __table_args__ = (
        UniqueConstraint("participant", "day", "substance", "specimen"),
        CheckConstraint("result IN ('positive', 'negative', 'missed', 'invalid')", name="known_result"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    day: int
    substance: str
    specimen: str
    result: str
    batch_id: int = Field(foreign_key="batch.id")


class SobrietyDate(CohortTable, table=True):
    """Since when a participant said, on some day, to be free of use: ``since_day`` is the first day without."""

    __tablename__: ClassVar[Any] = "sobriety_date"
    __table_args__ = (
        UniqueConstraint("participant", "reported_day", "substance"),
        CheckConstraint("since_day <= reported_day", name="told_afterwards"),
    )

    id: int | None = Field(default=None, primary_key=True)
    participant: int = Field(foreign_key="participant.id")
    reported_day: int
    substance: str
    since_day: int
    batch_id: int = Field(foreign_key="batch.id")
