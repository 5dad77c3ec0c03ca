"""Periods at risk from intervals between waves."""

import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.tables import person_period

TABLE = pd.DataFrame(
    {"participant_id": [1, 2, 3, 4], "left": [0, 6, 12, 0], "right": [6, 12, None, None], "group": list("abab")}
)


def test_each_is_at_risk_until_the_event_or_the_last_look() -> None:
    found = person_period(TABLE)
    # Participant 4 was never seen after day 0.
    assert found["participant_id"].tolist() == [1, 2, 2, 3, 3]
    assert found["period"].tolist() == [1, 1, 2, 1, 2]
    assert found["entry"].tolist() == [0, 0, 6, 0, 6]
    assert found["exit"].tolist() == [6, 6, 12, 6, 12]
    assert found["event"].tolist() == [1, 0, 1, 0, 0]
    assert found["group"].tolist() == ["a", "b", "b", "a", "a"]
    assert found.attrs["left_out"] == (("not seen to the end of a first period", 1),)


def test_known_days_are_sorted_into_periods_that_hold_their_end() -> None:
    days = pd.DataFrame({"left": [30, 31, 45, 70, 0], "right": [30, 31, None, 70, 0]})
    found = person_period(days, [30, 60])
    # Day 30 ends period 1, day 31 is in 2, day 45 censored is seen to the end of 1, day 70 lies after, day 0 in 1.
    assert found["period"].tolist() == [1, 1, 2, 1, 1, 2, 1]
    assert found["event"].tolist() == [1, 0, 1, 0, 0, 0, 1]
    assert found.attrs["left_out"] == (("had the event after the last period", 1),)


def test_an_event_in_more_than_one_period_is_refused_unless_they_are_wider() -> None:
    missed = TABLE.assign(right=[12, 12, None, None])
    with pytest.raises(DefinitionError, match="row 0 lies in more than one period"):
        person_period(missed)
    assert person_period(missed, [12])["event"].tolist() == [1, 1, 0]


def test_bad_requests_are_refused() -> None:
    with pytest.raises(DefinitionError, match="no column right"):
        person_period(TABLE.drop(columns="right"))
    for days in ([], [0, 6], [6, 6], [12, 6]):
        with pytest.raises(DefinitionError, match="days"):
            person_period(TABLE, days)
    with pytest.raises(DefinitionError, match="after their end"):
        person_period(TABLE.assign(left=20))


def test_one_column_for_both_ends_is_a_day_that_event_tells_of() -> None:
    days = pd.DataFrame({"exit": [40, 40, 70], "event": [1, 0, 0]})
    found = person_period(days, [30, 60], left="exit", right="exit")
    # The first has the event in period 2; the second is seen to the end of 1 alone, the third to the end of 2.
    assert found["event"].tolist() == [0, 1, 0, 0, 0]
    with pytest.raises(DefinitionError, match="does not tell on which days"):
        person_period(days.drop(columns="event"), [30, 60], left="exit", right="exit")


def test_looks_around_a_planned_day_may_count_as_on_it() -> None:
    scattered = pd.DataFrame({"left": [0, 85, 96, 0], "right": [88, 190, None, 200]})
    with pytest.raises(DefinitionError, match="nearest="):
        person_period(scattered.iloc[[3]], [91, 183, 365], nearest=20)
    found = person_period(scattered.iloc[:3], [91, 183, 365], nearest=20)
    assert found["period"].tolist() == [1, 1, 2, 1]
    assert found["event"].tolist() == [1, 0, 1, 0]
