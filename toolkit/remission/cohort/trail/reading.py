"""The audit trail as a frame."""

import pandas as pd
from sqlalchemy import select

from remission.cohort.engine import reading
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.chain import Head, head_of

ENTRY = ("id", "batch_id", "at", "who", "action", "table", "reason")
DETAIL = ("key", "field", "old", "new", "row", "variable")
COLUMNS = ("id", "batch_id", "at", "who", "action", "table", "key", "field", "old", "new", "reason", "row", "variable")


def audit_trail(study: Study, participant_id: str | None = None) -> pd.DataFrame:
    """Read the audit trail, oldest first, of one participant where named.

    Entries that only seal what a batch brought for each participant are left out.

    Returns
    -------
    pandas.DataFrame
        One row is one act: ``id batch_id at who action table key field old new reason row variable``; ``at`` in UTC.
    """
    entry, detail = METADATA.tables["audit_entry"], METADATA.tables["audit_detail"]
    participant = METADATA.tables["participant"]
    query = select(*[entry.c[name] for name in ENTRY], *[detail.c[name] for name in DETAIL])
    query = query.outerjoin(detail, detail.c.entry_id == entry.c.id).where(entry.c.table != "participant")
    if participant_id is not None:
        owner = select(participant.c.uid).where(participant.c.participant_id == str(participant_id))
        query = query.where(entry.c.participant == owner.scalar_subquery())
    with reading(study.engine) as connection:
        rows = connection.execute(query.order_by(entry.c.id)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=[*ENTRY, *DETAIL], dtype=object)
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))[list(COLUMNS)]


def trail_head(study: Study) -> Head:
    """Return number and seal of the newest entry: noted elsewhere, they prove that nothing was cut off or made anew."""
    with reading(study.engine) as connection:
        return head_of(connection)
