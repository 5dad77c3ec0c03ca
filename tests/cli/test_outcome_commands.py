"""Definitions, the timeline and the multiverse as a person types them; the examples in the templates."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from terminal import done, run

from remission.cohort import open_study

IN_STUDY = ("--study", "alumni")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    done("new", "alumni", "--template", "engagement", cwd=tmp_path)
    lists = {
        "people": "participant_id,origin_date\n1017,2024-01-01\n1018,2024-01-01\n",
        "use-days": "participant_id,day,substance,source,quantity\n"
        + "".join(f"1017,{day},any,tlfb,{4 if day == 20 else 0}\n" for day in range(40))
        + "".join(f"1018,{day},any,tlfb,0\n" for day in range(40)),
        "sobriety": "participant_id,reported_day,substance,since_day\n1017,60,any,0\n",
    }
    for kind, text in lists.items():
        (tmp_path / f"{kind}.csv").write_text(text)
        said = done("record", f"{kind}.csv", *IN_STUDY, "--as", kind, cwd=tmp_path)
    assert "1 new sobriety date." in said
    return tmp_path


def test_recording_says_what_was_new(home: Path) -> None:
    (home / "more.csv").write_text("participant_id,day,substance,source,quantity\n1018,40,any,tlfb,0\n")
    assert done("record", "more.csv", *IN_STUDY, "--as", "use-days", cwd=home) == (
        "Recorded as batch 4: 1 new calendar day."
    )


def test_definitions_are_listed_and_shown(tmp_path: Path) -> None:
    listed = done("outcome", "list", cwd=tmp_path)
    assert "seven_days_in_a_row" in listed
    shown = done("outcome", "show", "seven_days_in_a_row", cwd=tmp_path)
    assert "seven days of use in a row" in shown
    assert "doi:10.1080/1462220031000070552" in shown
    wrong = run("outcome", "show", "sobriety", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "There is no outcome definition 'sobriety'" in wrong.stderr


def test_the_timeline_shows_sources_and_contradictions(home: Path) -> None:
    whole = done("timeline", *IN_STUDY, "--csv", "odd.csv", cwd=home)
    assert "used and free" in whole
    odd = pd.read_csv(home / "odd.csv", dtype=str)
    assert odd.loc[0, ["participant_id", "day"]].tolist() == ["1017", "20.0"]
    assert (home / "odd.csv").stat().st_mode & 0o077 == 0
    mine = done("timeline", *IN_STUDY, "--participant", "1017", cwd=home)
    assert "on day 20, which 'sobriety date' tells free of use" in mine
    assert "Nothing on use is recorded" in run("timeline", *IN_STUDY, "--participant", "9", cwd=home).stderr


def test_the_multiverse_prints_every_definition_with_its_rule(home: Path) -> None:
    names = "first_use,seven_days_in_a_row"
    said = done("multiverse", *IN_STUDY, "--definitions", names, "--day", "30", cwd=home)
    for words in ("first_use", "seven_days_in_a_row", "0.500", "1.000", "less is a lapse"):
        assert words in said
    assert (
        "no outcome definition 'relapse'" in run("multiverse", *IN_STUDY, "--definitions", "relapse", cwd=home).stderr
    )


@pytest.mark.parametrize("template", ["engagement", "follow-up"])
def test_the_examples_of_the_template_are_valid(tmp_path: Path, template: str) -> None:
    done("new", "alumni", "--template", template, cwd=tmp_path)
    path = tmp_path / "alumni" / "study.yaml"
    text = path.read_text()
    start, end = text.index("outcome:"), text.index("# The measure that stands for engagement")
    examples = re.sub(r"^(\s*)# (?=(  )?\w+: *[\[{\w]|own:|exposures:|  \w+: \{)", r"\1", text[start:end], flags=re.M)
    path.write_text(text[:start] + examples + text[end:])
    said = yaml.safe_load(path.read_text())
    assert {"sources", "days_used", "heavy", "own", "also", "competing"} <= set(said["outcome"])
    assert set(said["exposures"]) == {"meetings_month", "weekly", "switched"}
    assert open_study(tmp_path / "alumni").protocol.outcome.heavy is not None
