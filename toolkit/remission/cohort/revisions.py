"""The version of the schema a database has, and the way to the one this release needs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, PrimaryKeyConstraint, func, insert, inspect, select, table

from remission.cohort.engine import database_name, make_engine, reading, sqlite_url, touch_private, writing
from remission.cohort.trail.recorded import seal_unsealed
from remission.errors import StudyError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Alembic hands its environment through a module-level proxy, which two threads must not share.
_one_at_a_time = Lock()


def bring_up_to_date(engine: Engine, scripts: Path = MIGRATIONS, folder: Path | None = None) -> None:
    """Bring a database to the newest schema in one transaction; nothing is kept of a failed attempt.

    A database that holds something is copied first, and the copy is proven.

    Parameters
    ----------
    engine : sqlalchemy.Engine
    scripts : pathlib.Path
        Folder of the migrations.
    folder : pathlib.Path, optional
        Where the copy of a database on a server goes.

    Raises
    ------
    StudyError
        The database has a newer schema than this release knows, or holds something else.
    """
    if is_current(engine, scripts):
        return
    keep_copy(engine, folder)
    with _one_at_a_time, rebuilding(engine) as connection:
        command.upgrade(_config(connection, scripts), "head")
        if scripts == MIGRATIONS:
            seal_unsealed(connection)


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Open a write transaction in which tables may be rebuilt; references are checked before the commit.

    Raises
    ------
    StudyError
        A row would refer to one that is gone; nothing is kept.
    """
    if engine.dialect.name != "sqlite":
        with writing(engine) as connection:
            yield connection
        return
    # SQLite drops a table that others refer to only while foreign keys are off, and they cannot be
    # turned off within a transaction (sqlite.org/lang_altertable.html, section 7).
    free = make_engine(engine.url, foreign_keys=False)
    try:
        with writing(free) as connection:
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise StudyError(
                    f"The cohort database {database_name(engine)} holds rows that refer to rows that are gone.",
                    "Put it back from a backup; nothing was changed.",
                )
    finally:
        free.dispose()


def keep_copy(engine: Engine, folder: Path | None = None) -> None:
    """Copy a database that holds something, before its schema changes, and prove the copy.

    Raises
    ------
    StudyError
        The copy is not what the database holds; nothing is changed then.
    """
    with reading(engine) as connection:
        held = MigrationContext.configure(connection).get_current_revision()
    if held is None:
        return
    stamp = f"before-{datetime.now(UTC):%Y%m%dT%H%M%S}.db"
    if engine.dialect.name == "sqlite":
        database = Path(str(engine.url.database))
        copy = database.with_name(f"{database.stem}-{stamp}")
    elif folder is not None:
        copy = folder / f"server-{stamp}"
    else:
        return
    if copy.exists():
        return
    touch_private(copy)
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    else:
        _copy_from_server(engine, copy)
    _require_same(engine, copy)


def _copy_from_server(engine: Engine, copy: Path) -> None:
    held = MetaData()
    target = make_engine(sqlite_url(copy), foreign_keys=False)
    with reading(engine) as source, writing(target) as connection:
        held.reflect(source)
        for table in held.tables.values():
            table.constraints = {one for one in table.constraints if isinstance(one, PrimaryKeyConstraint)}
            for column in table.columns:
                column.server_default = None
            table.create(connection)
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                connection.execute(insert(table), rows)
    target.dispose()


def _require_same(engine: Engine, copy: Path) -> None:
    found = make_engine(sqlite_url(copy), foreign_keys=False)
    try:
        with reading(engine) as source, reading(found) as target:
            sound = target.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            counts = [_counts(connection) for connection in (source, target)]
    finally:
        found.dispose()
    if not sound or counts[0] != counts[1]:
        copy.unlink()
        raise StudyError(
            f"The copy of {database_name(engine)} that is kept before its schema changes is not whole.",
            "Nothing was changed; check the disk and try again.",
        )


def _counts(connection: Connection) -> dict[str, int]:
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def is_current(engine: Engine, scripts: Path = MIGRATIONS) -> bool:
    """Tell whether a database has the newest schema.

    Raises
    ------
    StudyError
        The database has a newer schema than this release knows, or holds something else.
    """
    history = ScriptDirectory(str(scripts))
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        tables = inspect(connection).get_table_names()
    if found is None and [name for name in tables if name != "alembic_version"]:
        raise StudyError(
            f"{database_name(engine)} is a database, but not one of remission.",
            "Move it away, or name another in study.yaml.",
        )
    if found is not None and found not in {script.revision for script in history.walk_revisions()}:
        raise StudyError(
            f"The cohort database {database_name(engine)} has the schema {found} of a newer release.",
            "Install the newest remission and open it again.",
        )
    return found == history.get_current_head()


def _config(connection: Connection, scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
