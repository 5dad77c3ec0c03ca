import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from remission.cohort import Study, engine, open_study
from remission.cohort.engine import engine_for, sqlite_url, touch_private, wal_is_safe, writing
from remission.cohort.schema import METADATA
from remission.errors import StudyError


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_only_where_sqlite_is_mended(version: tuple[int, int, int], safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("busy_timeout", 30000), ("synchronous", 2), ("journal_mode", None)],
)
def test_settings_of_every_connection(study: Study, pragma: str, value: int | None) -> None:
    wal = wal_is_safe(sqlite3.sqlite_version_info[:3])
    expected = value if value is not None else ("wal" if wal else "delete")
    with study.engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == expected


@pytest.mark.sqlite_only
def test_changes_of_the_schema_are_undone_with_the_rest(study: Study) -> None:
    def make_and_fail() -> None:
        with writing(study.engine) as connection:
            connection.execute(text("CREATE TABLE half (x INTEGER)"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_and_fail()
    with study.engine.connect() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        assert "half" not in set(names)


def test_a_second_writer_waits_at_the_start(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    study.engine.dispose()
    with writing(study.engine), pytest.raises(StudyError, match="locked"), writing(study.engine):
        pytest.fail("the second writer must not get in")


def test_one_engine_a_database(study: Study) -> None:
    assert open_study(study.path).engine is study.engine


def test_a_replaced_file_gets_a_new_engine(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    touch_private(path)
    first = engine_for(sqlite_url(path))
    path.rename(tmp_path / "old.db")
    touch_private(path)
    assert engine_for(sqlite_url(path)) is not first


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_tables_can_be_made_on_postgresql(name: str) -> None:
    made = str(CreateTable(METADATA.tables[name]).compile(dialect=postgresql.dialect()))
    assert "DATETIME" not in made
    assert all(len(str(one.name)) <= 63 for one in METADATA.tables[name].constraints)
