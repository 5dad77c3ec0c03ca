"""The doctor finds what was put there to be found, and changes nothing."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from remission.cohort import Study, create_study, erase, trail_head
from remission.keeping import Backup, BackupKey, Finding, back_up, examine, health, new_backup_key, restore, software
from remission.vault import VaultKey

Everything = Callable[[Path], dict[str, bytes]]


def states(found: list[Finding], about: str) -> set[str]:
    return {finding.state for finding in found if finding.about == about}


def said(found: list[Finding], about: str) -> str:
    return " ".join(f"{finding.said} {finding.cure}" for finding in found if finding.about == about)


def test_a_healthy_study_has_no_fault(study: Study, made: Backup, place: Path, everything: Everything) -> None:
    study.engine.dispose()
    before = everything(study.path)
    found = examine(study.path, place)
    assert [finding for finding in found if finding.state != "ok"] == []
    assert str(trail_head(study)) in said(found, "trail")
    study.engine.dispose()
    assert everything(study.path) == before
    assert all(finding.cure for finding in examine(study.path) if finding.state != "ok")


def test_files_that_others_may_read_are_named(study: Study, vault_key: VaultKey) -> None:
    (study.path / "vault.db").chmod(0o640)
    study.path.chmod(0o755)
    found = examine(study.path)
    assert states(found, "permissions") == {"warning"}
    assert "vault.db can be read by others" in said(found, "permissions")
    assert f"chmod 700 {study.path}" in said(found, "permissions")
    (study.path / "study.yaml").chmod(0o644)
    assert "study.yaml can be read" in said(examine(study.path), "permissions")
    study.path.chmod(0o700)
    assert "study.yaml can be read" not in said(examine(study.path), "permissions")


def test_a_damaged_database_is_a_fault(study: Study) -> None:
    study.engine.dispose()
    path = study.path / "cohort.db"
    held = bytearray(path.read_bytes())
    held[4096 * 5 : 4096 * 6] = os.urandom(4096)
    path.write_bytes(held)
    assert "fault" in states(examine(study.path), "database")
    path.write_bytes(b"not a database" * 500)
    assert "is not a database" in said(examine(study.path), "journal") + said(examine(study.path), "database")
    path.unlink()
    assert "is not there" in said(examine(study.path), "database")


def test_rows_that_refer_to_nothing_are_a_fault(study: Study) -> None:
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection, connection:
        connection.execute("DELETE FROM participant WHERE participant_id = '1017'")
    assert "refer to rows that are gone" in said(examine(study.path), "database")


@pytest.mark.parametrize(("schema", "state"), [("0003", "warning"), ("9999", "fault")])
def test_a_schema_of_another_release_is_said_and_left(study: Study, schema: str, state: str) -> None:
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    assert states(examine(study.path), "schema") == {state}
    with closing(sqlite3.connect(study.path / "cohort.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (schema,)


def test_leftovers_are_named(study: Study) -> None:
    (study.path / "cohort-before-20240101T000000.db").write_bytes(b"")
    (study.path / ".study.yaml-draft").write_bytes(b"")
    died = study.path / ".backup-abc"
    died.mkdir()
    (died / "lock").write_bytes(b"")
    found = examine(study.path)
    assert "hold everybody" in said(found, "copies")
    assert ".study.yaml-draft" in said(found, "drafts")
    assert ".backup-abc was left by a process that died" in said(found, "drafts")


def test_keys_in_the_study_folder_are_faults(study: Study, vault_key: VaultKey, tmp_path: Path) -> None:
    (tmp_path / "vault.key").rename(study.path / "v.key")
    new_backup_key(tmp_path / "b.key")
    (tmp_path / "b.key").rename(study.mappings_folder / "notes.txt")
    found = examine(study.path)
    assert states(found, "keys") == {"fault"}
    assert "v.key is a key" in said(found, "keys")
    assert "mappings/notes.txt is a key" in said(found, "keys")


def test_files_of_another_study_are_faults(study: Study, vault_key: VaultKey, tmp_path: Path) -> None:
    assert states(examine(study.path), "databases") == set()
    other = create_study(tmp_path / "other", "engagement")
    other.engine.dispose()
    (study.path / "old.db").write_bytes((study.path / "cohort.db").read_bytes())
    assert "old.db is a second cohort database" in said(examine(study.path), "databases")
    (study.path / "old.db").write_bytes((other.path / "cohort.db").read_bytes())
    assert "old.db belongs to another study" in said(examine(study.path), "databases")
    (other.path / "vault.db").write_bytes((study.path / "vault.db").read_bytes())
    assert "vault.db belongs to another study" in said(examine(other.path), "databases")


def test_a_vault_that_knows_an_erased_person_is_said_and_can_be_mended(
    study: Study, vault_key: VaultKey, key: BackupKey, place: Path
) -> None:
    assert states(examine(study.path), "vault") == {"ok"}
    erase(study, "1017", "asked")
    assert "1 people in the vault are not in the study" in said(examine(study.path), "vault")
    restore(back_up(study, place, key).path, key, study.path, replace=True)
    assert "knows 1 people" in said(examine(study.path), "vault")
    (study.path / "vault.db").write_bytes(b"rubbish" * 500)
    assert states(examine(study.path), "vault") == {"fault"}


def test_backups_that_are_old_or_absent_are_said(study: Study, made: Backup, place: Path, tmp_path: Path) -> None:
    past = time.time() - 8 * 86_400
    os.utime(made.path, (past, past))
    assert states(examine(study.path, place), "backups") == {"warning"}
    assert "8 days old" in said(examine(study.path, place), "backups")
    made.path.unlink()
    assert "holds no backup" in said(examine(study.path, place), "backups")
    assert states(examine(study.path, tmp_path / "unplugged"), "backups") == {"fault"}


def test_a_folder_that_is_no_study_is_a_fault(tmp_path: Path) -> None:
    assert states(examine(tmp_path / "nowhere"), "study.yaml") == {"fault"}
    assert states(examine(tmp_path), "database") == {"fault"}


def test_a_study_file_that_breaks_a_rule_is_a_fault(study: Study) -> None:
    (study.path / "study.yaml").write_text("name: [")
    found = examine(study.path)
    assert states(found, "study.yaml") == {"fault"}
    assert states(found, "database") == {"ok"}


def test_packages_that_do_not_fit_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    held = dict.fromkeys(software.NUMERIC, "1.0") | {"numpy": "1.26.4", "pandas": "3.0.0rc1", "scipy": "1.13"}
    wanted = ["numpy>=1.26", "pandas<3,>=2.2", "scipy>=1.13; python_version > '3'", "pytest>=8 ; extra == 'test'"]
    monkeypatch.setattr(software, "version", held.__getitem__)
    monkeypatch.setattr(software, "requires", lambda name: wanted)
    found = list(software.look_at_software())
    assert said(found, "packages") == "pandas is 3.0.0rc1 and must be <3,>=2.2. Install remission again with pip."
    held["pandas"] = "2.3.3"
    assert states(list(software.look_at_software()), "packages") == {"ok"}
    held["numpy"] = "1.9"
    assert "numpy is 1.9" in said(list(software.look_at_software()), "packages")


def test_settings_that_are_not_in_force_are_said(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, object] = {"journal_mode": "off", "synchronous": 1, "foreign_keys": 0}
    monkeypatch.setattr(health, "_pragma", lambda connection, name: answers[name])
    found = examine(study.path)
    assert states(found, "journal") == {"warning"}
    assert states(found, "synchronous") == {"fault"}
    assert states(found, "foreign keys") == {"fault"}
    monkeypatch.setattr(health, "wal_is_safe", lambda version: False)
    answers["journal_mode"] = "wal"
    assert states(examine(study.path), "journal") == {"fault"}
