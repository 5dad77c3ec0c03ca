"""Missing answers, windows and rows left out, counted by hand."""

from pathlib import Path

import pandas as pd
import pytest

from remission.cohort import BatchInfo, Entries, Study, create_study, record
from remission.estimate import kaplan_meier
from remission.questions import Problem, left_out, missing_by_instrument, missingness, out_of_window
from remission.questions.data_quality import windows
from remission.survey import instrument

ATTENDANCE = "mutual_help_attendance"


def sheet(who: str, wave: str, day: float | None, **items: object) -> list[dict[str, object]]:
    """One response; an item that is a text has that text as its missing reason."""
    return [
        {
            "participant_id": who,
            "wave": wave,
            "day": day,
            "instrument": ATTENDANCE,
            "version": instrument(ATTENDANCE).version,
            "item": item,
            "value": None if isinstance(told, str) else told,
            "missing_reason": told if isinstance(told, str) else None,
        }
        for item, told in items.items()
    ]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("quality") / "study", "follow-up")
    told = [
        *sheet("P1", "baseline", 0, attended=1, frequency=2),
        *sheet("P2", "baseline", 0, attended=1, frequency="refused"),
        *sheet("P3", "baseline", 0, attended=1),
        *sheet("P4", "baseline", 0, attended=0),
        *sheet("P5", "baseline", 0, attended=0, frequency="not_applicable"),
        # Month 6 allows days 91 to 275, at best 153 to 213.
        *sheet("P1", "month_6", 183, attended=1, frequency=1),
        *sheet("P2", "month_6", 100, attended="refused", frequency="refused"),
        *sheet("P3", "month_6", 80, attended=0),
        *sheet("P4", "month_6", 280, attended=0),
        *sheet("P5", "month_6", None, attended=0),
        *sheet("P1", "month_12", 365, attended=1),
    ]
    record(study, Entries(answers=pd.DataFrame(told)), BatchInfo(kind="form"))
    return study


def test_missing_by_hand(study: Study) -> None:
    table = missingness(study).set_index(["wave", "item"])
    frequency = table.loc[("baseline", "frequency")]
    # P1 answered, P2 refused, P3 attended but nothing was recorded; P4 and P5 were rightly not asked.
    assert frequency[["n_answered", "n_missing", "n_not_asked"]].tolist() == [1, 2, 2]
    assert frequency["rate"] == pytest.approx(2 / 3)
    assert frequency["reasons"] == "refused (1), no answer recorded (1)"
    attended = table.loc[("month_6", "attended")]
    assert attended[["n_answered", "n_missing", "n_not_asked"]].tolist() == [4, 1, 0]
    assert attended["reasons"] == "refused (1)"


def test_an_item_nobody_was_recorded_for_is_no_part_of_the_wave(study: Study) -> None:
    table = missingness(study)
    assert table.loc[table["wave"] == "month_12", "item"].tolist() == ["attended"]
    assert table["wave"].drop_duplicates().tolist() == ["baseline", "month_6", "month_12"]


def test_counts_add_up_to_the_sheets(study: Study) -> None:
    table = missingness(study)
    counted = table[["n_answered", "n_missing", "n_not_asked"]].sum(axis=1)
    assert counted.tolist() == table["wave"].map({"baseline": 5, "month_6": 5, "month_12": 1}).tolist()


def test_over_an_instrument(study: Study) -> None:
    shares = missing_by_instrument(missingness(study)).set_index("wave")["share"]
    # Baseline: 2 of 5 + 3 asked; month 6: attended 1 of 5, frequency 1 of 2 asked, together 2 of 7.
    assert shares.to_dict() == pytest.approx({"baseline": 2 / 8, "month_6": 2 / 7, "month_12": 0})


def test_windows_by_hand(study: Study) -> None:
    month_6 = windows(study).set_index("wave").loc["month_6"]
    assert month_6.tolist() == [91, 275, 1, 1, 2, 1]
    outside = out_of_window(study).set_index("participant_id")
    # Day 80 is 11 days before 91; day 280 is 5 days after 275.
    assert outside["days_off"].to_dict() == {"P3": -11, "P4": 5}
    assert outside["wave"].unique().tolist() == ["month_6"]


def test_windows_count_every_interview(study: Study) -> None:
    counts = windows(study)[["on_time", "allowed", "outside", "no_day"]].sum(axis=1)
    assert counts.tolist() == [5, 5, 1, 0, 0]


def test_left_out() -> None:
    table = pd.DataFrame({"exit": [1.0, 2.0, None], "event": [1, 0, 1]})
    curve = kaplan_meier(table)
    listed = left_out([("all", curve), ("by arm", Problem("Nobody has an arm."))])
    assert listed["rows"].isna().tolist() == [False, True]
    assert listed.loc[0, "rows"] == 1
    assert listed.loc[1, "reason"] == "Nobody has an arm."
    assert left_out([]).empty


def test_an_empty_study(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study", "follow-up")
    assert missingness(study).empty
    assert out_of_window(study).empty
    assert windows(study)[["on_time", "allowed", "outside", "no_day"]].to_numpy().sum() == 0
