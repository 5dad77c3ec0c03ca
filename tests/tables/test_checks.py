"""Broken timelines in plain words."""

import pandas as pd
import pytest

from remission.errors import BrokenTimeline
from remission.tables import check_timeline, timeline_problems


def table(*rows: tuple[str, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["participant_id", "entry", "exit", "event"])


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (("a", 5, 20, 0), "overlap"),
        (("a", 15, 20, 0), "gap"),
    ],
)
def test_two_stretches_without_event(second: tuple[str, float, float, int], problem: str) -> None:
    assert timeline_problems(table(("a", 0, 10, 0), second))["problem"].tolist() == [problem]


@pytest.mark.parametrize(("start", "problem"), [(10, "teleport"), (15, "jump")])
def test_at_risk_after_the_event(start: float, problem: str) -> None:
    assert timeline_problems(table(("a", 0, 10, 1), ("a", start, 20, 0)))["problem"].tolist() == [problem]


def test_sound_timelines_pass_in_any_order() -> None:
    whole = table(("b", 5, 9, 1), ("a", 0, 10, 0), ("b", 0, 5, 0), ("a", 10, 12, 0))
    assert timeline_problems(whole).empty
    assert check_timeline(whole) is whole


def test_the_first_problem_and_their_number_are_named() -> None:
    broken = table(("a", 0, 10, 0), ("a", 5, 20, 0), ("b", 0, 10, 0), ("b", 12, 20, 0))
    with pytest.raises(BrokenTimeline, match=r"Participant a is at risk twice .*overlap, the first of 2"):
        check_timeline(broken)
