"""Steps about answers that ask for a person's attention."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
UNIQUE = ("participant", "rule", "wave", "about", "number")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "safety_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("rule", "wave", "about")],
        sa.Column("number", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("step", "owner", "note")],
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "step IN ('assigned', 'seen', 'handled', 'reopened')", name=op.f("ck_safety_step_known_step")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_safety_step_counted")),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name="fk_safety_step_participant_participant"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_safety_step_batch_id_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_safety_step"),
        sa.UniqueConstraint(*UNIQUE, name=f"uq_safety_step_{'_'.join(UNIQUE)}"),
    )


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("safety_step")
