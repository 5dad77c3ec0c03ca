"""Bring a cohort database to the schema of this version, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from remission.errors import StudyError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest() -> str:
    """Return the newest schema that this version knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def upgrade(engine: Engine) -> None:
    """Run the migrations that a database has not had yet; all of them or none.

    Raises
    ------
    StudyError
        The database was written by a newer version.
    """
    with engine.connect() as connection:
        found = _revision(connection)
    if found == newest():
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StudyError(
            f"The cohort database has schema {found}, which this version of remission does not know.",
            "Install the newer version that wrote it.",
        )
    with engine.execution_options(writes=True).begin() as connection:
        if _revision(connection) != newest():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
