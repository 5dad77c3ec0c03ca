"""What comes back is what went in, all of it or nothing, and nobody who was erased."""

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

import remission
from remission.cohort import (
    Study,
    answers,
    audit_trail,
    create_study,
    erase,
    open_study,
    participants,
    plan_erasure,
)
from remission.cohort.erasing import LEDGER
from remission.cohort.trail.verify import verify_trail
from remission.errors import RemissionError, StudyError, UnreadableFile
from remission.keeping import Backup, BackupKey, back_up, new_backup_key, restore
from remission.keeping.archive import Member, packed
from remission.keeping.manifest import Packed
from remission.keeping.sealed_file import seal
from remission.keeping.unpacking import unpack
from remission.vault import VaultKey, forget, open_vault

Everything = Callable[[Path], dict[str, bytes]]
PACKAGE = str(Path(remission.__file__).resolve().parent.parent)
RESTORE = """
import sys, time
from pathlib import Path
from remission.keeping import read_backup_key, restore

left = int(sys.argv[4])

def wait():
    print("here", flush=True)
    time.sleep(60)

def tell(done, total):
    global left
    left -= 1
    if left == 0:
        wait()

if left < 0:
    sys.modules["remission.keeping.restoring"]._put_in_place = lambda made, target: wait()
restore(Path(sys.argv[1]), read_backup_key(Path(sys.argv[2])), Path(sys.argv[3]), replace=True, tell=tell)
"""


def alone(target: Path) -> None:
    """Nothing half-finished is left beside a folder."""
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(f".{target.name}-")] == []


def raw(folder: Path) -> bytes:
    """Every byte below a folder but for digests, in which any four digits turn up by chance."""
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return re.sub(rb"(?<![0-9a-f])(?:[0-9a-f]{32})+(?![0-9a-f])", b"", held)


def test_what_comes_back_is_what_went_in(
    study: Study, vault_key: VaultKey, key: BackupKey, place: Path, tmp_path: Path
) -> None:
    made = back_up(study, place, key)
    done = restore(made.path, key, tmp_path / "again")
    again = open_study(done.path)
    assert again.path == tmp_path / "again"
    assert participants(again).to_dict() == participants(study).to_dict()
    assert answers(again).to_dict() == answers(study).to_dict()
    assert verify_trail(again).faults == []
    for name in ("study.yaml", "mappings/élan.yaml", f"wordings/{'long' * 30}.yaml"):
        assert (again.path / name).read_bytes() == (study.path / name).read_bytes()
    uid = plan_erasure(again, "1017").uid
    assert open_vault(again, vault_key).person(uid)["name"] == "Canary Musterfrau"
    assert audit_trail(again)["action"].tolist()[-1] == "restored from a backup"
    assert (done.erased, done.kept, done.remarks) == (0, None, ())
    assert again.path.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in again.path.rglob("*") if path.is_file()} == {0o600}
    alone(again.path)


def test_a_study_that_is_replaced_is_kept(study: Study, made: Backup, key: BackupKey, everything: Everything) -> None:
    with study.session(write=True) as session:
        session.connection().exec_driver_sql(
            "INSERT INTO batch (kind, rows, recorded_at) VALUES ('x', 0, '2026-01-01')"
        )
    before = everything(study.path)
    done = restore(made.path, key, study.path, replace=True)
    assert done.kept is not None
    assert everything(done.kept) == before
    assert verify_trail(open_study(study.path)).faults == []
    alone(study.path)


def test_it_says_what_the_backup_does_not_know(study: Study, made: Backup, key: BackupKey) -> None:
    erase(study, "1019", "asked")
    said = restore(made.path, key, study.path, replace=True).remarks
    assert len(said) == 1
    assert "1 entries of the audit trail are newer" in said[0]


def test_erased_people_do_not_come_back_in_place_of_the_study(
    study: Study, vault_key: VaultKey, key: BackupKey, place: Path
) -> None:
    made = back_up(study, place, key)
    assert b"1017" in raw(study.path)
    uid = plan_erasure(study, "1017").uid
    erase(study, "1017", "asked")
    forget(study, uid)
    (study.path / LEDGER).unlink()
    done = restore(made.path, key, study.path, replace=True)
    assert done.erased == 1
    require_gone(study.path, uid)
    assert "1018" in set(participants(open_study(study.path))["participant_id"])


def test_erased_people_do_not_come_back_into_a_new_folder(
    study: Study, vault_key: VaultKey, key: BackupKey, place: Path, tmp_path: Path
) -> None:
    made = back_up(study, place, key).path.rename(place / "from-before.rmbak")
    uid = plan_erasure(study, "1017").uid
    erase(study, "1017", "asked")
    forget(study, uid)
    back_up(study, place, key)
    assert (place / f"study.{LEDGER}").read_text().split() == [uid]
    assert restore(made, key, tmp_path / "again").erased == 1
    require_gone(tmp_path / "again", uid)
    assert (tmp_path / "again" / LEDGER).read_text().split() == [uid]


def test_erased_people_do_not_come_back_after_the_database_was_lost(study: Study, made: Backup, key: BackupKey) -> None:
    uid = plan_erasure(study, "1017").uid
    erase(study, "1017", "asked")
    study.engine.dispose()
    (study.path / "cohort.db").write_bytes(b"rubbish" * 1000)
    done = restore(made.path, key, study.path, replace=True)
    assert done.erased == 1
    assert "could not be read" in done.remarks[0]
    require_gone(study.path, uid)


def test_erased_people_do_not_come_back_after_a_restore_that_died_between_two_names(
    study: Study, made: Backup, key: BackupKey
) -> None:
    uid = plan_erasure(study, "1017").uid
    erase(study, "1017", "asked")
    study.engine.dispose()
    (study.path / LEDGER).unlink()
    study.path.rename(study.path.with_name("study-replaced-20260101T000000Z"))
    assert restore(made.path, key, study.path).erased == 1
    require_gone(study.path, uid)


def require_gone(folder: Path, uid: str) -> None:
    again = open_study(folder)
    assert "1017" not in set(participants(again)["participant_id"])
    assert verify_trail(again).faults == []
    again.engine.dispose()
    assert b"1017" not in raw(folder)
    vault = folder / "vault.db"
    assert not vault.exists() or uid.encode() not in vault.read_bytes()
    assert list(folder.glob("*-before-*")) == []


def test_a_ledger_with_a_line_that_is_none_stops_it(made: Backup, key: BackupKey, place: Path, tmp_path: Path) -> None:
    (place / f"study.{LEDGER}").write_text("a" * 32 + "\nabc\n")
    with pytest.raises(StudyError, match=r"line 2: this is no pseudonym"):
        restore(made.path, key, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_flipped_byte_anywhere_is_refused(made: Backup, key: BackupKey, tmp_path: Path) -> None:
    whole = made.path.read_bytes()
    target = tmp_path / "again"
    places = [*range(0, len(whole), len(whole) // 50), *range(0, 240, 7), len(whole) - 1]
    for number in places:
        made.path.write_bytes(whole[:number] + bytes([whole[number] ^ 1]) + whole[number + 1 :])
        with pytest.raises(UnreadableFile):
            restore(made.path, key, target)
        assert not target.exists()
    alone(target)
    made.path.write_bytes(whole)
    restore(made.path, key, target)


def test_a_file_that_was_cut_off_or_grew_is_refused(made: Backup, key: BackupKey, tmp_path: Path) -> None:
    whole = made.path.read_bytes()
    target = tmp_path / "again"
    ends = [0, 1, 30, 150, 300, *range(1000, len(whole), len(whole) // 12), len(whole) - 1]
    for text in (*(whole[:end] for end in ends), whole + b"\0", whole + whole):
        made.path.write_bytes(text)
        with pytest.raises(UnreadableFile):
            restore(made.path, key, target)
        assert not target.exists()
    alone(target)


def test_another_key_is_said_to_be_another(made: Backup, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="The key does not open study-"):
        restore(made.path, new_backup_key(tmp_path / "other.key"), tmp_path / "again")


def test_what_is_no_backup_is_said_to_be_none(study: Study, key: BackupKey, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is no backup of remission"):
        restore(study.path / "study.yaml", key, tmp_path / "again")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        restore(tmp_path / "absent.rmbak", key, tmp_path / "again")


def test_another_studys_backup_replaces_nothing(
    made: Backup, key: BackupKey, tmp_path: Path, everything: Everything
) -> None:
    other = create_study(tmp_path / "other", "engagement")
    before = everything(other.path)
    with pytest.raises(StudyError, match="backup of another study"):
        restore(made.path, key, other.path, replace=True)
    assert everything(other.path) == before
    alone(other.path)


def test_a_folder_that_is_there_is_never_overwritten(
    made: Backup, key: BackupKey, study: Study, tmp_path: Path
) -> None:
    with pytest.raises(StudyError, match="is there already"):
        restore(made.path, key, study.path)
    (tmp_path / "papers").mkdir()
    with pytest.raises(StudyError, match="is no study folder"):
        restore(made.path, key, tmp_path / "papers", replace=True)
    with pytest.raises(StudyError, match="There is no folder"):
        restore(made.path, key, tmp_path / "no" / "where")


def repacked(made: Backup, key: BackupKey, folder: Path, **changed: object) -> Path:
    """Pack what a backup holds anew, with a manifest that says something else."""
    folder.mkdir()
    manifest = replace(unpack(made.path, key, folder, lambda done, total: None), **changed)  # type: ignore[arg-type]
    members = [Member(file.name, folder / file.name) for file in made.manifest.files]
    path = folder / "made.rmbak"
    with path.open("wb") as file:
        seal(packed([Member("manifest.json", manifest.as_json()), *members]), file, key)
    return path


def test_a_newer_schema_is_refused(made: Backup, key: BackupKey, tmp_path: Path) -> None:
    folder = tmp_path / "newer"
    path = repacked(made, key, folder)
    with closing(sqlite3.connect(folder / "cohort.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    state = replace(made.manifest.state, schema="9999")
    files = tuple(packed_again(folder, file) for file in made.manifest.files)
    manifest = replace(made.manifest, state=state, files=files)
    with path.open("wb") as file:
        members = [Member(said.name, folder / said.name) for said in files]
        seal(packed([Member("manifest.json", manifest.as_json()), *members]), file, key)
    with pytest.raises(UnreadableFile, match="schema 9999 of a newer release"):
        restore(path, key, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def packed_again(folder: Path, file: Packed) -> Packed:
    held = (folder / file.name).read_bytes()
    return Packed(file.name, len(held), sha256(held).hexdigest())


def test_a_backup_that_holds_other_rows_than_it_says_is_refused(made: Backup, key: BackupKey, tmp_path: Path) -> None:
    state = replace(made.manifest.state, rows={**made.manifest.state.rows, "participant": 4})
    with pytest.raises(UnreadableFile, match="not the one that was packed"):
        restore(repacked(made, key, tmp_path / "m", state=state), key, tmp_path / "again")


@pytest.mark.parametrize(
    "name", ["../escaped", "../../escaped", "{}/escaped", "mappings/../../../escaped", "other.txt", "mappings\\x"]
)
def test_a_name_that_leads_elsewhere_is_refused(made: Backup, key: BackupKey, tmp_path: Path, name: str) -> None:
    name = name.format(tmp_path)
    manifest = replace(made.manifest, files=(Packed(name, 1, sha256(b"x").hexdigest()),))
    path = tmp_path / "made.rmbak"
    with path.open("wb") as file:
        seal(packed([Member("manifest.json", manifest.as_json()), Member(name, b"x")]), file, key)
    with pytest.raises(UnreadableFile, match="not in order"):
        restore(path, key, tmp_path / "again")
    assert list(tmp_path.rglob("escaped*")) == []


def test_a_study_that_was_tampered_with_comes_back_only_when_asked(
    study: Study, key: BackupKey, place: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection, connection:
        connection.execute("UPDATE answer SET value = 3")
    made = back_up(study, place, key)
    with pytest.raises(StudyError, match=r"audit trail in study-.* does not hold"):
        restore(made.path, key, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    said = restore(made.path, key, tmp_path / "again", despite_faults=True).remarks
    assert "has 3 faults" in said[0]


def test_a_database_that_study_yaml_names_is_left_alone(
    study: Study, key: BackupKey, place: Path, tmp_path: Path
) -> None:
    (study.path / "cohort.db").rename(tmp_path / "elsewhere.db")
    text = (study.path / "study.yaml").read_text()
    (study.path / "study.yaml").write_text(f"database: sqlite:///{tmp_path}/elsewhere.db\n{text}")
    moved = open_study(study.path)
    made = back_up(moved, place, key)
    moved.engine.dispose()
    before = (tmp_path / "elsewhere.db").read_bytes()
    done = restore(made.path, key, tmp_path / "again")
    again = open_study(done.path)
    assert again.engine.url.database == str(tmp_path / "again" / "cohort.db")
    assert len(participants(again)) == 3
    assert (tmp_path / "elsewhere.db").read_bytes() == before
    assert "its own cohort.db" in done.remarks[0]


@pytest.mark.skipif(
    "REMISSION_TEST_POSTGRESQL" not in os.environ, reason="REMISSION_TEST_POSTGRESQL names no empty database"
)
def test_a_study_on_a_server_comes_back_as_a_file(
    study: Study, key: BackupKey, place: Path, tmp_path: Path, filled: Callable[[Study, list[str]], None]
) -> None:
    text = (study.path / "study.yaml").read_text()
    (study.path / "study.yaml").write_text(f"database: {os.environ['REMISSION_TEST_POSTGRESQL']}\n{text}")
    served = open_study(study.path)
    filled(served, ["1017", "1018", "1019"])
    made = back_up(served, place, key)
    again = open_study(restore(made.path, key, tmp_path / "again").path)
    assert again.engine.dialect.name == "sqlite"
    assert participants(again).to_dict() == participants(served).to_dict()
    assert answers(again).to_dict() == answers(served).to_dict()
    assert verify_trail(again).faults == []
    with pytest.raises(StudyError, match="on a server"):
        restore(made.path, key, study.path, replace=True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_refuses_changes_nothing(
    study: Study, made: Backup, key: BackupKey, monkeypatch: pytest.MonkeyPatch, everything: Everything, number: int
) -> None:
    before = everything(study.path)

    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("remission.keeping.unpacking.os.fsync", refuse)
    with pytest.raises(RemissionError, match=r"full|may write"):
        restore(made.path, key, study.path, replace=True)
    assert everything(study.path) == before
    alone(study.path)


def test_a_rename_that_fails_puts_the_study_back(
    study: Study, made: Backup, key: BackupKey, monkeypatch: pytest.MonkeyPatch, everything: Everything
) -> None:
    before, rename = everything(study.path), os.rename

    def refuse(source: Path, target: Path) -> None:
        if Path(source).name == "study" and Path(source).parent.name.startswith(".study-restore-"):
            raise OSError(errno.EIO, "broken")
        rename(source, target)

    monkeypatch.setattr("remission.keeping.restoring.os.rename", refuse)
    with pytest.raises(RemissionError, match="cannot be finished"):
        restore(made.path, key, study.path, replace=True)
    assert everything(study.path) == before


@pytest.mark.parametrize("moment", [1, 4, -1])
def test_killed_anywhere_it_leaves_the_study_as_it_was(
    study: Study, made: Backup, key: BackupKey, tmp_path: Path, everything: Everything, moment: int
) -> None:
    before = everything(study.path)
    words = (str(made.path), str(tmp_path / "backup.key"), str(study.path), str(moment))
    command = [sys.executable, "-c", RESTORE, *words]
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    assert everything(study.path) == before
    restore(made.path, key, study.path, replace=True)
    alone(study.path)
