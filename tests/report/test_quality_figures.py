"""Follow-up, missing answers, windows: figures with their twins in text."""

import pandas as pd
import pytest

from remission import report
from remission.report.svg import as_svg


@pytest.fixture
def follow_up() -> pd.DataFrame:
    frame = pd.DataFrame({"wave": ["baseline", "month_6", "month_12"], "day": [0, 183, 365], "due": [40, 40, 0]})
    return frame.assign(answered=[40, 31, 0], rate=[1.0, 0.775, float("nan")])


@pytest.fixture
def missing() -> pd.DataFrame:
    rows = [
        ("baseline", "ces_d", "item1", 38, 2, 0, 0.05, "refused (2)"),
        ("baseline", "ces_d", "item2", 40, 0, 0, 0.0, ""),
        ("month_6", "ces_d", "item1", 15, 15, 1, 0.5, "no answer recorded (15)"),
    ]
    columns = ["wave", "instrument", "item", "n_answered", "n_missing", "n_not_asked", "rate", "reasons"]
    return pd.DataFrame(rows, columns=columns)


def test_follow_up_figure_and_table(follow_up: pd.DataFrame) -> None:
    chart = report.follow_up_chart(follow_up)
    assert chart.to_dict()["description"] == "At month 6, 31 of 40 participants due answered (78 %)."
    assert "78 % (31 of 40)" in as_svg(chart, "figure", "Follow-up")
    assert report.follow_up_table(follow_up)["Rate, %"].tolist() == ["100", "78", "—"]


def test_follow_up_of_groups_is_wide(follow_up: pd.DataFrame) -> None:
    groups = pd.concat([follow_up.assign(group="smart"), follow_up.assign(group="twelve_step")])
    wide = report.follow_up_by_table(groups[["group", *follow_up.columns]])
    assert wide.iloc[:, 0].tolist() == ["12-step", "SMART Recovery"]
    assert list(wide.columns[1:]) == ["baseline", "month 6", "month 12"]
    assert wide.iloc[0, 2] == "78 % (31 of 40)"
    assert wide.iloc[0, 3] == "none due"


def test_nobody_due_is_a_sentence(follow_up: pd.DataFrame) -> None:
    chart = report.follow_up_chart(follow_up.assign(due=0))
    assert chart.to_dict()["description"] == "No interview is due yet."


def test_missing_answers(missing: pd.DataFrame) -> None:
    # Month 6: 15 of 30 answers missing, 50 %; baseline: 2 of 80, 2.5 %.
    assert report.missing_sentence(missing) == ("Most answers are missing for ces d at month 6: 50.0 % of its items.")
    drawn = as_svg(report.missing_chart(missing), "figure", "Missing")
    assert ">50.0<" in drawn
    assert ">2.5<" in drawn
    assert report.missing_table(missing)["Missing, %"].tolist() == ["5.0", "0.0", "50.0"]


def test_nothing_missing_and_nothing_recorded(missing: pd.DataFrame) -> None:
    whole = missing.assign(n_missing=0)
    assert report.missing_sentence(whole) == "Nobody who answered an instrument left an item out."
    assert report.missing_chart(missing.iloc[:0]).to_dict()["description"] == ("No answer has been recorded yet.")


def test_windows_and_groups() -> None:
    outside = pd.DataFrame({"participant_id": ["P1"]})
    assert report.window_sentence(outside).startswith("1 interview lies outside")
    assert "inside" in report.window_sentence(outside.iloc[:0])
    sizes = pd.DataFrame({"group": ["smart", "none"], "participants": [3, 1], "share": [0.75, 0.25]})
    assert report.group_sentence(sizes) == "4 participants."
    assert report.group_table(sizes).to_numpy().tolist() == [
        ["SMART Recovery", 3, "75.0"],
        ["no group", 1, "25.0"],
    ]


def test_left_out_rows_keep_problems_without_a_count() -> None:
    frame = pd.DataFrame(
        {"question": ["a", "b"], "reason": ["age is missing", "No event."], "rows": pd.array([3, None], "Int64")}
    )
    assert report.left_out_table(frame)["Rows"].tolist() == ["3", "—"]
