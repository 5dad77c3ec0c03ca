"""Gray's test: by hand, collapse, invariants, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import gray, log_rank


def test_expected_events_by_hand() -> None:
    # Two in each group, nobody censored, so whoever had another cause stays: b counts 2 until the end.
    # Day 1: 2 and 2: a expects 1/2. Day 3: 1 and 2 (cause 2 came on day 2): 1/3. Day 4: nobody of a is at risk
    # any more: 0. So a expects 5/6 of the three events and b 13/6.
    table = pd.DataFrame({"exit": [1, 3, 2, 4], "cause": [1, 1, 2, 1], "group": list("aabb")})
    first = gray(table).method.options["groups"]["1"]
    assert first["a"] == pytest.approx({"observed": 2, "expected": 5 / 6})
    assert first["b"] == pytest.approx({"observed": 1, "expected": 13 / 6})


def test_statistic_by_hand_without_ties() -> None:
    # Events of cause 1 on days 1 (a) and 2 (b), then all are censored: 2 and 2 at risk, then 1 and 2.
    # Scores: a 1 - 1/2 - 1/3 = 1/6. With one cause 1 - F = S within a group, so on each day membership spreads by
    # h_a (1 - h_a / h), h = n / S(t-): day 1: 2 * (1 - 2/4) = 1; day 2: h_a = 1 / (1/2) = 2: again 1.
    # Pooled 1 - F: 3/4 after day 1, 1/2 after day 2. Drift adds spread * d / (h (1 - F(t-))): 1/4, then 1/3.
    # Left to come after day 1: 1/3, after day 2: 0.
    # Day 1, per event variance S(t-) d / (h n) = 1 / (4 * 2) = 1/8 in each group.
    #   In a S = 1/2, t = 1 - (3/4) / (1/2) = -1/2: 1 - 1/2 * 1/3 = 5/6. In b S = 1, t = 1/4: -1 - 1/4 * 1/3 = -13/12.
    # Day 2: in a 1/2 / (4 * 1) = 1/8 and 1; in b 1 / (4 * 2) = 1/8 and -1.
    table = pd.DataFrame({"exit": [1, 5, 2, 5], "cause": [1, 0, 1, 0], "group": list("aabb")})
    variance = ((5 / 6) ** 2 + (13 / 12) ** 2 + 1 + 1) / 8
    assert gray(table).tidy()["statistic"].item() == pytest.approx((1 / 6) ** 2 / variance)


def drawn(seed: int, rows: int = 150) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "exit": random.integers(0, 25, rows),
            "cause": random.integers(0, 4, rows),
            "group": random.choice(list("abc"), rows),
            "site": random.integers(0, 2, rows),
        }
    )


def test_with_one_cause_observed_and_expected_are_those_of_the_log_rank_test() -> None:
    table = drawn(1).assign(cause=lambda t: (t["cause"] > 0) * 1)
    ours = gray(table, strata="site").method.options["groups"]["1"]
    theirs = log_rank(table, event="cause", strata="site").method.options["groups"]
    for name, counts in ours.items():
        assert counts == pytest.approx({key: theirs[name][key] for key in counts})


def test_one_stratum_is_no_strata_and_strata_add_up() -> None:
    table = drawn(2)
    pd.testing.assert_frame_equal(gray(table).tidy(), gray(table.assign(one="x"), strata="one").tidy())
    both = gray(table, strata="site").method.options["groups"]
    apart = [gray(part).method.options["groups"] for _, part in table.groupby("site")]
    for cause, groups in both.items():
        for name, counts in groups.items():
            assert counts["expected"] == pytest.approx(sum(part[cause][name]["expected"] for part in apart))


def test_a_difference_is_found_and_its_absence_is_not() -> None:
    # Under no difference the statistic follows chi-squared: over 400 draws 5 % of p-values fall below 0.05,
    # give or take 2.2 points (two Monte Carlo errors).
    random = np.random.default_rng(3)
    found = []
    for _ in range(400):
        days, leaves = random.exponential(10, 80), random.uniform(2, 30, 80)
        cause = np.where(days < leaves, random.integers(1, 3, 80), 0)
        table = pd.DataFrame({"exit": np.minimum(days, leaves), "cause": cause, "group": np.arange(80) % 2})
        found.append(gray(table).tidy()["p_value"].iloc[0])
    assert 0.028 <= np.mean(np.array(found) < 0.05) <= 0.072
    assert gray(drawn(3).assign(group=lambda t: t["cause"] == 1)).tidy()["p_value"].iloc[0] < 1e-6


rows = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 2), st.sampled_from("ab")), min_size=8, max_size=40)


@settings(deadline=None, max_examples=60)
@given(rows)
def test_order_unit_and_labels_do_not_matter(drawn: list[tuple[int, int, str]]) -> None:
    table = pd.DataFrame(drawn, columns=["exit", "cause", "group"])
    try:
        found = gray(table).tidy()
    except NotEstimable:
        return
    known = found.dropna()
    assert known["statistic"].ge(0).all()
    assert known["p_value"].between(0, 1).all()
    for other in (
        table.sample(frac=1, random_state=0),
        table.assign(exit=table["exit"] * 7),
        table.assign(group=table["group"].map({"a": "z", "b": "y"})),
    ):
        pd.testing.assert_frame_equal(gray(other).tidy(), found, rtol=1e-8, atol=1e-10)
    swapped = gray(table.assign(cause=table["cause"].map({0: 0, 1: 2, 2: 1}))).tidy()
    assert sorted(swapped["statistic"].dropna()) == pytest.approx(sorted(known["statistic"]), rel=1e-8, abs=1e-10)


def test_a_cause_that_never_happens_in_a_group_is_said() -> None:
    table = drawn(4)
    table.loc[(table["group"] == "c") & (table["cause"] == 2), "cause"] = 0
    found = gray(table)
    assert "2 in c" in found.checks[0].sentence
    assert "CHECK FAILED" in found.summary()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(NotEstimable, match="one value only"):
        gray(drawn(5).assign(group="a"))
    with pytest.raises(NotEstimable, match="censored"):
        gray(drawn(5).assign(cause=0))
    apart = pd.DataFrame({"exit": [1, 2, 8, 9], "cause": [0, 0, 1, 1], "group": list("aabb")})
    with pytest.raises(NotEstimable, match="one group alone"):
        gray(apart)
    with pytest.raises(DefinitionError, match="rho"):
        gray(drawn(5), rho=np.nan)


def test_groups_and_strata_from_the_future_are_refused() -> None:
    table = drawn(6)
    table.attrs["measured_day"] = {"site": 90}
    with pytest.raises(ImmortalTime):
        gray(table, strata="site")
    table.attrs["measured_day"] = {"group": 90}
    with pytest.raises(ImmortalTime):
        gray(table)


def test_a_pooled_incidence_beyond_one_is_said_and_not_turned_into_a_number() -> None:
    # Day 1 takes all of a: pooled 2/4. On day 2 b alone is left: 1/2 + 1/2 = 1, so day 3 would weigh (1 - 1) ** -0.5
    # and drift by 1 / (1 - 1).
    table = pd.DataFrame({"exit": [1, 1, 2, 3], "cause": [1, 1, 1, 1], "group": list("aabb")})
    with pytest.raises(NotEstimable, match="pooled incidence passes 1"):
        gray(table, rho=0.5)


def test_a_cause_that_cannot_be_compared_leaves_the_others_their_test() -> None:
    table = drawn(7)
    table.loc[table["cause"] == 3, "cause"] = 0
    late = pd.DataFrame({"exit": [90, 95], "cause": [3, 0], "group": ["a", "a"], "site": 0})
    found = gray(pd.concat([table, late]))
    assert found.tidy()["statistic"].notna().tolist() == [True, True, False]
    assert "'3': whenever it came, one group alone" in found.checks[1].sentence
