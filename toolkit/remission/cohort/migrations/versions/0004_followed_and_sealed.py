"""Following people up, and a trail that is only added to and sealed entry by entry."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from remission.cohort.trail.chain import DETAIL, SEALED, Head, chained
from remission.cohort.trail.guards import drop_guards, put_guards

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD_ENTRY = (
    "id",
    "batch_id",
    "at",
    "who",
    "action",
    "table",
    "key",
    "field",
    "old",
    "new",
    "reason",
    "row",
    "variable",
)


def upgrade() -> None:
    """Add the tables, give everyone a pseudonym, and seal the trail that there is."""
    _participant_uid()
    _followed()
    _sealed()
    _carry_over()
    put_guards(op.get_bind())


def downgrade() -> None:
    """Take them away again; the trail keeps its entries."""
    connection = op.get_bind()
    drop_guards(connection)
    entries = connection.execute(sa.text(OLD_TRAIL)).all()
    for name in ("audit_detail", "erasure", "protocol_version", "study_mark", "audit_entry"):
        op.drop_table(name)
    old = _old_trail("audit_entry")
    if entries:
        moments = [row._mapping for row in entries]
        op.bulk_insert(old, [{**row, "at": _moment(row["at"])} for row in moments])
    for name in ("incentive", "contact_attempt", "stop", "consent", "care_episode"):
        op.drop_table(name)
    with op.batch_alter_table("participant") as participant:
        participant.drop_constraint("uq_participant_uid", type_="unique")
        participant.drop_column("uid")


# What seals batches goes, so that they are sealed anew on the way up.
OLD_TRAIL = """
    SELECT e.id, e.batch_id, e.at, e.who, e.action, e."table", coalesce(d.key, '') AS key, d.field, d.old,
        CASE WHEN e."table" = 'batch' THEN NULL ELSE d.new END AS new, e.reason, d.row, d.variable
    FROM audit_entry e LEFT JOIN audit_detail d ON d.entry_id = e.id
    WHERE e.action <> 'sealed' AND e."table" <> 'participant' ORDER BY e.id
"""


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _participant_uid() -> None:
    op.add_column("participant", sa.Column("uid", sa.String(), nullable=True))
    connection = op.get_bind()
    ids = connection.execute(sa.text("SELECT id FROM participant")).scalars().all()
    if ids:
        rows = [{"id": row_id, "uid": secrets.token_hex(16)} for row_id in ids]
        connection.execute(sa.text("UPDATE participant SET uid = :uid WHERE id = :id"), rows)
    with op.batch_alter_table("participant") as participant:
        participant.alter_column("uid", existing_type=sa.String(), nullable=False)
        participant.create_unique_constraint("uq_participant_uid", ["uid"])


def _of_participant(
    name: str, unique: list[str], *columns: sa.Column[Any], checks: tuple[sa.Constraint, ...] = ()
) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant", sa.Integer(), nullable=False),
        *columns,
        sa.Column("batch_id", sa.Integer(), nullable=False),
        *checks,
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=f"fk_{name}_participant_participant"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=f"fk_{name}_batch_id_batch"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}"),
    )


def _text(name: str, nullable: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable, server_default=default)


def _day(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _followed() -> None:
    _of_participant(
        "care_episode",
        ["participant", "admission_day"],
        sa.Column("admission_day", sa.Integer(), nullable=False),
        sa.Column("discharge_day", sa.Integer(), nullable=True),
        _text("level_of_care", nullable=True),
        _text("discharge_reason", nullable=True),
        checks=(
            sa.CheckConstraint(
                "discharge_day IS NULL OR discharge_day >= admission_day",
                name=op.f("ck_care_episode_ends_after_start"),
            ),
        ),
    )
    _of_participant(
        "consent",
        ["participant", "version", "purpose", "signed_on"],
        *[_text(name) for name in ("version", "purpose")],
        _day("signed_on"),
        *[_day(name, nullable=True) for name in ("expires_on", "withdrawn_on")],
    )
    _of_participant(
        "stop",
        ["participant", "kind", "since_on"],
        _text("kind"),
        _day("since_on"),
        _day("lifted_on", nullable=True),
        checks=(sa.CheckConstraint("kind IN ('contact', 'use')", name=op.f("ck_stop_known_kind")),),
    )
    _of_participant(
        "contact_attempt",
        ["participant", "attempted_on", "time", "channel"],
        _day("attempted_on"),
        _text("time", default=""),
        *[_text(name) for name in ("channel", "outcome")],
        *[_text(name, nullable=True) for name in ("wave", "point")],
    )
    _of_participant(
        "incentive",
        ["participant", "given_on", "wave", "form"],
        _day("given_on"),
        _text("wave", default=""),
        _text("form"),
        sa.Column("amount", sa.Integer(), nullable=False),
        _text("currency"),
    )


def _moment_column(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _old_trail(name: str) -> sa.Table:
    return op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        _moment_column("at"),
        *[_text(column) for column in ("who", "action", "table", "key")],
        *[_text(column, nullable=True) for column in ("field", "old", "new", "reason")],
        sa.Column("row", sa.Integer(), nullable=True),
        _text("variable", nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_audit_entry_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.Index("ix_audit_entry_table_key", "table", "key"),
    )


def _sealed() -> None:
    op.create_table(
        "study_mark", _text("uid"), _moment_column("created_at"), sa.PrimaryKeyConstraint("uid", name="pk_study_mark")
    )
    op.create_table(
        "erasure", _text("uid"), _moment_column("erased_at"), sa.PrimaryKeyConstraint("uid", name="pk_erasure")
    )
    op.create_table(
        "protocol_version",
        sa.Column("id", sa.Integer(), nullable=False),
        _day("effective_on"),
        _moment_column("recorded_at"),
        *[_text(name) for name in ("who", "reason", "sha256", "text")],
        sa.PrimaryKeyConstraint("id", name="pk_protocol_version"),
    )


def _new_trail() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        _moment_column("at"),
        *[_text(name) for name in ("who", "action", "table")],
        *[_text(name, nullable=True) for name in ("participant", "reason", "digest")],
        _text("hash"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_audit_entry_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    for column in ("participant", "batch_id"):
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    op.create_table(
        "audit_detail",
        sa.Column("entry_id", sa.Integer(), nullable=False, autoincrement=False),
        *[_text(name) for name in ("salt", "key")],
        *[_text(name, nullable=True) for name in ("row_key", "field", "old", "new")],
        sa.Column("row", sa.Integer(), nullable=True),
        _text("variable", nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_detail_entry_id_audit_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_detail")),
    )


def _carry_over() -> None:
    """Seal the entries that there are, in their order; what batches brought is sealed after all migrations."""
    connection = op.get_bind()
    names = ", ".join(f'"{name}"' for name in OLD_ENTRY)
    old = connection.execute(sa.text(f"SELECT {names} FROM audit_entry ORDER BY id")).all()
    op.drop_table("audit_entry")
    _new_trail()
    mark = secrets.token_hex(16)
    table = sa.table("study_mark", sa.column("uid"), sa.column("created_at", sa.DateTime(timezone=True)))
    connection.execute(table.insert().values(uid=mark, created_at=datetime.now(UTC)))
    people = connection.execute(sa.text("SELECT participant_id, uid FROM participant")).all()
    uids = {row.participant_id: row.uid for row in people}
    rows, details = chained(Head(0, mark), (_entry(dict(row._mapping), uids) for row in old))
    moment = sa.column("at", sa.DateTime(timezone=True))
    entry = sa.table("audit_entry", moment, *[sa.column(name) for name in (*SEALED, "hash") if name != "at"])
    detail = sa.table("audit_detail", *[sa.column(name) for name in ("entry_id", "salt", *DETAIL)])
    for target, found in ((entry, rows), (detail, details)):
        if found:
            connection.execute(target.insert(), found)


def _entry(row: dict[str, Any], uids: dict[str, str]) -> dict[str, Any]:
    row.pop("id")
    key = row["key"]
    code = json.loads(key)[0] if key.startswith("[") else key
    owner = None if row["table"] in ("batch", "study") else uids.get(str(code))
    return {**row, "at": _moment(row["at"]), "participant": owner}
