"""Survival at a fixed day: by hand, collapse, refusals."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import fixed_day_difference, kaplan_meier

GROUPS = pd.DataFrame(
    {"exit": [2, 4, 9, 9, 1, 3, 5, 9, 9], "event": [1, 0, 1, 0, 0, 1, 0, 1, 1], "group": list("aaaabbbbb")}
)


def test_by_hand() -> None:
    # In both groups one of 4 at risk has the event by day 6: 3/4, variance (3/4)^2 / (4 * 3) = 3/64.
    same = fixed_day_difference(GROUPS, by="group", day=6)
    assert same.table["estimate"].tolist() == pytest.approx([0.75, 0.75, 0])
    assert same.table["std_error"].tolist() == pytest.approx([np.sqrt(3 / 64)] * 2 + [np.sqrt(6 / 64)])
    assert same.table["p_value"].iloc[2] == 1
    # c: 1/2 of 4 by day 6, variance 1/16. log(-log): log(log 2) and log(log 4/3); their variances are
    # 1/16 / (1/2 log 2)^2 = 1 / (4 log(2)^2) and (3/64) / (3/4 log 3/4)^2 = 1 / (12 log(3/4)^2).
    other = pd.DataFrame({"exit": [1, 2, 8, 8], "event": [1, 1, 0, 0], "group": "c"})
    found = fixed_day_difference(pd.concat([GROUPS[:4], other]), by="group", day=6)
    gap = np.log(np.log(2)) - np.log(np.log(4 / 3))
    statistic = gap**2 / (1 / (4 * np.log(2) ** 2) + 1 / (12 * np.log(0.75) ** 2))
    assert found.table["statistic"].iloc[2] == pytest.approx(statistic)
    assert found.glance()["chi_squared"].item() == pytest.approx(statistic)
    assert found.table["estimate"].iloc[2] == pytest.approx(-0.25)
    assert found.glance()["p_value"].item() == pytest.approx(found.table["p_value"].iloc[2])


def test_without_censoring_the_plain_test_is_that_of_two_proportions() -> None:
    table = pd.DataFrame(
        {"exit": [1] * 30 + [9] * 70 + [1] * 50 + [9] * 50, "event": 1, "group": [0] * 100 + [1] * 100}
    )
    found = fixed_day_difference(table, by="group", day=5, scale="plain").table.iloc[2]
    error = np.sqrt(0.7 * 0.3 / 100 + 0.5 * 0.5 / 100)
    assert found["std_error"] == pytest.approx(error)
    assert found["statistic"] == pytest.approx((0.2 / error) ** 2)


def test_groups_are_those_of_kaplan_meier() -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame({"exit": random.integers(1, 300, 200), "event": random.integers(0, 2, 200)})
    table["group"] = random.choice(list("abc"), 200)
    found = fixed_day_difference(table, by="group", day=180).table
    curve = kaplan_meier(table, by="group").at(180)
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(found.loc[:2, columns], curve[columns])
    assert found["term"].tolist() == ["survival"] * 3 + ["difference"] * 2


def test_all_or_none_leaves_no_error() -> None:
    table = pd.DataFrame({"exit": [9, 9, 3, 9], "event": [0, 1, 1, 0], "group": list("aabb")})
    found = fixed_day_difference(table, by="group", day=5)
    assert found.table["estimate"].tolist() == [1, 0.5, -0.5]
    assert found.table.loc[[0, 2], ["std_error", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert np.isnan(found.glance()["p_value"].item())
    assert [check.sentence for check in found.checks if not check.passed] == [
        "All or none had the event by the day in a: its error is not 0 but unknown."
    ]


def test_bad_requests_are_refused() -> None:
    with pytest.raises(NotEstimable, match="'a' is followed to 9 only"):
        fixed_day_difference(GROUPS, by="group", day=10)
    with pytest.raises(NotEstimable, match="one value only"):
        fixed_day_difference(GROUPS[:4], by="group", day=5)
    with pytest.raises(DefinitionError, match="origin"):
        fixed_day_difference(GROUPS, by="group", day=0)
    dated = GROUPS.copy()
    dated.attrs["measured_day"] = {"group": 90}
    with pytest.raises(ImmortalTime):
        fixed_day_difference(dated, by="group", day=5)
