"""Restricted means: by hand, collapse, R's survRM2."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import restricted_mean

TOLERANCE = 1e-9


def test_by_hand() -> None:
    # Events on days 2 and 6, censored on days 4 and 8; horizon 8.
    # S is 1 to day 2, 3/4 to day 6, 3/8 to day 8: 2 + 3 + 0.75 = 5.75.
    # Variance: right of day 2 lie 3.75, d/(n(n-d)) = 1/12; right of day 6 lie 0.75, 1/2.
    table = pd.DataFrame({"exit": [2, 4, 6, 8], "event": [1, 0, 1, 0]})
    found = restricted_mean(table, horizon=8).tidy().iloc[0]
    assert found["estimate"] == pytest.approx(5.75)
    assert found["std_error"] == pytest.approx(np.sqrt(3.75**2 / 12 + 0.75**2 / 2))


def test_without_censoring_it_is_the_mean_of_the_shorter_of_time_and_horizon() -> None:
    days = np.random.default_rng(2).integers(0, 100, 60)
    found = restricted_mean(pd.DataFrame({"exit": days, "event": 1}), horizon=50).tidy().iloc[0]
    assert found["estimate"] == pytest.approx(np.minimum(days, 50).mean())


def test_against_survrm2(reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "pharmacoSmoking.csv")
    expected = json.loads((reference / "results" / "survival_core.json").read_text())["ps"]["rmst_tau182"]
    table["arm"] = (table["grp"] == "combination").astype(int)
    found = restricted_mean(table, by="arm", horizon=182, exit="ttr", event="relapse").tidy()
    limits = ["estimate", "std_error", "conf_low", "conf_high"]
    for row, key in ((0, "arm0"), (1, "arm1")):
        theirs = expected[key][0]
        wanted = [theirs["Est."], theirs["se"], theirs["lower .95"], theirs["upper .95"]]
        assert found.loc[row, limits].tolist() == pytest.approx(wanted, abs=TOLERANCE)
    for row, theirs in zip((2, 3), expected["unadj"], strict=False):
        wanted = [float(theirs[name]) for name in ("Est.", "lower .95", "upper .95", "p")]
        ours = found.loc[row, ["estimate", "conf_low", "conf_high", "p_value"]].tolist()
        assert ours == pytest.approx(wanted, abs=TOLERANCE)


def test_a_group_not_followed_to_the_horizon_is_named() -> None:
    table = pd.DataFrame({"exit": [5, 9, 20, 30], "event": [1, 0, 1, 0], "group": list("aabb")})
    with pytest.raises(NotEstimable, match="'a' is followed to 9 only"):
        restricted_mean(table, by="group", horizon=25)


def test_no_event_before_the_horizon_fails_a_check() -> None:
    fit = restricted_mean(pd.DataFrame({"exit": [50, 60], "event": [1, 0]}), horizon=40)
    assert fit.tidy()["estimate"].item() == 40
    assert fit.tidy()[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert not fit.checks[0].passed
    assert "unknown" in fit.checks[0].sentence


def test_a_group_without_events_leaves_no_interval_to_its_contrasts() -> None:
    table = pd.DataFrame({"exit": [5, 20, 50, 30, 60], "event": [1, 1, 0, 0, 0], "group": list("aaabb")})
    fit = restricted_mean(table, by="group", horizon=30)
    found = fit.tidy().set_index("term")
    assert found.loc["difference", "estimate"] == pytest.approx(30 - (5 + 20 + 30) / 3)
    unknown = ["std_error", "conf_low", "conf_high", "p_value"]
    assert found.loc[["difference", "ratio"], unknown].isna().all(axis=None)
    assert found["std_error"].iloc[0] > 0
    assert [check.sentence for check in fit.checks if not check.passed] == [
        "No event before the horizon in b: its error is not 0 but unknown."
    ]


def test_a_group_whose_events_all_come_at_once_has_no_error() -> None:
    fit = restricted_mean(pd.DataFrame({"exit": [5, 5, 5], "event": 1}), horizon=30)
    assert fit.tidy()["estimate"].item() == 5
    assert fit.tidy()["std_error"].isna().all()
    assert [check.name for check in fit.checks if not check.passed] == ["events at several times"]


def test_without_censoring_the_error_is_that_of_a_mean() -> None:
    # With n and not n - 1 below the sum of squares.
    days = np.random.default_rng(3).integers(0, 100, 60)
    found = restricted_mean(pd.DataFrame({"exit": days, "event": 1}), horizon=50).tidy().iloc[0]
    assert found["std_error"] == pytest.approx(np.minimum(days, 50).std() / np.sqrt(60))


def test_order_unit_and_names_of_groups() -> None:
    random = np.random.default_rng(6)
    table = pd.DataFrame({"exit": random.integers(0, 60, 90), "event": random.integers(0, 2, 90)})
    table["group"] = random.choice(["a", "b"], 90)
    plain = restricted_mean(table, by="group", horizon=40).tidy()
    shuffled = restricted_mean(table.sample(frac=1, random_state=1), by="group", horizon=40).tidy()
    pd.testing.assert_frame_equal(plain, shuffled)
    weeks = restricted_mean(table.assign(exit=table["exit"] / 7), by="group", horizon=40 / 7).tidy()
    assert (weeks["estimate"] * [7, 7, 7, 1]).tolist() == pytest.approx(plain["estimate"].tolist())
    renamed = table.assign(group=table["group"].map({"a": "z", "b": "y"}))
    swapped = restricted_mean(renamed, by="group", horizon=40).tidy()
    assert swapped["estimate"].tolist()[2:] == pytest.approx([-plain["estimate"][2], 1 / plain["estimate"][3]])
    assert swapped["p_value"].tolist()[2:] == pytest.approx(plain["p_value"].tolist()[2:])


def test_bad_requests_are_refused() -> None:
    table = pd.DataFrame({"exit": [1, 2, 3], "event": [1, 0, 1], "group": list("aba")})
    with pytest.raises(DefinitionError, match="horizon"):
        restricted_mean(table, horizon=0)
    with pytest.raises(DefinitionError, match="conf_level"):
        restricted_mean(table, horizon=2, conf_level=95)
    table.attrs["measured_day"] = {"group": 90}
    with pytest.raises(ImmortalTime):
        restricted_mean(table, by="group", horizon=2)


def test_where_all_have_the_event_on_day_0_there_is_no_ratio() -> None:
    table = pd.DataFrame({"exit": 0.0, "event": 1, "group": ["a", "b"] * 5})
    found = restricted_mean(table, by="group", horizon=100).table.set_index("term")
    assert found.loc["restricted mean", "estimate"].tolist() == [0.0, 0.0]
    assert np.isnan(found.loc["ratio", "estimate"])
