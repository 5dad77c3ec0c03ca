"""Restricted means: by hand, collapse, R's survRM2."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import NotEstimable
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
    assert not fit.checks[0].passed
