"""Flags: what raises one, whom it goes to, how long it waits, the steps about it, and what the doctor says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from remission.cli import app
from remission.cohort import BatchInfo, Entries, Study, audit_trail, create_study, erase, open_study, record, undo
from remission.errors import DefinitionError, StudyError
from remission.keeping import examine
from remission.safety import flags, take_step
from remission.survey import instrument

FORM = BatchInfo("form", who="coordinator")
PLAN = """
safety:
  person: clinical lead
  persons: {north: nurse}
  within_hours: 24
  look_back_days: 60
  also: {meeting_attendance: {at_most: 3}}
"""


def with_plan(made: Study, plan: str) -> Study:
    path = made.path / "study.yaml"
    path.write_text(path.read_text() + plan)
    return open_study(made.path)


@pytest.fixture
def bare(tmp_path: Path) -> Study:
    """Two people of two sites who began 30 days ago."""
    made = create_study(tmp_path / "s", "engagement")
    began = (datetime.now(UTC) - timedelta(days=30)).date().isoformat()
    people = pd.DataFrame({"participant_id": ["A", "B"], "site": ["north", "south"], "arm": None, "origin_date": began})
    record(made, Entries(participants=people), FORM)
    return made


def answer(study: Study, who: str, wave: str = "baseline", name: str = "phq9", **said: float) -> int:
    form = instrument(name)
    values = {item.name: 0.0 for item in form.items} | said
    frame = pd.DataFrame({"item": list(values), "value": list(values.values())})
    sheet = frame.assign(
        participant_id=who, wave=wave, day=29, instrument=name, version=form.version, missing_reason=None
    )
    return record(study, Entries(answers=sheet), FORM).batch_id or 0


def test_an_answer_raises_a_flag_whatever_the_total(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    answer(study, "A", item9=1)
    answer(study, "B", item1=3, item2=3, item3=3)
    one = flags(study)
    assert one[["participant_id", "rule", "wave", "person", "state", "late"]].to_numpy().tolist() == [
        ["A", "phq9.self_harm", "baseline", "nurse", "open", False]
    ]
    assert one["sentence"].item() == "Thoughts of self-harm (phq9)."


def test_a_measure_that_the_study_names_raises_one(bare: Study) -> None:
    study = with_plan(bare, PLAN.replace("meeting_attendance: {at_most: 3}", "meetings: {at_most: 3}"))
    answer(study, "A", name="meeting_attendance", meetings_30d=4)
    answer(study, "B", name="meeting_attendance", meetings_30d=3)
    assert flags(study)[["participant_id", "rule", "person", "sentence"]].to_numpy().tolist() == [
        ["B", "meetings", "clinical lead", "Meetings in the past 30 days is 3, at or below 3."]
    ]


def test_a_measure_that_there_is_not_is_refused(bare: Study) -> None:
    with pytest.raises(DefinitionError, match="there is no measure nothing"):
        with_plan(bare, "\nsafety: {also: {nothing: {at_least: 1}}}\n")
    (bare.path / "study.yaml").write_text(
        (bare.path / "study.yaml").read_text().replace("{at_least: 1}", "{at_least: 1, at_most: 2}")
    )
    with pytest.raises(DefinitionError, match="at_least or at_most"):
        open_study(bare.path)


def test_waiting_is_counted_from_the_moment_it_came_in(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    answer(study, "A", item9=2)
    now = datetime.now(UTC)
    assert flags(study, now + timedelta(hours=23))["late"].tolist() == [False]
    later = flags(study, now + timedelta(hours=25))
    assert later["late"].tolist() == [True]
    assert later["age_hours"].item() == pytest.approx(25, abs=0.1)
    assert flags(study, now + timedelta(days=90))["state"].tolist() == ["past"]


def test_the_steps_from_open_to_handled_and_back(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    answer(study, "A", item9=2)
    name = flags(study)["flag"].item()
    assert take_step(study, name, "assigned", person="physician")[["state", "person"]].tolist() == ["open", "physician"]
    assert take_step(study, name, "seen")["state"] == "seen"
    with pytest.raises(StudyError, match="was done"):
        take_step(study, name, "handled")
    done = take_step(study, name, "handled", note="called, safe")
    assert done[["state", "person", "note"]].tolist() == ["handled", "physician", "called, safe"]
    with pytest.raises(StudyError, match="is handled, so it cannot be seen"):
        take_step(study, name, "seen")
    assert take_step(study, name, "reopened", note="missed the appointment")["state"] == "open"
    assert "called, safe" in set(audit_trail(study)["reason"])
    with pytest.raises(StudyError, match="There is no flag"):
        take_step(study, "f00000000", "seen")


def test_handled_stays_when_the_answer_is_taken_back_and_open_does_not(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    first, second = answer(study, "A", item9=2), answer(study, "B", item9=1)
    names = flags(study).set_index("participant_id")["flag"]
    take_step(study, names["A"], "handled", note="called")
    take_step(study, names["B"], "seen")
    undo(study, first, "typed wrongly")
    undo(study, second, "typed wrongly")
    assert flags(study).set_index("participant_id")["state"].to_dict() == {"A": "handled", "B": "corrected"}


def test_erasure_takes_flags_and_steps(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    answer(study, "A", item9=2)
    take_step(study, flags(study)["flag"].item(), "seen")
    assert erase(study, "A", "asked for it").rows["safety_step"] == 1
    assert flags(study).empty


def test_a_renamed_wave_keeps_its_steps(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    answer(study, "A", "month_3", item9=2)
    take_step(study, flags(study)["flag"].item(), "handled", note="called")
    path = study.path / "study.yaml"
    path.write_text(path.read_text().replace("name: month_3,", "name: three_months, formerly: [month_3],"))
    found = flags(open_study(study.path))
    assert found[["wave", "state"]].to_numpy().tolist() == [["three_months", "handled"]]


def test_the_command_counts_without_a_code_and_ends_with_3(bare: Study) -> None:
    study = with_plan(bare, PLAN.split("  also")[0])
    run = CliRunner()
    asked = ["safety", "list", "--study", str(study.path), "--count", "--exit-code"]
    quiet = run.invoke(app, asked)
    assert (quiet.exit_code, "No answer waits" in quiet.output) == (0, True)
    answer(study, "A", item9=2)
    loud = run.invoke(app, asked)
    assert loud.exit_code == 3
    assert "1 answer asks for a person's attention" in loud.output
    assert "phq9" not in loud.output
    name = flags(study)["flag"].item()
    for step, words in (
        (["seen", name], "is seen, nurse looks"),
        (["handled", name, "--note", "called"], "is handled"),
        (["reopen", name, "--note", "again"], "is open"),
        (["assign", name, "--person", "physician"], "physician looks"),
    ):
        told = run.invoke(app, ["safety", *step, "--study", str(study.path)])
        assert words in " ".join(told.output.split())
    assert name in run.invoke(app, ["safety", "list", "--study", str(study.path), "--all"]).output


def test_the_doctor_asks_for_a_name_and_counts_the_late(bare: Study) -> None:
    answer(bare, "A", item9=2)

    def said() -> str:
        return " ".join(finding.said for finding in examine(bare.path) if finding.about == "safety")

    assert "Answers to phq9 may ask for a person's attention, and nobody is named" in said()
    with_plan(bare, PLAN.split("  also")[0])
    assert "Somebody is named" in said()
