"""Stored facts filled, changed or withdrawn, each with its line in the audit trail."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, select, update

from remission.cohort.compare import Compared
from remission.cohort.lines import WHOLE, exact
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import note

Whence = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Correction:
    """Applies what a comparison found to stored rows.

    Attributes
    ----------
    reason : str or None
        Why stored values change; None where nothing may change.
    whence : callable or None
        Given lines, adds the ``row`` and ``variable`` of the file.
    """

    connection: Connection
    batch_id: int
    who: str
    reason: str | None
    whence: Whence | None

    def apply(self, compared: dict[str, Compared]) -> None:
        """Fill, change and withdraw, in that order, table by table."""
        for name, found in compared.items():
            self._update(name, found.fills)
            self._note("filled", found.fills, None)
            if self.reason is None:
                continue
            self._update(name, found.changes)
            self._note("changed", found.changes, self.reason)
            self._withdraw(name, found.withdrawn)

    def _update(self, name: str, lines: pd.DataFrame) -> None:
        table = METADATA.tables[name]
        keys = list(table.primary_key.columns)
        # All fields of a row at once: a value and the reason for its absence exclude each other.
        for _, row in lines.groupby(level=0, sort=False):
            fields = zip(row["field"], row["value"], strict=True)
            values = {str(field): _plain(value, str(field)) for field, value in fields}
            statement = update(table).where(keys[0] == row["row_id"].iloc[0])
            if len(keys) > 1:
                # An answer's item, a characteristic's name: the last part of the key that people know.
                statement = statement.where(keys[1] == json.loads(row["key"].iloc[0])[-1])
            self.connection.execute(statement.values(values))

    def _withdraw(self, name: str, lines: pd.DataFrame) -> None:
        table = METADATA.tables[name]
        if lines.empty:
            return
        gone = table.c.id.in_(lines["row_id"].tolist())
        rows = self.connection.execute(select(table).where(gone)).mappings()
        stored = {row["id"]: json.dumps({field: exact(value) for field, value in row.items()}) for row in rows}
        self.connection.execute(delete(table).where(gone))
        self._note("withdrawn", lines.assign(old_exact=lines["row_id"].map(stored)), self.reason)

    def _note(self, action: str, lines: pd.DataFrame, reason: str | None) -> None:
        if lines.empty:
            return
        placed = lines.sort_index(kind="stable")
        placed = placed if self.whence is None else self.whence(placed)
        columns = ["table", "key", "row_id", "field", "old_exact", "new_exact", "row", "variable"]
        placed = placed.reindex(columns=columns)
        placed = placed.astype(object).mask(placed.isna(), None)
        named = placed.rename(columns={"old_exact": "old", "new_exact": "new"}).to_dict("records")
        entries = [{**_named(row), "batch_id": self.batch_id, "reason": reason} for row in named]
        note(self.connection, self.who, action, entries)


def _named(row: dict[Any, Any]) -> dict[str, Any]:
    said = json.loads(row["key"])
    row_key = row_key_of(row["table"], int(row.pop("row_id")), said[-1])
    return {**{str(name): value for name, value in row.items()}, "code": said[0], "row_key": row_key}


def row_key_of(table: str, row_id: int, last: str) -> str:
    """Write a row's primary key; the last part of the key that people know completes it where it has two."""
    return json.dumps([row_id, last] if len(METADATA.tables[table].primary_key.columns) > 1 else [row_id])


def _plain(value: Any, field: str) -> Any:
    if pd.isna(value):
        return None
    return int(value) if field in WHOLE else value
