"""What a database file holds, and whether a copy holds the same."""

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select

from remission.cohort.engine import make_engine, reading, sqlite_url
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import head_of, mark_of
from remission.errors import StudyError, UnreadableFile
from remission.keeping.manifest import Manifest, State

COHORT, VAULT = "cohort.db", "vault.db"


def state_of(database: Path) -> State:
    """Read schema, mark, newest entry and rows per table of a cohort database in a SQLite file.

    Raises
    ------
    StudyError
        It cannot be read.
    """
    engine = make_engine(sqlite_url(database))
    try:
        with reading(engine) as connection:
            schema = MigrationContext.configure(connection).get_current_revision()
            return State(schema or "", mark_of(connection), head_of(connection), rows_in(database))
    finally:
        engine.dispose()


def erased_in(database: Path) -> set[str]:
    """Read the pseudonyms of those whom a cohort database says were erased."""
    engine = make_engine(sqlite_url(database))
    try:
        with reading(engine) as connection:
            return set(connection.execute(select(METADATA.tables["erasure"].c.uid)).scalars())
    finally:
        engine.dispose()


def rows_in(database: Path) -> dict[str, int]:
    """Count the rows of every table of a SQLite file."""
    engine = make_engine(sqlite_url(database))
    try:
        with reading(engine) as connection:
            names = sorted(inspect(connection).get_table_names())
            return {
                name: int(connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()) for name in names
            }
    finally:
        engine.dispose()


def faults_in(database: Path) -> list[str]:
    """Ask SQLite whether a file is whole and its references hold; one sentence a fault."""
    engine = make_engine(sqlite_url(database))
    try:
        with reading(engine) as connection:
            said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
            faults = [] if said == ["ok"] else [f"{database.name} is damaged ({said[0]})."]
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if lost:
                faults.append(f"{database.name} holds {len(lost)} rows that refer to rows that are gone.")
            return faults
    except StudyError as error:
        return [error.cause]
    finally:
        engine.dispose()


def require_same(folder: Path, manifest: Manifest, name: str) -> None:
    """Hold databases that were taken out of a backup against what the backup says of them.

    Raises
    ------
    UnreadableFile
        They are damaged, or hold something else.
    """
    faults = faults_in(folder / COHORT)
    if manifest.vault_rows is not None:
        faults += faults_in(folder / VAULT)
    if faults:
        raise UnreadableFile(f"{name}: {faults[0]}", "Use another backup.")
    if state_of(folder / COHORT) != manifest.state:
        raise UnreadableFile(f"{name}: the database is not the one that was packed.", "Use another backup.")
    if manifest.vault_rows is not None and rows_in(folder / VAULT) != manifest.vault_rows:
        raise UnreadableFile(f"{name}: the vault is not the one that was packed.", "Use another backup.")
