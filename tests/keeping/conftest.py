"""Studies, keys and backups for the tests of keeping."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.keeping import Backup, BackupKey, back_up, new_backup_key
from remission.survey.library import instrument
from remission.vault import VaultKey, create_vault, new_key, read_contacts, record_contacts

CONTACTS = [
    {"participant_id": "1017", "name": "Canary Musterfrau", "kind": "phone", "value": "+49-555-0100"},
    {"participant_id": "1018", "name": "Second Canary"},
]


def fill(study: Study, codes: list[str]) -> None:
    """Enrol people who each answered one item."""
    people = pd.DataFrame({"participant_id": codes}).assign(site="north", arm=None, origin_date="2024-03-01")
    answers = pd.DataFrame({"participant_id": codes}).assign(
        wave="baseline", day=0, instrument="ces_d", version=instrument("ces_d").version, item="item1", value=1.0,
        missing_reason=None,
    )  # fmt: skip
    record(study, Entries(participants=people, answers=answers), BatchInfo("form"))


@pytest.fixture
def filled() -> Callable[[Study, list[str]], None]:
    """Enrol people who each answered one item."""
    return fill


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study", "follow-up")
    fill(made, ["1017", "1018", "1019"])
    (made.mappings_folder / "élan.yaml").write_text("title: own\n", encoding="utf-8")
    made.wordings_folder.mkdir()
    (made.wordings_folder / f"{'long' * 30}.yaml").write_text("words: own\n")
    return made


@pytest.fixture
def vault_key(study: Study, tmp_path: Path) -> VaultKey:
    """The key of a vault that the study has from then on."""
    key = new_key(tmp_path / "vault.key", study.path)
    vault = create_vault(study, key)
    record_contacts(study, vault, read_contacts(study, Path("contacts.csv"), CONTACTS))
    vault.engine.dispose()
    return key


@pytest.fixture
def key(tmp_path: Path) -> BackupKey:
    return new_backup_key(tmp_path / "backup.key")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def made(study: Study, key: BackupKey, place: Path) -> Backup:
    return back_up(study, place, key)


@pytest.fixture
def everything() -> Callable[[Path], dict[str, bytes]]:
    """Every file below a folder, with its bytes."""

    def read(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return read
