"""What a batch brought for a participant, as one salted digest."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
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
    "calendar_day",
    "drug_test",
    "sobriety_date",
    "status_event",
    "mutual_help_event",
    "care_episode",
    "consent",
    "stop",
    "contact_attempt",
    "incentive",
    "query_step",
    "safety_step",
    "response",
    "answer",
)
Row = Mapping[str, Any]
SORTED = {name: sorted(TABLES[name].columns.keys()) for name in FACTS}
# Participants whose rows are in memory at one time.
AT_ONCE = 500


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
    """Write a stored row so that equal rows read the same: the table, and a JSON object with sorted keys.

    Empty columns are left out: a column that a later release adds changes nothing.
    """
    held = [f'"{name}": {_as_json(row[name])}' for name in SORTED[table] if row[name] is not None]
    return f"{table}{{{', '.join(held)}}}"


def _as_json(value: Any) -> str:
    # By hand, because a million rows are written for every million answers.
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    # Whole floats and whole numbers are one and the same: SQLite and PostgreSQL return them differently.
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return f'"{value.isoformat()}"'


@lru_cache(maxsize=50_000)
def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def digest_rows(salt: str, lines: Iterable[str]) -> str:
    """Seal the rows of one participant in one batch, whatever their order."""
    return hashlib.sha256("\n".join((salt, *sorted(lines))).encode()).hexdigest()


def contents(
    connection: Connection, owners: Sequence[int], batch_id: int | None = None
) -> dict[tuple[int, int], list[str]]:
    """Return what batches brought for some participants, row by row.

    Parameters
    ----------
    connection : sqlalchemy.Connection
    owners : sequence of int
        Row numbers of participants, some hundreds at most.
    batch_id : int, optional
        Only this batch.

    Returns
    -------
    dict
        Batch and participant to written rows.
    """
    held: dict[tuple[int, int], list[str]] = {}
    for name in FACTS:
        table = TABLES[name]
        query = rows_with_owner(name)
        query = query.where(query.selected_columns["owner_"].in_(owners))
        if batch_id is not None:
            query = query.where(table.c.batch_id == batch_id)
        names = table.columns.keys()
        batch = names.index("batch_id")
        for owner, *values in connection.execute(query):
            line = written(name, dict(zip(names, values, strict=True)))
            held.setdefault((values[batch], owner), []).append(line)
    return held


def owners_in(connection: Connection, size: int = AT_ONCE) -> Iterator[list[tuple[int, str]]]:
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


def owners_named(connection: Connection, codes: Iterable[str]) -> Iterator[list[tuple[int, str]]]:
    """Yield row numbers and pseudonyms of the participants of some codes, some hundreds at a time."""
    participant = TABLES["participant"]
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), AT_ONCE):
        query = select(participant.c.id, participant.c.uid)
        among = query.where(participant.c.participant_id.in_(wanted[start : start + AT_ONCE]))
        yield [(row.id, row.uid) for row in connection.execute(among.order_by(participant.c.id))]


def owners_of_batch(connection: Connection, batch_id: int) -> Iterator[list[tuple[int, str]]]:
    """Yield row numbers and pseudonyms of the participants for whom a batch was sealed, some hundreds at a time."""
    participant, entry = TABLES["participant"], TABLES["audit_entry"]
    named = select(entry.c.participant).where(entry.c.batch_id == batch_id, entry.c.table == "participant").distinct()
    uids = [uid for uid in connection.execute(named).scalars() if uid is not None]
    for start in range(0, len(uids), AT_ONCE):
        query = select(participant.c.id, participant.c.uid).where(participant.c.uid.in_(uids[start : start + AT_ONCE]))
        yield [(row.id, row.uid) for row in connection.execute(query.order_by(participant.c.id))]
