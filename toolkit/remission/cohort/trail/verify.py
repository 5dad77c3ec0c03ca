"""The proof: every entry sealed with the one before, every stored row as the trail says it came to be."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from remission.cohort.engine import reading
from remission.cohort.lines import exact
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.chain import Head, digest_of, mark_of, seal
from remission.cohort.trail.contents import FACTS, digest_rows, owners_in, written
from remission.cohort.trail.past import CLOSING, SET, Entry, Held, entries_about, held_by
from remission.cohort.trail.recorded import batch_as_json
from remission.cohort.trail.taken_back import REINSTATED

TABLES = METADATA.tables
LISTED = 20
Progress = Callable[[int, int], None]


@dataclass
class Verdict:
    """What verification found.

    Attributes
    ----------
    head : Head
        The newest entry.
    entries, participants, erased : int
        How many were looked at.
    faults : list of str
        One sentence each; empty where all of it holds.
    """

    head: Head = field(default_factory=lambda: Head(0, ""))
    entries: int = 0
    participants: int = 0
    erased: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        seen = f"{self.entries:,} entries and the rows of {self.participants:,} participants"
        gone = f", {self.erased} erased" if self.erased else ""
        if not self.faults:
            return f"The audit trail holds: {seen}{gone}. Newest entry {self.head}."
        return f"The audit trail does not hold: {len(self.faults)} faults in {seen}{gone}."


def verify_trail(study: Study, noted: Head | None = None, progress: Progress | None = None) -> Verdict:
    """Hold the audit trail and all stored facts against each other.

    What it finds: an entry that was changed, taken out, put in or moved; a stored fact that was changed, added or
    deleted past the trail. What it cannot find: a trail that was made anew from its first entry by somebody who
    may write to the database, unless a head that was noted elsewhere is given. Survey links and answers not yet
    handed in are not sealed.

    Parameters
    ----------
    study : Study
    noted : Head, optional
        A newest entry as noted earlier, outside the database.
    progress : callable, optional
        Called with (done, total) participants.
    """
    verdict = Verdict()
    with reading(study.engine) as connection:
        erased = set(connection.execute(select(TABLES["erasure"].c.uid)).scalars())
        verdict.erased = len(erased)
        _chain(connection, erased, noted, verdict)
        _batches(connection, verdict)
        _facts(connection, erased, verdict, progress)
    return verdict


def _chain(connection: Connection, erased: set[str], noted: Head | None, verdict: Verdict) -> None:
    entry, detail = TABLES["audit_entry"], TABLES["audit_detail"]
    columns = [column for column in detail.c if column.name != "entry_id"]
    query = select(entry, detail.c.entry_id, *columns).outerjoin(detail, detail.c.entry_id == entry.c.id)
    before, number, said_erased = mark_of(connection), 0, set()
    noted_seen = noted is None or (noted.number == 0 and noted.hash == before)
    rows = connection.execution_options(yield_per=5000).execute(query.order_by(entry.c.id)).mappings()
    for row in rows:
        if row["id"] != number + 1:
            verdict.faults.append(f"Entry {number + 1} of the trail is missing.")
        number = row["id"]
        if seal(before, dict(row)) != row["hash"]:
            verdict.faults.append(f"Entry {number} of the trail was changed, or the one before it was.")
        before = row["hash"]
        if row["action"] == "erased":
            said_erased.add(row["participant"])
        if fault := _detail_fault(row, erased):
            verdict.faults.append(f"Entry {number} of the trail: {fault}.")
        noted_seen = noted_seen or noted == Head(number, before)
        verdict.entries += 1
    verdict.head = Head(number, before)
    if erased - said_erased:
        verdict.faults.append("Somebody is marked as erased and no entry of the trail says so.")
    if not noted_seen:
        verdict.faults.append(f"The entry {noted} that was noted is not in the trail: it was cut off or made anew.")


def _detail_fault(row: Any, erased: set[str]) -> str:
    if row["entry_id"] is None:
        if row["digest"] is None or row["participant"] in erased:
            return ""
        return "what it did in detail is missing"
    if row["digest"] is None:
        return "a detail was put to it"
    if row["action"] in CLOSING and row["table"] == "participant":
        return ""
    return "" if digest_of(row["salt"], row) == row["digest"] else "what it did in detail was changed"


def _batches(connection: Connection, verdict: Verdict) -> None:
    entry, detail, batch = TABLES["audit_entry"], TABLES["audit_detail"], TABLES["batch"]
    query = select(entry.c.batch_id, entry.c.action, detail.c.new)
    query = query.outerjoin(detail, detail.c.entry_id == entry.c.id).where(entry.c.table == "batch")
    said = {(row.batch_id, row.action): row.new for row in connection.execute(query)}
    rows = {row.id: row.undone_at for row in connection.execute(select(batch.c.id, batch.c.undone_at))}
    for number, undone_at in rows.items():
        told = said.get((number, CLOSING[0])) or said.get((number, CLOSING[1]))
        undone = (number, "undone") in said
        if told is None and not undone:
            verdict.faults.append(f"Batch {number} is not in the trail.")
        elif told is not None and told != batch_as_json(connection, number):
            verdict.faults.append(f"Batch {number} was changed.")
        if undone != (undone_at is not None):
            verdict.faults.append(f"Batch {number} and the trail disagree on whether it was taken back.")
    for number in sorted({number for number, action in said if action in CLOSING} - set(rows)):
        verdict.faults.append(f"Batch {number} is gone.")


def _facts(connection: Connection, erased: set[str], verdict: Verdict, progress: Progress | None) -> None:
    entry, participant = TABLES["audit_entry"], TABLES["participant"]
    total = len(connection.execute(select(participant.c.id)).all())
    for people in owners_in(connection):
        held = held_by(connection, [owner for owner, _ in people])
        told = entries_about(connection, [uid for _, uid in people])
        for owner, uid in people:
            if uid in erased:
                verdict.faults.append("Somebody who was erased is stored again.")
            verdict.faults += _person(held[owner], told.get(uid, ()))
        verdict.participants += len(people)
        if progress is not None:
            progress(verdict.participants, total)
    named = select(entry.c.participant).where(entry.c.table == "participant", entry.c.action.in_(CLOSING)).distinct()
    known = select(participant.c.uid)
    gone = connection.execute(named.where(entry.c.participant.not_in(known))).scalars().all()
    for uids in _in_pieces([uid for uid in gone if uid is not None and uid not in erased]):
        for entries in entries_about(connection, uids).values():
            verdict.faults += _person(Held.nothing(), entries)


def _in_pieces(uids: list[str], size: int = 500) -> Iterator[list[str]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _person(held: Held, entries: Iterable[Entry]) -> Iterator[str]:
    """Take a participant back to nothing, comparing on the way."""
    code = next((row["participant_id"] for row in held.rows["participant"].values()), "who is gone")
    for entry in entries:
        if entry["action"] in CLOSING and entry["table"] == "participant":
            lines = [written(name, row) for name, row in held.of_batch(entry["batch_id"])]
            if entry["salt"] is not None and digest_rows(entry["salt"], lines) != entry["digest"]:
                yield f"What batch {entry['batch_id']} brought for participant {code} is not what is stored."
        elif entry["action"] in (*SET, REINSTATED) and entry["row_key"] is not None and entry["table"] in FACTS:
            row = held.find(entry)
            if row is None:
                yield f"A {entry['table']} of participant {code} that entry {entry['id']} is about is gone."
            elif entry["action"] in SET and exact(row[entry["field"]], entry["field"]) != entry["new"]:
                yield f"A {entry['table']} of participant {code} is not what entry {entry['id']} says."
        held.unwind(entry)
    if any(held.rows.values()):
        kinds = ", ".join(name for name, rows in held.rows.items() if rows)
        yield f"Rows of participant {code} that no batch brought are stored ({kinds})."
