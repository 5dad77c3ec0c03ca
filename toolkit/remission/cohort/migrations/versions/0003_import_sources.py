"""Files in and out: where a changed value stood, and how a file came in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and the columns of the audit trail."""
    op.create_table(
        "import_source",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("mapping", sa.String(), nullable=False),
        sa.Column("dictionary", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_import_source_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_source")),
    )
    op.add_column("audit_entry", sa.Column("row", sa.Integer(), nullable=True))
    op.add_column("audit_entry", sa.Column("variable", sa.String(), nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("audit_entry", "variable")
    op.drop_column("audit_entry", "row")
    op.drop_table("import_source")
