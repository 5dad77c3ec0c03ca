"""Use calendars, drug tests and sobriety dates."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    _of_participant(
        "calendar_day",
        ["participant", "day", "substance", "source"],
        _number("day"),
        _text("substance"),
        _text("source"),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_calendar_day_not_negative")),
    )
    _of_participant(
        "drug_test",
        ["participant", "day", "substance", "specimen"],
        _number("day"),
        *[_text(name) for name in ("substance", "specimen", "result")],
        sa.CheckConstraint(
            "result IN ('positive', 'negative', 'missed', 'invalid')", name=op.f("ck_drug_test_known_result")
        ),
    )
    _of_participant(
        "sobriety_date",
        ["participant", "reported_day", "substance"],
        _number("reported_day"),
        _text("substance"),
        _number("since_day"),
        sa.CheckConstraint("since_day <= reported_day", name=op.f("ck_sobriety_date_told_afterwards")),
    )


def downgrade() -> None:
    """Take them away again."""
    for name in ("sobriety_date", "drug_test", "calendar_day"):
        op.drop_table(name)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _of_participant(name: str, unique: list[str], *rest: sa.Column[Any] | sa.Constraint) -> None:
    op.create_table(
        name,
        _number("id"),
        _number("participant"),
        *[part for part in rest if isinstance(part, sa.Column)],
        _number("batch_id"),
        *[part for part in rest if isinstance(part, sa.Constraint)],
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=f"fk_{name}_participant_participant"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=f"fk_{name}_batch_id_batch"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}"),
    )
