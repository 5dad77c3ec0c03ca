"""``remission query`` as a coordinator types it."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from remission import cli
from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.survey import instrument


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "s", "engagement")
    form = instrument("meeting_attendance")
    said = {"participant_id": ["P1"], "wave": "month_3", "day": 300, "item": "meetings_30d", "value": 3}
    sheet = pd.DataFrame(said).assign(instrument=form.name, version=form.version, missing_reason=None)
    record(made, Entries(answers=sheet), BatchInfo("form"))
    return made


def run(*words: str) -> str:
    done = CliRunner().invoke(cli.app, ["query", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def test_from_the_list_to_the_end_and_back(study: Study, tmp_path: Path) -> None:
    place = ["--study", str(study.path)]
    listed = tmp_path / "list.csv"
    assert "1 query is open" in run("list", *place, "--csv", str(listed))
    name = pd.read_csv(listed)["query"].item()
    assert listed.stat().st_mode & 0o777 == 0o600
    assert "data manager has it" in run("assign", name, *place, "--owner", "data manager")
    assert name in run("list", *place, "--owner", "data manager")
    assert name not in run("list", *place, "--owner", "somebody else")
    assert f"{name} is settled" in run("settle", name, *place, "--because", "held late, agreed")
    assert name not in run("list", *place)
    run("list", *place, "--all", "--csv", str(tmp_path / "all.csv"))
    assert pd.read_csv(tmp_path / "all.csv")[["state", "note"]].to_numpy().tolist() == [
        ["settled", "held late, agreed"]
    ]
    assert f"{name} is open" in run("reopen", name, *place, "--because", "the paper says otherwise")
