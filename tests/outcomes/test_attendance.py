"""Meeting calendars by hand."""

import pandas as pd
import pytest

from remission.outcomes import attendance

COLUMNS = ["participant_id", "day", "kind", "group_name", "count"]
EVENTS = pd.DataFrame(
    [
        ("a", 0, "meeting", "aa", 1),
        ("a", 0, "meeting", "smart", 1),
        ("a", 6, "meeting", "aa", 2),
        ("a", 20, "accompanied_meeting", "smart", 1),
        ("a", 20, "service", "smart", 3),
        ("a", 29, "sponsor_contact", "aa", 1),
        ("a", 30, "meeting", "aa", 1),
    ],
    columns=COLUMNS,
)


def test_thirty_days_by_hand() -> None:
    # Days 0 to 29: meetings 1 + 1 + 2 + 1; days 0, 6, 20; weeks 0 and 2; between 6 and 20 lie 13 days.
    found = attendance(EVENTS, ["a", "b"], 0, 29).set_index("participant_id")
    assert found.loc["a"].tolist() == [5, 3, 2, 13, 3, 1]
    assert found.loc["b"].tolist() == [0, 0, 0, 30, 0, 0]


def test_one_group_alone() -> None:
    assert attendance(EVENTS, ["a"], 0, 29, groups=["smart"]).iloc[0].tolist() == ["a", 2, 2, 2, 19, 3, 0]


def test_a_last_stretch_of_less_than_a_week_is_no_week() -> None:
    late = EVENTS.assign(day=29)
    assert attendance(late, ["a"], 0, 29)["weeks_with_meeting"].tolist() == [0]
    assert attendance(late, ["a"], 0, 34)["weeks_with_meeting"].tolist() == [1]


def test_a_window_must_not_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        attendance(EVENTS, ["a"], 5, 4)
