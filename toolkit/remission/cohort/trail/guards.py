"""Triggers that let the audit trail grow and never change."""

from sqlalchemy import Connection

# The detail of an erased person is the one thing that may go.
UNLESS_ERASED = (
    "NOT EXISTS (SELECT 1 FROM erasure e JOIN audit_entry a ON a.participant = e.uid WHERE a.id = OLD.entry_id)"
)
REFUSAL = "the audit trail is only ever added to"
GUARDED = (
    ("audit_entry", "UPDATE", ""),
    ("audit_entry", "DELETE", ""),
    ("audit_detail", "UPDATE", ""),
    ("audit_detail", "DELETE", UNLESS_ERASED),
    ("erasure", "UPDATE", ""),
    ("erasure", "DELETE", ""),
)


def put_guards(connection: Connection) -> None:
    """Make the triggers."""
    if connection.dialect.name == "sqlite":
        for table, act, when in GUARDED:
            condition = f"WHEN {when} " if when else ""
            connection.exec_driver_sql(
                f"CREATE TRIGGER {_name(table, act)} BEFORE {act} ON {table} {condition}"
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    for table, act, when in GUARDED:
        # The row is asked about within the function: PostgreSQL allows no subquery in WHEN.
        body = f"IF {when or 'TRUE'} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN OLD;"
        connection.exec_driver_sql(
            f"CREATE FUNCTION {_name(table, act)}() RETURNS trigger AS $$ BEGIN {body} END $$ LANGUAGE plpgsql"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {_name(table, act)} BEFORE {act} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {_name(table, act)}()"
        )


def drop_guards(connection: Connection) -> None:
    """Take the triggers away, for a change of the schema."""
    for table, act, _ in GUARDED:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {_name(table, act)}")
        else:
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {_name(table, act)}() CASCADE")


def _name(table: str, act: str) -> str:
    return f"{table}_no_{act.lower()}"
