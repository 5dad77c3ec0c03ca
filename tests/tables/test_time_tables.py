"""Time to the event, landmark and risk intervals, by hand on the small study."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.cohort import Study
from remission.errors import DefinitionError, ImmortalTime
from remission.tables import check_timeline, landmark, risk_interval, time_to_event
from remission.tables.risk_interval import carry_forward, cut


def test_time_to_event_by_hand(small_study: Study) -> None:
    table = time_to_event(small_study, covariates=["group", "age", "involvement", "engagement_level"])
    rows = table.set_index("participant_id")
    assert rows["exit"].to_dict() == {"ann": 121, "ben": 90, "cat": 0, "dan": 200, "eve": 61}
    assert rows["event"].to_dict() == {"ann": 1, "ben": 0, "cat": 1, "dan": 0, "eve": 1}
    assert (rows["entry"] == 0).all()
    assert rows["group"].astype(str).to_dict() == {
        "ann": "smart", "ben": "none", "cat": "unknown", "dan": "twelve_step", "eve": "unknown",
    }  # fmt: skip
    assert rows["involvement"].to_dict() == {"ann": 3, "ben": 1, "cat": 0, "dan": 5, "eve": 2}
    assert rows["engagement_level"].astype(str).to_dict() == {
        "ann": "engaged", "ben": "some", "cat": "none", "dan": "engaged", "eve": "some",
    }  # fmt: skip
    assert rows.loc["ann", "age"] == 30


def test_who_never_reported_is_left_out_with_the_reason(small_study: Study) -> None:
    assert time_to_event(small_study).attrs["left_out"] == (("participants without any report on use", 1),)


def test_groups_keep_the_order_of_the_protocol(small_study: Study) -> None:
    group = time_to_event(small_study, covariates=["group"])["group"]
    assert list(group.cat.categories) == ["twelve_step", "smart", "none", "unknown"]


def test_a_covariate_from_a_later_wave_is_refused(small_study: Study) -> None:
    with pytest.raises(ImmortalTime, match="immortal time") as refusal:
        time_to_event(small_study, covariates=["involvement@month_6"])
    assert "landmark(study, day=183" in refusal.value.cure
    assert "risk_interval(study, exposures=['involvement'])" in refusal.value.cure


def test_unknown_names_are_refused_with_what_is_known(small_study: Study) -> None:
    with pytest.raises(DefinitionError, match="no covariate 'craving'"):
        time_to_event(small_study, covariates=["craving"])
    with pytest.raises(DefinitionError, match="no wave 'month_9'"):
        time_to_event(small_study, covariates=["involvement@month_9"])


def test_landmark_by_hand(small_study: Study) -> None:
    # By day 91 cat (day 0) and eve (day 61) have used; ben is followed only to day 90.
    table = landmark(small_study, 91, covariates=["involvement", "group"]).set_index("participant_id")
    assert table[["entry", "exit", "event"]].to_dict("index") == {
        "ann": {"entry": 91, "exit": 121, "event": 1},
        "dan": {"entry": 91, "exit": 200, "event": 0},
    }
    assert table["involvement"].to_dict() == {"ann": 0, "dan": 5}  # the answers of day 90
    reasons = dict(landmark(small_study, 91).attrs["left_out"])
    assert reasons["the event came by day 91"] == 2
    assert reasons["not followed beyond day 91"] == 1


def test_landmark_takes_the_group_of_that_day(small_study: Study) -> None:
    table = landmark(small_study, 40, covariates=["group"]).set_index("participant_id")
    assert table.loc["ben", "group"] == "twelve_step"


def test_risk_intervals_by_hand(small_study: Study) -> None:
    table = risk_interval(small_study, exposures=["involvement"], covariates=["age"])
    rows = list(table[["participant_id", "entry", "exit", "event", "involvement"]].itertuples(index=False, name=None))
    assert rows == [
        ("ann", 0, 90, 0, 3),
        ("ann", 90, 121, 1, 0),
        ("ben", 0, 90, 0, 1),  # the answer of day 90 starts no time at risk
        ("dan", 0, 90, 0, 5),
        ("dan", 90, 180, 0, 5),
        ("dan", 180, 200, 0, 5),
        ("eve", 0, 61, 1, 2),
    ]
    assert dict(table.attrs["left_out"])["the event or the end came on day 0, with no time at risk"] == 1
    check_timeline(table)


def test_lag_takes_the_report_before_the_last(small_study: Study) -> None:
    table = risk_interval(small_study, exposures=["involvement"], lag_waves=1)
    dan = table[table["participant_id"] == "ann"]
    assert dan["involvement"].isna().tolist() == [True, False]
    assert dan["involvement"].iloc[1] == 3


people = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 1)), min_size=1, max_size=8)
changes = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 120)), max_size=30)


@settings(deadline=None, max_examples=60)
@given(people, changes)
def test_cutting_keeps_person_time_events_and_whole_timelines(
    drawn: list[tuple[int, int]], days: list[tuple[int, int]]
) -> None:
    watched = pd.DataFrame(
        {"participant_id": range(len(drawn)), "exit": [d[0] for d in drawn], "event": [d[1] for d in drawn]}
    )
    marks = pd.DataFrame(days, columns=["participant_id", "day"])
    pieces = check_timeline(cut(watched, marks))
    assert (pieces["exit"] - pieces["entry"]).sum() == watched["exit"].sum()
    assert pieces["event"].sum() == watched["event"].sum()
    assert (pieces["exit"] > pieces["entry"]).all()


@settings(deadline=None, max_examples=60)
@given(people, changes)
def test_nothing_is_known_before_it_was_reported(drawn: list[tuple[int, int]], days: list[tuple[int, int]]) -> None:
    watched = pd.DataFrame(
        {"participant_id": range(len(drawn)), "exit": [d[0] for d in drawn], "event": [d[1] for d in drawn]}
    )
    reports = pd.DataFrame(days, columns=["participant_id", "day"]).drop_duplicates()
    reports = reports.assign(value=reports["day"].astype(float))
    pieces = cut(watched, reports[["participant_id", "day"]])
    known = carry_forward(pieces, reports)
    assert not (known > pieces["entry"]).any()
    for row, value in zip(pieces.itertuples(), known, strict=True):
        told = reports[(reports["participant_id"] == row.participant_id) & (reports["day"] <= row.entry)]["day"]
        assert (np.isnan(value) and told.empty) or value == told.max()
