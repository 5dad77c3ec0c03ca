"""Entries into the cohort database: one transaction, all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, insert, select, update

from remission.cohort.audit import note
from remission.cohort.compare import Compared, compare_facts, summarize
from remission.cohort.differences import Differences
from remission.cohort.engine import writing
from remission.cohort.entries import BatchInfo, Entries
from remission.cohort.facts import facts_of
from remission.cohort.schema import METADATA
from remission.cohort.study import Study

ROWS_AT_ONCE = 5000
OWNED = ("enrolment", "characteristic", "affiliation", "use_report", "status_event", "mutual_help_event", "response")
WHOLE = ("start_day", "end_day", "day", "count")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BatchOutcome:
    """What recording came to.

    Attributes
    ----------
    batch_id : int or None
        None where all was known already; no batch is kept then.
    differences : Differences
        Counts per table.
    """

    batch_id: int | None
    differences: Differences

    @property
    def sentence(self) -> str:
        """Say in one sentence what was recorded."""
        if self.batch_id is None:
            return "Nothing changed: all of it was recorded before."
        new = self.differences.new
        filled = sum(self.differences.filled.values())
        also = f", and {filled} empty fields filled" if filled else ""
        return (
            f"Recorded as batch {self.batch_id}: {new['enrolment']} new participants, {new['response']} new "
            f"responses with {new['answer']} answers{also}."
        )


def record(
    study: Study,
    entries: Entries,
    batch: BatchInfo,
    progress: Progress | None = None,
    along: Callable[[Connection], None] | None = None,
) -> BatchOutcome:
    """Record entries in one transaction; participants that are not known yet are made.

    Facts that are stored already are left as they are, so the same entries again change nothing.

    Parameters
    ----------
    study : Study
    entries : Entries
    batch : BatchInfo
        Where the entries come from.
    progress : callable, optional
        Called with (done, total) in rows.
    along : callable, optional
        Called with the connection before the commit, so that what it writes stands or falls with the entries.

    Raises
    ------
    ImportRefused
        A stored value would change, or the entries do not fit the study; nothing is kept.
    StudyError
        The database is locked, full or out of reach; nothing is kept.
    """
    facts = facts_of(entries, study.protocol, study.instruments_folder)
    with writing(study.engine) as connection:
        compared = compare_facts(connection, facts)
        differences = summarize(compared)
        differences.refuse_if_changed()
        if along is not None:
            along(connection)
        if differences.nothing_new:
            return BatchOutcome(None, differences)
        batch_id = _open_batch(connection, batch, differences)
        tell = _Teller(sum(differences.new.values()), progress)
        _insert_all(connection, compared, batch_id, tell)
        _fill(connection, compared, batch_id, batch.who)
    return BatchOutcome(batch_id, differences)


class _Teller:
    """Counts rows for a progress bar."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def add(self, rows: int) -> None:
        self.done += rows
        if self.progress is not None:
            self.progress(self.done, self.total)


def _open_batch(connection: Connection, batch: BatchInfo, differences: Differences) -> int:
    row = {
        "kind": batch.kind,
        "file_name": batch.file_name,
        "file_sha256": batch.file_sha256,
        "mapping_sha256": batch.mapping_sha256,
        "rows": sum(differences.new.values()),
        "recorded_at": datetime.now(UTC),
    }
    table = METADATA.tables["batch"]
    batch_id: int = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    note(connection, batch.who, "recorded", [{"batch_id": batch_id, "table": "batch", "key": str(batch_id)}])
    return batch_id


def _insert_all(connection: Connection, compared: dict[str, Compared], batch_id: int, tell: _Teller) -> None:
    people = compared["enrolment"].new[["participant_id"]]
    _insert(connection, "participant", people, batch_id, None)
    ids = _participant_ids(connection)
    for table in OWNED:
        rows = compared[table].new
        owned = rows.assign(participant=rows["participant_id"].map(ids)).drop(columns="participant_id")
        _insert(connection, table, owned.drop(columns="occasion", errors="ignore"), batch_id, tell)
    answers = compared["answer"].new
    if not answers.empty:
        responses = _response_ids(connection)
        placed = answers.merge(responses, on=["participant_id", "wave", "instrument", "about"], how="left")
        columns = ["response_id", "item", "value", "missing_reason"]
        _insert(connection, "answer", placed[columns], batch_id, tell)


def _insert(connection: Connection, table: str, rows: pd.DataFrame, batch_id: int, tell: _Teller | None) -> None:
    statement = insert(METADATA.tables[table])
    for piece in _pieces(rows):
        connection.execute(statement, _records(piece.assign(batch_id=batch_id)))
        if tell is not None:
            tell.add(len(piece))


def _pieces(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows.iloc[start : start + ROWS_AT_ONCE]


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {}
    for name in rows.columns:
        if name in WHOLE:
            columns[name] = [None if pd.isna(day) else int(day) for day in rows[name]]
        else:
            columns[name] = [
                None if gone else value for value, gone in zip(rows[name].tolist(), rows[name].isna(), strict=True)
            ]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _participant_ids(connection: Connection) -> dict[str, int]:
    table = METADATA.tables["participant"]
    return {code: row_id for row_id, code in connection.execute(select(table.c.id, table.c.participant_id))}


def _response_ids(connection: Connection) -> pd.DataFrame:
    response, participant = METADATA.tables["response"], METADATA.tables["participant"]
    query = select(
        response.c.id,
        participant.c.participant_id,
        *[response.c[name] for name in ("wave", "instrument", "about")],
    ).join(participant, participant.c.id == response.c.participant)
    rows = [tuple(row) for row in connection.execute(query)]
    return pd.DataFrame(rows, columns=["response_id", "participant_id", "wave", "instrument", "about"])


def _fill(connection: Connection, compared: dict[str, Compared], batch_id: int, who: str) -> None:
    for name, found in compared.items():
        table = METADATA.tables[name]
        identity = next(iter(table.primary_key.columns))
        for field, rows in found.fills.groupby("field"):
            values = _records(pd.DataFrame({str(field): rows["value"], "row_id": rows["row_id"]}))
            connection.execute(
                update(table).where(identity == bindparam("row_id")).values({str(field): bindparam("value_")}),
                [{"row_id": value["row_id"], "value_": value[str(field)]} for value in values],
            )
        lines = found.fills[["table", "participant_id", "field", "old", "new"]]
        entries = _records(lines.rename(columns={"participant_id": "key"}).assign(batch_id=batch_id))
        note(connection, who, "filled", [{**entry, "old": None} for entry in entries])
