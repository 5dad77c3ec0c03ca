"""Who was due and who answered, counted by hand."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.questions import follow_up, group_sizes
from remission.survey import instrument

TODAY = date(2026, 7, 1)


def answers(rows: list[tuple[str, str, int | None, int | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["participant_id", "wave", "day", "value"])
    reasons = frame["value"].map(lambda value: "refused" if pd.isna(value) else None)
    return frame.assign(
        instrument="meeting_attendance",
        version=instrument("meeting_attendance").version,
        item="meetings_30d",
        missing_reason=reasons,
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Six participants; the waves are at days 0, 91, 183, 365 and 730.

    stays      answered 0 and 91, origin long ago
    silent     answered 0 and, without a value, 91
    died       answered 0, died on day 100
    withdrew   answered 0 and 91, withdrew on a day nobody noted
    recent     answered 0; day 0 was 100 days before TODAY
    undated    answered nothing, no origin date
    """
    study = create_study(tmp_path_factory.mktemp("follow_up") / "study", "engagement")
    people = pd.DataFrame(
        {
            "participant_id": ["stays", "silent", "died", "withdrew", "recent", "undated"],
            "site": None,
            "arm": ["a", "a", "a", "b", "b", "b"],
            "origin_date": ["2024-01-01"] * 4 + ["2026-03-23", None],
        }
    )
    told = answers(
        [(who, "baseline", 0, 4) for who in ("stays", "silent", "died", "withdrew", "recent")]
        + [("stays", "month_3", 91, 4), ("silent", "month_3", 91, None), ("withdrew", "month_3", 91, 2)]
    )
    ended = pd.DataFrame({"participant_id": ["died", "withdrew"], "kind": ["death", "withdrawal"], "day": [100, None]})
    spells = pd.DataFrame(
        {
            "participant_id": ["stays", "silent", "died"],
            "group_name": ["smart", "smart", "twelve_step"],
            "start_day": 0,
            "end_day": None,
            "is_primary": True,
        }
    )
    entries = Entries(participants=people, answers=told, status_events=ended, affiliations=spells)
    record(study, entries, BatchInfo(kind="form"))
    return study


def test_due_and_answered_by_hand(study: Study) -> None:
    table = follow_up(study, as_of=TODAY)
    # Day 0: all six. Day 91: all six (recent has 100 days behind it). Day 183: not died (100),
    # not withdrew (last seen on 91), not recent. Later the same three.
    assert table["wave"].tolist() == ["baseline", "month_3", "month_6", "month_12", "month_24"]
    assert table["due"].tolist() == [6, 6, 3, 3, 3]
    # A refused answer is no answer.
    assert table["answered"].tolist() == [5, 2, 0, 0, 0]
    assert table["rate"].tolist() == pytest.approx([5 / 6, 2 / 6, 0, 0, 0])


def test_as_time_passes_more_is_due(study: Study) -> None:
    early = follow_up(study, as_of=date(2026, 6, 1))["due"]
    late = follow_up(study, as_of=date(2028, 12, 31))["due"]
    # On 1 June recent has 70 days behind it, and at the end of 2028 more than 730.
    assert early.tolist() == [6, 5, 3, 3, 3]
    assert late.tolist() == [6, 6, 4, 4, 4]


def test_groups_add_up_to_all(study: Study) -> None:
    for by in ("arm", "group"):
        parts = follow_up(study, by=by, as_of=TODAY)
        whole = follow_up(study, as_of=TODAY).set_index("wave")
        summed = parts.groupby("wave")[["due", "answered"]].sum().loc[whole.index]
        assert summed.to_numpy().tolist() == whole[["due", "answered"]].to_numpy().tolist()
    assert set(parts["group"]) == {"smart", "twelve_step", "unknown"}


def test_group_sizes(study: Study) -> None:
    sizes = group_sizes(study).set_index("group")
    assert sizes["participants"].to_dict() == {"unknown": 3, "smart": 2, "twelve_step": 1}
    assert sizes["share"].sum() == pytest.approx(1)


def test_an_empty_study(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study", "engagement")
    table = follow_up(study)
    assert table["due"].tolist() == [0] * 5
    assert table["rate"].isna().all()
    assert follow_up(study, by="group").empty
    assert list(follow_up(study, by="group").columns) == ["group", "wave", "day", "due", "answered", "rate"]
    assert group_sizes(study).empty


def test_numbers_as_groups_are_named_as_in_curves(study: Study) -> None:
    # Meetings in the past 30 days at day 0: four for the five who answered.
    assert set(group_sizes(study, "meetings")["meetings"]) == {"4", "unknown"}
