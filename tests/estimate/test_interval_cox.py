"""Proportional hazards from intervals: by hand, collapse, invariants, and what is refused or fails a check."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import cox, interval_cox, turnbull
from remission.estimate.kernels.innermost_intervals import innermost_intervals
from remission.estimate.kernels.interval_likelihood import Rows, evaluate, gradient, information, maximise


def drawn(seed: int, n: int, common: bool = False) -> pd.DataFrame:
    """Exponential times with two covariates (log hazard ratios 0.5 and -0.3), seen at visits, some missed."""
    random = np.random.default_rng(seed)
    x, z = random.integers(0, 2, n), random.normal(size=n)
    time = 100 * random.exponential(size=n) * np.exp(-(0.5 * x - 0.3 * z))
    visits = np.array([30.0, 60, 120, 180]) + (0 if common else random.uniform(-20, 20, (n, 4)))
    came = np.where(random.random((n, 4)) < (1 if common else 0.85), visits, -1)
    left = np.where((came >= 0) & (came < time[:, None]), came, 0).max(axis=1)
    right = np.where((came >= 0) & (came >= time[:, None]), came, np.inf).min(axis=1)
    return pd.DataFrame({"left": left, "right": right, "x": x, "z": z, "time": time})


def estimates(fit: object, column: str = "estimate") -> np.ndarray:
    return np.asarray(fit.tidy()[column], dtype=float)  # type: ignore[attr-defined]


def person_periods(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Fit the complementary log-log model of person-periods by Newton's method on a dense design."""
    ends = np.sort(np.unique(table["right"][np.isfinite(table["right"])]))
    pieces = []
    for row in table.itertuples():
        for k, end in enumerate(ends):
            if end <= max(row.left, 0 if np.isinf(row.right) else row.right):
                pieces.append((*np.eye(len(ends))[k], row.x, row.z, float(end == row.right)))
    made = np.array(pieces)
    design, y = made[:, :-1], made[:, -1]
    beta = np.append(np.full(len(ends), -2.0), [0.0, 0.0])
    for _ in range(50):
        u = np.exp(design @ beta)
        q = 1 / np.expm1(u)
        slope = np.where(y == 1, q * u, -u)
        bend = np.where(y == 1, q * u - u**2 * q * (1 + q), -u)
        hessian = -(design * bend[:, None]).T @ design
        beta = beta + np.linalg.solve(hessian, design.T @ slope)
    u = np.exp(design @ beta)
    value = np.where(y == 1, np.log(-np.expm1(-u)), -u).sum()
    return beta[-2:], np.sqrt(np.diag(np.linalg.inv(hessian)))[-2:], beta[:-2], float(value)


def test_by_hand_one_look_and_two_groups() -> None:
    # Free at day 30: 30 of 40 and 10 of 40. The model is saturated: log hazard ratio log(log .25 / log .75), and the
    # variance of log(-log p) is (1 - p) / (n p log(p)^2) in each group.
    table = pd.DataFrame({"left": [0] * 10 + [30] * 30 + [0] * 30 + [30] * 10, "group": [0] * 40 + [1] * 40})
    table["right"] = np.where(table["left"] == 0, 30, np.inf)
    row = interval_cox("Interval(left, right) ~ group", table).tidy().iloc[0]
    assert row["estimate"] == pytest.approx(np.log(np.log(0.25) / np.log(0.75)), abs=1e-9)
    variance = sum((1 - p) / (40 * p * np.log(p) ** 2) for p in (0.25, 0.75))
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_common_grid_is_the_person_period_model_with_its_errors(seed: int) -> None:
    table = drawn(seed, 150, common=True)
    fit = interval_cox("Interval(left, right) ~ x + z", table)
    beta, error, baseline, value = person_periods(table)
    np.testing.assert_allclose(estimates(fit), beta, atol=1e-7)
    np.testing.assert_allclose(estimates(fit, "std_error"), error, rtol=1e-6)
    assert fit.log_likelihood == pytest.approx(value, abs=1e-8)
    at_zero = fit.survival(pd.DataFrame({"x": [0], "z": [0.0]}))[0]
    np.testing.assert_allclose(at_zero, np.exp(-np.cumsum(np.exp(baseline))), atol=1e-7)


def test_narrow_intervals_come_near_cox() -> None:
    table = drawn(4, 400)
    day = table["time"].clip(upper=150)
    table = table.assign(exit=day, event=(table["time"] <= 150).astype(int))
    exact = table.assign(left=day, right=day.where(table["event"] == 1))
    narrow = exact.assign(left=day.where(table["event"] == 0, day - 1e-9))
    partial = cox("Event(exit, event) ~ x + z", table)
    for known in (exact, narrow):
        fit = interval_cox("Interval(left, right) ~ x + z", known)
        np.testing.assert_allclose(estimates(fit), estimates(partial), atol=0.01)
        np.testing.assert_allclose(estimates(fit, "std_error"), estimates(partial, "std_error"), rtol=0.02)


def test_without_effect_the_null_likelihood_is_that_of_turnbull() -> None:
    table = drawn(5, 80)
    fit = interval_cox("Interval(left, right) ~ x", table)
    curve = turnbull(table, resamples=0)
    assert fit.log_likelihood_null == pytest.approx(curve.trace["log_likelihood"].iloc[-1], abs=1e-7)
    assert fit.glance()["likelihood_ratio"].item() > 0


def test_derivatives_agree_with_differences() -> None:
    table, random = drawn(6, 40), np.random.default_rng(0)
    spans = innermost_intervals(table["left"].to_numpy(), table["right"].to_numpy())
    rows = Rows(spans.first, spans.last, spans.left.size, np.ones(40), table[["x", "z"]].to_numpy(dtype=float))
    at = np.concatenate([[0.3, -0.2], random.uniform(0.01, 0.2, rows.count - 1)])

    def slopes(point: np.ndarray) -> np.ndarray:
        return np.concatenate(gradient(rows, evaluate(rows, point[:2], point[2:])))

    h = 1e-6
    value = [
        (evaluate(rows, *np.split(at + e, [2])).each.sum() - evaluate(rows, *np.split(at - e, [2])).each.sum())
        / (2 * h)
        for e in h * np.eye(at.size)
    ]
    np.testing.assert_allclose(slopes(at), value, atol=1e-5)
    second = np.array([(slopes(at + e) - slopes(at - e)) / (2 * h) for e in h * np.eye(at.size)])
    whole = information(rows, evaluate(rows, at[:2], at[2:]), np.arange(rows.count - 1))
    np.testing.assert_allclose(whole, -second, atol=1e-4)


def test_errors_are_those_of_the_curvature_of_the_profile_likelihood() -> None:
    table = drawn(7, 200)
    fit = interval_cox("Interval(left, right) ~ x + z", table)
    kernel, rows, h = fit.fitted.kernel, fit.fitted.rows, 1e-3

    def profile(shift: np.ndarray) -> float:
        return maximise(rows, kernel.beta + shift, kernel.increments, hold=True).log_likelihood

    e = h * np.eye(2)
    bend = np.array([[profile(a + b) - profile(a - b) - profile(b - a) + profile(-a - b) for a in e] for b in e]) / (
        4 * h**2
    )
    np.testing.assert_allclose(fit.vcov * np.outer(fit.fitted.scale, fit.fitted.scale), np.linalg.inv(-bend), rtol=1e-3)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), unit=st.sampled_from([1 / 30, 12.0]))
def test_row_order_and_units_do_not_matter(seed: int, unit: float) -> None:
    table = drawn(seed, 60)
    plain = interval_cox("Interval(left, right) ~ x + z", table)
    moved = table.sample(frac=1, random_state=seed).assign(
        left=lambda t: t["left"] * unit, right=lambda t: t["right"] * unit, z=lambda t: 5 + 10 * t["z"]
    )
    again = interval_cox("Interval(left, right) ~ x + z", moved)
    np.testing.assert_allclose(estimates(again) * [1, 10], estimates(plain), atol=1e-5)
    assert again.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)


def test_estimates_recover_the_truth_and_limits_cover_it() -> None:
    # 200 samples of 150: the share inside has an error of 1.5 points.
    fits = [interval_cox("Interval(left, right) ~ x + z", drawn(2000 + seed, 150)).tidy() for seed in range(200)]
    found = np.array([fit["estimate"] for fit in fits])
    truth = np.array([0.5, -0.3])
    inside = [(fit["conf_low"].to_numpy() <= truth) & (truth <= fit["conf_high"].to_numpy()) for fit in fits]
    assert np.abs(found.mean(axis=0) - truth).max() < 0.06
    assert ((np.mean(inside, axis=0) >= 0.91) & (np.mean(inside, axis=0) <= 0.98)).all()


def test_predictions_and_curves() -> None:
    table = drawn(8, 100)
    fit = interval_cox("Interval(left, right) ~ x + z", table)
    new = pd.DataFrame({"x": [0, 1], "z": [0.0, 1.0]}, index=["one", "two"])
    np.testing.assert_allclose(fit.predict(new)["estimate"], [0, estimates(fit).sum()])
    curves = fit.survival(new)
    inside = curves[(curves > 0).all(axis=1)]
    np.testing.assert_allclose(np.log(inside["two"]) / np.log(inside["one"]), np.exp(estimates(fit).sum()))


def test_a_group_without_events_fails_a_check() -> None:
    table = drawn(9, 60)
    table.loc[table["x"] == 1, "right"] = np.inf
    table.loc[table["x"] == 1, "left"] = 180.0
    fit = interval_cox("Interval(left, right) ~ x + z", table)
    failed = [check.name for check in fit.checks if not check.passed]
    assert "finite estimates" in failed
    assert "x" in next(check for check in fit.checks if check.name == "finite estimates").sentence


def test_few_events_fail_a_check() -> None:
    table = drawn(10, 40)
    late = table.index[np.isfinite(table["right"])][6:]
    table.loc[late, "right"] = np.inf
    fit = interval_cox("Interval(left, right) ~ x + z", table)
    assert [check.name for check in fit.checks if not check.passed] == ["events per term"]


def test_what_cannot_be_estimated_is_refused() -> None:
    table = drawn(11, 40)
    formula = "Interval(left, right) ~ x + z"
    with pytest.raises(NotEstimable, match="right-censored"):
        interval_cox(formula, table.assign(right=np.inf))
    with pytest.raises(NotEstimable, match="One participant"):
        interval_cox(formula, table.query("right < 1000").head(1))
    with pytest.raises(NotEstimable, match="same value"):
        interval_cox(formula, table.assign(x=1))
    with pytest.raises(NotEstimable, match="'w' repeats"):
        interval_cox(formula + " + w", table.assign(w=table["x"] + 2 * table["z"]))
    with pytest.raises(NotEstimable, match="no covariate"):
        interval_cox("Interval(left, right) ~ 1", table)


def test_wrong_formulas_and_late_covariates_are_refused() -> None:
    table = drawn(12, 40)
    with pytest.raises(DefinitionError, match="no interval"):
        interval_cox("Event(left, right) ~ x", table)
    with pytest.raises(DefinitionError, match="no column"):
        interval_cox("Interval(left, right) ~ dose", table)
    table.attrs["measured_day"] = {"x": 30}
    with pytest.raises(ImmortalTime, match="'x'"):
        interval_cox("Interval(left, right) ~ x", table)
