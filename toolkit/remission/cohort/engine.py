"""Engines for cohort databases: SQLite made safe, and what a database says put into one sentence."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError

from remission.errors import RemissionError, StudyError

BUSY_TIMEOUT_MS = 30_000
WRITES = "remission_writes"
SAYINGS = (
    ("locked", "is locked by another program.", "Close it there, or wait a moment and try again."),
    ("lock timeout", "is locked by another program.", "Close it there, or wait a moment and try again."),
    ("password authentication", "refused the password.", "Put the right one into ~/.pgpass or PGPASSWORD."),
    ("no password supplied", "asks for a password.", "Put it into ~/.pgpass or PGPASSWORD."),
    ("does not exist", "is not there, or lacks a table.", "Check the address in study.yaml."),
    ("no space left", "cannot grow, because the disk is full.", "Free some space and try again."),
    ("not a database", "is not a database.", "Put the study's own file back from a backup."),
    ("malformed", "is damaged.", "Put it back from a backup."),
    ("unable to open", "cannot be opened.", "Check that the folder exists and that you may write in it."),
    ("readonly", "may not be written to.", "Check the permissions of the file and its folder."),
    ("disk is full", "cannot grow, because the disk is full.", "Free some space and try again."),
    (
        "disk i/o",
        "cannot be read or written by the disk.",
        "Check the disk; put the file back from a backup.",
    ),
    ("connection", "does not answer.", "Check that the server runs and that the address is right."),
    ("constraint", "refused a row that breaks one of its rules.", "Nothing was kept; try again."),
)


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
        It is no SQLAlchemy URL, or it names a SQLite database that is not a file.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StudyError(
            "The database named in study.yaml is no SQLAlchemy URL.",
            "Write it like postgresql+psycopg://host/name, or leave the line out.",
        ) from error
    if url.get_backend_name() != "sqlite":
        return url
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
        engine = create_engine(url, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StudyError(
            f"The driver for {url.drivername} databases is not installed.", "Install it with pip."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", partial(_set_up_sqlite, foreign_keys=foreign_keys))
        event.listen(engine, "begin", _begin)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_on_server)
    return engine


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
    if not connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return
    # One writer at a time, as SQLite has it: the seals of the audit trail follow one another.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT_MS}ms'")
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('remission ' || current_schema()))")


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
    except (DBAPIError, sqlite3.Error) as error:
        raise _as_study_error(engine, error) from error


def _as_study_error(engine: Engine, error: DBAPIError | sqlite3.Error) -> RemissionError:
    name = database_name(engine)
    said = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    for sign, cause, cure in SAYINGS:
        if sign in said:
            return StudyError(f"The cohort database {name} {cause}", cure)
    if isinstance(error, InterfaceError):
        return StudyError(f"The cohort database {name} does not answer.", "Check its address in study.yaml.")
    first = said.splitlines()[0] if said else type(error).__name__
    return StudyError(f"The cohort database {name} answered: {first}.", "Nothing was kept; try again.")


def database_name(engine: Engine) -> str:
    """Name a database without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def touch_private(path: Path) -> None:
    """Make an empty file that its owner alone may read, before anything is written into it."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
