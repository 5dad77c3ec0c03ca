"""Cutting time at risk: by hand, against R's survSplit (tests/reference/cox_family.R), and what must not change."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.estimate import cox
from remission.tables import check_timeline, split_at

STORED = Path(__file__).resolve().parents[1] / "reference"


def test_by_hand() -> None:
    table = pd.DataFrame({"participant_id": ["a", "b", "c"], "exit": [200, 90, 30], "event": [1, 1, 0], "x": [5, 6, 7]})
    table.attrs["time_origin"] = "discharge"
    found = split_at(table, [180, 90])
    assert found[["participant_id", "entry", "exit", "event", "period", "x"]].to_numpy().tolist() == [
        ["a", 0, 90, 0, 1, 5],
        ["a", 90, 180, 0, 2, 5],
        ["a", 180, 200, 1, 3, 5],
        ["b", 0, 90, 1, 1, 6],  # what happens on the day of a cut belongs to the period that it ends
        ["c", 0, 30, 0, 1, 7],
    ]
    assert found.attrs == {"time_origin": "discharge"}


def test_rows_as_of_r() -> None:
    r = json.loads((STORED / "cox_family.json").read_text())["periods"]
    veteran = pd.read_csv(STORED / "survival_veteran.csv").assign(id=lambda t: np.arange(1, len(t) + 1))
    ours = split_at(veteran, [90, 180], entry="tstart", exit="time", event="status")
    theirs = pd.DataFrame(r["rows"])
    pd.testing.assert_frame_equal(ours[theirs.columns], theirs, check_dtype=False)
    late = split_at(veteran, [10, 90, 180], exit="time", event="status")
    theirs = pd.DataFrame(r["late_rows"])
    pd.testing.assert_frame_equal(late[theirs.columns], theirs, check_dtype=False)


def test_effects_per_period_as_of_r() -> None:
    r = json.loads((STORED / "cox_family.json").read_text())["periods"]["per_period"]
    veteran = pd.read_csv(STORED / "survival_veteran.csv")
    cut = split_at(veteran, [90, 180], entry="tstart", exit="time", event="status")
    fit = cox("Event(tstart, time, status) ~ trt + karno:C(period)", cut)
    # R makes strata of the periods too; periods share no risk set, so that this changes nothing.
    np.testing.assert_allclose(fit.tidy()["estimate"], list(r["coef"].values()), atol=1e-7)
    np.testing.assert_allclose(fit.tidy()["std_error"], r["se"], atol=1e-7)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(r["loglik"], rel=1e-9)


@pytest.fixture(scope="module")
def watched() -> pd.DataFrame:
    random, n = np.random.default_rng(4), 60
    entry = random.integers(0, 20, n)
    table = pd.DataFrame({"participant_id": range(n), "entry": entry, "exit": entry + random.integers(1, 40, n)})
    return table.assign(event=random.integers(0, 2, n), x=random.normal(size=n))


@settings(deadline=None, max_examples=25)
@given(days=st.lists(st.floats(-5, 70, allow_subnormal=False), min_size=1, max_size=6))
def test_cutting_anywhere_changes_no_fit(watched: pd.DataFrame, days: list[float]) -> None:
    cut = check_timeline(split_at(watched, days))
    assert (cut["exit"] > cut["entry"]).all()
    assert (cut["exit"] - cut["entry"]).sum() == pytest.approx((watched["exit"] - watched["entry"]).sum())
    formula = "Event(entry, exit, event) ~ x"
    for ties in ("efron", "breslow", "exact"):
        whole, pieces = cox(formula, watched, ties=ties), cox(formula, cut, ties=ties)
        np.testing.assert_allclose(pieces.tidy()["estimate"], whole.tidy()["estimate"], atol=1e-8)
        np.testing.assert_allclose(pieces.vcov, whole.vcov, atol=1e-8)
    whole = cox(formula, watched, cluster="participant_id")
    np.testing.assert_allclose(cox(formula, cut, cluster="participant_id").vcov, whole.vcov, atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(days=st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_cutting_twice_is_cutting_at_all_days(watched: pd.DataFrame, days: list[int]) -> None:
    again = split_at(split_at(watched, days[:1]).drop(columns="period"), days)
    pd.testing.assert_frame_equal(again, split_at(watched, days))


def test_rows_without_times_or_without_time_at_risk_stay_whole() -> None:
    table = pd.DataFrame({"entry": [0, 90, 0, np.nan], "exit": [0, 90, np.nan, 95], "event": [1, 0, 1, 1]})
    found = split_at(table, [0, 90])
    assert len(found) == 4
    assert found["period"].isna().tolist() == [False, False, True, True]
    assert found["event"].tolist() == [1, 0, 1, 1]


def test_what_cannot_be_cut_is_refused(watched: pd.DataFrame) -> None:
    for days in ([], [np.nan], [np.inf]):
        with pytest.raises(DefinitionError, match="no numbers"):
            split_at(watched, days)
    with pytest.raises(DefinitionError, match="no column stop"):
        split_at(watched, [9], exit="stop")
    with pytest.raises(DefinitionError, match="already has"):
        split_at(watched.assign(period=1), [9])
    with pytest.raises(DefinitionError, match="no numbers"):
        split_at(watched.assign(event="yes"), [9])
