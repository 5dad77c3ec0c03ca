"""Entries about what undo takes away and puts back, so that the past can still be read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import note
from remission.cohort.trail.contents import FACTS, owners_of_batch, rows_with_owner

TABLES = METADATA.tables
REMOVED, RESTORED, REINSTATED = "removed", "restored", "reinstated"
REVERSES = {"filled": RESTORED, "changed": RESTORED, "withdrawn": REINSTATED}


def note_removed(connection: Connection, batch_id: int, who: str, why: str) -> None:
    """Keep what a batch brought for each participant, before it goes."""
    for people in owners_of_batch(connection, batch_id):
        held: dict[int, dict[str, list[dict[str, Any]]]] = {}
        for name in FACTS:
            query = rows_with_owner(name).where(TABLES[name].c.batch_id == batch_id)
            query = query.where(query.selected_columns["owner_"].in_([owner for owner, _ in people]))
            columns = TABLES[name].columns.keys()
            for owner, *values in connection.execute(query):
                row = {
                    column: _plain(value) for column, value in zip(columns, values, strict=True) if value is not None
                }
                held.setdefault(owner, {}).setdefault(name, []).append(row)
        note(connection, who, REMOVED, _removed(batch_id, held, dict(people)), why)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _removed(batch_id: int, held: Mapping[int, Any], uids: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for owner in sorted(held):
        old = json.dumps(held[owner], ensure_ascii=False)
        yield {"batch_id": batch_id, "table": "participant", "participant": uids[owner], "old": old}


def note_reversed(connection: Connection, lines: Iterable[Mapping[str, Any]], who: str, why: str) -> None:
    """Say of every filled, changed or withdrawn value that it is as it was before."""
    for action in (RESTORED, REINSTATED):
        entries = [
            {name: line[name] for name in ("batch_id", "participant", "table", "key", "row_key", "field")}
            | {"old": line["new"], "new": line["old"]}
            for line in lines
            if REVERSES[line["action"]] == action
        ]
        note(connection, who, action, entries, why)
