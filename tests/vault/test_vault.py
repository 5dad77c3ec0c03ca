"""Names apart from answers: what the vault keeps, and from whom."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, audit_trail, create_study, erase, plan_erasure, record
from remission.errors import ImportRefused, StudyError
from remission.vault import (
    VAULT_FILE,
    Vault,
    create_vault,
    forget,
    new_key,
    open_vault,
    read_contacts,
    read_key,
    record_contacts,
)

NAME, PHONE = "Canary Musterfrau", "+49-555-0100"
ROWS = [
    {"participant_id": "1017", "name": NAME, "safe_times": "after 17:00", "kind": "phone", "value": PHONE,
     "may_leave_message": "no", "cover_wording": "a call from the health survey"},
    {"participant_id": "1017", "kind": "contact_person", "value": "+49-555-0101", "contact_name": "A. Canary",
     "relation": "sister", "may_contact": "yes"},
    {"participant_id": "1018", "name": "Second Canary"},
]  # fmt: skip


def with_people(folder: Path) -> Study:
    study = create_study(folder, "engagement")
    people = pd.DataFrame({"participant_id": ["1017", "1018"]}).assign(site=None, arm=None, origin_date=None)
    record(study, Entries(participants=people), BatchInfo("people"))
    return study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return with_people(tmp_path / "study")


@pytest.fixture
def vault(study: Study, tmp_path: Path) -> Vault:
    made = create_vault(study, new_key(tmp_path / "v.key", study.path))
    record_contacts(study, made, read_contacts(study, Path("contacts.csv"), ROWS))
    return made


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_goes_in_comes_out_with_the_key(study: Study, vault: Vault, tmp_path: Path) -> None:
    opened = open_vault(study, read_key(tmp_path / "v.key"))
    uid = plan_erasure(study, "1017").uid
    assert opened.person(uid) == {"name": NAME, "safe_times": "after 17:00"}
    points = opened.contact_points(uid)
    assert points["point"].tolist() == ["1", "2"]
    assert points["value"].tolist() == [PHONE, "+49-555-0101"]
    assert points["relation"].tolist() == ["", "sister"]
    assert opened.names([uid]) == {uid: NAME}
    assert (study.path / VAULT_FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_stands_in_clear_and_no_code_stands_in_the_vault(study: Study, vault: Vault) -> None:
    held = raw(study.path)
    for text in (NAME, PHONE, "sister", "17:00", "health survey"):
        assert text.encode() not in held
    without_uids = re.sub(rb"[0-9a-f]{32}", b"", (study.path / VAULT_FILE).read_bytes())
    assert b"1017" not in without_uids


def test_the_same_list_again_changes_nothing(study: Study, vault: Vault) -> None:
    found = read_contacts(study, Path("contacts.csv"), ROWS)
    entries = len(audit_trail(study))
    assert record_contacts(study, vault, found) == 0
    assert len(audit_trail(study)) == entries
    changed = read_contacts(study, Path("contacts.csv"), [{**ROWS[0], "may_leave_message": "yes"}])
    assert record_contacts(study, vault, changed) == 1
    assert NAME not in audit_trail(study).to_string()


def test_another_key_opens_nothing(study: Study, vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not open this vault"):
        open_vault(study, new_key(tmp_path / "other.key", study.path))


def test_a_cell_that_was_moved_or_changed_is_refused(study: Study, vault: Vault) -> None:
    uid = plan_erasure(study, "1017").uid
    with closing(sqlite3.connect(study.path / VAULT_FILE)) as connection:
        connection.execute(
            "UPDATE cell SET sealed = (SELECT sealed FROM cell WHERE uid <> ? AND field = 'name') "
            "WHERE uid = ? AND field = 'name'",
            (uid, uid),
        )
        connection.commit()
    with pytest.raises(StudyError, match="changed or moved"):
        vault.person(uid)


def test_another_studys_vault_is_refused(vault: Vault, tmp_path: Path) -> None:
    other = with_people(tmp_path / "other")
    (other.path / VAULT_FILE).write_bytes(vault.path.read_bytes())
    with pytest.raises(StudyError, match="vault of another study"):
        open_vault(other, read_key(tmp_path / "v.key"))


def test_a_new_key_replaces_the_old_one(study: Study, vault: Vault, tmp_path: Path) -> None:
    uid = plan_erasure(study, "1017").uid
    vault.with_key(new_key(tmp_path / "new.key", study.path))
    assert open_vault(study, read_key(tmp_path / "new.key")).person(uid)["name"] == NAME
    with pytest.raises(StudyError, match="does not open this vault"):
        open_vault(study, read_key(tmp_path / "v.key"))


def test_an_erased_person_leaves_nothing_in_the_vault(study: Study, vault: Vault) -> None:
    uid = plan_erasure(study, "1017").uid
    other = plan_erasure(study, "1018").uid
    assert uid.encode() in (study.path / VAULT_FILE).read_bytes()
    erase(study, "1017", "asked")
    assert forget(study, uid)
    assert uid.encode() not in (study.path / VAULT_FILE).read_bytes()
    assert vault.person(other)["name"] == "Second Canary"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"participant_id": "9"}, "line 2: no participant has that code"),
        ({"participant_id": "1017", "kind": "phone"}, "both kind and value"),
        ({"participant_id": "1017", "kind": "fax", "value": "1"}, "kind of contact point is not known"),
        ({"participant_id": "1017", "may_contact": "perhaps"}, "neither yes nor no"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(study: Study, row: dict[str, str], said: str) -> None:
    with pytest.raises(ImportRefused, match=said):
        read_contacts(study, Path("contacts.csv"), [row])


def test_a_key_is_kept_apart_and_private(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="in the study folder"):
        new_key(study.path / "v.key", study.path)
    made = new_key(tmp_path / "k", study.path)
    with pytest.raises(StudyError, match="is there already"):
        new_key(tmp_path / "k", study.path)
    assert str(made.secret) not in repr(made)
    (tmp_path / "k").chmod(0o644)
    with pytest.raises(StudyError, match="chmod 600"):
        read_key(tmp_path / "k")
    (tmp_path / "no").write_text("something else")
    (tmp_path / "no").chmod(0o600)
    with pytest.raises(StudyError, match="is no vault key"):
        read_key(tmp_path / "no")
    with pytest.raises(StudyError, match="is not there"):
        read_key(tmp_path / "gone")
