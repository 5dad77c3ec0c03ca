"""Steps in clearing up queries about the data."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
UNIQUE = ("participant", "rule", "wave", "about", "number")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "query_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("rule", "wave", "about")],
        sa.Column("number", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("step", "owner", "note")],
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("step IN ('assigned', 'settled', 'reopened')", name=op.f("ck_query_step_known_step")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_query_step_counted")),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name="fk_query_step_participant_participant"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_query_step_batch_id_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_query_step"),
        sa.UniqueConstraint(*UNIQUE, name=f"uq_query_step_{'_'.join(UNIQUE)}"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("query_step")
