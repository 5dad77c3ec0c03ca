"""A backup gets its name only when it was read back, whatever happens meanwhile."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pyrage
import pytest

import remission
from remission.cohort import Study, create_study, trail_head
from remission.errors import RemissionError
from remission.keeping import Backup, BackupKey, back_up, new_backup_key, read_backup_key, snapshot
from remission.keeping.sealed_file import Tell
from remission.keeping.unpacking import manifest_of, unpack
from remission.vault import VaultKey

Everything = Callable[[Path], dict[str, bytes]]
PACKAGE = str(Path(remission.__file__).resolve().parent.parent)
BACK_UP = """
import sys, time
from pathlib import Path
from remission.cohort import open_study
from remission.keeping import back_up, read_backup_key

left = int(sys.argv[4])

def tell(done, total):
    global left
    left -= 1
    if left == 0:
        print("here", flush=True)
        time.sleep(60)

back_up(open_study(Path(sys.argv[1])), Path(sys.argv[2]), read_backup_key(Path(sys.argv[3])), tell=tell)
"""
WRITE = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=5, isolation_level=None)
connection.execute("PRAGMA foreign_keys = ON")
count = 0
while True:
    connection.execute("BEGIN IMMEDIATE")
    made = connection.execute("INSERT INTO batch (kind, rows, recorded_at) VALUES ('form', 1, '2026-01-01')").lastrowid
    row = (f"w{made}", f"u{made}", made)
    connection.execute("INSERT INTO participant (participant_id, uid, batch_id) VALUES (?, ?, ?)", row)
    connection.execute("COMMIT")
    count += 1
    print(count, flush=True)
    time.sleep(0.002)
"""


def child(text: str, *words: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    command = [sys.executable, "-c", text, *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def opened(backup: Path, key: BackupKey) -> tarfile.TarFile:
    return tarfile.open(fileobj=BytesIO(pyrage.decrypt(backup.read_bytes(), [key.identity])))


def test_it_is_an_age_file_with_a_plain_archive_inside(
    study: Study, vault_key: VaultKey, key: BackupKey, place: Path
) -> None:
    made = back_up(study, place, key)
    with opened(made.path, key) as archive:
        names = archive.getnames()
        assert names[0] == "manifest.json"
        held = {name: member.read() for name in names if (member := archive.extractfile(name)) is not None}
    assert {"cohort.db", "vault.db", "study.yaml", "mappings/élan.yaml"} < set(names)
    assert held["mappings/élan.yaml"] == b"title: own\n"
    assert f"wordings/{'long' * 30}.yaml" in names
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.manifest.state.head == trail_head(study)
    assert made.manifest.state.rows["participant"] == 3
    assert (made.manifest.vault_rows or {})["cell"] > 0
    assert made.path.name.startswith("study-20")


def test_nothing_stands_in_clear(made: Backup) -> None:
    held = made.path.read_bytes()
    assert held.startswith(b"age-encryption.org/v1\n")
    for text in (b"1017", b"north", b"ces_d", b"cohort.db", b"manifest", b"SQLite format", b"study"):
        assert text not in held


def test_nothing_is_left_beside_it(study: Study, made: Backup, place: Path) -> None:
    assert [path.name for path in place.iterdir()] == [made.path.name]
    assert not [path for path in study.path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("pages", [snapshot.PAGES, 20])
def test_while_another_process_writes_it_holds_one_moment(
    tmp_path: Path, key: BackupKey, place: Path, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    begun = []

    class Watched(snapshot._Watch):
        def __init__(self, tell: Tell, restarts: int | None) -> None:
            begun.append(restarts)
            super().__init__(tell, restarts)

    monkeypatch.setattr(snapshot, "_Watch", Watched)
    monkeypatch.setattr(snapshot, "PAGES", pages)
    study = create_study(tmp_path / "busy", "follow-up")
    database = study.path / "cohort.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO batch (id, kind, rows, recorded_at) VALUES (1, 'form', 1, '2026-01-01')")
        rows = ((f"p{number}", f"{number:032x}", 1) for number in range(60_000))
        connection.executemany("INSERT INTO participant (participant_id, uid, batch_id) VALUES (?, ?, ?)", rows)
    with child(WRITE, str(database)) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.readline()
        made = back_up(study, place, key)
        assert writer.poll() is None, writer.stderr.read()
        writer.send_signal(signal.SIGKILL)
        written = int(writer.stdout.read().split()[-1])
    place_to = tmp_path / "out"
    place_to.mkdir()
    unpack(made.path, key, place_to, lambda done, total: None)
    with closing(sqlite3.connect(place_to / "cohort.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        batches, people = copy.execute(
            "SELECT (SELECT count(*) FROM batch) - 1, (SELECT count(*) FROM participant) - 60000"
        ).fetchone()
    assert batches == people
    assert 1 <= batches < written
    if pages == 20:
        # So small steps are always overtaken: the copy that holds the writers up came last.
        assert begun[-1] is None


def test_killed_anywhere_it_leaves_no_half_file_and_the_study_as_it_was(
    study: Study, key: BackupKey, place: Path, tmp_path: Path, everything: Everything
) -> None:
    before = everything(study.path)
    told: list[int] = []
    back_up(study, place, key, tell=lambda done, total: told.append(done)).path.unlink()
    for moment in (1, len(told) // 2, len(told)):
        with child(BACK_UP, str(study.path), str(place), str(tmp_path / "backup.key"), str(moment)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
            process.send_signal(signal.SIGKILL)
        assert list(place.glob("*.rmbak")) == []
        held = everything(study.path)
        assert {name: held[name] for name in before} == before
    assert [path.name for path in study.path.glob(".backup-*")] != []
    assert back_up(study, place, key).path.exists()
    assert [path.name for path in study.path.glob(".backup-*")] == []


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "is full. Free some space"), (errno.EACCES, "may write in that folder"), (errno.EIO, "cannot be")],
)
def test_a_disk_that_refuses_leaves_nothing(
    study: Study, key: BackupKey, place: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("remission.keeping.backup.os.fsync", refuse)
    with pytest.raises(RemissionError, match=said):
        back_up(study, place, key)
    assert list(place.iterdir()) == []
    assert list(study.path.glob(".*")) == []


def test_what_does_not_read_back_gets_no_name(
    study: Study, key: BackupKey, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(handle: int) -> None:
        os.pwrite(handle, b"\0\0\0\0", os.fstat(handle).st_size // 2)

    monkeypatch.setattr("remission.keeping.backup.os.fsync", spoil)
    with pytest.raises(RemissionError, match="damaged or cut off"):
        back_up(study, place, key)
    assert list(place.iterdir()) == []


def test_a_damaged_database_is_not_backed_up(study: Study, key: BackupKey, place: Path) -> None:
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM participant WHERE participant_id = '1017'")
    with pytest.raises(RemissionError, match="refer to rows that are gone"):
        back_up(study, place, key)
    assert list(place.glob("*.rmbak")) == []


def test_only_older_backups_of_the_same_study_are_deleted(
    study: Study, key: BackupKey, place: Path, tmp_path: Path
) -> None:
    other = create_study(tmp_path / "elsewhere" / "study", "follow-up")
    others = back_up(other, place, key).path.rename(place / "study-20200101T000000Z.rmbak")
    locked = back_up(study, place, new_backup_key(tmp_path / "second.key")).path.rename(place / "study-locked.rmbak")
    for number in (1, 2, 3):
        back_up(study, place, key).path.rename(place / f"study-older{number}.rmbak")
    done = back_up(study, place, key, keep=2)
    assert (done.removed, done.unopened) == (2, 1)
    left = {path.name for path in place.glob("*.rmbak")}
    assert {done.path.name, others.name, locked.name} < left
    assert len(left) == 4


def test_a_bad_new_backup_deletes_no_older_one(
    study: Study, made: Backup, key: BackupKey, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.path.rename(place / "older.rmbak")

    def refuse(handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("remission.keeping.backup.os.fsync", refuse)
    with pytest.raises(RemissionError):
        back_up(study, place, key, keep=1)
    assert [path.name for path in place.iterdir()] == ["older.rmbak"]


def test_places_that_would_be_lost_with_the_study_are_refused(study: Study, key: BackupKey, tmp_path: Path) -> None:
    with pytest.raises(RemissionError, match="in the study folder"):
        back_up(study, study.path / "releases", key)
    with pytest.raises(RemissionError, match="There is no folder"):
        back_up(study, tmp_path / "unplugged", key)


def test_a_key_is_a_short_text_that_can_be_typed_again(tmp_path: Path, made: Backup) -> None:
    path = tmp_path / "backup.key"
    assert path.stat().st_mode & 0o777 == 0o600
    word = path.read_text().split()[-1]
    assert word not in repr(read_backup_key(path))
    typed = tmp_path / "typed.key"
    typed.write_text(f"  {word.lower()}  \n")
    typed.chmod(0o600)
    assert manifest_of(made.path, read_backup_key(typed)) == made.manifest
    typed.write_text(word[:30] + ("Q" if word[30] != "Q" else "P") + word[31:])
    with pytest.raises(RemissionError, match="wrong letter"):
        read_backup_key(typed)
    typed.write_text("something")
    with pytest.raises(RemissionError, match="is no backup key"):
        read_backup_key(typed)
    typed.chmod(0o640)
    with pytest.raises(RemissionError, match="chmod 600"):
        read_backup_key(typed)
    with pytest.raises(RemissionError, match="is there already"):
        new_backup_key(path)


def test_a_key_does_not_go_into_a_study(study: Study) -> None:
    with pytest.raises(RemissionError, match="in a study folder"):
        new_backup_key(study.mappings_folder / "backup.key")
