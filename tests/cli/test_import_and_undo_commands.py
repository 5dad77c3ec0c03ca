"""``remission import`` and ``remission undo`` as a person types them."""

import json
from pathlib import Path

import pytest
from terminal import done, run

MAPPING = """
title: made
id: pid
waves:
  baseline: {suffix: _0, day: 0}
answers:
  mutual_help_attendance:
    attended: {variable: att, missing: {9: refused}}
"""
IMPORT = ("import", "made.csv", "--study", "study", "--map", "made.yaml")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done("new", "study", "--template", "follow-up", cwd=tmp_path)
    (tmp_path / "made.csv").write_text("pid,att_0\n007,1\n008,0\n")
    (tmp_path / "study" / "mappings" / "made.yaml").write_text(MAPPING)
    return tmp_path


def test_a_change_needs_a_reason_and_can_be_taken_back(home: Path) -> None:
    done(*IMPORT, cwd=home)
    (home / "made.csv").write_text("pid,att_0\n007,9\n008,0\n")
    refused = run(*IMPORT, cwd=home)
    assert refused.returncode == 2
    assert "Participant 007 at wave baseline" in " ".join(refused.stderr.split())
    assert "--accept-changes and a reason" in " ".join(refused.stderr.split())
    assert "1 stored values changed" in done(*IMPORT, "--accept-changes", "typed wrongly", cwd=home)
    listed = done("undo", "--study", "study", cwd=home)
    assert "made.csv" in listed
    planned = done("undo", "2", "--study", "study", "--dry-run", cwd=home)
    assert "2 values put back" in planned
    assert run("undo", "2", "--study", "study", cwd=home).returncode == 2
    assert "Taken back" in done("undo", "2", "--study", "study", "--why", "it was right", cwd=home)
    assert "already recorded with another value" in " ".join(run(*IMPORT, cwd=home).stderr.split())


def test_a_dry_run_writes_a_page_and_nothing_else(home: Path) -> None:
    told = json.loads(done(*IMPORT, "--dry-run", "--html", "dry.html", "--json", cwd=home))
    assert told["new"]["answer"] == 2
    assert "Import of made.csv" in (home / "dry.html").read_text()
    assert "no batches yet" in done("undo", "--study", "study", cwd=home)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pid,att_0\n007,1\n7,0\n", "rows 1 and 2: pid is 007 and 7"),
        ("pid,att_0\n007,5\n", "variable att_0: 1 rows hold 5, which mutual_help_attendance.attended does not allow"),
        ("pid,attended\n007,1\n", "no variable att"),
        ("", "made.csv is empty"),
    ],
)
def test_faulty_files_are_refused_in_one_sentence(home: Path, text: str, said: str) -> None:
    (home / "made.csv").write_text(text)
    refused = run(*IMPORT, cwd=home)
    assert refused.returncode == 2
    assert said in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert "no batches yet" in done("undo", "--study", "study", cwd=home)
