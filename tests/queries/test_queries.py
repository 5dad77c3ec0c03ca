"""Queries: each rule by a hand-made case, owners and ages, steps and what ends a query."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import update

from remission.cohort import BatchInfo, Entries, Study, audit_trail, create_study, erase, open_study, record
from remission.cohort.schema import METADATA
from remission.errors import StudyError
from remission.queries import queries, take_step
from remission.survey import instrument

FORM = BatchInfo("form", who="coordinator")
TODAY = date(2026, 6, 1)
Sheet = Callable[..., None]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Two people of two sites; waves at days 0, 91, 183, 365 and 730."""
    made = create_study(tmp_path / "s", "engagement")
    path = made.path / "study.yaml"
    plan = "data_queries: {owner: data manager, owners: {north: site lead}, late_after_days: 14}\n"
    path.write_text(path.read_text() + plan)
    opened = open_study(made.path)
    people = pd.DataFrame({"participant_id": ["A", "B"], "site": ["north", "south"], "arm": None})
    record(opened, Entries(participants=people.assign(origin_date="2026-01-01")), FORM)
    return opened


def answer(
    study: Study, who: str, wave: str, day: float | None, name: str = "meeting_attendance", **said: float
) -> None:
    form = instrument(name)
    values = said or {item.name: 0.0 for item in form.items}
    frame = pd.DataFrame({"item": list(values), "value": list(values.values())})
    sheet = frame.assign(
        participant_id=who, wave=wave, day=day, instrument=name, version=form.version, missing_reason=None
    )
    record(study, Entries(answers=sheet), FORM)


def found(study: Study, rule: str) -> pd.DataFrame:
    whole = queries(study, TODAY)
    return whole[whole["rule"] == rule]


def test_clean_data_raise_nothing(study: Study) -> None:
    answer(study, "A", "baseline", 0)
    answer(study, "B", "month_3", 91)
    assert queries(study, TODAY).empty


def test_an_interview_outside_its_window(study: Study) -> None:
    wave = study.protocol.wave("month_3")
    answer(study, "A", "month_3", wave.last_day)
    answer(study, "B", "month_3", wave.last_day + 4)
    one = found(study, "outside window")
    assert one["participant_id"].tolist() == ["B"]
    assert one["sentence"].item() == (
        f"Interview on day {wave.last_day + 4}, 4 days after the window (days {wave.first_day} to {wave.last_day})."
    )


def test_an_interview_before_its_window(study: Study) -> None:
    wave = study.protocol.wave("month_6")
    answer(study, "A", "month_6", wave.first_day - 1)
    assert "1 days before the window" in found(study, "outside window")["sentence"].item()


def test_one_interview_with_two_days(study: Study) -> None:
    answer(study, "A", "baseline", 0)
    answer(study, "A", "baseline", 2, "ces_d", item1=1.0)
    assert found(study, "several days")["sentence"].tolist() == ["Answers of one interview carry the days 0, 2."]


def test_a_missing_day_where_most_have_one(study: Study) -> None:
    answer(study, "A", "baseline", None)
    assert found(study, "no day").empty
    extra = pd.DataFrame({"participant_id": ["C", "D"], "site": None, "arm": None, "origin_date": "2026-01-01"})
    record(study, Entries(participants=extra), FORM)
    for who in ("B", "C", "D"):
        answer(study, who, "baseline", 0)
    assert found(study, "no day")["participant_id"].tolist() == ["A"]


def test_an_interview_that_has_not_come_yet(study: Study) -> None:
    answer(study, "A", "month_6", 183)
    assert found(study, "not yet")["sentence"].tolist() == [
        "The interview is dated 2026-07-03, which has not come yet."
    ]
    later = queries(study, date(2026, 7, 3))
    assert (later["rule"] == "not yet").sum() == 0


def test_one_answer_throughout_where_questions_point_both_ways(study: Study) -> None:
    path = study.path / "study.yaml"
    mood = "  mood: {instrument: ces_d, scale: total, label: depression}\n"
    path.write_text(path.read_text().replace("measures:\n", "measures:\n" + mood, 1))
    opened = open_study(study.path)
    names = [item.name for item in instrument("ces_d").items]
    answer(opened, "A", "baseline", 0, "ces_d", **dict.fromkeys(names, 1.0))
    answer(opened, "B", "baseline", 0, "ces_d", **{**dict.fromkeys(names, 1.0), names[0]: 2.0})
    one = found(opened, "same answer")
    assert one["participant_id"].tolist() == ["A"]
    assert one["sentence"].item().startswith(f"All {len(names)} answered questions of ces_d have the answer 1")


def test_sources_that_disagree(study: Study) -> None:
    rows = [("A", 0, 40, "abstinent", "interview"), ("A", 10, 12, "used", "record")]
    told = pd.DataFrame(rows, columns=["participant_id", "start_day", "end_day", "state", "source"])
    record(study, Entries(use_reports=told.assign(substance="any")), FORM)
    one = found(study, "sources disagree")
    assert one["wave"].tolist() == [""]
    assert one["participant_id"].tolist() == ["A"]


def test_owner_and_age(study: Study) -> None:
    answer(study, "A", "month_3", 300)
    answer(study, "B", "month_3", 300)
    batch = METADATA.tables["batch"]
    arrived = datetime(2026, 5, 17, 9, tzinfo=UTC)
    with study.session(write=True) as session:
        session.connection().execute(update(batch).where(batch.c.id == 2).values(recorded_at=arrived))
    whole = queries(study, TODAY).set_index("participant_id")
    late = whole[whole["rule"] == "outside window"]
    assert late["owner"].to_dict() == {"A": "site lead", "B": "data manager"}
    assert late.loc["A", ["age_days", "late"]].tolist() == [15.0, True]
    assert not late.loc["B", "late"]


def test_steps_from_owner_to_end(study: Study) -> None:
    answer(study, "B", "month_3", 140)
    name = found(study, "outside window")["query"].item()
    assert take_step(study, name, "assigned", owner="interviewer", who="lead")["owner"] == "interviewer"
    settled = take_step(study, name, "settled", note="held late, agreed", who="lead")
    assert settled[["state", "owner", "note"]].tolist() == ["settled", "interviewer", "held late, agreed"]
    assert take_step(study, name, "reopened", note="paper says day 104")["state"] == "open"
    trail = audit_trail(study)
    assert "held late, agreed" in set(trail["reason"])
    assert "lead" in set(trail["who"])


def test_a_correction_ends_a_query_and_what_was_never_touched_vanishes(study: Study) -> None:
    answer(study, "A", "month_3", 300)
    first = found(study, "outside window")["query"].item()
    take_step(study, first, "assigned", owner="interviewer")
    response = METADATA.tables["response"]
    with study.session(write=True) as session:
        session.connection().execute(update(response).values(day=91))
    whole = queries(study, TODAY)
    assert whole[["query", "state", "late"]].to_numpy().tolist() == [[first, "corrected", False]]
    with pytest.raises(StudyError, match="not found in the data any more"):
        take_step(study, first, "settled", note="done")


@pytest.mark.parametrize(
    ("step", "owner", "note", "said"),
    [
        ("assigned", " ", "", "Nobody is named"),
        ("settled", "", " ", "No reason is given"),
        ("reopened", "", "why", "is open"),
    ],
)
def test_steps_without_sense_are_refused(study: Study, step: str, owner: str, note: str, said: str) -> None:
    answer(study, "A", "month_3", 140)
    name = found(study, "outside window")["query"].item()
    before = len(audit_trail(study))
    with pytest.raises(StudyError, match=said):
        take_step(study, name, step, owner=owner, note=note)
    assert len(audit_trail(study)) == before


def test_there_is_no_such_query(study: Study) -> None:
    with pytest.raises(StudyError, match="There is no query 'q00000000'"):
        take_step(study, "q00000000", "settled", note="x")


def test_steps_go_with_an_erased_person(study: Study) -> None:
    answer(study, "A", "month_3", 300)
    take_step(study, found(study, "outside window")["query"].item(), "settled", note="fine")
    assert erase(study, "A", "asked for it").rows["query_step"] == 1
    assert queries(study, TODAY).empty


def test_a_name_stays_the_same_from_day_to_day(study: Study) -> None:
    answer(study, "A", "month_3", 140)
    names = {queries(study, TODAY + timedelta(days=n))["query"].item() for n in range(3)}
    assert len(names) == 1
