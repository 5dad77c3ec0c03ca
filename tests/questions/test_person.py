"""One participant over time and what to ask about, by hand-made cases."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from remission.cli import app
from remission.cohort import BatchInfo, Entries, Study, create_study, open_study, record
from remission.errors import DefinitionError, StudyError
from remission.questions.person import person
from remission.questions.signals import signals
from remission.questions.yardsticks import yardsticks
from remission.report import (
    milestone_table,
    scores_chart,
    scores_sentence,
    scores_table,
    timeline_chart,
    timeline_table,
)
from remission.survey import instrument

FORM = BatchInfo("form")
TODAY = date(2026, 9, 1)


def sheet(who: str, wave: str, day: int, name: str, **said: float) -> pd.DataFrame:
    form = instrument(name)
    values = {item.name: 0.0 for item in form.items} | said
    frame = pd.DataFrame({"item": list(values), "value": list(values.values())})
    return frame.assign(
        participant_id=who, wave=wave, day=day, instrument=name, version=form.version, missing_reason=None
    )


def confidence(who: str, wave: str, day: int, value: float) -> pd.DataFrame:
    items = [item.name for item in instrument("abstinence_self_efficacy").items]
    return sheet(who, wave, day, "abstinence_self_efficacy", **dict.fromkeys(items, value))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = create_study(tmp_path / "s", "engagement")
    people = pd.DataFrame({"participant_id": ["A", "B", "C"], "site": ["north", "south", "north"], "arm": None})
    use = pd.DataFrame(
        [("A", 0, 9, "abstinent"), ("A", 10, 10, "used"), ("A", 11, 60, "abstinent"), ("A", 71, 120, "abstinent")],
        columns=["participant_id", "start_day", "end_day", "state"],
    )
    groups = pd.DataFrame(
        [("A", "smart", 0, None, True), ("A", "lifering", 5, 20, False)],
        columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"],
    )
    answers = [
        sheet("A", "baseline", 0, "meeting_attendance", meetings_30d=8),
        sheet("A", "month_3", 91, "meeting_attendance", meetings_30d=4),
        sheet("C", "baseline", 0, "meeting_attendance", meetings_30d=8),
        sheet("C", "month_3", 91, "meeting_attendance", meetings_30d=5),
        confidence("A", "baseline", 0, 60.0),
        confidence("A", "month_3", 91, 20.0),
    ]
    entries = Entries(
        participants=people.assign(origin_date="2026-01-01"),
        use_reports=use.assign(substance="any", source="interview"),
        affiliations=groups,
        answers=pd.concat(answers),
    )
    record(made, entries, FORM)
    return made


def test_milestones_count_from_the_last_use_and_say_what_they_rest_on(study: Study) -> None:
    found = person(study, "A", TODAY).milestones.set_index("milestone")
    free = found[found.index.str.contains("without use")]
    # Last use on day 10: 30, 60 and 90 days later are days 40, 70 and 100; days 61 to 70 are told by nobody.
    assert free["day"].to_dict() == {"90 days without use": 100, "60 days without use": 70, "30 days without use": 40}
    assert free["rests_on"].tolist() == [
        "80 of 90 days are told or tested",
        "50 of 60 days are told or tested",
        "30 of 30 days are told or tested",
    ]
    assert found.loc["30 days without use", "on"] == pd.Timestamp("2026-02-10")
    # An open membership counts until the last day that anything was told, day 120.
    assert "90 days with SMART Recovery" in found.index
    assert not found.index.str.contains("1 year").any()
    assert len(milestone_table(person(study, "A", TODAY))) == len(found)


def test_spans_interviews_and_twins(study: Study) -> None:
    one = person(study, "A", TODAY)
    assert one.spans[one.spans["lane"] == "Groups"]["end_day"].tolist() == [120.0, 20.0]
    told = one.marks.set_index("label")["day"].to_dict()
    assert told["baseline: partial"] == 0
    assert told["month 12: not yet due"] == 365
    table = timeline_table(one)
    assert len(table) == len(one.spans) + len(one.marks)
    assert ("10 to 10", "Use") in set(zip(table["Days"], table["What"], strict=True))
    for chart in (timeline_chart(one), scores_chart(one)):
        assert chart.to_dict()["description"]


def test_nobody_and_nothing(study: Study) -> None:
    with pytest.raises(StudyError, match="at your sites"):
        person(study.at_sites(("south",)), "A", TODAY)
    bare = person(study, "B", TODAY)
    assert bare.milestones.empty
    assert bare.scores.empty
    assert scores_sentence(bare) == "There is no score yet."
    assert scores_chart(bare).to_dict()["description"] == "There is no score yet."


def test_the_band_is_the_error_of_a_difference_around_the_first_score(study: Study) -> None:
    rng = np.random.default_rng(4)
    items = [item.name for item in instrument("abstinence_self_efficacy").items]
    true = rng.normal(50, 15, 60)
    sheets = [
        sheet(f"P{number}", "baseline", 0, "abstinence_self_efficacy", **{
            item: float(np.clip(10 * round((level + noise) / 10), 0, 100))
            for item, noise in zip(items, rng.normal(0, 10, len(items)), strict=True)
        })
        for number, level in enumerate(true)
    ]  # fmt: skip
    assert yardsticks(study).empty
    record(study, Entries(answers=pd.concat(sheets)), FORM)
    one = yardsticks(study).set_index("measure").loc["confidence"]
    wide = pd.concat(sheets).pivot(index="participant_id", columns="item", values="value")
    wide.loc["A"] = 60.0
    k = wide.shape[1]
    alpha = k / (k - 1) * (1 - wide.var(ddof=1).sum() / wide.sum(axis=1).var(ddof=1))
    assert one["n"] == 61
    assert one["reliability"] == pytest.approx(alpha, abs=1e-12)
    by_hand = 1.959963984540054 * wide.mean(axis=1).std(ddof=1) * np.sqrt(2 * (1 - alpha))
    assert one["threshold"] == pytest.approx(by_hand, abs=1e-9)
    scores = person(study, "A", TODAY).scores
    mine = scores[scores["measure"] == "confidence"]
    assert mine["low"].tolist() == pytest.approx([60 - by_hand] * 2, abs=1e-9)
    table = scores_table(person(study, "A", TODAY))
    assert table[table["Measure"].str.startswith("Confidence")]["Changed"].tolist() == ["no", "down"]
    worse = signals(study, date(2026, 5, 1))
    assert worse[worse["signal"] == "a score got worse"]["participant_id"].tolist() == ["A"]
    # One site's page is judged by everybody's error.
    assert yardsticks(study.at_sites(("north",))).equals(yardsticks(study))


def test_meetings_that_fell_to_half_are_told_with_the_numbers(study: Study) -> None:
    found = signals(study, date(2026, 5, 1))
    mine = found[found["signal"] == "fewer meetings"]
    assert mine["participant_id"].tolist() == ["A"]
    assert mine["sentence"].tolist() == ["Meetings in the past 30 days: 8 at baseline, 4 at month 3."]
    assert mine["since"].tolist() == [pd.Timestamp("2026-04-02")]
    assert mine["recent"].tolist() == [True]
    assert signals(study, date(2026, 12, 31)).query("signal == 'fewer meetings'")["recent"].tolist() == [False]


def test_who_was_not_reached_last_is_told_until_they_are(study: Study) -> None:
    found = signals(study, date(2026, 6, 1)).query("signal == 'not reached'")
    assert found["participant_id"].tolist() == ["B"]
    assert found["sentence"].tolist() == ["Nobody reached them at month 3 (no attempt)."]
    record(study, Entries(answers=sheet("B", "month_6", 150, "meeting_attendance", meetings_30d=1)), FORM)
    assert signals(study, date(2026, 6, 1)).query("signal == 'not reached'").empty


def test_nobody_is_told_of_who_asked_for_quiet_or_died(study: Study) -> None:
    stop = pd.DataFrame([{"participant_id": "A", "kind": "contact", "since_on": "2026-01-02", "lifted_on": None}])
    gone = pd.DataFrame([{"participant_id": "B", "kind": "death", "day": 200, "occasion": 0}])
    record(study, Entries(stops=stop, status_events=gone), FORM)
    assert signals(study, date(2026, 6, 1)).query("participant_id in ('A', 'B')").empty


def test_what_counts_is_declared(study: Study) -> None:
    path = study.path / "study.yaml"
    plain = path.read_text()
    path.write_text(plain + "\nsignals: {attendance_share: 0.7, watch: {involvement: {worse: up, by: 0.5}}}\n")
    opened = open_study(study.path)
    assert set(signals(opened, date(2026, 5, 1)).query("signal == 'fewer meetings'")["participant_id"]) == {"A", "C"}
    path.write_text(plain + "\nsignals: {watch: {nothing: {worse: up}}}\n")
    with pytest.raises(DefinitionError, match="there is no measure nothing"):
        open_study(study.path)


def test_the_command_lists_them(study: Study) -> None:
    told = CliRunner().invoke(app, ["signals", "--study", str(study.path), "--all", "--site", "north"])
    assert told.exit_code == 0
    assert "fewer meetings" in told.output.lower()
    assert "South" not in told.output


def test_an_empty_study_has_nothing_to_ask_about(tmp_path: Path) -> None:
    empty = create_study(tmp_path / "e", "engagement")
    assert signals(empty).empty
    assert yardsticks(empty).empty
