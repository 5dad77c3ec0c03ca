import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from remission.cohort.engine import make_engine, sqlite_url, touch_private, writing
from remission.cohort.revisions import MIGRATIONS, _config, bring_up_to_date, is_current
from remission.cohort.schema import METADATA
from remission.errors import StudyError

BROKEN = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "broken", "0007", None, None
def upgrade():
    op.execute("CREATE TABLE half (x INTEGER)")
    op.execute("INSERT INTO batch (id, kind, rows, recorded_at) VALUES (9, 'x', 0, '2024-01-01')")
    op.execute("ALTER TABLE nowhere ADD COLUMN y INTEGER")
def downgrade():
    pass
"""


@pytest.fixture
def empty(tmp_path: Path) -> Engine:
    touch_private(tmp_path / "empty.db")
    return make_engine(sqlite_url(tmp_path / "empty.db"))


def test_migrations_end_at_the_schema_of_the_tables(empty: Engine) -> None:
    bring_up_to_date(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_constraints_are_those_of_the_tables(empty: Engine, tmp_path: Path, name: str) -> None:
    bring_up_to_date(empty)
    touch_private(tmp_path / "made.db")
    made = make_engine(sqlite_url(tmp_path / "made.db"))
    METADATA.create_all(made)
    query = text("SELECT sql FROM sqlite_master WHERE tbl_name = :name AND type <> 'trigger' ORDER BY name")
    held = []
    for engine in (empty, made):
        with engine.connect() as connection:
            inspector = inspect(connection)
            held.append(
                (
                    sorted(inspector.get_check_constraints(name), key=str),
                    sorted(inspector.get_unique_constraints(name), key=str),
                    sorted(inspector.get_foreign_keys(name), key=str),
                    ["WITHOUT ROWID" in str(sql) for sql in connection.execute(query, {"name": name}).scalars()],
                )
            )
    assert held[0] == held[1]


def test_a_current_database_is_left_alone(empty: Engine) -> None:
    assert not is_current(empty)
    bring_up_to_date(empty)
    before = Path(str(empty.url.database)).read_bytes()
    assert is_current(empty)
    bring_up_to_date(empty)
    assert Path(str(empty.url.database)).read_bytes() == before


def test_nothing_is_left_of_a_migration_that_fails_midway(empty: Engine, tmp_path: Path) -> None:
    bring_up_to_date(empty)
    scripts = tmp_path / "migrations %d"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "0007_broken.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        bring_up_to_date(empty, scripts)
    assert is_current(empty)
    with empty.connect() as connection:
        assert "half" not in inspect(connection).get_table_names()
        assert connection.execute(text("SELECT count(*) FROM batch")).scalar_one() == 0


def test_a_first_migration_that_fails_leaves_an_empty_database(empty: Engine, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "0007_broken.py").write_text(BROKEN)
    with pytest.raises(Exception, match="nowhere"):
        bring_up_to_date(empty, scripts)
    with empty.connect() as connection:
        assert inspect(connection).get_table_names() == []


def test_the_way_back_leads_to_an_empty_database(empty: Engine) -> None:
    bring_up_to_date(empty)
    with writing(empty) as connection:
        command.downgrade(_config(connection, MIGRATIONS), "base")
    with empty.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}


OLD_ROWS = (
    "INSERT INTO batch (id, kind, rows, recorded_at) VALUES (1, 'form', 1, '2024-01-01')",
    "INSERT INTO participant (id, participant_id, batch_id) VALUES (1, 'P1', 1)",
    "INSERT INTO response (id, participant, wave, instrument, instrument_version, day, batch_id) "
    "VALUES (7, 1, 'baseline', 'ces_d', '1.0', 3, 1)",
    "INSERT INTO answer (response_id, item, value, batch_id) VALUES (7, 'item1', 2, 1)",
)


@pytest.fixture
def old(empty: Engine) -> Engine:
    """A database of the first release with one answer in it."""
    with writing(empty) as connection:
        command.upgrade(_config(connection, MIGRATIONS), "0001")
        for statement in OLD_ROWS:
            connection.execute(text(statement))
    return empty


def test_answers_of_the_first_release_are_kept(old: Engine) -> None:
    bring_up_to_date(old)
    query = "SELECT r.id, r.about, a.value FROM answer a JOIN response r ON r.id = a.response_id"
    with old.connect() as connection:
        assert connection.execute(text(query)).all() == [(7, "", 2.0)]
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    with pytest.raises(StudyError, match="rules"), writing(old) as connection:
        connection.execute(text("DELETE FROM response"))


def test_a_copy_is_kept_before_the_schema_changes(old: Engine) -> None:
    bring_up_to_date(old)
    database = Path(str(old.url.database))
    copies = list(database.parent.glob("empty-before-*.db"))
    assert len(copies) == 1
    assert copies[0].stat().st_mode & 0o777 == 0o600
    engine = make_engine(sqlite_url(copies[0]))
    assert not is_current(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM answer")).scalar_one() == 1


def test_a_database_with_rows_that_refer_to_nothing_is_left_as_it_was(old: Engine) -> None:
    free = make_engine(old.url, foreign_keys=False)
    with writing(free) as connection:
        connection.execute(text("DELETE FROM participant"))
    free.dispose()
    with pytest.raises(StudyError, match="refer to rows that are gone"):
        bring_up_to_date(old)
    assert not is_current(old)
