"""A batch taken back: what it brought goes, what it changed is as it was."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.kinds import KIND_OF
from remission.cohort.lines import from_exact
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.chain import note
from remission.cohort.trail.contents import FACTS
from remission.cohort.trail.taken_back import note_removed, note_reversed
from remission.errors import StudyError

TABLES = METADATA.tables
ORDER_OF_DELETION = tuple(reversed(FACTS))
GIVEN_BY_PEOPLE = ("survey", "interview")
OF_ONE_ROW = itemgetter("action", "table", "key")
REVERSED = ("filled", "changed", "withdrawn")


@dataclass(frozen=True)
class UndoPlan:
    """What taking a batch back would do.

    Attributes
    ----------
    batch_id : int
    removed : dict
        Rows per table that the batch brought.
    restored : int
        Values that it filled, changed or withdrew, and that would be as they were.
    """

    batch_id: int
    file_name: str
    removed: dict[str, int]
    restored: int

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        answers, people = self.removed.get("answer", 0), self.removed.get("participant", 0)
        name = self.file_name or "no file"
        return (
            f"Batch {self.batch_id} ({name}): {sum(self.removed.values())} rows removed, among them {answers} answers "
            f"and {people} participants; {self.restored} values put back."
        )


def plan_undo(study: Study, batch_id: int) -> UndoPlan:
    """Work out what taking a batch back would do; nothing is written.

    Raises
    ------
    StudyError
        There is no such batch, it was taken back already, holds what participants answered themselves,
        or later batches rest on it.
    """
    with reading(study.engine) as connection:
        return _plan(connection, batch_id)


def undo(study: Study, batch_id: int, why: str) -> UndoPlan:
    """Take a batch back in one transaction: its rows go, what it changed is as it was.

    The batch, its lines in the audit trail and the mapping with which it came in stay.

    Raises
    ------
    StudyError
        As ``plan_undo``, or no reason is given; nothing is written.
    """
    if not why.strip():
        raise StudyError("No reason is given.", "Say why the batch is taken back, with --why.")
    with writing(study.engine) as connection:
        plan = _plan(connection, batch_id)
        who = operator()
        lines = _lines(connection, batch_id)
        note_removed(connection, batch_id, who, why)
        for name in ORDER_OF_DELETION:
            connection.execute(delete(TABLES[name]).where(TABLES[name].c.batch_id == batch_id))
        for _, together in groupby(sorted(lines, key=OF_ONE_ROW), key=OF_ONE_ROW):
            _put_back(connection, list(together))
        note_reversed(connection, lines, who, why)
        batch = TABLES["batch"]
        connection.execute(update(batch).where(batch.c.id == batch_id).values(undone_at=datetime.now(UTC)))
        entry = {"batch_id": batch_id, "table": "batch", "key": str(batch_id), "reason": why}
        note(connection, who, "undone", [entry])
    return plan


def _plan(connection: Connection, batch_id: int) -> UndoPlan:
    batch = TABLES["batch"]
    found = connection.execute(select(batch).where(batch.c.id == batch_id)).mappings().one_or_none()
    if found is None:
        raise StudyError(f"There is no batch {batch_id}.", "`remission undo` without a number lists them.")
    if found["undone_at"] is not None:
        raise StudyError(
            f"Batch {batch_id} was taken back on {found['undone_at']:%Y-%m-%d}.", "There is nothing left to undo."
        )
    if found["kind"] in GIVEN_BY_PEOPLE:
        raise StudyError(
            f"Batch {batch_id} holds what a participant answered, and that is not taken back.",
            "A wrong answer is corrected, with a reason.",
        )
    _require_nothing_rests(connection, batch_id)
    removed = {
        name: connection.execute(
            select(func.count()).select_from(TABLES[name]).where(TABLES[name].c.batch_id == batch_id)
        ).scalar_one()
        for name in ORDER_OF_DELETION
    }
    return UndoPlan(batch_id, found["file_name"] or "", removed, len(_lines(connection, batch_id)))


def _lines(connection: Connection, batch_id: int) -> list[dict[str, Any]]:
    audit, detail = TABLES["audit_entry"], TABLES["audit_detail"]
    query = select(audit, detail).join(detail, detail.c.entry_id == audit.c.id)
    query = query.where(audit.c.batch_id == batch_id, audit.c.action.in_(REVERSED)).order_by(audit.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _require_nothing_rests(connection: Connection, batch_id: int) -> None:
    later = {*_rows_resting(connection, batch_id), *_changes_resting(connection, batch_id)}
    if later:
        listed = ", ".join(str(number) for number in sorted(later))
        raise StudyError(
            f"{'Batch' if len(later) == 1 else 'Batches'} {listed} rest{'s' if len(later) == 1 else ''} on batch "
            f"{batch_id}: they say more about what it brought.",
            f"Take back {'it' if len(later) == 1 else 'them'} first, the newest before the others.",
        )
    link, participant = TABLES["survey_link"], TABLES["participant"]
    query = select(participant.c.participant_id).join(link, link.c.participant == participant.c.id)
    invited = connection.execute(query.where(participant.c.batch_id == batch_id)).scalars().first()
    if invited is not None:
        raise StudyError(
            f"Batch {batch_id} enrolled participants who were invited to the survey since, {invited} among them.",
            "An enrolment that links rest on is not taken back.",
        )


def _rows_resting(connection: Connection, batch_id: int) -> set[int]:
    """Find later batches with rows that refer to a participant or a response of this one."""
    found: set[int] = set()
    participant, response, answer = TABLES["participant"], TABLES["response"], TABLES["answer"]
    for name in FACTS[1:-1]:
        table = TABLES[name]
        query = select(table.c.batch_id).join(participant, participant.c.id == table.c.participant).distinct()
        found |= set(
            connection.execute(query.where(participant.c.batch_id == batch_id, table.c.batch_id != batch_id)).scalars()
        )
    query = select(answer.c.batch_id).join(response, response.c.id == answer.c.response_id).distinct()
    found |= set(
        connection.execute(query.where(response.c.batch_id == batch_id, answer.c.batch_id != batch_id)).scalars()
    )
    return found


def _changes_resting(connection: Connection, batch_id: int) -> set[int]:
    """Find later standing batches that changed what this one brought or changed."""
    audit, batch = TABLES["audit_entry"], TABLES["batch"]
    detail = TABLES["audit_detail"]
    query = select(audit.c.batch_id, audit.c.table, detail.c.key, detail.c.row_key).join(
        detail, detail.c.entry_id == audit.c.id
    )
    query = query.join(batch, batch.c.id == audit.c.batch_id)
    query = query.where(batch.c.undone_at.is_(None), audit.c.batch_id > batch_id, audit.c.action.in_(REVERSED))
    later = connection.execute(query).all()
    if not later:
        return set()
    mine = {(line["table"], line["key"]) for line in _lines(connection, batch_id)}
    return {
        row.batch_id
        for row in later
        if (row.table, row.key) in mine or _brought_by(connection, row.table, row.key, row.row_key) == batch_id
    }


def _brought_by(connection: Connection, name: str, key: str, row_key: str | None) -> int | None:
    table = TABLES[name]
    return connection.execute(select(table.c.batch_id).where(*_where(name, key, row_key))).scalar_one_or_none()


def _put_back(connection: Connection, lines: list[dict[str, Any]]) -> None:
    first = lines[0]
    name = first["table"]
    if first["row_key"] is None:
        found = _row_key(connection, first)
        for line in lines:
            line["row_key"] = found
    if first["action"] == "withdrawn":
        stored = {field: _typed(name, field, text) for field, text in json.loads(first["old"]).items()}
        connection.execute(insert(TABLES[name]).values(stored))
        return
    # All fields of a row at once: a value and the reason for its absence exclude each other.
    values = {line["field"]: _typed(name, line["field"], line["old"]) for line in lines}
    connection.execute(update(TABLES[name]).where(*_where(name, first["key"], first["row_key"])).values(values))


def _row_key(connection: Connection, line: dict[str, Any]) -> str:
    """Find the primary key of the row that an entry of an earlier release is about."""
    if line["action"] == "withdrawn":
        return json.dumps([int(json.loads(line["old"])["id"])])
    keys = list(TABLES[line["table"]].primary_key.columns)
    row = connection.execute(select(*keys).where(*_where(line["table"], line["key"], None))).one()
    return json.dumps(list(row))


def _typed(table: str, field: str, text: str | None) -> Any:
    return from_exact(text, TABLES[table].c[field].type.python_type)


def _where(name: str, key: str, row_key: str | None) -> list[ColumnElement[bool]]:
    """Turn a key of the audit trail into conditions on the table's own columns."""
    table, response = TABLES[name], TABLES["response"]
    if row_key is not None:
        columns = table.primary_key.columns
        return [column == value for column, value in zip(columns, json.loads(row_key), strict=True)]
    # Entries of releases that did not keep the primary key.
    said = dict(zip(KIND_OF[name].key, json.loads(key), strict=True))
    participant = TABLES["participant"].c
    owner = select(participant.id).where(participant.participant_id == said.pop("participant_id")).scalar_subquery()
    if name == "answer":
        item = said.pop("item")
        held = select(response.c.id).where(response.c.participant == owner)
        for column, value in said.items():
            held = held.where(response.c[column] == value)
        return [table.c.response_id == held.scalar_subquery(), table.c.item == item]
    occasion = said.pop("occasion", "")
    conditions = [table.c.participant == owner, *[table.c[column] == value for column, value in said.items()]]
    if occasion:
        conditions.append(table.c.day == int(occasion))
    return conditions
