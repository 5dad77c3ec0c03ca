import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from remission.cohort import BatchInfo, Entries, Study, create_study, engine, open_study, record
from remission.cohort import study as study_module
from remission.cohort.schema.observed import Participant
from remission.errors import StudyError
from remission.locate import shipped


@pytest.mark.sqlite_only
def test_follow_up_template(study: Study) -> None:
    assert {path.name for path in study.path.iterdir()} == {"study.yaml", "cohort.db", "mappings", "releases"}
    days = [(wave.name, wave.day, wave.months) for wave in study.protocol.waves]
    assert days == [
        ("baseline", 0, 0),
        ("month_6", 183, 6),
        ("month_12", 365, 12),
        ("month_18", 548, 18),
        ("month_24", 730, 24),
    ]
    rule = study.protocol.measures["depression"].missing
    assert rule is not None
    assert (rule.kind, rule.min_answered) == ("sum_answered", 18)
    assert study.protocol.questions.by == ("attended", "primary_substance")
    example = shipped("mappings") / "help.yaml"
    assert (study.mappings_folder / "help.yaml").is_file() == example.is_file()


def test_engagement_template_under_another_name(tmp_path: Path) -> None:
    study = create_study(tmp_path / "demo", "engagement", name="demo")
    assert study.protocol.name == "demo"
    assert [wave.day for wave in study.protocol.waves] == [0, 91, 183, 365, 730]
    assert [level.at_least for level in study.protocol.engagement.levels] == [0, 1, 3]
    assert study.protocol.questions.over_time
    assert "# The protocol" in (study.path / "study.yaml").read_text()


@pytest.mark.sqlite_only
def test_only_the_owner_may_read(study: Study) -> None:
    assert stat.S_IMODE(study.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((study.path / "cohort.db").stat().st_mode) == 0o600


def test_an_occupied_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(StudyError, match="is not empty"):
        create_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(StudyError, match="is a file"):
        create_study(tmp_path / "letter.txt")


def test_an_empty_folder_becomes_the_study(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert create_study(tmp_path / "new").path == (tmp_path / "new").resolve()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.sqlite_only
def test_nothing_is_left_of_a_failed_creation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(study_module, "bring_up_to_date", full)
    with pytest.raises(StudyError, match="No space left on device"):
        create_study(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_unknown_template(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"no study template 'other'.* engagement, follow-up"):
        create_study(tmp_path / "new", "other")
    assert list(tmp_path.iterdir()) == []


def test_a_bad_name_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="name"):
        create_study(tmp_path / "new", name="two words")
    assert list(tmp_path.iterdir()) == []


def _remove_file(study: Study) -> None:
    (study.path / "study.yaml").unlink()


def _remove_folder(study: Study) -> None:
    shutil.rmtree(study.path)


def _overwrite(study: Study) -> None:
    (study.path / "cohort.db").write_bytes(b"these are the minutes of a meeting" * 100)


def _other_database(study: Study) -> None:
    (study.path / "cohort.db").unlink()
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


def _newer(study: Study) -> None:
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _database_folder(study: Study) -> None:
    (study.path / "cohort.db").unlink()
    (study.path / "cohort.db").mkdir()


def _address(url: str) -> Callable[[Study], None]:
    def write(study: Study) -> None:
        with (study.path / "study.yaml").open("a") as file:
            file.write(f"database: {url}\n")

    return write


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_remove_file, "holds no study.yaml"),
        (_remove_folder, "There is no study folder"),
        (_overwrite, "cohort.db is not a database"),
        (_other_database, "is a database, but not one of remission"),
        (_newer, "has the schema 9999 of a newer release"),
        (_database_folder, "is not there"),
        (_address("sqlite://"), "cannot live in memory"),
        (_address("over there"), "is no SQLAlchemy URL"),
        (_address("nonsuch://host/name"), "is SQLite or PostgreSQL, not nonsuch"),
        (_address("sqlite:///away/cohort.db"), "is not there"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_sentence(study: Study, spoil: Callable[[Study], None], said: str) -> None:
    study.engine.dispose()
    spoil(study)
    with pytest.raises(StudyError, match=said) as caught:
        open_study(study.path)
    assert "\n" not in str(caught.value)


@pytest.mark.sqlite_only
def test_a_locked_database(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    study.engine.dispose()
    with closing(sqlite3.connect(study.path / "cohort.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StudyError, match="is locked by another program"):
            open_study(study.path)


@pytest.mark.sqlite_only
def test_a_missing_database_is_made_or_not(study: Study) -> None:
    study.engine.dispose()
    (study.path / "cohort.db").unlink()
    with pytest.raises(StudyError, match="is not there"):
        open_study(study.path, create_database=False)
    assert open_study(study.path).revision().startswith("0-0-0-")
    assert stat.S_IMODE((study.path / "cohort.db").stat().st_mode) == 0o600


def test_a_database_elsewhere(study: Study, entries: Entries) -> None:
    _address("sqlite:///kept.db")(study)
    moved = open_study(study.path)
    record(moved, entries, BatchInfo("form"))
    assert (study.path / "kept.db").is_file()
    assert study.revision().startswith("0-")
    assert moved.revision().startswith("1-1-")


def test_the_revision_follows_batches_and_the_protocol(study: Study, entries: Entries) -> None:
    seen = [study.revision(), study.revision()]
    record(study, entries, BatchInfo("form"))
    seen.append(study.revision())
    with (study.path / "study.yaml").open("a") as file:
        file.write("# noted\n")
    seen.append(open_study(study.path).revision())
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_only_a_write_session_keeps_what_it_did(study: Study, entries: Entries) -> None:
    record(study, entries, BatchInfo("form"))
    for write in (False, True):
        with study.session(write=write) as session:
            session.add(Participant(participant_id=f"new-{write}", batch_id=1))
            session.flush()
    with study.session() as session:
        codes = set(session.exec(select(Participant.participant_id)))
    assert codes == {"1", "2", "3", "new-True"}


def test_a_write_session_that_fails_keeps_nothing(study: Study, entries: Entries) -> None:
    record(study, entries, BatchInfo("form"))

    def add_one_and_an_orphan() -> None:
        with study.session(write=True) as session:
            session.add(Participant(participant_id="4", batch_id=1))
            session.flush()
            session.add(Participant(participant_id="5", batch_id=77))

    with pytest.raises(StudyError, match="refused a row"):
        add_one_and_an_orphan()
    with study.session() as session:
        assert set(session.exec(select(Participant.participant_id))) == {"1", "2", "3"}
