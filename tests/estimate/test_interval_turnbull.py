"""Turnbull's curve: by hand, collapse to Kaplan–Meier, invariants, limits, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import kaplan_meier, turnbull
from remission.estimate.kernels.innermost_intervals import innermost_intervals
from remission.estimate.kernels.turnbull_curve import resample, turnbull_curve


def intervals(rows: list[tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["left", "right"], dtype=float)


def drawn(seed: int, n: int, exact: float = 0.0) -> pd.DataFrame:
    """Times seen at irregular visits, some missed; a share of them known to the day."""
    random = np.random.default_rng(seed)
    day = np.ceil(random.exponential(100, n))
    visits = np.array([30, 60, 120, 240]) + random.integers(-12, 13, (n, 4))
    came = np.where(random.random((n, 4)) < 0.8, visits, -1)
    left = np.where((came >= 0) & (came < day[:, None]), came, 0).max(axis=1).astype(float)
    right = np.where((came >= 0) & (came >= day[:, None]), came, np.inf).min(axis=1)
    known = (random.random(n) < exact) & np.isfinite(right)
    return pd.DataFrame({"left": np.where(known, day, left), "right": np.where(known, day, right)})


def test_by_hand() -> None:
    # (0,1], (0,2], (1,2], (1,never]: innermost are (0,1] and (1,2]; with mass p on the first the likelihood is
    # p * 1 * (1-p) * (1-p), largest at p = 1/3. The second row had its event in (0,1] with probability 1/3.
    curve = turnbull(intervals([(0, 1), (0, 2), (1, 2), (1, np.inf)]), resamples=0)
    assert curve.innermost[["left", "right"]].to_numpy().tolist() == [[0, 1], [1, 2]]
    np.testing.assert_allclose(curve.innermost["probability"], [1 / 3, 2 / 3], atol=1e-9)
    tidy = curve.tidy()
    assert tidy["time"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(tidy["estimate"], [1, 2 / 3, 0], atol=1e-9)
    np.testing.assert_allclose(tidy["n_event"], [0, 4 / 3, 5 / 3], atol=1e-8)
    np.testing.assert_allclose(tidy["n_at_risk"], [4, 4, 5 / 3], atol=1e-8)
    assert tidy["n_censored"].tolist() == [0, 1, 0]


def test_adjacent_waves_do_not_share_a_day() -> None:
    # Seen free on day 91 and found on day 182 is after day 91; found on day 91 is not. Closed intervals would put
    # both on day 91 itself.
    curve = turnbull(intervals([(0, 91), (91, 182), (91, np.inf), (182, np.inf)]), resamples=0)
    np.testing.assert_allclose(curve.at([90, 91, 181, 182])["estimate"], [1, 0.75, 0.75, 0.375])


def test_an_exact_time_lies_inside_what_ends_there_and_outside_what_starts_there() -> None:
    spans = innermost_intervals(np.array([3.0, 1, 3]), np.array([3.0, 3, 5]))
    assert np.column_stack([spans.left, spans.right]).tolist() == [[3, 3], [3, 5]]
    assert spans.first.tolist() == [0, 0, 1]
    assert spans.last.tolist() == [1, 1, 2]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=30))
def test_exact_times_collapse_to_kaplan_meier(rows: list[tuple[int, bool]]) -> None:
    table = pd.DataFrame(rows, columns=["exit", "event"]).astype({"event": int})
    if not table["event"].any():
        return
    table = table.assign(left=table["exit"], right=table["exit"].where(table["event"] == 1))
    ours, theirs = turnbull(table, resamples=0), kaplan_meier(table)
    events = theirs.tidy().query("n_event > 0")
    ends = events["time"].tolist()
    read = ours.at(ends)
    for column in ("estimate", "n_at_risk"):
        np.testing.assert_allclose(read[column], events[column], atol=1e-9)
    np.testing.assert_allclose(ours.tidy().query("n_event > 0")["n_event"], events["n_event"], atol=1e-9)
    np.testing.assert_allclose(ours.at([13])["estimate"], theirs.at([13])["estimate"], atol=1e-9)


def test_one_common_look_gives_the_share() -> None:
    table = intervals([(0, 30)] * 7 + [(30, np.inf)] * 13)
    curve = turnbull(table, resamples=400)
    end = curve.at(30)
    assert end["estimate"].item() == pytest.approx(13 / 20)
    # Standard error of a share, sqrt(p q / n) = 0.1067; 400 resamples leave 4 % of error.
    assert end["std_error"].item() == pytest.approx(np.sqrt(0.65 * 0.35 / 20), rel=0.12)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(5, 60), exact=st.sampled_from([0.0, 0.3, 1.0]))
def test_the_conditions_of_the_maximum_hold_and_the_product_limit_agrees(seed: int, n: int, exact: float) -> None:
    table = drawn(seed, n, exact)
    if not np.isfinite(table["right"]).any():
        return
    curve = turnbull(table, resamples=0)
    assert [check.passed for check in curve.checks[:2]] == [True, True]
    tidy = curve.tidy()
    steps = tidy["estimate"].to_numpy()
    assert (np.diff(steps) <= 1e-12).all()
    assert steps.min() >= 0
    assert steps.max() <= 1
    # The curve is the product-limit estimate of its own expected events.
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(tidy["n_event"] > 0, tidy["n_event"] / tidy["n_at_risk"], 0.0)
    np.testing.assert_allclose(np.cumprod(1 - share), steps, atol=1e-6)
    # No distribution is more likely: mixing a little of any other point mass in lowers the likelihood.
    spans = innermost_intervals(table["left"].to_numpy(), table["right"].to_numpy())
    masses = np.zeros(len(spans.left))
    held = curve.innermost
    masses[np.searchsorted(spans.left, held["left"])] = held["probability"]
    if exact == 0:
        covers = (spans.first[:, None] <= np.arange(len(masses))) & (np.arange(len(masses)) < spans.last[:, None])
        assert (covers / (covers @ masses)[:, None]).mean(axis=0).max() <= 1 + 1e-7


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), unit=st.sampled_from([1 / 7, 0.5, 24.0]))
def test_row_order_and_time_unit_do_not_matter(seed: int, unit: float) -> None:
    table = drawn(seed, 40)
    plain = turnbull(table, resamples=0).tidy()
    moved = turnbull(table.sample(frac=1, random_state=seed) * unit, resamples=0).tidy()
    np.testing.assert_allclose(moved["time"], plain["time"] * unit)
    np.testing.assert_allclose(moved["estimate"], plain["estimate"], atol=1e-7)


def test_groups_are_fitted_apart() -> None:
    one, two = drawn(1, 50), drawn(2, 30)
    both = pd.concat([one.assign(site="a"), two.assign(site="b")], ignore_index=True)
    curve = turnbull(both, by="site", resamples=20)
    for name, part in (("a", one), ("b", two)):
        tidy = curve.tidy()
        ours = tidy[tidy["stratum"] == name].drop(columns="stratum").reset_index(drop=True)
        pd.testing.assert_frame_equal(ours, turnbull(part, resamples=20).tidy().drop(columns="stratum"))


def test_limits_are_the_same_for_the_same_seed_and_differ_for_another() -> None:
    table = drawn(3, 60)
    first, again, other = (turnbull(table, resamples=50, seed=seed).tidy() for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["conf_low"].equals(other["conf_low"])


def test_limits_hold_the_estimate_and_are_missing_where_nothing_is_left() -> None:
    tidy = turnbull(drawn(4, 80, exact=0.2), resamples=200).tidy()
    told = tidy[tidy["conf_low"].notna()]
    assert (told["conf_low"] <= told["estimate"] + 1e-9).all()
    assert (told["conf_high"] >= told["estimate"] - 1e-9).all()
    emptied = turnbull(intervals([(0, 1), (0, 2), (1, 2)] * 10), resamples=50).tidy().iloc[-1]
    assert emptied["estimate"] == 0
    assert emptied[["std_error", "conf_low", "conf_high"]].isna().all()


def test_limits_of_a_resample_start_anew_where_the_fitted_curve_has_lost_its_end() -> None:
    # Only one row reaches beyond day 240; a third of the resamples lack it.
    table = pd.concat([drawn(5, 40).query("right < 1000"), intervals([(300, np.inf)])])
    curve = turnbull(table, resamples=100)
    assert curve.checks[2].passed


def test_without_resamples_there_are_no_limits_and_a_check_says_so() -> None:
    curve = turnbull(drawn(6, 40), resamples=0)
    assert curve.tidy()["conf_low"].iloc[1:].isna().all()
    failed = [check for check in curve.checks if not check.passed]
    assert [check.name for check in failed] == ["limits"]
    assert "no errors or limits" in failed[0].sentence


def test_a_group_without_events_stays_at_1_and_fails_a_check() -> None:
    table = pd.concat([drawn(7, 30).assign(site="a"), intervals([(90, np.inf)] * 25).assign(site="b")])
    curve = turnbull(table, by="site", resamples=20)
    assert "No event was found in b" in next(check for check in curve.checks if not check.passed).sentence
    assert curve.at(90).query("stratum == 'b'")["estimate"].item() == 1


def test_a_missing_right_end_means_not_yet_and_a_missing_left_end_is_left_out() -> None:
    table = intervals([(0, 30), (30, np.inf), (30, np.nan), (np.nan, 30)])
    curve = turnbull(table, resamples=0)
    assert curve.at(30)["estimate"].item() == pytest.approx(2 / 3)
    assert curve.sample.left_out == (("left is missing", 1),)
    assert (curve.sample.participants, curve.sample.events, curve.sample.person_time) == (3, 1, 60)


def test_events_on_day_0_lower_the_curve_on_day_0() -> None:
    curve = turnbull(intervals([(0, 0), (0, 30), (30, np.inf), (30, np.inf)]), resamples=0)
    np.testing.assert_allclose(curve.at([0, 30])["estimate"], [0.75, 0.5])


def test_what_cannot_be_estimated_is_refused() -> None:
    with pytest.raises(NotEstimable, match="right-censored"):
        turnbull(intervals([(30, np.inf)] * 5))
    with pytest.raises(NotEstimable, match="One participant"):
        turnbull(intervals([(0, 30)]))
    with pytest.raises(NotEstimable, match="No row"):
        turnbull(intervals([(np.nan, 30)]))
    with pytest.raises(NotEstimable, match="No row"):
        turnbull(intervals([]))


def test_wrong_tables_are_refused() -> None:
    good = intervals([(0, 30), (30, 60), (30, np.inf)])
    with pytest.raises(DefinitionError, match="ends before it starts"):
        turnbull(good.assign(right=[30, 10, 60]))
    with pytest.raises(DefinitionError, match="before the time origin"):
        turnbull(good.assign(left=[-1, 0, 0]))
    with pytest.raises(DefinitionError, match="no finite numbers"):
        turnbull(good.assign(left=[np.inf, 0, 0]))
    with pytest.raises(DefinitionError, match="no finite numbers"):
        turnbull(good.assign(right=["30", "never", "60"]))
    with pytest.raises(DefinitionError, match="dates"):
        turnbull(good.assign(left=pd.Timestamp("2026-01-01")))
    with pytest.raises(DefinitionError, match="several rows"):
        turnbull(good.assign(participant_id=[1, 1, 2]))
    with pytest.raises(DefinitionError, match="no column"):
        turnbull(good, by="site")
    with pytest.raises(DefinitionError, match="resamples"):
        turnbull(good, resamples=-1)


def test_a_group_known_only_later_is_refused() -> None:
    table = drawn(8, 30).assign(attended=1)
    table.attrs["measured_day"] = {"attended": 90}
    with pytest.raises(ImmortalTime, match="attended"):
        turnbull(table, by="attended")


def test_limits_cover_the_truth_about_as_often_as_they_say() -> None:
    # Exponential with mean 100 days; 40 samples of 100, at two days: the share has an error of about 3 points.
    inside = []
    for seed in range(40):
        at = turnbull(drawn(1000 + seed, 100), resamples=50, seed=seed).at([75, 180])
        truth = np.exp(-np.array([75, 180]) / 100)
        inside.append((at["conf_low"].to_numpy() <= truth) & (truth <= at["conf_high"].to_numpy()))
    assert 0.84 <= np.mean(inside) <= 0.995


def test_every_resample_is_the_curve_of_the_rows_drawn() -> None:
    random = np.random.default_rng(4)
    day, end = np.ceil(random.exponential(60, 40)), random.integers(10, 200, 40)
    left, right = np.minimum(day, end), np.where(day <= end, day, np.inf)
    # Half of the times are known to a week only.
    rough = random.random(40) < 0.5
    left, right = np.where(rough, 7 * (left // 7), left), np.where(rough, 7 * (left // 7) + 7, right)
    curve = turnbull_curve(left, right)
    found = resample(curve, left, right, 30, 9)
    again = np.random.default_rng(9)
    for row in found:
        drawn = again.integers(0, left.size, left.size)
        one = turnbull_curve(left[drawn], right[drawn])
        falls = np.concatenate([[0.0], np.cumsum(one.masses)])
        expected = 1 - falls[np.searchsorted(one.spans.right, curve.spans.right, side="right")]
        np.testing.assert_allclose(row, expected, atol=1e-7)


def test_with_exact_days_the_errors_are_near_greenwoods() -> None:
    random = np.random.default_rng(5)
    day, end = np.ceil(random.exponential(100, 300)), random.integers(20, 300, 300)
    event = day <= end
    table = pd.DataFrame({"left": np.minimum(day, end), "right": np.where(event, day, np.inf)})
    product_limit = kaplan_meier(table.assign(event=event.astype(int)), exit="left").at([10, 50, 100, 150])
    found = turnbull(table).at([10, 50, 100, 150])
    np.testing.assert_allclose(found["estimate"], product_limit["estimate"], atol=1e-9)
    # 500 resamples leave 3 % in a standard deviation.
    np.testing.assert_allclose(found["std_error"], product_limit["std_error"], rtol=0.15)
    assert ((found["conf_low"] < found["estimate"]) & (found["estimate"] < found["conf_high"])).all()
