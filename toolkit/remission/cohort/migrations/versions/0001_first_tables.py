"""First tables of a cohort database."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "batch",
    "audit_entry",
    "participant",
    "affiliation",
    "characteristic",
    "enrolment",
    "response",
    "status_event",
    "use_report",
    "answer",
)


def upgrade() -> None:
    """Make all tables, referred ones first."""
    _batch()
    _audit_entry()
    _participant()
    _affiliation()
    _characteristic()
    _enrolment()
    _response()
    _status_event()
    _use_report()
    _answer()


def downgrade() -> None:
    """Drop all tables, referring ones first."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=True),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("mapping_sha256", sa.String(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("old", sa.String(), nullable=True),
        sa.Column("new", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_audit_entry_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_table_key"), "audit_entry", ["table", "key"], unique=False)


def _participant() -> None:
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_participant_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_participant_participant_id")),
    )


def _affiliation() -> None:
    op.create_table(
        "affiliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("start_day", sa.Integer(), nullable=False),
        sa.Column("end_day", sa.Integer(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("end_day IS NULL OR end_day >= start_day", name=op.f("ck_affiliation_ends_after_start")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_affiliation_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_affiliation_participant_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
        sa.UniqueConstraint(
            "participant",
            "group_name",
            "start_day",
            name=op.f("uq_affiliation_participant_group_name_start_day"),
        ),
    )


def _characteristic() -> None:
    op.create_table(
        "characteristic",
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("missing_reason", sa.String(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN number IS NULL THEN 0 ELSE 1 END) + (CASE WHEN text IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_characteristic_value_or_reason"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_characteristic_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_characteristic_participant_participant")
        ),
        sa.PrimaryKeyConstraint("participant", "name", name=op.f("pk_characteristic")),
    )


def _enrolment() -> None:
    op.create_table(
        "enrolment",
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("origin_date", sa.Date(), nullable=True),
        sa.Column("site", sa.String(), nullable=True),
        sa.Column("arm", sa.String(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_enrolment_batch_id_batch")),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=op.f("fk_enrolment_participant_participant")),
        sa.PrimaryKeyConstraint("participant", name=op.f("pk_enrolment")),
    )


def _response() -> None:
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("wave", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("instrument_version", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_response_batch_id_batch")),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=op.f("fk_response_participant_participant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("participant", "wave", "instrument", name=op.f("uq_response_participant_wave_instrument")),
    )
    op.create_index(op.f("ix_response_instrument_wave"), "response", ["instrument", "wave"], unique=False)


def _status_event() -> None:
    op.create_table(
        "status_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_status_event_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_status_event_participant_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_event")),
        sa.UniqueConstraint("participant", "kind", "day", name=op.f("uq_status_event_participant_kind_day")),
    )


def _use_report() -> None:
    op.create_table(
        "use_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        sa.Column("substance", sa.String(), nullable=False),
        sa.Column("start_day", sa.Integer(), nullable=False),
        sa.Column("end_day", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('abstinent', 'used')", name=op.f("ck_use_report_known_state")),
        sa.CheckConstraint("end_day >= start_day", name=op.f("ck_use_report_ends_after_start")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_use_report_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["participant"], ["participant.id"], name=op.f("fk_use_report_participant_participant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_use_report")),
        sa.UniqueConstraint(
            "participant",
            "substance",
            "start_day",
            "state",
            "source",
            name=op.f("uq_use_report_participant_substance_start_day_state_source"),
        ),
    )


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("missing_reason", sa.String(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN missing_reason IS NULL THEN 0 ELSE 1 END) + "
            "(CASE WHEN value IS NULL AND text IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_answer_value_or_reason"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_answer_batch_id_batch")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_answer_response_id_response")),
        sa.PrimaryKeyConstraint("response_id", "item", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
