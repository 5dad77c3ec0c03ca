"""A study as it stood at a moment, rebuilt from the trail in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, func, insert, select
from sqlalchemy.pool import StaticPool

from remission.cohort.engine import reading
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.trail.contents import FACTS, owners_in
from remission.cohort.trail.past import CLOSING, MIDWAY, Held, entries_about, held_by
from remission.cohort.trail.recorded import SEALED_LATER
from remission.errors import StudyError

TABLES = METADATA.tables
# What a person allows today holds for data of any day.
OF_TODAY = ("consent", "stop")


def study_as_of(study: Study, moment: datetime) -> Study:
    """Return the study with its facts as they stood at a moment; nothing can be recorded in it.

    Consents and stops are those of today, and an erased person is in no past.

    Parameters
    ----------
    study : Study
    moment : datetime
        With a time zone.

    Raises
    ------
    StudyError
        The trail does not reach back so far.
    """
    with reading(study.engine) as connection:
        cut = _last_entry(connection, moment)
        engine = _empty()
        with engine.begin() as past:
            _copy_batches(connection, past, cut)
            for people in owners_in(connection):
                _copy_people(connection, past, people, cut)
            _copy_gone(connection, past, cut)
    with engine.connect() as past:
        past.exec_driver_sql("PRAGMA query_only = ON")
    return replace(study, engine=engine, present=study.present or study, as_of=moment)


def _empty() -> Engine:
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    return engine


def _last_entry(connection: Connection, moment: datetime) -> int:
    entry = TABLES["audit_entry"]
    sealed = select(func.max(entry.c.at)).where(entry.c.action == SEALED_LATER)
    reaches = connection.execute(sealed).scalar_one()
    if reaches is not None and moment < reaches:
        raise StudyError(
            f"The trail reaches back to {reaches:%Y-%m-%d %H:%M} UTC, when the database came to this release.",
            "Choose a later date.",
        )
    # A transaction writes its changes first and closes last: a moment between the two sees none of it.
    closed = select(func.max(entry.c.id)).where(entry.c.at <= moment, entry.c.action.not_in(MIDWAY))
    return connection.execute(closed).scalar_one() or 0


def _copy_batches(connection: Connection, past: Connection, cut: int) -> None:
    entry, batch = TABLES["audit_entry"], TABLES["batch"]
    acts = select(entry.c.batch_id, entry.c.action).where(entry.c.id <= cut, entry.c.table == "batch")
    done = {(row.batch_id, row.action) for row in connection.execute(acts)}
    there = sorted({number for number, action in done if action in CLOSING})
    rows = [dict(row) for row in connection.execute(select(batch)).mappings() if row["id"] in set(there)]
    for row in rows:
        row["undone_at"] = row["undone_at"] if (row["id"], "undone") in done else None
    _insert(past, "batch", rows)
    for name in ("import_source", "study_mark"):
        found = [dict(row) for row in connection.execute(select(TABLES[name])).mappings()]
        _insert(past, name, [row for row in found if row.get("batch_id") in (None, *there)])


def _copy_people(connection: Connection, past: Connection, people: list[tuple[int, str]], cut: int) -> None:
    held = held_by(connection, [owner for owner, _ in people])
    later = entries_about(connection, [uid for _, uid in people], after=cut)
    whole = []
    for owner, uid in people:
        today = {name: held[owner].rows[name] for name in OF_TODAY}
        for entry in later.get(uid, ()):
            held[owner].unwind(entry)
        held[owner].rows |= today if held[owner].rows["participant"] else {name: {} for name in OF_TODAY}
        whole.append(held[owner])
    _keep(past, whole)


def _copy_gone(connection: Connection, past: Connection, cut: int) -> None:
    """Bring back people whom a batch enrolled that was taken back later."""
    entry, participant = TABLES["audit_entry"], TABLES["participant"]
    query = select(entry.c.participant).where(entry.c.id > cut, entry.c.participant.is_not(None)).distinct()
    query = query.where(entry.c.participant.not_in(select(participant.c.uid)))
    query = query.where(entry.c.participant.not_in(select(TABLES["erasure"].c.uid)))
    uids = list(connection.execute(query).scalars())
    for start in range(0, len(uids), 500):
        whole = []
        for entries in entries_about(connection, uids[start : start + 500], after=cut).values():
            one = Held.nothing()
            for found in entries:
                one.unwind(found)
            one.rows |= {name: {} for name in OF_TODAY}
            whole.append(one)
        _keep(past, whole)


def _keep(past: Connection, people: Iterable[Held]) -> None:
    whole = list(people)
    for name in FACTS:
        _insert(past, name, [row for one in whole for row in one.rows[name].values()])


def _insert(past: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        past.execute(insert(TABLES[table]), rows)


def end_of(day: datetime) -> datetime:
    """Return the last moment of a local day, in UTC."""
    return day.astimezone().replace(hour=23, minute=59, second=59, microsecond=999_999).astimezone(UTC)
