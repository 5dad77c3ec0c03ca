"""Names and addresses as a person types them."""

from pathlib import Path

import pytest
from terminal import done, run

from remission.cli.vault import KEY_VARIABLE

IN_STUDY = ("--study", "alumni")
KEY = ("--vault-key", "vault.key")
SHOW = ("vault", "show", *IN_STUDY, "--participant", "1017")
CONTACTS = "participant_id,name,kind,value,may_leave_message\n1017,Made Up,phone,555 0100,no\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done("new", "alumni", "--template", "engagement", cwd=tmp_path)
    (tmp_path / "people.csv").write_text("participant_id,origin_date\n1017,2026-03-01\n")
    done("record", "people.csv", *IN_STUDY, "--as", "people", cwd=tmp_path)
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    assert "lock the paper away" in done("vault", "init", *IN_STUDY, "--key", "vault.key", cwd=tmp_path)
    return tmp_path


def test_a_name_goes_in_and_is_seen_with_the_key(home: Path) -> None:
    record = ("vault", "record", "contacts.csv", *IN_STUDY, *KEY)
    assert "nothing was written" in done(*record, "--dry-run", cwd=home)
    assert "knows nothing" in done(*SHOW, *KEY, cwd=home)
    assert "cells recorded" in done(*record, cwd=home)
    assert "Nothing changed" in done(*record, cwd=home)
    told = done(*SHOW, *KEY, cwd=home)
    assert "Made Up" in told
    assert "555 0100" in told
    shown = done("audit", "show", *IN_STUDY, "--participant", "1017", cwd=home)
    assert shown.count("opened") == 2
    for file in (home / "alumni").rglob("*"):
        assert not file.is_file() or b"Made Up" not in file.read_bytes()


def test_the_environment_may_name_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done("vault", "record", "contacts.csv", *IN_STUDY, *KEY, cwd=home)
    monkeypatch.setenv(KEY_VARIABLE, str(home / "vault.key"))
    assert "Made Up" in done(*SHOW, cwd=home)


def test_after_a_change_of_keys_the_old_one_opens_nothing(home: Path) -> None:
    done("vault", "record", "contacts.csv", *IN_STUDY, *KEY, cwd=home)
    done("vault", "rotate-key", *IN_STUDY, *KEY, "--new-key", "new.key", cwd=home)
    refused = run(*SHOW, *KEY, cwd=home)
    assert refused.returncode == 2
    assert "Made Up" not in refused.stdout + refused.stderr
    assert "Made Up" in done(*SHOW, "--vault-key", "new.key", cwd=home)


def test_the_weeks_work_has_names_only_with_the_key(home: Path) -> None:
    done("vault", "record", "contacts.csv", *IN_STUDY, *KEY, cwd=home)
    due = ("due", *IN_STUDY, "--week", "2026-03-02")
    done(*due, "--csv", "codes.csv", "--ics", "week.ics", cwd=home)
    done(*due, "--csv", "names.csv", *KEY, cwd=home)
    assert "Made Up" in (home / "names.csv").read_text()
    assert "Made Up" not in (home / "codes.csv").read_text() + (home / "week.ics").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vault", "init", *IN_STUDY, "--key", "other.key"), "has a vault already"),
        (SHOW, "needs its key"),
        ((*SHOW, "--vault-key", "people.csv"), "key"),
        ((*SHOW, "--vault-key", "nowhere.key"), "nowhere.key"),
        (("vault", "record", "people.csv", *IN_STUDY, *KEY), "no place for the column 'origin_date'"),
        (("vault", "show", *IN_STUDY, "--participant", "9", *KEY), "No participant has the code 9"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(home: Path, words: tuple[str, ...], said: str) -> None:
    found = run(*words, cwd=home)
    assert found.returncode == 2
    assert said in found.stderr.replace("\n", " ")
