"""Kaplan–Meier and Nelson–Aalen: by hand, collapse, invariants, R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import kaplan_meier, nelson_aalen

# Closed forms in both programs: they differ by rounding only.
TOLERANCE = 1e-9

TINY = pd.DataFrame({"exit": [0, 1, 1, 2, 3, 4], "event": [1, 1, 0, 0, 1, 0]})


def test_by_hand() -> None:
    # Day 0: 6 at risk, 1 event: 5/6. Day 1: 5 at risk, 1 event: 5/6 * 4/5 = 2/3.
    # Day 3: 2 at risk, 1 event: 2/3 * 1/2 = 1/3.
    # Greenwood on day 1: 1/(6*5) + 1/(5*4) = 1/12.
    curve = kaplan_meier(TINY)
    assert curve.tidy()["time"].tolist() == [0, 1, 2, 3, 4]
    assert curve.tidy()["estimate"].tolist() == pytest.approx([5 / 6, 2 / 3, 2 / 3, 1 / 3, 1 / 3])
    assert curve.tidy()["std_error"].iloc[1] == pytest.approx(2 / 3 * np.sqrt(1 / 12))
    assert curve.tidy()["n_at_risk"].tolist() == [6, 5, 3, 2, 1]
    assert curve.tidy()["n_event"].tolist() == [1, 1, 0, 1, 0]
    assert curve.tidy()["n_censored"].tolist() == [0, 1, 1, 0, 1]
    assert (curve.sample.participants, curve.sample.events, curve.sample.person_time) == (6, 3, 11)


def test_nelson_aalen_by_hand() -> None:
    # 1/6 + 1/5 + 1/2, variance 1/36 + 1/25 + 1/4.
    last = nelson_aalen(TINY).tidy().iloc[-1]
    assert last["estimate"] == pytest.approx(1 / 6 + 1 / 5 + 1 / 2)
    assert last["std_error"] == pytest.approx(np.sqrt(1 / 36 + 1 / 25 + 1 / 4))


def test_origin_is_the_first_row() -> None:
    curve = kaplan_meier(pd.DataFrame({"exit": [5, 7], "event": [1, 0]}))
    first = curve.tidy().iloc[0]
    assert first[["time", "estimate", "n_at_risk", "n_event", "n_censored"]].tolist() == [0, 1, 2, 0, 0]


def test_delayed_entry_by_hand() -> None:
    # A is watched from 0 to 2 (event), B from 1 to 3 (event), C from 2 to 4 (censored).
    # Day 2: A and B are at risk, C enters only after it: 1/2. Day 3: B and C: 1/2 * 1/2 = 1/4.
    table = pd.DataFrame({"entry": [0, 1, 2], "exit": [2, 3, 4], "event": [1, 1, 0]})
    assert kaplan_meier(table, entry="entry").at([2, 3])["estimate"].tolist() == [0.5, 0.25]


def test_reading_between_rows_counts_since_the_last_reading() -> None:
    read = kaplan_meier(TINY).at([0.5, 3.5])
    assert read["estimate"].tolist() == pytest.approx([5 / 6, 1 / 3])
    assert read["n_at_risk"].tolist() == [5, 1]
    assert read["n_event"].tolist() == [1, 2]
    assert read["n_censored"].tolist() == [0, 2]


def test_flat_piece_at_the_median_gives_its_middle() -> None:
    # 4 participants, events on days 1, 2, 3, 4: the curve is at 0.5 from day 2 to day 3.
    curve = kaplan_meier(pd.DataFrame({"exit": [1, 2, 3, 4], "event": [1, 1, 1, 1]}))
    assert curve.quantile(0.5)["estimate"].tolist() == [2.5]


def test_without_censoring_it_is_one_minus_the_empirical_distribution() -> None:
    days = np.random.default_rng(1).integers(0, 50, 80)
    curve = kaplan_meier(pd.DataFrame({"exit": days, "event": 1}))
    expected = [(days > day).mean() for day in range(0, 55, 5)]
    assert curve.at(list(range(0, 55, 5)))["estimate"].tolist() == pytest.approx(expected)


rows = st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from("ab")), min_size=2, max_size=40)


@settings(deadline=None, max_examples=60)
@given(rows)
def test_bounds_order_and_relabelling(drawn: list[tuple[int, bool, str]]) -> None:
    table = pd.DataFrame(drawn, columns=["exit", "event", "group"]).astype({"event": int})
    curve = kaplan_meier(table, by="group").tidy()
    assert curve["estimate"].between(0, 1).all()
    for _, steps in curve.groupby("stratum"):
        assert steps["estimate"].is_monotonic_decreasing
        assert steps["n_at_risk"].is_monotonic_decreasing
    known = curve.dropna(subset=["conf_low", "conf_high"])
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["conf_high"] >= known["estimate"] - 1e-12).all()
    shuffled = kaplan_meier(table.sample(frac=1, random_state=0), by="group").tidy()
    pd.testing.assert_frame_equal(curve, shuffled)
    renamed = kaplan_meier(table.assign(group=table["group"].map({"a": "x", "b": "y"})), by="group").tidy()
    assert renamed["estimate"].tolist() == curve["estimate"].tolist()
    weeks = kaplan_meier(table.assign(exit=table["exit"] / 7), by="group").tidy()
    assert weeks["estimate"].tolist() == curve["estimate"].tolist()


@pytest.fixture(scope="module")
def ps(reference: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    table = pd.read_csv(reference / "data" / "pharmacoSmoking.csv")
    return table, json.loads((reference / "results" / "survival_core.json").read_text())


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_against_r_with_relapses_on_day_0(ps: tuple[pd.DataFrame, dict[str, Any]], conf_type: str) -> None:
    table, stored = ps
    curve = kaplan_meier(table, by="grp", exit="ttr", event="relapse", conf_type=conf_type)
    theirs = pd.DataFrame(stored["ps"][f"km_{conf_type}"])
    ours = curve.at(sorted(theirs["time"].unique()))
    for mine, name in (
        ("estimate", "surv"),
        ("std_error", "se"),
        ("conf_low", "lower"),
        ("conf_high", "upper"),
    ):
        np.testing.assert_allclose(ours[mine], theirs[name].astype(float), atol=TOLERANCE)
    assert ours["n_at_risk"].tolist() == theirs["n.risk"].tolist()
    quantiles = curve.quantile([0.25, 0.5, 0.75])
    for mine, name in (("estimate", "quantile"), ("conf_low", "lower"), ("conf_high", "upper")):
        expected = pd.DataFrame(stored["ps"][f"quant_{conf_type}"][name])[["25", "50", "75"]]
        np.testing.assert_allclose(quantiles[mine], expected.astype(float).to_numpy().ravel(), atol=TOLERANCE)


def test_nelson_aalen_against_r(ps: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table, stored = ps
    theirs = pd.DataFrame(stored["ps"]["nelson_aalen_all"])
    ours = nelson_aalen(table, exit="ttr", event="relapse").at(theirs["time"].tolist())
    np.testing.assert_allclose(ours["estimate"], theirs["cumhaz"], atol=TOLERANCE)
    np.testing.assert_allclose(ours["std_error"], theirs["se"], atol=TOLERANCE)


def test_alcohol_relapse_against_r(reference: Path, ps: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    table = pd.read_csv(reference / "data" / "alda_alcohol_relapse.csv").assign(event=lambda t: 1 - t["censor"])
    stored = ps[1]["alda"]["alcohol_relapse"]
    curve = kaplan_meier(table, exit="weeks")
    theirs = pd.DataFrame(stored["km"])
    np.testing.assert_allclose(curve.at(theirs["time"].tolist())["estimate"], theirs["surv"], atol=TOLERANCE)
    log_scale = kaplan_meier(table, exit="weeks", conf_type="log").quantile(0.5).iloc[0]
    median = stored["median"]
    assert log_scale[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
        [median["median"], median["0.95LCL"], median["0.95UCL"]]
    )


def test_against_lifelines_where_both_are_right() -> None:
    from lifelines import KaplanMeierFitter

    random = np.random.default_rng(7)
    table = pd.DataFrame({"exit": random.integers(1, 60, 200), "event": random.integers(0, 2, 200)})
    theirs = KaplanMeierFitter().fit(table["exit"], table["event"])
    days = np.arange(0, 60, 7)
    ours = kaplan_meier(table).at(days)["estimate"]
    np.testing.assert_allclose(ours, theirs.survival_function_at_times(days), atol=1e-12)


def test_rows_with_missing_values_are_counted() -> None:
    table = pd.DataFrame({"exit": [1, 2, None], "event": [1, 0, 1], "group": ["a", None, "b"]})
    curve = kaplan_meier(table, by="group")
    assert curve.sample.left_out == (("exit is missing", 1), ("group is missing", 1))


def test_all_censored_and_a_group_without_events_are_said() -> None:
    table = pd.DataFrame({"exit": [3, 4, 5], "event": [0, 0, 1], "group": ["a", "a", "b"]})
    check = kaplan_meier(table, by="group").checks[0]
    assert not check.passed
    assert "in a:" in check.sentence


@pytest.mark.parametrize(
    ("table", "error"),
    [
        (pd.DataFrame({"exit": [1], "happened": [1]}), DefinitionError),
        (pd.DataFrame({"exit": [1], "event": [2]}), DefinitionError),
        (pd.DataFrame({"exit": [None], "event": [1]}), NotEstimable),
        (pd.DataFrame({"exit": ["soon"], "event": [1]}), DefinitionError),
    ],
)
def test_bad_tables_are_refused_in_a_sentence(table: pd.DataFrame, error: type[Exception]) -> None:
    with pytest.raises(error):
        kaplan_meier(table)


def test_groups_from_the_future_are_refused() -> None:
    table = TINY.assign(group=list("aabbab"))
    table.attrs["measured_day"] = {"group": 183}
    with pytest.raises(ImmortalTime, match="landmark"):
        kaplan_meier(table, by="group")
