"""``remission export`` as a person types it."""

import json
from pathlib import Path

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from remission.cli.export import export
from remission.cohort import BatchInfo, Entries, create_study, record
from remission.errors import RemissionError

app = typer.Typer(rich_markup_mode=None)
app.command("export")(export)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study = create_study(tmp_path / "study", "follow-up")
    answers = pd.DataFrame(
        [("p1", "baseline", 0, "mutual_help_attendance", "1.0", "attended", 1.0, None)],
        columns=["participant_id", "wave", "day", "instrument", "version", "item", "value", "missing_reason"],
    )
    people = pd.DataFrame([("p1", None, "clinic", None)], columns=["participant_id", "site", "arm", "origin_date"])
    record(study, Entries(participants=people, answers=answers), BatchInfo("survey"))
    return tmp_path


def test_it_says_what_it_wrote(folder: Path) -> None:
    done = CliRunner().invoke(app, ["--study", str(folder / "study"), "--out", str(folder / "x.csv")])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "1 rows and" in said
    assert "says nothing about what participants agreed to" in said
    assert "x_codebook.html" in said
    assert (folder / "x.csv").is_file()


def test_json_for_scripts(folder: Path) -> None:
    words = ["--study", str(folder / "study"), "--out", str(folder / "x.sav"), "--json", "--shape", "long"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["format"], said["shape"], said["rows"]) == ("sav", "long", 1)


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    words = ["--study", str(folder / "study"), "--out", str(folder / "x.sav"), "--dry-run", "--waves", "baseline"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "nothing was written" in done.output
    assert sorted(path.name for path in folder.iterdir()) == ["study"]


def test_an_ending_that_says_nothing_is_refused(folder: Path) -> None:
    done = CliRunner().invoke(app, ["--study", str(folder / "study"), "--out", str(folder / "x.xlsx")])
    assert isinstance(done.exception, RemissionError)
    assert "x.xlsx" in str(done.exception)


def test_help_says_what_the_profiles_do() -> None:
    said = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "not a promise that nobody can be recognised" in said
