"""The copy that is kept of a database before its schema changes."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, delete, func, insert, inspect, select, table

from remission.cohort.engine import (
    database_name,
    make_engine,
    plain_errors,
    reading,
    sqlite_url,
    touch_private,
    writing,
)
from remission.errors import StudyError

ROWS_AT_ONCE = 5000
# Made with every new database: they alone are nothing to be lost.
OWN_MARKS = ("alembic_version", "study_mark")


def keep_copy(engine: Engine, folder: Path | None, make_tables: Callable[[Connection], None]) -> None:
    """Copy a database before its schema changes, and prove the copy; it gets its name only then.

    A file is copied page by page, a database on a server row by row into a SQLite file that the release before opens.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    folder : pathlib.Path or None
        Where the copy of a database on a server goes.
    make_tables : callable
        Makes, on a connection, the tables as the database on the server has them.

    Raises
    ------
    StudyError
        The copy cannot be made, or is not what the database holds; nothing is changed then.
    """
    on_server = engine.dialect.name != "sqlite"
    if on_server and not _holds_rows(engine):
        return
    copy = _name(engine, folder)
    draft = copy.with_name(f"{copy.name}.partial")
    try:
        draft.unlink(missing_ok=True)
        touch_private(draft)
        if on_server:
            _copy_rows(engine, draft, make_tables)
        else:
            _copy_pages(engine, draft)
        _require_same(engine, draft)
        _put_in_place(draft, copy)
    except OSError as error:
        raise StudyError(
            f"{copy} cannot be written ({error.strerror or type(error).__name__}), and without that copy the schema "
            f"of {database_name(engine)} stays as it is.",
            "Free some space or mend the permissions, and try again.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _name(engine: Engine, folder: Path | None) -> Path:
    stamp = f"before-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    if engine.dialect.name == "sqlite":
        database = Path(str(engine.url.database))
        return database.with_name(f"{database.stem}-{stamp}")
    if folder is None:
        raise StudyError(
            f"The cohort database {database_name(engine)} holds rows, and there is no place for a copy of them.",
            "Open the study by its folder; nothing was changed.",
        )
    return folder / f"server-{stamp}"


def _copy_pages(engine: Engine, draft: Path) -> None:
    database = str(engine.url.database)
    with (
        plain_errors(engine),
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(draft)) as target,
    ):
        source.backup(target)


def _copy_rows(engine: Engine, draft: Path, make_tables: Callable[[Connection], None]) -> None:
    target = make_engine(sqlite_url(draft), foreign_keys=False)
    try:
        with reading(engine) as source, writing(target) as connection:
            make_tables(connection)
            held, made = MetaData(), MetaData()
            held.reflect(source)
            made.reflect(connection)
            for name, there in held.tables.items():
                connection.execute(delete(made.tables[name]))
                for rows in _pieces(source, there):
                    connection.execute(insert(made.tables[name]), rows)
    finally:
        target.dispose()


def _pieces(source: Connection, held: Table) -> Iterator[list[dict[str, Any]]]:
    found = source.execution_options(yield_per=ROWS_AT_ONCE).execute(select(held)).mappings()
    for rows in found.partitions():
        yield [{name: _in_utc(value) for name, value in row.items()} for row in rows]


def _in_utc(value: Any) -> Any:
    # SQLite keeps no time zone, and all moments in it are in UTC.
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


def _require_same(engine: Engine, draft: Path) -> None:
    found = make_engine(sqlite_url(draft), foreign_keys=False)
    try:
        with reading(engine) as source, reading(found) as target:
            sound = target.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            counts = [_counts(connection) for connection in (source, target)]
    finally:
        found.dispose()
    if not sound or counts[0] != counts[1]:
        raise StudyError(
            f"The copy of {database_name(engine)} that is kept before its schema changes is not whole.",
            "Nothing was changed; check the disk and try again.",
        )


def _holds_rows(engine: Engine) -> bool:
    with reading(engine) as connection:
        return any(count for name, count in _counts(connection).items() if name not in OWN_MARKS)


def _counts(connection: Connection) -> dict[str, int]:
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def _put_in_place(draft: Path, copy: Path) -> None:
    for place, last in ((draft, None), (draft.parent, copy)):
        if last is not None:
            draft.replace(last)
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
