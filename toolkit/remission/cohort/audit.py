"""The audit trail: who did what to which row, when and why."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select

from remission.cohort.engine import reading
from remission.cohort.schema import METADATA
from remission.cohort.study import Study

COLUMNS = ("id", "batch_id", "at", "who", "action", "table", "key", "field", "old", "new", "reason", "row", "variable")


def note(connection: Connection, who: str, action: str, entries: list[dict[str, Any]]) -> None:
    """Add entries to the audit trail within the transaction that they describe.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    who : str
    action : str
        ``recorded`` (a batch came in) or ``filled`` (an empty field took a value).
    entries : list of dict
        Each with ``table`` and ``key``, and where they apply ``batch_id field old new reason row variable``.
    """
    at = datetime.now(UTC)
    blank = dict.fromkeys(("batch_id", "field", "old", "new", "reason", "row", "variable"))
    rows = [{**blank, **entry, "who": who, "action": action, "at": at} for entry in entries]
    if rows:
        connection.execute(insert(METADATA.tables["audit_entry"]), rows)


def audit_trail(study: Study) -> pd.DataFrame:
    """Read the audit trail, oldest first.

    Returns
    -------
    pandas.DataFrame
        One row is one act: ``id batch_id at who action table key field old new reason row variable``; ``at`` in UTC.
    """
    table = METADATA.tables["audit_entry"]
    with reading(study.engine) as connection:
        rows = connection.execute(select(*[table.c[name] for name in COLUMNS]).order_by(table.c.id)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(COLUMNS), dtype=object)
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))
