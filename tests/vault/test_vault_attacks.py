"""Somebody with the file and no key, a process that dies, and cells that are not where they belong."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest

import remission
from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, plan_erasure, record
from remission.errors import StudyError
from remission.vault import (
    VAULT_FILE,
    Vault,
    VaultKey,
    create_vault,
    new_key,
    open_vault,
    read_contacts,
    read_key,
    record_contacts,
)

NAMES = {"1017": "Canary Musterfrau", "1018": "Kanarek Przykladowy"}
ROWS = [
    {"participant_id": code, "name": name, "notes": f"{name} notes", "kind": "phone", "value": f"{name} phone"}
    for code, name in NAMES.items()
] + [{"participant_id": "1017", "kind": "email", "value": "canary@example.org"}]
PACKAGE = str(Path(remission.__file__).resolve().parent.parent)
# Stops within the transaction that seals everything anew, when some cells are written.
ROTATE = """
import sys, time
from pathlib import Path
from remission.cohort import open_study
from remission.vault import Vault, open_vault, read_key
from remission.vault.key import VaultKey

study, put, count = open_study(Path(sys.argv[1])), Vault._put_row, 0

def stop(self, connection, *words):
    global count
    count += 1
    if count == 2:
        connection.exec_driver_sql("PRAGMA cache_size = 1")
        connection.exec_driver_sql("PRAGMA cache_spill = 1")
    if count == 300:
        print("here", flush=True)
        time.sleep(60)
    return put(self, connection, *words)

Vault._put_row = stop
open_vault(study, read_key(Path(sys.argv[2]))).with_key(read_key(Path(sys.argv[3])))
"""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "study", "engagement")
    people = pd.DataFrame({"participant_id": list(NAMES)}).assign(site=None, arm=None, origin_date=None)
    record(made, Entries(participants=people), BatchInfo("people"))
    return made


@pytest.fixture
def key(study: Study, tmp_path: Path) -> VaultKey:
    return new_key(tmp_path / "v.key", study.path)


@pytest.fixture
def vault(study: Study, key: VaultKey) -> Vault:
    made = create_vault(study, key)
    record_contacts(study, made, read_contacts(study, Path("contacts.csv"), ROWS))
    return made


def changed(study: Study, statement: str, values: tuple[object, ...] = ()) -> None:
    with closing(sqlite3.connect(study.path / VAULT_FILE)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def test_no_cell_opens_in_the_place_of_another(study: Study, vault: Vault) -> None:
    with closing(sqlite3.connect(study.path / VAULT_FILE)) as connection:
        cells = connection.execute("SELECT uid, row, field, sealed FROM cell").fetchall()
    assert len(cells) == 10
    put = "UPDATE cell SET sealed = ? WHERE uid = ? AND row = ? AND field = ?"
    for (uid, row, field, sealed), (*_, other) in permutations(cells, 2):
        changed(study, put, (other, uid, row, field))
        with pytest.raises(StudyError, match="changed or moved"):
            vault.names([uid])
        changed(study, put, (sealed, uid, row, field))
    assert len(vault.names([uid for uid, *_ in cells])) == 2


def test_a_contact_point_cannot_be_given_to_another_person(study: Study, vault: Vault) -> None:
    one, other = (plan_erasure(study, code).uid for code in NAMES)
    changed(study, "DELETE FROM cell WHERE uid = ? AND row = '1'", (other,))
    changed(study, "UPDATE cell SET uid = ? WHERE uid = ? AND row = '1'", (other, one))
    with pytest.raises(StudyError, match="changed or moved"):
        vault.contact_points(other)


@pytest.mark.parametrize("sealed", [b"", b"abc", b"x" * 12, b"x" * 40])
def test_a_cell_that_is_none_is_refused_in_a_sentence(study: Study, vault: Vault, sealed: bytes) -> None:
    changed(study, "UPDATE cell SET sealed = ? WHERE field = 'name'", (sealed,))
    with pytest.raises(StudyError, match="changed or moved"):
        vault.names([plan_erasure(study, "1017").uid])
    changed(study, "UPDATE lock SET sealed = ?", (sealed,))
    with pytest.raises(StudyError, match="does not open this vault"):
        open_vault(study, vault.key)


def test_a_file_that_is_no_vault_is_refused_in_a_sentence(study: Study, key: VaultKey) -> None:
    (study.path / VAULT_FILE).write_bytes(b"rubbish" * 500)
    with pytest.raises(StudyError, match="is not a database"):
        open_vault(study, key)


def test_every_text_is_sealed_with_a_nonce_of_its_own(study: Study, vault: Vault) -> None:
    with closing(sqlite3.connect(study.path / VAULT_FILE)) as connection:
        nonces = [row[0][:12] for row in connection.execute("SELECT sealed FROM cell")]
    assert len(set(nonces)) == len(nonces)


def test_killed_while_the_key_changes_the_old_key_still_opens_it(
    study: Study, vault: Vault, key: VaultKey, tmp_path: Path
) -> None:
    uid = plan_erasure(study, "1017").uid
    points = [{"kind": "phone", "value": f"{NAMES['1017']} {number}"} for number in range(600)]
    vault.put(uid, {}, points)
    vault.engine.dispose()
    new_key(tmp_path / "new.key", study.path)
    words = [str(study.path), str(tmp_path / "v.key"), str(tmp_path / "new.key")]
    environment = {**os.environ, "PYTHONPATH": PACKAGE}
    command = [sys.executable, "-c", ROTATE, *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    # What the process left behind, journal or log included, holds nobody's name in clear.
    left = {path.name: path.read_bytes() for path in study.path.iterdir() if path.is_file()}
    assert any(name.startswith(f"{VAULT_FILE}-") for name in left)
    assert all(text.encode() not in held for text in NAMES.values() for held in left.values())
    opened = open_vault(open_study(study.path), key)
    assert opened.names([uid]) == {uid: NAMES["1017"]}
    assert len(opened.contact_points(uid)) == 602
    with pytest.raises(StudyError, match="does not open this vault"):
        open_vault(study, read_key(tmp_path / "new.key"))
