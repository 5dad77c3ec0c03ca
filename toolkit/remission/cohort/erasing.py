"""A person taken out of the study for good: facts, links, drafts, details of the trail, traces on the disk."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from remission.cohort.engine import plain_errors, reading, writing
from remission.cohort.entries import operator
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.chain import note
from remission.cohort.trail.contents import FACTS
from remission.errors import StudyError

TABLES = METADATA.tables
LEDGER = "erasures.txt"
# Copies kept before the schema changed hold everybody.
COPIES = "*-before-*.db*"


@dataclass(frozen=True)
class ErasurePlan:
    """What erasing a participant would take away.

    Attributes
    ----------
    participant_id, uid : str
    rows : dict
        Stored rows per table.
    entries : int
        Entries of the trail whose details go.
    exports : int
        Files that were exported since the participant was enrolled: those are out of reach.
    """

    participant_id: str
    uid: str
    rows: dict[str, int]
    entries: int
    exports: int

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        told = ", ".join(f"{count} in {name}" for name, count in self.rows.items() if count)
        return f"Participant {self.participant_id}: {told}, and the details of {self.entries} entries of the trail."


def plan_erasure(study: Study, participant_id: str) -> ErasurePlan:
    """Work out what erasing a participant would take away; nothing is written.

    Raises
    ------
    StudyError
        There is no such participant.
    """
    with reading(study.engine) as connection:
        owner, uid = _find(connection, participant_id)
        entry, detail = TABLES["audit_entry"], TABLES["audit_detail"]
        about = select(func.count()).select_from(detail).join(entry, entry.c.id == detail.c.entry_id)
        first = select(func.min(entry.c.id)).where(entry.c.participant == uid).scalar_subquery()
        out = select(func.count()).select_from(entry).where(entry.c.action == "exported", entry.c.id > first)
        return ErasurePlan(
            participant_id=str(participant_id),
            uid=uid,
            rows={name: connection.scalar(_counted(name, owner)) or 0 for name in (*FACTS, "survey_link")},
            entries=connection.execute(about.where(entry.c.participant == uid)).scalar_one(),
            exports=connection.execute(out).scalar_one(),
        )


def erase(study: Study, participant_id: str, why: str) -> ErasurePlan:
    """Erase a participant for good.

    The trail keeps that somebody was erased, when, by whom and why, under a random pseudonym that leads nowhere, and
    still verifies. Freed space of the database is overwritten, and copies that were kept before changes of the schema
    are deleted. The pseudonym is noted in ``erasures.txt`` of the study folder, so that a backup from before brings
    nobody back.

    Raises
    ------
    StudyError
        There is no such participant, no reason is given, or the database refuses; nothing is erased then.
    """
    if not why.strip():
        raise StudyError("No reason is given.", "Say why the participant is erased, with --why.")
    plan = plan_erasure(study, participant_id)
    erase_uids(study.engine, [plan.uid], operator(), why)
    keep_ledger(study)
    for copy in study.path.glob(COPIES):
        copy.unlink()
    return plan


def erase_uids(engine: Engine, uids: Iterable[str], who: str, why: str) -> int:
    """Erase people by their random pseudonyms; returns how many were there.

    Those whose erasure is recorded already, and those who are not there, are passed over.
    """
    participant, done = TABLES["participant"], 0
    with writing(engine) as connection:
        for uid in dict.fromkeys(uids):
            owner = connection.execute(select(participant.c.id).where(participant.c.uid == uid)).scalar_one_or_none()
            known = connection.execute(select(TABLES["erasure"].c.uid).where(TABLES["erasure"].c.uid == uid)).first()
            if owner is None:
                continue
            _take_out(connection, owner)
            if known is None:
                row = {"uid": uid, "erased_at": datetime.now(UTC)}
                connection.execute(insert(TABLES["erasure"]).values(row))
            entry = TABLES["audit_entry"]
            about = select(entry.c.id).where(entry.c.participant == uid)
            detail = TABLES["audit_detail"]
            connection.execute(delete(detail).where(detail.c.entry_id.in_(about)))
            note(connection, who, "erased", [{"table": "participant", "participant": uid}], why)
            done += 1
    if done:
        overwrite_freed(engine)
    return done


def overwrite_freed(engine: Engine) -> None:
    """Leave nothing of deleted rows in the database's files."""
    with plain_errors(engine):
        free = engine.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name == "sqlite":
            raw = engine.raw_connection()
            try:
                driver = raw.driver_connection
                assert driver is not None
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()
            return
        with free.connect() as connection:
            for name in TABLES:
                connection.exec_driver_sql(f'VACUUM FULL "{name}"')


def _find(connection: Connection, participant_id: str) -> tuple[int, str]:
    participant = TABLES["participant"]
    query = select(participant.c.id, participant.c.uid).where(participant.c.participant_id == str(participant_id))
    found = connection.execute(query).one_or_none()
    if found is None:
        raise StudyError(f"No participant has the code {participant_id}.", "Check the code.")
    return found.id, found.uid


def _owned(name: str, owner: int) -> ColumnElement[bool]:
    table, response, link = TABLES[name], TABLES["response"], TABLES["survey_link"]
    if name == "answer":
        return table.c.response_id.in_(select(response.c.id).where(response.c.participant == owner))
    if name == "survey_draft":
        return table.c.link_id.in_(select(link.c.id).where(link.c.participant == owner))
    return (table.c.id if name == "participant" else table.c.participant) == owner


def _counted(name: str, owner: int) -> Select[int]:
    return select(func.count()).select_from(TABLES[name]).where(_owned(name, owner))


def _take_out(connection: Connection, owner: int) -> None:
    for name in ("survey_draft", "survey_link", *reversed(FACTS)):
        connection.execute(delete(TABLES[name]).where(_owned(name, owner)))


def keep_ledger(study: Study) -> Path:
    """Write the pseudonyms of everybody erased so far beside the database, adding to those that stand there."""
    path = study.path / LEDGER
    known = set(path.read_text(encoding="ascii").split()) if path.is_file() else set()
    with reading(study.engine) as connection:
        new = sorted(set(connection.execute(select(TABLES["erasure"].c.uid)).scalars()) - known)
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "a", encoding="ascii") as ledger:
        ledger.writelines(f"{uid}\n" for uid in new)
        ledger.flush()
        os.fsync(ledger.fileno())
    return path
