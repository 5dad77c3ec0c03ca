"""``remission backup``, ``restore``, ``keys`` and ``doctor`` as a person types them."""

import json
from pathlib import Path

import pytest
from terminal import done, run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done("new", "study", "--template", "follow-up", cwd=tmp_path)
    (tmp_path / "people.csv").write_text("participant_id,origin_date\n1017,2024-03-01\n1018,\n")
    done("record", "people.csv", "--study", "study", "--as", "people", cwd=tmp_path)
    (tmp_path / "backups").mkdir()
    assert "print the file" in done("keys", "new", "backup.key", cwd=tmp_path)
    return tmp_path


BACKUP = ("backup", "--study", "study", "--to", "backups", "--key", "backup.key")


def test_a_study_goes_out_and_comes_back(home: Path) -> None:
    told = done(*BACKUP, "--keep", "30", cwd=home)
    assert "it was read back and is whole" in told
    head = done("audit", "head", "--study", "study", cwd=home)
    assert head in told
    assert "AGE-SECRET-KEY" not in told
    made = next((home / "backups").glob("study-*.rmbak"))
    told = done("restore", str(made), "--key", "backup.key", "--to", "again", cwd=home)
    assert "Restored" in told
    assert head in told
    assert "The audit trail holds" in done("audit", "verify", "--study", "again", cwd=home)


def test_an_erased_participant_stays_erased(home: Path) -> None:
    done(*BACKUP, cwd=home)
    made = next((home / "backups").glob("study-*.rmbak"))
    done("erase", "--study", "study", "--participant", "1017", "--why", "asked", "--yes", cwd=home)
    told = done("restore", str(made), "--key", "backup.key", "--to", "study", "--replace", cwd=home)
    assert "1 people who were erased after that day were erased again" in told
    assert "stops, withdrawn consents" in told
    assert run("consent", "status", "--study", "study", cwd=home).returncode == 0
    assert "No participant has the code 1017" in run(
        "erase", "--study", "study", "--participant", "1017", "--why", "x", "--dry-run", cwd=home
    ).stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "--study", "study", "--to", "nowhere", "--key", "backup.key"), "There is no folder"),
        (("backup", "--study", "study", "--to", "backups", "--key", "people.csv"), "Others may read the key file"),
        (("backup", "--study", "study", "--to", "study", "--key", "backup.key"), "would lie in the study folder"),
        (("keys", "new", "study/backup.key"), "would lie in a study folder"),
        (("keys", "new", "backup.key"), "is there already"),
        (("restore", "people.csv", "--key", "backup.key", "--to", "again"), "is no backup of remission"),
        (("restore", "no.rmbak", "--key", "backup.key", "--to", "again"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(home: Path, words: tuple[str, ...], said: str) -> None:
    found = run(*words, cwd=home)
    assert found.returncode == 2
    assert said in " ".join(found.stderr.split())
    assert "Traceback" not in found.stderr
    assert list((home / "backups").iterdir()) == []


def test_the_doctor_speaks_and_its_exit_code_counts(home: Path) -> None:
    done(*BACKUP, cwd=home)
    told = done("doctor", "--study", "study", "--backups", "backups", cwd=home)
    assert "0 faults, 0 warnings" in told
    (home / "backup.key").rename(home / "study" / "backup.key")
    found = run("doctor", "--study", "study", "--json", cwd=home)
    assert found.returncode == 1
    assert {one["about"] for one in json.loads(found.stdout) if one["state"] == "fault"} == {"keys"}
