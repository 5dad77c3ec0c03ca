"""Runs of days, weekly patterns from a timeline, and how observation ended."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import (
    causes,
    first_run,
    from_calendar,
    from_reports,
    outcome,
    own_run,
    timeline,
    week_words,
    with_endings,
)


def days(who: str, quantities: list[float | None]) -> pd.DataFrame:
    """A calendar from day 0 on; None is a day without an entry."""
    rows = [(who, day, "alcohol", "tlfb", q) for day, q in enumerate(quantities) if q is not None]
    return pd.DataFrame(rows, columns=["participant_id", "day", "substance", "source", "quantity"])


def whole(*calendars: pd.DataFrame) -> pd.DataFrame:
    return timeline([from_calendar(pd.concat(calendars))])


def row(table: pd.DataFrame, who: str) -> list[object]:
    found = table.set_index("participant_id").loc[who, ["exit", "event", "left", "right", "ending"]]
    return list(found)


INF = float("inf")


def test_runs_by_hand() -> None:
    told = whole(
        days("a", [0, 6, 0, 0, 0, 0, 0, 0, 5, 0, 0, 7]),  # heavy on 1, 8, 11: 8 and 11 are two within seven days
        days("b", [0, 6, 0, 0, 0, 0, 0, 0, 5]),  # 1 and 8 are eight days apart, both ends counted
        days("c", [0, 6, None, 7, 7]),  # day 2 has no entry: what comes later may not be the first
        days("d", [4, 4, 4]),  # use, none of it heavy
        days("e", [None, 6, 6]),  # nothing is known of day 0
        days("f", [9, 9]),  # a run that starts on day 0
    )
    table = first_run(told, "alcohol", times=2, within=7, heavy_from=5)
    assert row(table, "a") == [8, 1, 7, 8, "use"]
    assert row(table, "b") == [8, 0, 8, INF, "last report"]
    assert row(table, "c")[:2] == [1, 0]
    assert row(table, "d") == [2, 0, 2, INF, "last report"]
    assert row(table, "f") == [0, 1, 0, 0, "use"]
    assert "e" not in set(table["participant_id"])
    assert table.attrs["left_out"][0] == ("nothing exact was told of day 0", 1)


def test_a_run_behind_unknown_days_is_a_gap() -> None:
    table = first_run(whole(days("a", [0, 0, None, 7, 7, 7])), "alcohol", times=3, within=3)
    assert row(table, "a") == [1, 0, 1, 3, "gap"]


def test_a_line_of_each_participants_own() -> None:
    told = whole(days("a", [0, 4]), days("b", [0, 4]), days("c", [0, 4]))
    table = first_run(told, "alcohol", heavy_from=pd.Series({"a": 4.0, "b": 5.0}))
    assert row(table, "a")[:2] == [1, 1]
    assert row(table, "b")[:2] == [1, 0]
    assert table.attrs["left_out"][1] == ("what counts as heavy is not known for them", 1)


def test_use_without_a_quantity_is_unknown_where_heavy_days_count() -> None:
    spans = pd.DataFrame(
        [("a", "alcohol", 0, 9, "abstinent", "call"), ("a", "alcohol", 10, 12, "used", "call")],
        columns=["participant_id", "substance", "start_day", "end_day", "state", "source"],
    )
    told = timeline([from_reports(spans)])
    assert row(first_run(told, "alcohol"), "a")[:2] == [10, 1]
    assert row(first_run(told, "alcohol", heavy_from=5), "a") == [9, 0, 9, INF, "last report"]


def test_a_run_that_cannot_be_is_refused() -> None:
    with pytest.raises(DefinitionError, match="8 days of use within 7 days"):
        first_run(whole(days("a", [0])), times=8, within=7)
    with pytest.raises(DefinitionError, match="asks for 8 days within 7"):
        own_run("mine", "mine", 8, 7, heavy=False)
    with pytest.raises(DefinitionError, match="'first_use' exists already"):
        own_run("first_use", "mine", 1, 1, heavy=False)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.sampled_from([0.0, 0.0, 1.0, 6.0]), min_size=1, max_size=25), st.integers(1, 4), st.integers(0, 4))
def test_it_agrees_with_trying_every_window(quantities: list[float], times: int, more: int) -> None:
    within = times + more
    table = first_run(whole(days("a", list(quantities))), "alcohol", times=times, within=within)
    used = [day for day, quantity in enumerate(quantities) if quantity > 0]
    starts = [day for day in used if sum(day <= other < day + within for other in used) >= times]
    assert row(table, "a")[:2] == ([starts[0], 1] if starts else [len(quantities) - 1, 0])


def test_every_definition_states_its_rule() -> None:
    assert outcome("seven_days_in_a_row").within == 7
    mine = own_run("three_heavy", "three heavy days", 3, 10, heavy=True)
    assert mine.sentence.startswith(
        "The event is the first of 3 days of heavy use, as the study draws the line, within"
    )


# Weeks


def test_weeks_are_written_from_days_and_tests() -> None:
    told = whole(
        # Days 1 to 7 free, 8 to 14 one day of use, 15 to 21 two, 22 to 28 no entry; day 0 is in no week.
        days("a", [5] + [0] * 7 + [0, 2, 0, 0, 0, 0, 0] + [1, 1, 0, 0, 0, 0, 0] + [None] * 7 + [0] * 7)
    )
    tests = pd.DataFrame(
        [("a", 25, "alcohol", "positive"), ("a", 3, "alcohol", "positive"), ("b", 3, "alcohol", "negative"),
         ("b", 9, "alcohol", "positive"), ("b", 11, "alcohol", "negative"), ("b", 18, "alcohol", "missed")],
        columns=["participant_id", "day", "substance", "result"],
    )  # fmt: skip
    weeks = pd.Series({"a": 5, "b": 3})
    words = week_words(told, tests[:0], weeks, "alcohol")
    assert words.to_dict() == {"a": "-*+o-", "b": "ooo"}
    # A positive test fills the silent week 4, and turns week 1, told free, into one of both.
    assert week_words(told, tests, weeks, "alcohol").to_dict() == {"a": "**++-", "b": "-*o"}


# Endings


def ended(exit: list[float], event: list[int]) -> pd.DataFrame:
    ending = np.where(np.array(event) == 1, "use", "last report")
    who = [chr(97 + n) for n in range(len(exit))]
    return pd.DataFrame({"participant_id": who, "exit": exit, "event": event, "ending": ending})


def test_endings_are_told_apart() -> None:
    table = ended([50, 90, 90, 90, 90, 700, 90, 90], [1, 0, 0, 0, 0, 0, 0, 0])
    status = pd.DataFrame(
        [("a", "death", 60), ("b", "death", 120), ("c", "incarceration", 40), ("d", "withdrawal", None),
         ("e", "moved house", 95), ("f", "death", 800), ("h", "withdrawal", None), ("h", "incarceration", 200)],
        columns=["participant_id", "kind", "day"],
    )  # fmt: skip
    complete = table["exit"] >= 640
    found = with_endings(table, status, complete, pd.Series({"g": 200.0, "b": 95.0}))
    # a: use came first. c: released, for reports came later. e: not an ending. g was seen later. h: the dated one.
    assert found["ending"].tolist() == [
        "use", "death", "lost", "withdrawal", "lost", "administrative", "unreported", "incarceration",
    ]  # fmt: skip
    assert found["ending_day"].fillna(-1).tolist() == [-1, 120, -1, -1, -1, -1, -1, 200]


def test_a_death_competes_only_where_nothing_was_missed_before_it() -> None:
    table = ended([50, 90, 90, 90], [1, 0, 0, 0]).assign(
        ending=["use", "death", "death", "death"], ending_day=[np.nan, 120, 400, np.nan]
    )
    found = causes(table, ("death",), pd.Series([273.0] * 4))
    assert found["cause"].tolist() == ["use", "death", "", ""]
    assert found["exit"].tolist() == [50, 120, 90, 90]
    assert causes(table, (), pd.Series([273.0] * 4))["cause"].tolist() == ["use", "", "", ""]
