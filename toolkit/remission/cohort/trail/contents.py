"""What a batch brought for a participant, as one salted digest."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, select

from remission.cohort.schema import METADATA

TABLES = METADATA.tables
# Every table of facts; those that others refer to come first.
FACTS = (
    "participant",
    "enrolment",
    "characteristic",
    "affiliation",
    "use_report",
    "status_event",
    "mutual_help_event",
    "care_episode",
    "consent",
    "stop",
    "contact_attempt",
    "incentive",
    "response",
    "answer",
)
Row = Mapping[str, Any]


def rows_with_owner(name: str) -> Select[Any]:
    """Select all columns of a table of facts, with the participant's row number as ``owner_``."""
    table, response = TABLES[name], TABLES["response"]
    if name == "participant":
        return select(table.c.id.label("owner_"), *table.c)
    if name == "answer":
        return select(response.c.participant.label("owner_"), *table.c).join(
            response, response.c.id == table.c.response_id
        )
    return select(table.c.participant.label("owner_"), *table.c)


def written(table: str, row: Row) -> str:
    """Write a stored row so that equal rows read the same.

    Empty columns are left out: a column that a later release adds changes nothing.
    """
    held = {name: _plain(value) for name, value in row.items() if value is not None}
    return table + json.dumps(held, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    # Whole floats and whole numbers are one and the same: SQLite and PostgreSQL return them differently.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, date) else value


def digest_rows(salt: str, lines: Iterable[str]) -> str:
    """Seal the rows of one participant in one batch, whatever their order."""
    return hashlib.sha256("\n".join((salt, *sorted(lines))).encode()).hexdigest()


def batch_contents(connection: Connection, batch_id: int, owners: Iterable[int] | None = None) -> dict[int, list[str]]:
    """Return what a batch brought, row by row, under each participant's row number.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    batch_id : int
    owners : iterable of int, optional
        Look only among rows of these participants (some hundreds at most).
    """
    held: dict[int, list[str]] = {}
    among = None if owners is None else list(owners)
    for name in FACTS:
        query = rows_with_owner(name).where(TABLES[name].c.batch_id == batch_id)
        if among is not None:
            query = query.where(query.selected_columns["owner_"].in_(among))
        names = TABLES[name].columns.keys()
        for owner, *values in connection.execute(query):
            held.setdefault(owner, []).append(written(name, dict(zip(names, values, strict=True))))
    return held


def uids_of(connection: Connection, owners: Iterable[int]) -> dict[int, str]:
    """Return the random pseudonyms of participants."""
    participant = TABLES["participant"]
    wanted = set(owners)
    query = select(participant.c.id, participant.c.uid)
    if len(wanted) < 1000:
        query = query.where(participant.c.id.in_(wanted))
    return {row_id: uid for row_id, uid in connection.execute(query) if row_id in wanted}


def owners_in(connection: Connection, size: int = 500) -> Iterator[list[tuple[int, str]]]:
    """Yield row numbers and pseudonyms of all participants, some hundreds at a time."""
    participant = TABLES["participant"]
    last = 0
    while True:
        query = select(participant.c.id, participant.c.uid).where(participant.c.id > last)
        found = [(row.id, row.uid) for row in connection.execute(query.order_by(participant.c.id).limit(size))]
        if not found:
            return
        yield found
        last = found[-1][0]
