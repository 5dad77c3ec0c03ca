"""Asking people: links, drafts, sheets about a group, the meeting calendar."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the columns that tell sheets and meetings apart."""
    with op.batch_alter_table("response") as response:
        response.add_column(sa.Column("about", sa.String(), server_default="", nullable=False))
        response.drop_constraint("uq_response_participant_wave_instrument", type_="unique")
        response.create_unique_constraint(
            "uq_response_participant_wave_instrument_about", ["participant", "wave", "instrument", "about"]
        )
    op.add_column("affiliation", sa.Column("variant", sa.String(), nullable=True))
    _mutual_help_event()
    _survey_link()
    _survey_draft()


def downgrade() -> None:
    """Take them away again."""
    for name in ("survey_draft", "survey_link", "mutual_help_event"):
        op.drop_table(name)
    op.drop_column("affiliation", "variant")
    with op.batch_alter_table("response") as response:
        response.drop_constraint("uq_response_participant_wave_instrument_about", type_="unique")
        response.create_unique_constraint(
            "uq_response_participant_wave_instrument", ["participant", "wave", "instrument"]
        )
        response.drop_column("about")


def _mutual_help_event() -> None:
    op.create_table(
        "mutual_help_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("kind", "group_name", "format")],
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 1", name=op.f("ck_mutual_help_event_counted")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_mutual_help_event_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_mutual_help_event_participant_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutual_help_event")),
        sa.UniqueConstraint(
            "participant",
            "day",
            "kind",
            "group_name",
            "format",
            name=op.f("uq_mutual_help_event_participant_day_kind_group_name_format"),
        ),
    )


def _survey_link() -> None:
    def moment(name: str, nullable: bool = True) -> sa.Column[datetime]:
        return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

    op.create_table(
        "survey_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in ("wave", "token_sha256", "mode", "language")],
        moment("created_at", nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        moment("expires_at", nullable=False),
        *[moment(name) for name in ("opened_at", "revoked_at", "finished_at")],
        sa.Column("needs_attention", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_survey_link_participant_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_link")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_survey_link_token_sha256")),
    )


def _survey_draft() -> None:
    op.create_table(
        "survey_draft",
        sa.Column("link_id", sa.Integer(), nullable=False),
        *[
            sa.Column(name, sa.String(), nullable=False)
            for name in ("instrument", "about", "item", "instrument_version")
        ],
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("missing_reason", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) + (CASE WHEN value IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_survey_draft_value_or_reason"),
        ),
        sa.ForeignKeyConstraint(["link_id"], ["survey_link.id"], name=op.f("fk_survey_draft_link_id_survey_link")),
        sa.PrimaryKeyConstraint("link_id", "instrument", "about", "item", name=op.f("pk_survey_draft")),
    )
