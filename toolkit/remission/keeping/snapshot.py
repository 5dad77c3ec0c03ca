"""A consistent copy of a database while others write to it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select

from remission.cohort.engine import (
    make_engine,
    plain_errors,
    sqlite_url,
    touch_private,
    writing,
)
from remission.cohort.revisions import bring_up_to_date
from remission.cohort.schema import METADATA
from remission.errors import StudyError
from remission.keeping.sealed_file import Tell

PAGES = 2000
ROWS = 5000
RESTARTS = 3
PATIENCE_S = 60.0


class _BeginAgain(Exception):
    """Others write so much that the copy never ends."""


def copy_database(engine: Engine, target: Path, tell: Tell) -> None:
    """Copy a cohort database or a vault into a new SQLite file of mode 600, as it stands at one moment.

    Raises
    ------
    StudyError
        The database is locked, damaged or out of reach, or the disk is full.
    """
    if engine.dialect.name == "sqlite":
        with plain_errors(engine):
            _copy_sqlite(Path(str(engine.url.database)), target, tell)
    else:
        _copy_from_server(engine, target, tell)


def _copy_sqlite(source: Path, target: Path, tell: Tell) -> None:
    """Copy a SQLite file while others write to it.

    Without a write-ahead log a copy begins anew when somebody writes; after some such, writers wait until it is done.
    """
    touch_private(target)
    with (
        closing(sqlite3.connect(source, timeout=PATIENCE_S, isolation_level=None)) as held,
        closing(sqlite3.connect(target)) as copy,
    ):
        if held.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                held.backup(copy, pages=PAGES, progress=_Watch(tell, RESTARTS), sleep=0.05)
            except _BeginAgain:
                pass
            else:
                return
        # A read transaction holds the state: with a log nobody waits for it.
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM sqlite_master").fetchone()
        held.backup(copy, pages=PAGES, progress=_Watch(tell, None), sleep=0.05)


class _Watch:
    """Tells how far a copy is, and ends it when it begins anew too often or nothing moves."""

    def __init__(self, tell: Tell, restarts: int | None) -> None:
        self._tell, self._restarts = tell, restarts
        self._left: int | None = None
        self._moved = time.monotonic()

    def __call__(self, status: int, remaining: int, total: int) -> None:
        now = time.monotonic()
        if self._left is not None and remaining > self._left and self._restarts is not None:
            self._restarts -= 1
            if self._restarts < 0:
                raise _BeginAgain
        if remaining != self._left:
            self._left, self._moved = remaining, now
        elif now - self._moved > PATIENCE_S:
            raise StudyError(
                "The database has been locked for a minute.", "Close the program that writes to it, and try again."
            )
        self._tell(total - remaining, total)


def _copy_from_server(engine: Engine, target: Path, tell: Tell) -> None:
    touch_private(target)
    copy = make_engine(sqlite_url(target))
    try:
        bring_up_to_date(copy)
        # All tables as of one moment: the usual level would see each at another.
        snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
        with plain_errors(engine), snapshot.connect() as source, writing(copy) as into:
            total = sum(_count(source, table) for table in METADATA.sorted_tables)
            done = 0
            into.execute(delete(METADATA.tables["study_mark"]))
            for table in METADATA.sorted_tables:
                for rows in _pieces(source, table):
                    into.execute(insert(table), rows)
                    done += len(rows)
                    tell(done, total)
    finally:
        copy.dispose()


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _pieces(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = connection.execution_options(yield_per=ROWS).execute(select(table).order_by(*table.primary_key))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]
