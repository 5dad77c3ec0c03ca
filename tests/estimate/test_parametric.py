"""Accelerated failure time models: by hand, derivatives, collapse, truncation, invariants, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import parametric
from remission.estimate.kernels.accelerated_life import LifeRows, log_likelihood
from remission.estimate.kernels.time_laws import LAWS, span

DISTRIBUTIONS = tuple(LAWS)


def drawn(seed: int, n: int = 120) -> pd.DataFrame:
    """Weibull times (scale 0.7, log time ratios 0.6 and -0.4), censored; and as looks every 20 days saw them."""
    random = np.random.default_rng(seed)
    x, z = random.integers(0, 2, n), random.normal(size=n)
    time = np.exp(4 + 0.6 * x - 0.4 * z + 0.7 * np.log(random.exponential(size=n)))
    ends = random.uniform(20, 200, n)
    event = (time <= ends).astype(int)
    exit_day = np.minimum(time, ends)
    last = np.floor(ends / 20) * 20
    left = np.minimum(np.floor(time / 20) * 20, last)
    right = np.where(time <= last, left + 20, np.inf)
    return pd.DataFrame({"exit": exit_day, "event": event, "x": x, "z": z, "left": left, "right": right})


def estimates(fit: object, column: str = "estimate") -> np.ndarray:
    return np.asarray(fit.tidy()[column], dtype=float)  # type: ignore[attr-defined]


def test_exponential_without_covariates_is_events_over_person_time() -> None:
    # 3 events in 2 + 3 + 5 + 6 + 8 = 24 days: log mean time log 8, error 1 / sqrt 3, log-likelihood -3 log 8 - 3.
    table = pd.DataFrame({"exit": [2, 3, 5, 6, 8], "event": [1, 0, 1, 1, 0]})
    fit = parametric("Event(exit, event) ~ 1", table, distribution="exponential")
    row = fit.tidy().iloc[0]
    assert fit.tidy()["term"].tolist() == ["Intercept"]
    assert row["estimate"] == pytest.approx(np.log(8), abs=1e-10)
    assert row["std_error"] == pytest.approx(1 / np.sqrt(3), abs=1e-10)
    assert fit.log_likelihood == pytest.approx(-3 * np.log(8) - 3, abs=1e-10)


def test_exponential_with_delayed_entry_counts_time_from_entry() -> None:
    table = pd.DataFrame({"entry": [0, 1, 0, 4, 2], "exit": [2, 3, 5, 6, 8], "event": [1, 0, 1, 1, 0]})
    fit = parametric("Event(entry, exit, event) ~ 1", table, distribution="exponential")
    assert estimates(fit)[0] == pytest.approx(np.log(17 / 3), abs=1e-10)
    assert fit.sample.person_time == 17


def test_lognormal_without_censoring_is_the_mean_of_log_times() -> None:
    days = np.array([2.0, 3, 5, 7, 11, 13])
    fit = parametric("Event(exit, event) ~ 1", pd.DataFrame({"exit": days, "event": 1}), distribution="lognormal")
    logs = np.log(days)
    np.testing.assert_allclose(estimates(fit), [logs.mean(), np.log(logs.std())], atol=1e-9)
    np.testing.assert_allclose(estimates(fit, "std_error"), [logs.std() / np.sqrt(6), 1 / np.sqrt(12)], rtol=1e-7)
    assert fit.scale == pytest.approx(logs.std())


def test_one_common_look_and_an_exponential_law() -> None:
    # 30 of 40 free on day 10: exp(-10 / mean) = 0.75.
    table = pd.DataFrame({"left": [0] * 10 + [10] * 30, "right": [10.0] * 10 + [np.nan] * 30})
    fit = parametric("Interval(left, right) ~ 1", table, distribution="exponential")
    assert estimates(fit)[0] == pytest.approx(np.log(-10 / np.log(0.75)), abs=1e-9)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_derivatives_agree_with_differences(distribution: str) -> None:
    random = np.random.default_rng(3)
    n, law = 40, LAWS[distribution]
    low = random.normal(size=n)
    high = np.where(np.arange(n) % 4 == 0, low, low + random.exponential(size=n))
    high[np.arange(n) % 4 == 1] = np.inf
    low[np.arange(n) % 4 == 2] = -np.inf
    entry = np.where(np.arange(n) % 3 == 0, np.minimum(low, 0) - 0.5, -np.inf)
    rows = LifeRows(low, high, entry, np.column_stack([np.ones(n), random.normal(size=n)]))
    free = distribution != "exponential"
    at, h = np.array([0.2, -0.3, 0.4])[: 2 + int(free)], 1e-6
    _, slope, information = log_likelihood(law, rows, at, free)
    steps = h * np.eye(at.size)
    by_value = [
        (log_likelihood(law, rows, at + e, free)[0] - log_likelihood(law, rows, at - e, free)[0]) / (2 * h)
        for e in steps
    ]
    by_slope = [
        (log_likelihood(law, rows, at + e, free)[1] - log_likelihood(law, rows, at - e, free)[1]) / (2 * h)
        for e in steps
    ]
    np.testing.assert_allclose(slope, by_value, atol=1e-6)
    np.testing.assert_allclose(-information, by_slope, atol=1e-6)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_probabilities_of_intervals_keep_their_digits_in_both_tails(distribution: str) -> None:
    # Between z and z + 1e-6 the probability is density times width; subtraction of two probabilities would lose it.
    law = LAWS[distribution]
    z = np.array([-12.0, -5, 0, 2.5])
    part = span(law, z, z + 1e-6)
    np.testing.assert_allclose(part.value, law.log_density(z + 5e-7) + np.log(1e-6), atol=1e-6)
    np.testing.assert_allclose(np.exp(law.log_above(law.quantile(np.array([0.1, 0.5, 0.9])))), [0.9, 0.5, 0.1])


def test_equal_ends_are_exact_times() -> None:
    table = drawn(1)
    exact = table.assign(left=table["exit"], right=table["exit"].where(table["event"] == 1))
    one = parametric("Interval(left, right) ~ x + z", exact)
    two = parametric("Event(exit, event) ~ x + z", table)
    np.testing.assert_allclose(estimates(one), estimates(two), atol=1e-10)
    assert one.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-9)


def test_a_weibull_law_with_scale_1_is_exponential() -> None:
    # Quantiles of the exponential law: the fitted scale comes near 1, and twice the gain in likelihood stays small.
    days = -100 * np.log1p(-(np.arange(400) + 0.5) / 400)
    table = pd.DataFrame({"exit": days, "event": 1})
    weibull = parametric("Event(exit, event) ~ 1", table)
    exponential = parametric("Event(exit, event) ~ 1", table, distribution="exponential")
    assert weibull.scale == pytest.approx(1, abs=0.01)
    gain = 2 * ((weibull.log_likelihood or 0) - (exponential.log_likelihood or 0))
    assert 0 <= gain < 0.1


def test_weibull_hazard_ratios_are_time_ratios_over_the_scale() -> None:
    table = drawn(2)
    fit = parametric("Event(exit, event) ~ x + z", table)
    ratios = fit.hazard_ratios()
    np.testing.assert_allclose(ratios["estimate"], -estimates(fit)[1:3] / fit.scale)
    # The survival of one who has x is that of one who has not to the power of the ratio.
    curves = fit.survival(pd.DataFrame({"x": [0, 1], "z": 0}), [10.0, 50.0, 100.0])
    np.testing.assert_allclose(np.log(curves[1]) / np.log(curves[0]), np.exp(ratios["estimate"].iloc[0]))
    with pytest.raises(DefinitionError, match="not proportional"):
        parametric("Event(exit, event) ~ x", table, distribution="lognormal").hazard_ratios()


def test_lifelines_agrees_with_delayed_entry() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import WeibullAFTFitter

        table = drawn(3, 200).assign(entry=lambda t: np.minimum(t["exit"] * 0.5, 10))
        theirs = WeibullAFTFitter().fit(table[["entry", "exit", "event", "x", "z"]], "exit", "event", entry_col="entry")
    fit = parametric("Event(entry, exit, event) ~ x + z", table)
    lam, rho = theirs.params_["lambda_"], theirs.params_["rho_"]["Intercept"]
    np.testing.assert_allclose(estimates(fit), [lam["Intercept"], lam["x"], lam["z"], -rho], atol=2e-4)
    assert fit.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-4)


def test_lifelines_agrees_on_intervals() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import LogNormalAFTFitter

        table = drawn(4, 200)
        seen = table[["left", "right", "x", "z"]].assign(left=lambda t: t["left"].clip(lower=1e-12))
        theirs = LogNormalAFTFitter().fit_interval_censoring(seen, "left", "right")
    fit = parametric("Interval(left, right) ~ x + z", table, distribution="lognormal")
    assert fit.log_likelihood == pytest.approx(theirs.log_likelihood_, abs=1e-3)
    np.testing.assert_allclose(estimates(fit)[1:3], theirs.params_["mu_"][["x", "z"]], atol=2e-3)


def test_entry_of_0_changes_nothing() -> None:
    table = drawn(5).assign(entry=0)
    two, three = (parametric(f"Event({names}) ~ x", table) for names in ("exit, event", "entry, exit, event"))
    pd.testing.assert_frame_equal(two.tidy(), three.tidy())


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    distribution=st.sampled_from(DISTRIBUTIONS),
    unit=st.sampled_from([1 / 30, 24.0]),
    left=st.sampled_from(["Event(exit, event)", "Interval(left, right)"]),
)
def test_row_order_and_units_do_not_matter(seed: int, distribution: str, unit: float, left: str) -> None:
    table = drawn(seed, 80)
    plain = parametric(f"{left} ~ x + z", table, distribution=distribution)
    moved = table.sample(frac=1, random_state=seed).assign(z=lambda t: 10 * t["z"])
    moved[["exit", "left", "right"]] *= unit
    again = parametric(f"{left} ~ x + z", moved, distribution=distribution)
    expected = estimates(plain)
    expected[0] += np.log(unit)
    found = estimates(again)
    found[2] *= 10
    np.testing.assert_allclose(found, expected, atol=1e-6)
    shift = table["event"].sum() * np.log(unit) if left.startswith("Event") else 0.0
    assert again.log_likelihood == pytest.approx((plain.log_likelihood or 0) - shift, abs=1e-6)


def test_estimates_recover_the_truth_and_limits_cover_it() -> None:
    truth = np.array([4, 0.6, -0.4, np.log(0.7)])
    fits = [parametric("Interval(left, right) ~ x + z", drawn(3000 + seed, 150)).tidy() for seed in range(150)]
    inside = [(f["conf_low"].to_numpy() <= truth) & (truth <= f["conf_high"].to_numpy()) for f in fits]
    assert np.abs(np.mean([f["estimate"] for f in fits], axis=0) - truth).max() < 0.05
    assert ((np.mean(inside, axis=0) >= 0.9) & (np.mean(inside, axis=0) <= 0.99)).all()


def test_predictions_are_log_times_and_leave_the_scale_out() -> None:
    table = drawn(6)
    fit = parametric("Event(exit, event) ~ x", table)
    got = fit.predict(pd.DataFrame({"x": [0, 1]}))
    np.testing.assert_allclose(got["estimate"], [estimates(fit)[0], estimates(fit)[:2].sum()])
    assert got["std_error"].iloc[0] == pytest.approx(estimates(fit, "std_error")[0])


def test_a_group_without_events_fails_a_check() -> None:
    table = drawn(7)
    table.loc[table["x"] == 1, "event"] = 0
    fit = parametric("Event(exit, event) ~ x + z", table)
    sentence = next(check for check in fit.checks if check.name == "finite estimates")
    assert not sentence.passed
    assert "of x " in sentence.sentence


def test_someone_who_left_on_day_0_says_nothing() -> None:
    table = drawn(8)
    left = pd.DataFrame({"exit": [0.0], "event": [0], "x": [1], "z": [0.0]})
    one = parametric("Event(exit, event) ~ x", pd.concat([table, left], ignore_index=True))
    np.testing.assert_allclose(estimates(one), estimates(parametric("Event(exit, event) ~ x", table)), atol=1e-9)


def test_what_cannot_be_estimated_is_refused() -> None:
    table = drawn(9)
    with pytest.raises(NotEstimable, match="No event"):
        parametric("Event(exit, event) ~ x", table.assign(event=0))
    with pytest.raises(NotEstimable, match="right-censored"):
        parametric("Interval(left, right) ~ x", table.assign(right=np.inf))
    with pytest.raises(NotEstimable, match="One participant"):
        parametric("Event(exit, event) ~ 1", table.query("event == 1").head(1))
    with pytest.raises(NotEstimable, match="time 0"):
        parametric("Event(exit, event) ~ x", table.assign(exit=0, event=1))
    with pytest.raises(NotEstimable, match="'w' repeats"):
        parametric("Event(exit, event) ~ x + w", table.assign(w=3 * table["x"] + 1))
    with pytest.raises(NotEstimable, match="'x'"):
        parametric("Event(exit, event) ~ x", table.assign(x=1))


def test_wrong_options_and_late_covariates_are_refused() -> None:
    table = drawn(10)
    with pytest.raises(DefinitionError, match="distribution='gamma'"):
        parametric("Event(exit, event) ~ x", table, distribution="gamma")
    with pytest.raises(DefinitionError, match="no event"):
        parametric("exit ~ x", table)
    with pytest.raises(DefinitionError, match="conf_level"):
        parametric("Event(exit, event) ~ x", table, conf_level=95)
    table.attrs["measured_day"] = {"x": 30}
    with pytest.raises(ImmortalTime, match="'x'"):
        parametric("Event(exit, event) ~ x", table)
