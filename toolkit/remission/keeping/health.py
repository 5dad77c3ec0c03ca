"""A study's databases: settings in force, schema, wholeness, newest entry of the trail."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, select

from remission.cohort.engine import make_engine, reading, sqlite_url, wal_is_safe
from remission.cohort.revisions import MIGRATIONS
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import head_of
from remission.errors import RemissionError, StudyError
from remission.keeping.checking import faults_in
from remission.keeping.finding import Finding, fault, ok, warning
from remission.vault.vault import CELL

# What `PRAGMA synchronous` answers for FULL.
FULL = 2


def look_at_database(url: URL) -> Iterator[Finding]:
    """Look at a cohort database; nothing is written, and an older schema is left as it is."""
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and not Path(str(url.database)).is_file():
        yield fault("database", f"The database {url.database} is not there.", "Restore a backup.")
        return
    try:
        engine = make_engine(url)
    except RemissionError as error:
        yield fault("database", error.cause, error.cure)
        return
    try:
        if sqlite:
            yield from _settings(engine)
            found = faults_in(Path(str(url.database)))
            for said in found:
                yield fault("database", said, "Restore a backup.")
            if found:
                return
            yield ok("database", "Every page is whole and every reference holds.")
        else:
            yield ok("database", f"On a server ({url.get_backend_name()}); its own tools look after it.")
        yield from _contents(engine)
    except StudyError as error:
        yield fault("database", error.cause, error.cure)
    finally:
        engine.dispose()


def look_at_vault(vault: Path, url: URL) -> Iterator[Finding]:
    """Look at a vault without its key: whether it is whole, and knows nobody whom the study does not."""
    if not vault.is_file():
        return
    found = faults_in(vault)
    for said in found:
        yield fault("vault", said, "Restore a backup.")
    if found:
        return
    engine, study = make_engine(sqlite_url(vault)), make_engine(url)
    try:
        with reading(engine) as connection:
            named = set(connection.execute(select(CELL.c.uid).distinct()).scalars())
        with reading(study) as connection:
            known = set(connection.execute(select(METADATA.tables["participant"].c.uid)).scalars())
    except StudyError as error:
        yield fault("vault", error.cause, error.cure)
        return
    finally:
        engine.dispose()
        study.dispose()
    if strangers := len(named - known):
        yield warning(
            "vault",
            f"{strangers} people in the vault are not in the study: an erasure may have been cut off.",
            "Back up and restore with --replace, which takes out who was erased; then delete the replaced folder.",
        )
    else:
        yield ok("vault", f"It is whole and knows {len(named)} people, all of them in the study.")


def _settings(engine: Engine) -> Iterator[Finding]:
    with reading(engine) as connection:
        journal = str(_pragma(connection, "journal_mode")).lower()
        synchronous, foreign_keys = _pragma(connection, "synchronous"), _pragma(connection, "foreign_keys")
    safe = wal_is_safe(sqlite3.sqlite_version_info[:3])
    wanted = "wal" if safe else "delete"
    if journal == wanted:
        yield ok("journal", f"{journal.upper()} is in force.")
    elif journal == "wal":
        yield fault(
            "journal",
            "A write-ahead log is in use with a SQLite that can lose it.",
            "Close all programs that use the study, and look again.",
        )
    else:
        yield warning("journal", f"{journal.upper()} is in force where {wanted.upper()} was asked for.", _LOCAL)
    if synchronous == FULL:
        yield ok("synchronous", "What is recorded is on the disk before it is said to be saved.")
    else:
        yield fault("synchronous", "What is recorded may be lost in a power cut.", "Report this: it must be FULL.")
    if foreign_keys == 1:
        yield ok("foreign keys", "References between tables are enforced.")
    else:
        yield fault("foreign keys", "References between tables are not enforced.", "Report this: they must be.")


_LOCAL = "Keep the study on a disk of this computer, not on a network drive."


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def _contents(engine: Engine) -> Iterator[Finding]:
    history = ScriptDirectory(str(MIGRATIONS))
    newest = history.get_current_head()
    with reading(engine) as connection:
        schema = MigrationContext.configure(connection).get_current_revision()
        if schema == newest:
            yield ok("schema", f"Schema {schema} is that of this release.")
            head = head_of(connection)
            yield ok("trail", f"Newest entry {head} (note it elsewhere: it proves that nothing was cut off).")
        elif schema in {script.revision for script in history.walk_revisions()}:
            yield warning(
                "schema", f"Schema {schema} is older than {newest}.", "Make a backup; the next command brings it up."
            )
        else:
            yield fault("schema", f"Schema {schema} is not known to this release.", "Install the newest remission.")
