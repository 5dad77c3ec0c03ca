"""Weeks with a meeting and the way from a referral to sustained attendance, worked out by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.errors import NotEstimable
from remission.tables.cascade import facilitation_steps
from remission.tables.meetings import band, calendar_of, weeks_with_meeting

LAST = 30 + 7 * 12


def met(who: str, *days: int, kind: str = "meeting") -> list[tuple[str, int, str]]:
    return [(who, day, kind) for day in days]


def made(path: Path, rows: list[tuple[str, int, str]], people: list[str], seen: dict[str, int]) -> Study:
    study = create_study(path / "study", "engagement")
    events = pd.DataFrame(rows, columns=["participant_id", "day", "kind"])
    events = events.assign(group_name="smart", format="in_person", count=1)
    reports = pd.DataFrame({"participant_id": list(seen), "end_day": list(seen.values())})
    enrolled = pd.DataFrame({"participant_id": people, "site": None, "arm": None, "origin_date": "2020-01-01"})
    answers = [
        {
            "participant_id": who,
            "wave": "month_6" if day > 140 else "baseline",
            "day": day,
            "instrument": "recovery_identity",
            "version": study.instrument("recovery_identity").version,
            "item": study.instrument("recovery_identity").items[0].name,
            "value": 4,
            "missing_reason": None,
        }
        for who, day in seen.items()
    ]
    use = reports.assign(start_day=0, state="abstinent", substance="any", source="interview")
    entries = Entries(participants=enrolled, mutual_help_events=events, use_reports=use, answers=pd.DataFrame(answers))
    record(study, entries, BatchInfo("test"))
    return study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    weekly = range(10, 94, 7)
    rows = [
        *met("all", -5, kind="referral"),
        *met("all", *weekly),
        # Four meetings in each of two four-week periods, none in the third.
        *met("fades", 3, kind="linkage"),
        *met("fades", 5, 6, 7, 8, 33, 34, 35, 36),
        # Comes first on the 31st day after the referral, one day too late.
        *met("late", 0, kind="referral"),
        *met("late", 31, 38),
        *met("stays_away", 1, kind="referral"),
        *met("leaves", 1, kind="referral"),
        # Went to meetings, but nobody had told them to.
        *met("own", 4, 11),
    ]
    people = ["all", "fades", "late", "stays_away", "leaves", "own", "nothing"]
    seen = dict.fromkeys(people, 180) | {"leaves": 20, "nothing": 0}
    return made(tmp_path_factory.mktemp("cascade"), rows, people, seen)


def test_each_participant_is_at_the_furthest_step(study: Study) -> None:
    way = facilitation_steps(study).set_index("participant_id")
    assert way["step"].astype(str).to_dict() == {
        "all": "sustained attendance",
        "fades": "first meeting",
        "late": "referred",
        "stays_away": "referred",
        "leaves": "referred",
        "own": "enrolled",
        "nothing": "enrolled",
    }
    assert way["reached"].to_dict()["fades"] == 2
    # Two were last seen before the steps were counted, so they may have gone on unseen.
    assert set(way.index[~way["known"]]) == {"leaves", "nothing"}


def test_the_rule_for_sustained_attendance_can_be_told(study: Study) -> None:
    eight_weeks = facilitation_steps(study, weeks=8).set_index("participant_id")
    assert eight_weeks.loc["fades", "step"] == "sustained attendance"
    longer = facilitation_steps(study, within_days=31).set_index("participant_id")
    assert longer.loc["late", "step"] == "first meeting"


def test_weeks_and_their_bands(study: Study) -> None:
    weeks = weeks_with_meeting(calendar_of(study), 0, 364)
    assert weeks.to_dict() == {"all": 12, "fades": 4, "late": 2, "own": 2}
    counts = pd.Series([0, 1, 8, 9, 26, 27, 52])
    assert band(counts, (1, 9, 27)).astype(str).tolist() == [
        "0 weeks",
        "1 to 8 weeks",
        "1 to 8 weeks",
        "9 to 26 weeks",
        "9 to 26 weeks",
        "27 weeks or more",
        "27 weeks or more",
    ]


def test_without_a_calendar_or_referrals_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotEstimable, match="No meeting"):
        facilitation_steps(create_study(tmp_path / "empty", "engagement"))
    alone = made(tmp_path, met("own", 4, 11), ["own"], {"own": 180})
    with pytest.raises(NotEstimable, match="No referral"):
        facilitation_steps(alone)
    assert np.isnan(weeks_with_meeting(calendar_of(alone), 100, 200).get("own", np.nan))
