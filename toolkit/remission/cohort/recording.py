"""Entries into the cohort database: one transaction, all of it or nothing."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, insert, select, update

from remission.cohort.compare import LISTED_AT_MOST, Compared, compare_facts, summarize
from remission.cohort.correction import Correction, Whence
from remission.cohort.differences import Differences
from remission.cohort.engine import writing
from remission.cohort.entries import BatchInfo, Entries
from remission.cohort.facts import facts_of
from remission.cohort.lines import WHOLE
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.contents import FACTS
from remission.cohort.trail.recorded import note_recorded
from remission.errors import ImportRefused

ROWS_AT_ONCE = 5000
OWNED = FACTS[1:-1]
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
        new = {table: count for table, count in self.differences.new.items() if count}
        filled = sum(self.differences.filled.values())
        also = f", and {filled} empty fields filled" if filled else ""
        changed = sum(self.differences.changed.values())
        also += f", and {changed} stored values changed" if changed else ""
        said = [f"{new['enrolment']} new participants"] if "enrolment" in new else []
        said += [f"{new['response']} new responses with {new.get('answer', 0)} answers"] if "response" in new else []
        said += [
            f"{count} new {table.replace('_', ' ')}{'' if count == 1 else 's'}"
            for table, count in new.items()
            if table not in ("enrolment", "response", "answer")
        ]
        if not said:
            said = [f"{new.get('answer', 0)} new answers"]
        return f"Recorded as batch {self.batch_id}: {', '.join(said)}{also}."


def record(
    study: Study,
    entries: Entries,
    batch: BatchInfo,
    progress: Progress | None = None,
    along: Callable[[Connection], None] | None = None,
    accept: str | None = None,
    whence: Whence | None = None,
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
    accept : str, optional
        Why stored values that differ are to be changed; without it entries that differ are refused.
    whence : callable, optional
        Given lines of the audit trail to come, adds to each the ``row`` and ``variable`` of the file.

    Raises
    ------
    ImportRefused
        A stored value would change and ``accept`` is not given, or the entries do not fit the study;
        nothing is kept.
    StudyError
        The database is locked, full or out of reach; nothing is kept.
    """
    return record_pieces(study, [entries], batch, progress, along, accept, whence)


def record_pieces(
    study: Study,
    pieces: Collection[Entries],
    batch: BatchInfo,
    progress: Progress | None = None,
    along: Callable[[Connection], None] | None = None,
    accept: str | None = None,
    whence: Whence | None = None,
) -> BatchOutcome:
    """Record entries piece by piece in one transaction, as ``record`` does for one.

    A piece is taken when its turn comes, so that a long file is never whole in memory.
    """
    _require_reason(accept)
    batch_id, total = None, None
    touched: set[str] = set()
    with writing(study.engine) as connection:
        tell = _Teller(len(pieces), progress)
        for entries in pieces:
            facts = facts_of(entries, study.protocol, study.instruments_folder)
            compared = compare_facts(connection, facts, entries.restates)
            differences = summarize(compared)
            if accept is None:
                differences.refuse_if_changed()
            total = differences if total is None else total + differences
            if differences.nothing_new:
                tell.skip()
                continue
            if batch_id is None:
                batch_id = _open_batch(connection, batch)
            tell.next_piece(sum(differences.new.values()))
            touched.update(facts["enrolment"]["participant_id"])
            _insert_all(connection, compared, batch_id, tell)
            Correction(connection, batch_id, batch.who, accept, whence).apply(compared)
        if total is None:
            total = Differences.none()
        if along is not None:
            along(connection)
        if batch_id is not None:
            _close_batch(connection, batch_id, sum(total.new.values()))
            note_recorded(connection, batch_id, batch.who, touched, batch.reason)
    return BatchOutcome(batch_id, total)


def _require_reason(accept: str | None) -> None:
    if accept is not None and not accept.strip():
        raise ImportRefused("No reason is given for the changes.", "Say why the stored values are wrong.")


class _Teller:
    """Counts rows for a progress bar; pieces to come are taken to be as large as those seen."""

    def __init__(self, pieces: int, progress: Progress | None) -> None:
        self.pieces, self.progress = pieces, progress
        self.begun, self.seen, self.done = 0, 0, 0

    def next_piece(self, rows: int) -> None:
        self.begun, self.seen = self.begun + 1, self.seen + rows

    def skip(self) -> None:
        self.begun += 1

    def add(self, rows: int) -> None:
        self.done += rows
        if self.progress is not None:
            self.progress(self.done, self.seen * self.pieces // max(self.begun, 1))


def _open_batch(connection: Connection, batch: BatchInfo) -> int:
    row = {
        "kind": batch.kind,
        "file_name": batch.file_name,
        "file_sha256": batch.file_sha256,
        "mapping_sha256": batch.mapping_sha256,
        "rows": 0,
        "recorded_at": datetime.now(UTC),
    }
    table = METADATA.tables["batch"]
    batch_id: int = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    if batch.mapping:
        source = {"batch_id": batch_id, "mapping": batch.mapping, "dictionary": batch.dictionary}
        connection.execute(insert(METADATA.tables["import_source"]).values(source))
    return batch_id


def _close_batch(connection: Connection, batch_id: int, rows: int) -> None:
    table = METADATA.tables["batch"]
    connection.execute(update(table).where(table.c.id == batch_id).values(rows=rows))


def _insert_all(connection: Connection, compared: dict[str, Compared], batch_id: int, tell: _Teller) -> None:
    codes = compared["enrolment"].new["participant_id"]
    _insert(connection, "participant", codes.to_frame(), batch_id, None)
    everyone = pd.unique(pd.concat([compared[table].new["participant_id"] for table in (*OWNED, "answer")]))
    ids = _participant_ids(connection, everyone.tolist())
    for table in OWNED:
        rows = compared[table].new
        owned = rows.assign(participant=rows["participant_id"].map(ids)).drop(columns="participant_id")
        _insert(connection, table, owned.drop(columns="occasion", errors="ignore"), batch_id, tell)
    answers = compared["answer"].new
    if not answers.empty:
        responses = _response_ids(connection, pd.unique(answers["participant_id"]).tolist())
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


def _participant_ids(connection: Connection, codes: list[str]) -> dict[str, int]:
    table = METADATA.tables["participant"]
    query = _among(select(table.c.id, table.c.participant_id), codes)
    return {code: row_id for row_id, code in connection.execute(query)}


def _response_ids(connection: Connection, codes: list[str]) -> pd.DataFrame:
    response, participant = METADATA.tables["response"], METADATA.tables["participant"]
    query = select(
        response.c.id,
        participant.c.participant_id,
        *[response.c[name] for name in ("wave", "instrument", "about")],
    ).join(participant, participant.c.id == response.c.participant)
    rows = [tuple(row) for row in connection.execute(_among(query, codes))]
    return pd.DataFrame(rows, columns=["response_id", "participant_id", "wave", "instrument", "about"])


def _among(query: Select[Any], codes: list[str]) -> Select[Any]:
    if len(codes) > LISTED_AT_MOST:
        return query
    return query.where(METADATA.tables["participant"].c.participant_id.in_(codes))
