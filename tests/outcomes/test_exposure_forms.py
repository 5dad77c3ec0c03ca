"""Exposures as they were known on a day, and spells with groups."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.outcomes import calendar_exposure, group_spells, score_exposure
from remission.outcomes.exposure_forms import CalendarForm, ScoreForm

NAN = float("nan")
SCORES = pd.DataFrame(
    [("a", 0.0, 2.0), ("a", 90.0, 4.0), ("a", 180.0, NAN), ("a", 270.0, 0.0), ("b", 0.0, NAN), ("b", 90.0, 1.0)],
    columns=["participant_id", "day", "score"],
)


@pytest.mark.parametrize(
    ("form", "lag", "expected"),
    [
        ("last", 0, [["a", 0, 2], ["a", 90, 4], ["a", 270, 0], ["b", 90, 1]]),
        ("cumulative", 0, [["a", 0, 2], ["a", 90, 6], ["a", 270, 6], ["b", 90, 1]]),
        ("mean", 0, [["a", 0, 2], ["a", 90, 3], ["a", 270, 2], ["b", 90, 1]]),
        ("at_least", 0, [["a", 0, 0], ["a", 90, 1], ["a", 270, 0], ["b", 90, 0]]),
        # The report before: nothing is known until there is one.
        ("last", 1, [["a", 0, None], ["a", 90, 2], ["a", 270, 4], ["b", 90, None]]),
    ],
)
def test_scores_by_hand(form: ScoreForm, lag: int, expected: list[list[object]]) -> None:
    found = score_exposure(SCORES, form, threshold=3, lag_waves=lag)
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == expected


def met(who: str, *on: int, count: int = 1) -> pd.DataFrame:
    return pd.DataFrame({"participant_id": who, "day": list(on), "kind": "meeting", "count": count})


def at(found: pd.DataFrame, who: str) -> list[tuple[float, float]]:
    mine = found[found["participant_id"] == who]
    return [(day, value) for day, value in zip(mine["day"], mine["value"], strict=True)]


def test_calendars_by_hand() -> None:
    events = pd.concat([met("a", -3, 2, 7, 8), met("b", 20, count=2), met("c", 4).assign(kind="referral")])
    # Read on days 0, 7, 14, 21. a: the meeting of day -3 is within the last ten days on day 0 and on day 7 not.
    ten = calendar_exposure(events, until=21, form="last_days", days=10, every=7)
    assert at(ten, "a") == [(0, 1), (7, 2), (21, 0)]
    assert at(ten, "b") == [(0, 0), (21, 2)]
    # c has a calendar and never met; a referral is no meeting.
    assert at(ten, "c") == [(0, 0)]
    assert at(calendar_exposure(events, 21, "cumulative"), "a") == [(0, 0), (7, 2), (14, 3)]
    recency = calendar_exposure(events, 21, "recency")
    assert at(recency, "a") == [(0, 3), (7, 0), (14, 6), (21, 13)]
    assert np.isnan(at(recency, "b")[0][1])
    assert at(recency, "b")[1:] == [(21, 1)]
    # Two weeks each with a meeting: days 1 to 7 and 8 to 14 have one, days 15 to 21 none.
    assert at(calendar_exposure(events, 21, "weekly", weeks=2), "a") == [(0, 0), (7, 1), (21, 0)]


def test_the_value_of_a_day_knows_nothing_of_later_days() -> None:
    before = met("a", 1, 5, 9)
    later = pd.concat([before, met("a", 15, 16, 40)])
    for form in ("last_days", "cumulative", "recency", "weekly"):
        early = calendar_exposure(before, 14, form)
        with_more = calendar_exposure(later, 60, form)
        pd.testing.assert_frame_equal(early, with_more[with_more["day"] <= 14].reset_index(drop=True))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-40, 60), st.integers(1, 3)), min_size=1, max_size=25),
    st.sampled_from(["last_days", "cumulative", "recency", "weekly"]),
    st.integers(1, 12),
)
def test_calendars_agree_with_counting_one_by_one(
    rows: list[tuple[str, int, int]], form: CalendarForm, every: int
) -> None:
    events = pd.DataFrame(rows, columns=["participant_id", "day", "count"]).assign(kind="meeting")
    found = calendar_exposure(events, 50, form, days=9, weeks=2, every=every)
    for who, mine in events.groupby("participant_id"):
        held = found[found["participant_id"] == who]
        for day in range(0, 51, every):
            value = held.loc[held["day"] <= day, "value"].iloc[-1]
            had = mine[mine["day"] <= day]
            expected = {
                "last_days": had.loc[had["day"] > day - 9, "count"].sum(),
                "cumulative": had.loc[had["day"] >= 0, "count"].sum(),
                "recency": day - had["day"].max() if len(had) else NAN,
                "weekly": float(
                    ((had["day"] > day - 7).any()) and ((had["day"] > day - 14) & (had["day"] <= day - 7)).any()
                ),
            }[form]
            assert value == pytest.approx(expected, nan_ok=True)


def test_spells_with_groups_by_hand() -> None:
    spells = pd.DataFrame(
        [
            ("a", "twelve_step", 0, 99, True),
            ("a", "smart", 50, None, False),
            ("a", "lifering", 120, None, True),
            ("b", "none", 0, None, True),
            ("c", "smart", 10, 20, True),
            ("c", "smart", 40, None, True),
        ],
        columns=["participant_id", "group_name", "start_day", "end_day", "is_primary"],
    )
    found = group_spells(spells).astype(object)
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["a", 0, 49, "twelve_step", 1, 0],
        ["a", 50, 99, "twelve_step", 2, 0],
        ["a", 100, 119, None, 1, 0],  # still with SMART, but no main group was told
        ["a", 120, None, "lifering", 2, 1],
        ["b", 0, None, "none", 0, 0],
        ["c", 10, 20, "smart", 1, 0],
        ["c", 21, 39, None, None, 0],
        ["c", 40, None, "smart", 1, 0],  # the same group again is no switch
    ]
    assert group_spells(spells[:0]).empty
