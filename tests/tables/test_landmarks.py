"""Several landmarks: by hand on the small study, and each as the one landmark it is."""

import pandas as pd
import pytest

from remission.cohort import Study
from remission.errors import DefinitionError, ImmortalTime
from remission.tables import landmark, landmarks


def test_by_hand(small_study: Study) -> None:
    # Exits: ann 121 (used), ben 90, cat 0 (used), dan 200, eve 61 (used). Answers on days 0, 90 and 180.
    table = landmarks(small_study, [91, 30], covariates=["involvement", "age"])
    columns = ["participant_id", "landmark", "entry", "exit", "event", "involvement", "age"]
    assert table[columns].to_numpy().tolist() == [
        ["ann", 30, 30, 121, 1, 3, 30],
        ["ben", 30, 30, 90, 0, 1, 40],
        ["dan", 30, 30, 200, 0, 5, 60],
        ["eve", 30, 30, 61, 1, 2, 70],
        ["ann", 91, 91, 121, 1, 0, 30],
        ["dan", 91, 91, 200, 0, 5, 60],
    ]
    assert dict(table.attrs["left_out"]) == {
        "participants without any report on use": 1,
        "the event came by day 30": 1,
        "the event came by day 91": 2,
        "not followed beyond day 91": 1,
    }


def test_a_horizon_ends_each_landmarks_view(small_study: Study) -> None:
    table = landmarks(small_study, [30, 91], horizon=60)
    assert table[["participant_id", "exit", "event"]].to_numpy().tolist() == [
        ["ann", 90, 0],
        ["ben", 90, 0],
        ["dan", 90, 0],
        ["eve", 61, 1],
        ["ann", 121, 1],
        ["dan", 151, 0],
    ]


def test_each_landmark_is_the_one_landmark(small_study: Study) -> None:
    names = ["involvement", "group", "engagement_level", "age"]
    table = landmarks(small_study, [20, 40, 91], covariates=names)
    for day, own in table.groupby("landmark"):
        alone = landmark(small_study, float(day), covariates=names)
        ours = own.drop(columns="landmark").reset_index(drop=True)
        words = {"group": str, "engagement_level": str}
        pd.testing.assert_frame_equal(ours.astype(words), alone.astype(words), check_like=True)
    assert list(table["group"].cat.categories) == ["twelve_step", "smart", "none", "unknown"]
    assert table["engagement_level"].cat.categories[0] == "none"


def test_what_cannot_be_landmarks_is_refused(small_study: Study) -> None:
    for days in ([], [-5, 30], [float("nan")]):
        with pytest.raises(DefinitionError, match="no landmark"):
            landmarks(small_study, days)
    with pytest.raises(DefinitionError, match="no span"):
        landmarks(small_study, [30], horizon=0)
    with pytest.raises(ImmortalTime):
        landmarks(small_study, [30, 200], covariates=["involvement@month_6"])
