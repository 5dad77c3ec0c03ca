"""Shared gamma frailty: the likelihood from its definition, collapse to Cox, invariants, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats import chi2

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import cox, frailty
from remission.estimate.kernels import gamma_frailty as kernel
from remission.estimate.kernels.gamma_frailty import FrailtyRows, maximise_at, whole_information


def drawn(seed: int, groups: int = 40, each: int = 5, theta: float = 0.8, ties: bool = False) -> pd.DataFrame:
    """Exponential times with log hazard ratio 0.5 of x and a gamma factor of variance theta in each group."""
    random = np.random.default_rng(seed)
    site = np.repeat(np.arange(groups), each)
    factor = random.gamma(1 / theta, theta, groups)[site] if theta else np.ones(site.size)
    x = random.normal(size=site.size)
    day = 100 * random.exponential(size=site.size) / (factor * np.exp(0.5 * x))
    ends = random.uniform(50, 300, site.size)
    exit_day = np.minimum(day, ends)
    exit_day = np.ceil(exit_day / 30) if ties else exit_day
    return pd.DataFrame({"exit": exit_day, "event": (day <= ends).astype(int), "x": x, "site": site})


def estimates(fit: object, column: str = "estimate") -> np.ndarray:
    return np.asarray(fit.tidy()[column], dtype=float)  # type: ignore[attr-defined]


def integrated(table: pd.DataFrame, beta: float, log_frailty: np.ndarray, theta: float) -> float:
    """Log-likelihood of a gamma frailty with Breslow's hazard at the given frailties, written out group by group."""
    risk = np.exp(beta * table["x"].to_numpy())
    frail = np.exp(log_frailty)[table["site"].to_numpy()]
    exit_day, event = table["exit"].to_numpy(), table["event"].to_numpy()
    jumps = {
        day: (event[exit_day == day].sum()) / (risk * frail)[exit_day >= day].sum() for day in exit_day[event == 1]
    }
    total = sum(
        np.log(jumps[day]) + beta * x for day, x in zip(exit_day[event == 1], table["x"][event == 1], strict=True)
    )
    for site in range(len(log_frailty)):
        rows = np.flatnonzero(table["site"] == site)
        hazard = sum(risk[i] * sum(jump for day, jump in jumps.items() if day <= exit_day[i]) for i in rows)
        d, nu = event[rows].sum(), 1 / theta
        total += gammaln(nu + d) - gammaln(nu) + nu * np.log(nu) - (nu + d) * np.log(nu + hazard)
    # A partial likelihood leaves out one constant an event.
    return float(total + event.sum())


@pytest.mark.parametrize("seed", [1, 2])
def test_the_log_likelihood_is_that_of_the_definition(seed: int) -> None:
    table = drawn(seed, groups=15)
    fit = frailty("Event(exit, event) ~ x", table, ties="breslow")
    assert fit.theta > 0
    found = integrated(table, estimates(fit)[0], fit.frailties()["estimate"].to_numpy(), fit.theta)
    assert fit.log_likelihood == pytest.approx(found, abs=1e-7)
    # At the EM's fixed point each frailty is (1/theta + events) / (1/theta + expected events).
    events = table.groupby("site")["event"].sum().to_numpy()
    share = np.exp(fit.frailties()["estimate"].to_numpy())
    assert (share.sum() / fit.theta + events.sum()) == pytest.approx(15 / fit.theta + events.sum(), rel=1e-6)


def test_no_other_variance_or_coefficient_is_more_likely() -> None:
    table = drawn(3)
    fit = frailty("Event(exit, event) ~ x", table)
    assert fit.log_likelihood == pytest.approx(fit.trace["log_likelihood"].max(), abs=1e-9)
    best = fit.trace.loc[fit.trace["log_likelihood"].idxmax(), "theta"]
    assert best == pytest.approx(fit.theta, rel=1e-4)


def kernel_rows(table: pd.DataFrame, ties: str) -> FrailtyRows:
    fit = cox("Event(exit, event) ~ x", table, ties=ties).fitted
    codes = table["site"].to_numpy()
    events = np.bincount(codes, table["event"])
    return FrailtyRows(fit.x, fit.weights, codes, codes.max() + 1, events, fit.sets, fit.ties)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_slope_of_the_variance_and_information_agree_with_differences(ties: str) -> None:
    rows, h = kernel_rows(drawn(4, groups=12, ties=True), ties), 1e-5
    start = np.zeros(1), np.zeros(rows.count)
    up, at, down = (maximise_at(rows, float(np.exp(step)), *start) for step in (-0.3 + h, -0.3, -0.3 - h))
    if ties == "breslow":
        assert at.slope == pytest.approx((up.log_likelihood - down.log_likelihood) / (2 * h), abs=1e-6)
    # The information is that of the penalised partial likelihood: its profile along beta bends by its Schur complement.
    whole = whole_information(rows, at)
    bend = whole[0, 0] - whole[0, 1:] @ np.linalg.solve(whole[1:, 1:], whole[1:, 0])
    point = np.concatenate([at.beta, at.omega])

    def score(shift: np.ndarray) -> np.ndarray:
        moved = point + shift
        return kernel._score(rows, kernel._evaluate(rows, moved), moved[1:], at.theta)

    differences = np.array([(score(h * e) - score(-h * e)) / (2 * h) for e in np.eye(point.size)])
    np.testing.assert_allclose(whole, -differences, atol=1e-5)
    assert bend > 0


def test_without_variance_the_fit_is_that_of_cox() -> None:
    # Rows dealt to groups in turn by their time: groups are more alike than chance makes them.
    table = drawn(5, theta=0).sort_values("exit", ignore_index=True)
    table = table.assign(site=np.arange(len(table)) % 8)
    ours, theirs = frailty("Event(exit, event) ~ x", table), cox("Event(exit, event) ~ x", table)
    assert ours.theta == 0
    np.testing.assert_allclose(estimates(ours), estimates(theirs), atol=1e-12)
    np.testing.assert_allclose(ours.vcov, theirs.vcov, atol=1e-12)
    assert ours.log_likelihood == theirs.log_likelihood
    glance = ours.glance().iloc[0]
    assert (glance["frailty_likelihood_ratio"], glance["frailty_p_value"]) == (0, 1)
    assert "variance is 0" in next(check for check in ours.checks if check.name == "frailty variance").sentence
    assert (ours.frailties()["estimate"] == 0).all()


def test_a_tiny_variance_comes_near_cox() -> None:
    rows = kernel_rows(drawn(6), "efron")
    plain = cox("Event(exit, event) ~ x", drawn(6))
    near = maximise_at(rows, 1e-7, np.zeros(1), np.zeros(rows.count))
    assert near.beta[0] / plain.fitted.scale[0] == pytest.approx(estimates(plain)[0], abs=1e-5)
    assert near.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-4)


def test_the_test_at_the_boundary_halves_the_p_value() -> None:
    fit = frailty("Event(exit, event) ~ x", drawn(7))
    glance = fit.glance().iloc[0]
    ratio = 2 * (glance["log_likelihood"] - glance["log_likelihood_without_frailty"])
    assert glance["frailty_likelihood_ratio"] == pytest.approx(ratio)
    assert glance["frailty_p_value"] == pytest.approx(chi2.sf(ratio, 1) / 2)


def test_many_groups_give_the_same_as_few_steps_do(monkeypatch: pytest.MonkeyPatch) -> None:
    table = drawn(8)
    whole = frailty("Event(exit, event) ~ x", table)
    monkeypatch.setattr("remission.estimate.kernels.gamma_frailty.FEW_GROUPS", 0)
    apart = frailty("Event(exit, event) ~ x", table)
    assert apart.theta == pytest.approx(whole.theta, abs=1e-5)
    np.testing.assert_allclose(estimates(apart), estimates(whole), atol=1e-6)
    np.testing.assert_allclose(apart.vcov, whole.vcov, rtol=1e-4)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), unit=st.sampled_from([1 / 30, 7.0]))
def test_row_order_names_of_groups_and_units_do_not_matter(seed: int, unit: float) -> None:
    table = drawn(seed, groups=12)
    plain = frailty("Event(exit, event) ~ x", table)
    moved = table.sample(frac=1, random_state=seed).assign(
        exit=lambda t: t["exit"] * unit,
        site=lambda t: [f"site {11 - k}" for k in t["site"]],
        x=lambda t: 3 - 2 * t["x"],
    )
    again = frailty("Event(exit, event) ~ x", moved)
    assert again.theta == pytest.approx(plain.theta, abs=1e-5)
    np.testing.assert_allclose(-2 * estimates(again), estimates(plain), atol=1e-5)


def test_records_cut_in_two_change_nothing() -> None:
    table = drawn(9, groups=20)
    early = table.assign(
        entry=0.0, event=table["event"].where(table["exit"] <= 60, 0), exit=table["exit"].clip(upper=60)
    )
    late = table[table["exit"] > 60].assign(entry=60.0)
    one = frailty("Event(exit, event) ~ x", table)
    two = frailty("Event(entry, exit, event) ~ x", pd.concat([early, late], ignore_index=True))
    assert two.theta == pytest.approx(one.theta, abs=1e-7)
    np.testing.assert_allclose(estimates(two), estimates(one), atol=1e-8)
    np.testing.assert_allclose(two.vcov, one.vcov, rtol=1e-6)


def test_estimates_recover_the_truth() -> None:
    # 30 samples of 60 groups of 5: mean log hazard ratio has an error of about 0.015, mean variance of 0.04.
    fits = [frailty("Event(exit, event) ~ x", drawn(4000 + seed, groups=60)) for seed in range(30)]
    assert np.mean([estimates(fit)[0] for fit in fits]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([fit.theta for fit in fits]) == pytest.approx(0.8, abs=0.13)


def test_few_groups_and_an_infinite_variance_fail_checks() -> None:
    few = frailty("Event(exit, event) ~ x", drawn(10, groups=4, each=20))
    assert "groups" in [check.name for check in few.checks if not check.passed]
    # One group of 200 has all the events, and all its members had them: no variance is large enough.
    table = drawn(11, groups=200, each=10, theta=0)
    table["event"] = (table["site"] == 0).astype(int)
    table["exit"] = (table["exit"] % 7).where(table["event"] == 1, 1000.0)
    wild = frailty("Event(exit, event) ~ x", table)
    assert "frailty variance" in [check.name for check in wild.checks if not check.passed]


def test_a_covariate_that_separates_fails_a_check() -> None:
    table = drawn(12)
    table["z"] = (table["site"] < 10).astype(int)
    table.loc[table["z"] == 1, "event"] = 0
    fit = frailty("Event(exit, event) ~ x + z", table)
    assert "finite estimates" in [check.name for check in fit.checks if not check.passed]


def test_what_cannot_be_estimated_is_refused() -> None:
    table = drawn(13)
    with pytest.raises(NotEstimable, match="No event"):
        frailty("Event(exit, event) ~ x", table.assign(event=0))
    with pytest.raises(NotEstimable, match="share one value of 'site'"):
        frailty("Event(exit, event) ~ x", table.assign(site=1))
    with pytest.raises(NotEstimable, match="same value"):
        frailty("Event(exit, event) ~ x", table.assign(x=1))
    with pytest.raises(DefinitionError, match="no event"):
        frailty("Interval(exit, event) ~ x", table)
    with pytest.raises(DefinitionError, match="no column clinic"):
        frailty("Event(exit, event) ~ x", table, groups="clinic")
    with pytest.raises(DefinitionError, match="ties"):
        frailty("Event(exit, event) ~ x", table, ties="exact")
    table.attrs["measured_day"] = {"x": 30}
    with pytest.raises(ImmortalTime, match="'x'"):
        frailty("Event(exit, event) ~ x", table)
