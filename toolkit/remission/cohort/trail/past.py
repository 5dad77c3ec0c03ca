"""A participant's stored rows taken back through the trail, entry by entry."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from remission.cohort.lines import from_exact
from remission.cohort.schema import METADATA
from remission.cohort.trail.contents import FACTS, rows_with_owner
from remission.cohort.trail.recorded import RECORDED, SEALED_LATER
from remission.cohort.trail.taken_back import REINSTATED, REMOVED, RESTORED

TABLES = METADATA.tables
CLOSING = (RECORDED, SEALED_LATER)
SET = ("filled", "changed", RESTORED)
TAKEN = ("withdrawn", REMOVED)
MIDWAY = (*SET, *TAKEN, REINSTATED)
COLUMNS = {name: tuple(TABLES[name].columns.keys()) for name in FACTS}
KEYS = {name: tuple(TABLES[name].primary_key.columns.keys()) for name in FACTS}

Row = dict[str, Any]
Rows = dict[str, dict[tuple[Any, ...], Row]]
Entry = Mapping[str, Any]


@dataclass
class Held:
    """The stored rows of one participant: table to primary key to row."""

    rows: Rows

    @classmethod
    def nothing(cls) -> "Held":
        """Return what is held of somebody who is not there."""
        return cls({name: {} for name in FACTS})

    def put(self, table: str, row: Row) -> None:
        """Add a row."""
        whole = dict.fromkeys(COLUMNS[table]) | row
        self.rows[table][tuple(whole[name] for name in KEYS[table])] = whole

    def of_batch(self, batch_id: int) -> list[tuple[str, Row]]:
        """Return the rows that a batch brought, with their tables."""
        return [(name, row) for name in FACTS for row in self.rows[name].values() if row["batch_id"] == batch_id]

    def drop_batch(self, batch_id: int) -> None:
        """Take away what a batch brought."""
        for name in FACTS:
            if any(row["batch_id"] == batch_id for row in self.rows[name].values()):
                self.rows[name] = {key: row for key, row in self.rows[name].items() if row["batch_id"] != batch_id}

    def find(self, entry: Entry) -> Row | None:
        """Return the row that an entry is about."""
        return self.rows[entry["table"]].get(_key(entry))

    def unwind(self, entry: Entry) -> None:
        """Take back what an entry did."""
        action, table = entry["action"], entry["table"]
        if action in CLOSING and table == "participant":
            self.drop_batch(entry["batch_id"])
        elif action in SET and entry["row_key"] is not None:
            row = self.find(entry)
            if row is not None:
                row[entry["field"]] = typed(table, entry["field"], entry["old"])
        elif action == "withdrawn" and entry["old"] is not None:
            self.put(table, {field: typed(table, field, text) for field, text in json.loads(entry["old"]).items()})
        elif action == REINSTATED and entry["row_key"] is not None:
            self.rows[table].pop(_key(entry), None)
        elif action == REMOVED and entry["old"] is not None:
            for name, rows in json.loads(entry["old"]).items():
                for row in rows:
                    self.put(name, {field: _revived(name, field, value) for field, value in row.items()})


def _key(entry: Entry) -> tuple[Any, ...]:
    return tuple(json.loads(entry["row_key"])) if entry["row_key"] else ()


def typed(table: str, field: str, text: str | None) -> Any:
    """Read an exact text back as the type of its column."""
    return from_exact(text, TABLES[table].c[field].type.python_type)


def _revived(table: str, field: str, value: Any) -> Any:
    kind = TABLES[table].c[field].type.python_type
    return date.fromisoformat(value) if kind is date and value is not None else value


def held_by(connection: Connection, owners: Iterable[int]) -> dict[int, Held]:
    """Read all stored rows of some participants, under their row numbers."""
    wanted = list(owners)
    found = {owner: Held.nothing() for owner in wanted}
    for name in FACTS:
        query = rows_with_owner(name)
        query = query.where(query.selected_columns["owner_"].in_(wanted))
        columns, keys, places = COLUMNS[name], KEYS[name], [COLUMNS[name].index(key) for key in KEYS[name]]
        assert keys
        for owner, *values in connection.execute(query):
            found[owner].rows[name][tuple(values[place] for place in places)] = dict(zip(columns, values, strict=True))
    return found


def entries_about(connection: Connection, uids: Iterable[str], after: int = 0) -> dict[str, list[dict[str, Any]]]:
    """Read the entries about some participants, newest first, with what is left of their details."""
    entry, detail = TABLES["audit_entry"], TABLES["audit_detail"]
    columns = [column for column in detail.c if column.name != "entry_id"]
    query = select(entry, *columns).outerjoin(detail, detail.c.entry_id == entry.c.id)
    query = query.where(entry.c.participant.in_(list(uids)), entry.c.id > after).order_by(entry.c.id.desc())
    found: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["participant"], []).append(dict(row))
    return found
