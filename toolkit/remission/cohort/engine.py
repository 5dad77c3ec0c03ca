"""Engines for cohort databases: SQLite made safe, and what a database says put into one sentence."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from remission.cohort.sayings import REPORTED, saying
from remission.errors import StudyError

BUSY_TIMEOUT_MS = 30_000
WRITES = "remission_writes"
# Keeps the locks of remission apart from those of other programs in the same database.
LOCK_CLASS = 7363
# One key per schema, wherever in the search path of a user its tables are found.
TAKE_LOCK = f"""
    SELECT pg_advisory_xact_lock({LOCK_CLASS}, coalesce(
        (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('batch')),
        (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
    )::int)
"""


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Tell whether a SQLite version is free of the WAL-reset bug, which can corrupt a database.

    It was mended in 3.51.3, and in 3.50.7 and 3.44.6 for their lines (sqlite.org/wal.html).
    """
    if version[:2] == (3, 50):
        return version >= (3, 50, 7)
    if version[:2] == (3, 44):
        return version >= (3, 44, 6)
    return version >= (3, 51, 3)


def sqlite_url(path: Path) -> URL:
    """Return the URL of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def read_url(text: str, folder: Path) -> URL:
    """Read a database URL; a relative SQLite path counts from the study folder.

    Raises
    ------
    StudyError
        It is no SQLAlchemy URL, another kind of database, or a SQLite database that is not a file.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StudyError(
            "The database named in study.yaml is no SQLAlchemy URL.",
            "Write it like postgresql+psycopg://host/name, or leave the line out.",
        ) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise StudyError(
            f"A cohort database is SQLite or PostgreSQL, not {url.get_backend_name()}.",
            "Write it like postgresql+psycopg://host/name, or leave the line out.",
        )
    if url.database in (None, "", ":memory:"):
        raise StudyError("A cohort database cannot live in memory.", "Name a file, or leave the line out.")
    return url.set(database=str(folder / str(url.database)))


def engine_for(url: URL) -> Engine:
    """Return the engine of a database, one per database and process."""
    if url.get_backend_name() != "sqlite":
        return _cached_engine(url, None)
    # The inode keeps a file that was replaced under the same name from being read through old handles.
    state = Path(str(url.database)).stat()
    return _cached_engine(url, (state.st_dev, state.st_ino))


@lru_cache(maxsize=32)
def _cached_engine(url: URL, identity: tuple[int, int] | None) -> Engine:
    return make_engine(url)


def make_engine(url: URL, foreign_keys: bool = True) -> Engine:
    """Make an engine; with SQLite, one whose transactions cover changes of the schema too.

    Without ``foreign_keys`` SQLite lets a migration rebuild a table that others refer to.

    Raises
    ------
    StudyError
        The driver of that kind of database is not installed.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_connecting(url))
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StudyError(
            f"The driver for {url.get_backend_name()} databases is not installed.",
            "Install it with: pip install 'remission[postgresql]'.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_set_up_sqlite, foreign_keys=foreign_keys))
        event.listen(engine, "begin", _begin)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_on_server)
    return engine


def _connecting(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "postgresql":
        return {}
    # A server that is gone is noticed within a minute; what the address itself says comes first.
    wanted = {"application_name": "remission", "connect_timeout": 10, "keepalives_idle": 30, "tcp_user_timeout": 60_000}
    return {name: value for name, value in wanted.items() if name not in url.query}


def _set_up_sqlite(connection: Any, _record: object, foreign_keys: bool) -> None:
    connection.isolation_level = None
    wal = wal_is_safe(sqlite3.sqlite_version_info[:3])
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")


def _begin(connection: Connection) -> None:
    # A writer takes its lock at once: a lock asked for midway fails without waiting.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    writes = options.get(WRITES, False)
    level = "READ COMMITTED" if writes else "REPEATABLE READ"
    connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
    # The server's own limits are meant for short questions; only waiting for others has one here.
    connection.exec_driver_sql(
        f"SELECT set_config('lock_timeout', '{BUSY_TIMEOUT_MS}ms', true), set_config('statement_timeout', '0', true), "
        "set_config('idle_in_transaction_session_timeout', '0', true)"
    )
    if writes:
        # One writer at a time, as SQLite has it: the seals of the audit trail follow one another.
        connection.exec_driver_sql(TAKE_LOCK)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one write transaction: committed at the end, undone on any error."""
    with plain_errors(engine), engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one read transaction, in which all queries see the same state."""
    with plain_errors(engine), engine.connect() as connection:
        yield connection


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Put what the database says into one sentence.

    Raises
    ------
    StudyError
        The database is locked, damaged, full, out of reach or refuses a row.
    """
    try:
        yield
    except REPORTED as error:
        cause, cure = saying(error)
        raise StudyError(f"The cohort database {database_name(engine)} {cause}", cure) from error


def database_name(engine: Engine) -> str:
    """Name a database without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def touch_private(path: Path) -> None:
    """Make an empty file that its owner alone may read, before anything is written into it."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
