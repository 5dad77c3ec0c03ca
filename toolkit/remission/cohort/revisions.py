"""The version of the schema a database has, and the way to the one this release needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from remission.cohort.copy_before import keep_copy
from remission.cohort.engine import database_name, make_engine, reading, writing
from remission.cohort.trail.recorded import seal_unsealed
from remission.errors import StudyError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
# Alembic hands its environment through a module-level proxy, which two threads must not share.
_one_at_a_time = Lock()


def bring_up_to_date(engine: Engine, scripts: Path = MIGRATIONS, folder: Path | None = None) -> None:
    """Bring a database to the newest schema in one transaction; nothing is kept of a failed attempt.

    A database that holds something is copied first, and the copy is proven. Others cannot write meanwhile.

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
        The database has a newer schema than this release knows, or holds something else; or it cannot be copied.
    """
    if is_current(engine, scripts):
        return
    with _one_at_a_time, rebuilding(engine) as connection:
        held = MigrationContext.configure(connection).get_current_revision()
        # Another process may have done it while this one waited for the lock.
        if held == ScriptDirectory(str(scripts)).get_current_head():
            return
        if held is not None:
            keep_copy(engine, folder, lambda copy: command.upgrade(_config(copy, scripts), held))
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
            "Move it away, or name another, or another schema, in study.yaml.",
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
