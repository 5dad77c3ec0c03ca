"""Logistic mixed models: by hand, by numeric integration, collapsed, invariant, refused; glmer has its own file."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_expit, logit
from scipy.stats import binom, norm

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.logistic_mixed import logistic_mixed
from remission.estimate.result import COEFFICIENT_COLUMNS, MixedFit

MODEL = "abstinent ~ months + (1 | participant_id)"
# Adaptive quadrature with 31 points against scipy's adaptive integration to 1e-13, in log-likelihood.
INTEGRAL = 1e-9
# Where scipy's simplex search stops.
SEARCH = 2e-5


def cohort(people: int = 40, waves: int = 6, spread: float = 1.2, slope: float = 0.5, seed: int = 4) -> pd.DataFrame:
    """Seeded cohort with normal random intercepts."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(people), waves)
    months = rng.uniform(-1, 1, code.size)
    chance = expit(-0.2 + slope * months + spread * rng.normal(size=people)[code])
    return pd.DataFrame(
        {
            "participant_id": [f"P{c:02d}" for c in code],
            "site": [f"S{c % 7}" for c in code],
            "months": months,
            "abstinent": (rng.random(code.size) < chance).astype(int),
        }
    )


def alternating(people: int = 12) -> pd.DataFrame:
    """Everyone has two yeses and two noes, so nothing varies between participants."""
    return pd.DataFrame(
        {
            "participant_id": np.repeat(np.arange(people), 4),
            "late": np.tile([0, 0, 1, 1], people),
            "abstinent": np.concatenate([[0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1]] * (people // 3)),
        }
    )


def check_named(fit: GeneralizedMixedFit, name: str) -> Any:
    return next(check for check in fit.checks if check.name == name)


# By numeric integration

TINY = pd.DataFrame(
    {
        "participant_id": list("aaabbbcccddde"),
        "months": [0.0, 1, 2, 0, 1, 2, 0, 1, 3, 0, 2, 3, 1],
        "abstinent": [0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1],
    }
)


def integrated(table: pd.DataFrame, intercept: float, slope: float, sd: float) -> float:
    """Integrate each participant's likelihood over the random intercept by scipy."""
    total = 0.0
    for _, rows in table.groupby("participant_id"):
        x, y = rows["months"].to_numpy(), rows["abstinent"].to_numpy()

        def density(u: float, x: np.ndarray = x, y: np.ndarray = y) -> float:
            chance = expit(intercept + slope * x + sd * u)
            return float(np.prod(np.where(y == 1, chance, 1 - chance)) * norm.pdf(u))

        total += np.log(quad(density, -12, 12, epsabs=0, epsrel=1e-12, points=[-2, 0, 2], limit=200)[0])
    return total


def gridded(table: pd.DataFrame, intercept: float, slope: float, sd: float) -> float:
    """Integrate as ``integrated`` does, but fast: the trapezoidal rule, exact here to twelve digits."""
    u = np.arange(-12, 12.01, 0.05)
    x, y = table["months"].to_numpy(), table["abstinent"].to_numpy()
    eta = intercept + slope * x[:, None] + sd * u
    rows = pd.DataFrame(y[:, None] * eta - np.logaddexp(0, eta))
    inside = rows.groupby(table["participant_id"].to_numpy()).sum().to_numpy()
    return float(np.log((np.exp(inside) * norm.pdf(u)).sum(axis=1) * 0.05).sum())


def test_likelihood_is_the_integral_and_its_top_is_found() -> None:
    fit = logistic_mixed(MODEL, TINY, quadrature=31)
    sd = float(np.sqrt(fit.variances()["covariance"].iloc[0]))
    intercept, slope = fit.tidy()["estimate"]
    assert sd > 0.3
    assert fit.log_likelihood == pytest.approx(integrated(TINY, intercept, slope, sd), abs=INTEGRAL)
    assert gridded(TINY, intercept, slope, sd) == pytest.approx(integrated(TINY, intercept, slope, sd), abs=INTEGRAL)
    found = minimize(
        lambda at: -gridded(TINY, at[0], at[1], abs(at[2])),
        [0.3, 0.1, 0.8],
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-11, "maxfev": 600},
    )
    assert [intercept, slope, sd] == pytest.approx([found.x[0], found.x[1], abs(found.x[2])], abs=SEARCH)
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=INTEGRAL)


def test_standard_errors_come_from_the_curvature_of_the_integral() -> None:
    fit = logistic_mixed(MODEL, TINY, quadrature=31)
    at = np.array([*fit.tidy()["estimate"], np.sqrt(fit.variances()["covariance"].iloc[0])])
    step, size = 2e-3, at.size
    curved = np.empty((size, size))
    for i, j in itertools.product(range(size), repeat=2):
        values = [
            a * b * gridded(TINY, *(at + step * (a * np.eye(size)[i] + b * np.eye(size)[j])))
            for a, b in itertools.product((1, -1), repeat=2)
        ]
        curved[i, j] = sum(values) / (4 * step**2)
    error = np.sqrt(np.diag(np.linalg.inv(-curved)))
    # Central differences with steps of 2e-3 are off by some 1e-6 of the curvature.
    np.testing.assert_allclose(fit.tidy()["std_error"], error[:2], rtol=1e-4)
    assert fit.spreads()["std_error"].tolist() == pytest.approx([error[2]], rel=1e-4)
    np.testing.assert_allclose(fit.vcov.to_numpy(), np.linalg.inv(-curved)[:2, :2], rtol=2e-4, atol=1e-6)


def laplace(table: pd.DataFrame, intercept: float, slope: float, sd: float) -> tuple[float, list[tuple[float, float]]]:
    """Approximate each participant's integral by its curved top; also return conditional modes and errors."""
    total, modes = 0.0, []
    for _, rows in table.groupby("participant_id"):
        x, y = rows["months"].to_numpy(), rows["abstinent"].to_numpy()
        found = minimize_scalar(
            lambda u, x=x, y=y: u * u / 2 - float(log_expit((2 * y - 1) * (intercept + slope * x + sd * u)).sum()),
            bracket=(-1, 1),
            tol=1e-12,
        )
        chance = expit(intercept + slope * x + sd * found.x)
        curved = 1 + sd**2 * float((chance * (1 - chance)).sum())
        total -= found.fun + np.log(curved) / 2
        modes.append((sd * found.x, sd / np.sqrt(curved)))
    return total, modes


def test_laplace_is_the_curved_top_of_each_integrand() -> None:
    fit = logistic_mixed(MODEL, TINY, quadrature=1)
    total, modes = laplace(TINY, *fit.tidy()["estimate"], float(fit.spreads()["estimate"].iloc[0]))
    # scipy finds each mode to 1e-8.
    assert fit.log_likelihood == pytest.approx(total, abs=1e-8)
    np.testing.assert_allclose(fit.random_effects()[["estimate", "std_error"]].to_numpy(), modes, atol=1e-7)


def test_of_two_tops_the_higher_is_shown_and_a_check_says_so() -> None:
    # Two waves each, separable within participants: Laplace's approximation has several tops, one far out.
    rng, code = np.random.default_rng(58), np.repeat(np.arange(11), 2)
    months = rng.normal(size=22)
    chance = expit(months + rng.normal(size=11)[code])
    table = pd.DataFrame({"participant_id": code, "months": months, "abstinent": (rng.random(22) < chance).astype(int)})
    fit = logistic_mixed(MODEL, table, quadrature=1)
    failed = {check.name for check in fit.checks if not check.passed}
    assert {"a second start agrees", "outcomes overlap within groups"} <= failed
    near = minimize(lambda at: -laplace(table, *at)[0], [0.0, 1.0, 1.0], method="Nelder-Mead")
    assert fit.log_likelihood is not None
    assert fit.log_likelihood > -near.fun + 1


def test_nested_laplace_is_its_dense_formula() -> None:
    table = cohort(42, 5)
    up = table["site"].isin(["S0", "S2"]) & (np.arange(len(table)) % 3 > 0)
    table["abstinent"] = np.maximum(table["abstinent"], up)
    fit = logistic_mixed("abstinent ~ months + (1 | site/participant_id)", table)
    assert (fit.variances()["covariance"] > 0.1).all()
    assert fit.variances()["group"].tolist() == ["site", "site/participant_id"]
    sd = np.sqrt(fit.variances()["covariance"].to_numpy())
    design = np.column_stack([np.ones(len(table)), table["months"]])
    z = np.hstack(
        [
            sd[0] * pd.get_dummies(table["site"]).to_numpy(float),
            sd[1] * pd.get_dummies(table["site"] + "/" + table["participant_id"]).to_numpy(float),
        ]
    )
    y, fixed, u = table["abstinent"].to_numpy(), design @ fit.tidy()["estimate"].to_numpy(), np.zeros(z.shape[1])
    for _ in range(60):
        chance = expit(fixed + z @ u)
        curved = np.eye(len(u)) + z.T @ ((chance * (1 - chance))[:, None] * z)
        u = u + np.linalg.solve(curved, z.T @ (y - chance) - u)
    dense = np.log(np.where(y == 1, chance, 1 - chance)).sum() - u @ u / 2 - np.linalg.slogdet(curved)[1] / 2
    assert fit.log_likelihood == pytest.approx(dense, abs=1e-9)
    scale = np.repeat(sd, [7, 42])
    np.testing.assert_allclose(fit.random_effects()["estimate"], scale * u, atol=1e-6)
    np.testing.assert_allclose(
        fit.random_effects()["std_error"], scale * np.sqrt(np.diag(np.linalg.inv(curved))), atol=1e-6
    )


# Collapse


def test_zero_variance_is_logistic_regression() -> None:
    table = alternating()
    fit = logistic_mixed("abstinent ~ late + (1 | participant_id)", table)
    yes = table.groupby("late")["abstinent"].sum().to_numpy()
    assert yes.tolist() == [8, 16]
    # 8 of 24 early, 16 of 24 late: log odds log(1/2) and log(2), variances 1/8 + 1/16 each.
    assert fit.tidy()["estimate"].tolist() == pytest.approx([np.log(1 / 2), np.log(4)], abs=1e-7)
    assert fit.tidy()["std_error"].tolist() == pytest.approx([np.sqrt(3 / 16), np.sqrt(6 / 16)], rel=1e-7)
    assert fit.log_likelihood == pytest.approx(2 * (8 * np.log(1 / 3) + 16 * np.log(2 / 3)), abs=1e-9)
    assert fit.variances()["covariance"].tolist() == [0.0]
    assert (fit.random_effects()["estimate"] == 0).all()
    glance = fit.glance().iloc[0]
    assert (glance["lr_statistic"], glance["lr_p_value"]) == (0.0, 1.0)
    failed = check_named(fit, "random effects vary freely")
    assert not failed.passed
    assert "variance of Intercept in participant_id is estimated as 0" in failed.sentence
    assert "CHECK FAILED" in fit.summary()


def test_no_effect_test_is_against_logistic_regression_by_hand() -> None:
    # Without covariates and random effects the log-likelihood is that of one share.
    table = cohort()
    fit = logistic_mixed("abstinent ~ 1 + (1 | participant_id)", table)
    share = table["abstinent"].mean()
    alone = len(table) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    assert fit.null_log_likelihood == pytest.approx(alone, abs=1e-8)
    statistic = 2 * (fit.log_likelihood - alone)
    glance = fit.glance().iloc[0]
    assert glance["lr_statistic"] == pytest.approx(statistic, abs=1e-8)
    # Half chi-squared with one degree of freedom: the upper tail of the normal law at its root.
    assert glance["lr_p_value"] == pytest.approx(norm.sf(np.sqrt(statistic)), rel=1e-9)


def test_trials_are_rows_counted_together_but_for_the_binomial_coefficient() -> None:
    table = cohort().assign(half=lambda rows: (rows["months"] > 0).astype(int))
    by = ["participant_id", "half"]
    counted = table.groupby(by)["abstinent"].agg(["sum", "size"]).rename(columns={"size": "waves"}).reset_index()
    each = logistic_mixed("abstinent ~ half + (1 | participant_id)", table)
    together = logistic_mixed("Trials(sum, waves) ~ half + (1 | participant_id)", counted)
    constant = binom.logpmf(counted["sum"], counted["waves"], 0.5).sum() - counted["waves"].sum() * np.log(0.5)
    np.testing.assert_allclose(together.tidy()["estimate"], each.tidy()["estimate"], atol=1e-7)
    np.testing.assert_allclose(together.tidy()["std_error"], each.tidy()["std_error"], rtol=1e-6)
    np.testing.assert_allclose(together.variances()["covariance"], each.variances()["covariance"], rtol=1e-6)
    assert together.log_likelihood == pytest.approx(each.log_likelihood + constant, abs=1e-8)
    assert together.sample.events == each.sample.events == int(table["abstinent"].sum())


def test_a_weight_stands_for_that_many_equal_rows() -> None:
    table = cohort(20, 4)
    weight = np.arange(len(table)) % 3
    weighted = logistic_mixed(MODEL, table.assign(times=weight), weights="times")
    repeated = logistic_mixed(MODEL, table.loc[table.index.repeat(weight)])
    np.testing.assert_allclose(weighted.tidy()["estimate"], repeated.tidy()["estimate"], atol=1e-7)
    np.testing.assert_allclose(weighted.tidy()["std_error"], repeated.tidy()["std_error"], rtol=1e-6)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, abs=1e-9)


def test_uncorrelated_terms_may_be_written_in_two_ways() -> None:
    table = cohort(60)
    short = logistic_mixed("abstinent ~ months + (1 + months || participant_id)", table, quadrature=7)
    long = logistic_mixed(
        "abstinent ~ months + (1 | participant_id) + (0 + months | participant_id)", table, quadrature=7
    )
    pd.testing.assert_frame_equal(short.variances(), long.variances())
    assert short.log_likelihood == long.log_likelihood
    both = logistic_mixed("abstinent ~ months + (1 + months | participant_id)", table, quadrature=7)
    assert both.log_likelihood is not None
    assert short.log_likelihood is not None
    assert both.log_likelihood >= short.log_likelihood - 1e-9


# Invariants


def test_swapping_yes_and_no_turns_the_signs() -> None:
    table = cohort()
    fit, turned = (logistic_mixed(MODEL, t) for t in (table, table.assign(abstinent=1 - table["abstinent"])))
    np.testing.assert_allclose(turned.tidy()["estimate"], -fit.tidy()["estimate"], atol=1e-7)
    np.testing.assert_allclose(turned.random_effects()["estimate"], -fit.random_effects()["estimate"], atol=1e-6)
    assert turned.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-9)


def test_order_of_rows_and_units_of_a_covariate_do_not_matter() -> None:
    table = cohort()
    fit = logistic_mixed(MODEL, table)
    other = logistic_mixed(MODEL, table.sample(frac=1, random_state=1).assign(months=lambda rows: rows["months"] * 1e4))
    assert other.tidy()["estimate"].tolist() == pytest.approx((fit.tidy()["estimate"] * [1, 1e-4]).tolist(), rel=1e-6)
    assert other.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-9)
    pd.testing.assert_frame_equal(fit.random_effects(), other.random_effects(), rtol=1e-5, atol=1e-6)


def test_a_known_truth_is_recovered() -> None:
    fit = logistic_mixed(MODEL, cohort(1500, 6, spread=1.5, slope=0.8, seed=11))
    tidy = fit.tidy()
    assert (np.abs(tidy["estimate"] - [-0.2, 0.8]) < 3 * tidy["std_error"]).all()
    spread = fit.spreads().iloc[0]
    assert abs(spread["estimate"] - 1.5) < 3 * spread["std_error"]
    assert spread["conf_low"] < 1.5 < spread["conf_high"]
    assert all(check.passed for check in fit.checks)


# What is handed out


def test_result_has_the_tables_that_others_rely_on() -> None:
    table = cohort().assign(abstinent=lambda rows: rows["abstinent"].astype(float))
    table.loc[0, "months"] = np.nan
    fit = logistic_mixed(MODEL, table)
    assert isinstance(fit, MixedFit)
    assert list(fit.tidy().columns) == list(COEFFICIENT_COLUMNS)
    assert fit.tidy()["contrast"].tolist() == ["conditional log odds", "conditional log odds ratio"]
    assert list(fit.variances().columns) == ["group", "term", "other", "covariance"]
    assert list(fit.random_effects().columns) == ["group", "level", "term", "estimate", "std_error"]
    glance = fit.glance().iloc[0]
    assert (glance["n_rows"], glance["n_groups"], glance["n_participants"]) == (239, 40, 40)
    assert (glance["family"], glance["quadrature"]) == ("binomial", 15)
    deviance = -2 * glance["log_likelihood"]
    assert glance["aic"] == pytest.approx(deviance + 2 * 3)
    assert glance["bic"] == pytest.approx(deviance + np.log(239) * 3)
    assert sum(count for _, count in fit.sample.left_out) == 1


def test_intervals_ratios_and_predictions_follow_from_the_coefficients() -> None:
    fit = logistic_mixed(MODEL, cohort(), conf_level=0.9)
    row = fit.tidy().iloc[1]
    z = norm.ppf(0.95)
    assert row["conf_low"] == pytest.approx(row["estimate"] - z * row["std_error"])
    assert row["p_value"] == pytest.approx(2 * norm.sf(abs(row["statistic"])))
    [ratio] = fit.ratios().to_dict("records")
    assert ratio["contrast"] == "conditional odds ratio"
    assert [ratio["estimate"], ratio["conf_low"]] == pytest.approx([np.exp(row["estimate"]), np.exp(row["conf_low"])])
    predicted = fit.predict(pd.DataFrame({"months": [0.0, 2.0]}))
    intercept, slope = fit.tidy()["estimate"]
    assert predicted["estimate"].tolist() == pytest.approx([intercept, intercept + 2 * slope])
    combined = np.array([1, 2.0]) @ fit.vcov.to_numpy() @ np.array([1, 2.0])
    assert predicted["conf_high"].iloc[1] == pytest.approx(intercept + 2 * slope + z * np.sqrt(combined))


def test_profile_limits_lose_what_the_interval_allows() -> None:
    # With the spread fixed at its limit, the best likelihood left is z squared over 2 lower.
    fit = logistic_mixed(MODEL, TINY, quadrature=31, intervals="profile")
    top, drop = fit.log_likelihood, norm.ppf(0.975) ** 2 / 2

    def best(slope: float) -> float:
        found = minimize(
            lambda at: -gridded(TINY, at[0], slope, abs(at[1])), [0.3, 1.0], method="Nelder-Mead",
            options={"xatol": 1e-4, "fatol": 1e-8},
        )  # fmt: skip
        return float(-found.fun)

    row = fit.tidy().iloc[1]
    assert top is not None
    assert best(row["conf_low"]) == pytest.approx(top - drop, abs=1e-5)
    assert best(row["conf_high"]) == pytest.approx(top - drop, abs=1e-5)
    # The likelihood ratio of no spread is below z squared, so the interval of the spread reaches 0.
    assert fit.glance().iloc[0]["lr_statistic"] < 2 * drop
    assert fit.spreads()["conf_low"].tolist() == [0.0]


def test_a_boolean_outcome_is_a_yes_or_no() -> None:
    table = cohort()
    said = logistic_mixed(MODEL, table.assign(abstinent=table["abstinent"] == 1))
    pd.testing.assert_frame_equal(said.tidy(), logistic_mixed(MODEL, table).tidy())


# Refused, or a failed check


def test_separation_is_refused_and_the_covariate_named() -> None:
    table = cohort()
    with pytest.raises(NotEstimable, match="'months' tells values of 'abstinent' apart"):
        logistic_mixed(MODEL, table.assign(abstinent=(table["months"] > 0).astype(int)))
    rare = table.assign(kind=np.where(np.arange(len(table)) < 4, "rare", "usual"))
    rare.loc[:3, "abstinent"] = 1
    with pytest.raises(NotEstimable, match="kind"):
        logistic_mixed("abstinent ~ months + C(kind) + (1 | participant_id)", rare)


def test_separation_within_participants_fails_a_check() -> None:
    # Everyone turns abstinent once and stays so: slope and spread can grow together for ever.
    turn = np.clip(np.round(np.random.default_rng(0).normal(3, 1.2, 40)), 1, 5)
    table = pd.DataFrame({"participant_id": np.repeat(np.arange(40), 6), "wave": np.tile(np.arange(6), 40)})
    table["abstinent"] = (table["wave"] >= turn[table["participant_id"]]).astype(int)
    model = "abstinent ~ wave + (1 | participant_id)"
    failed = check_named(logistic_mixed(model, table), "outcomes overlap within groups")
    assert not failed.passed
    assert "coefficients and spread can grow together" in failed.sentence
    # A few who turn back undo that.
    table.loc[table.index[[5, 11, 17, 23]], "abstinent"] = 0
    assert check_named(logistic_mixed(model, table), "outcomes overlap within groups").passed


def test_one_row_each_is_refused() -> None:
    with pytest.raises(NotEstimable, match="'participant_id' has one row"):
        logistic_mixed(MODEL, cohort().drop_duplicates("participant_id"))


@pytest.mark.parametrize("value", [2, 0.5, -1, "yes"])
def test_an_outcome_other_than_0_and_1_is_refused(value: object) -> None:
    table = cohort().assign(abstinent=lambda rows: rows["abstinent"].astype(object))
    table.loc[3, "abstinent"] = value
    with pytest.raises(DefinitionError, match="'abstinent' holds values"):
        logistic_mixed(MODEL, table)


@pytest.mark.parametrize("value", [0, 1])
def test_an_outcome_that_never_varies_is_refused(value: int) -> None:
    with pytest.raises(NotEstimable, match="same value in all 240 rows"):
        logistic_mixed(MODEL, cohort().assign(abstinent=value))


def test_participants_who_never_change_are_refused() -> None:
    table = cohort()
    with pytest.raises(NotEstimable, match="Within no value of 'participant_id'"):
        logistic_mixed(MODEL, table.assign(abstinent=(table["participant_id"] < "P20").astype(int)))


def test_one_group_is_refused_and_few_fail_a_check() -> None:
    table = cohort(6, 30)
    with pytest.raises(NotEstimable, match="share one value of 'participant_id'"):
        logistic_mixed(MODEL, table[table["participant_id"] == "P00"])
    few = logistic_mixed(MODEL, table[table["participant_id"] < "P04"])
    failed = check_named(few, "enough groups")
    assert not failed.passed
    assert "4 values" in failed.sentence
    assert check_named(logistic_mixed(MODEL, table), "enough groups").passed


def test_a_correlation_at_the_edge_fails_a_check() -> None:
    table = alternating(60).assign(wave=np.tile(np.arange(4.0), 60))
    fit = logistic_mixed("abstinent ~ wave + (1 + wave | participant_id)", table, quadrature=5)
    failed = check_named(fit, "random effects vary freely")
    assert not failed.passed
    assert "is estimated as" in failed.sentence


def test_laplace_for_few_waves_fails_a_check_that_names_the_cure() -> None:
    fit = logistic_mixed(MODEL, cohort(), quadrature=1)
    failed = check_named(fit, "enough quadrature points")
    assert not failed.passed
    assert "Use quadrature=15" in failed.sentence
    assert check_named(logistic_mixed(MODEL, cohort()), "enough quadrature points").passed


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("abstinent ~ months", "no random term"),
        ("abstinent ~ months + (1 | participant_id) + (1 | crossing)", "cross"),
        ("abstinent ~ missing + (1 | participant_id)", "no column missing"),
        ("Event(abstinent, months) ~ 1 + (1 | participant_id)", "no outcome of this model"),
        ("Trials(abstinent, none) ~ months + (1 | participant_id)", "exceeds 'none'"),
        ("Trials(abstinent) ~ months + (1 | participant_id)", "two columns"),
        ("abstinent ~ months + (months | site/participant_id)", "slope beside several groupings"),
        ("abstinent ~ months + (1 | participant_id) + (1 | participant_id)", "stands in two random terms"),
    ],
)
def test_formulas_that_cannot_be_are_refused(formula: str, message: str) -> None:
    table = cohort().assign(none=0, crossing=np.arange(240) % 5)
    with pytest.raises(DefinitionError, match=message):
        logistic_mixed(formula, table)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quadrature": 0}, "whole number from 1 to 100"),
        ({"quadrature": 2.5}, "whole number from 1 to 100"),
        ({"quadrature": True}, "whole number from 1 to 100"),
        ({"conf_level": 1.0}, "conf_level"),
        ({"intervals": "bootstrap"}, "intervals"),
        ({"weights": "minus"}, "weights='minus'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        logistic_mixed(MODEL, cohort().assign(minus=-1), **options)


def test_too_many_nodes_and_nested_quadrature_are_refused() -> None:
    table = cohort()
    with pytest.raises(DefinitionError, match="too many nodes"):
        logistic_mixed("abstinent ~ months + (1 + months + I(months**2) | participant_id)", table, quadrature=50)
    with pytest.raises(DefinitionError, match="Laplace"):
        logistic_mixed("abstinent ~ months + (1 | site/participant_id)", table, quadrature=5)


def test_a_covariate_that_repeats_another_is_refused() -> None:
    with pytest.raises(NotEstimable, match="'twice' repeats"):
        logistic_mixed(
            "abstinent ~ months + twice + (1 | participant_id)", cohort().assign(twice=lambda rows: 2 * rows["months"])
        )


def test_share_by_hand_without_covariates() -> None:
    # Two waves each; n0, n1, n2 people with 0, 1, 2 yeses. With a free spread the three shares have two free
    # parameters, and symmetric counts n0 = n2 make the intercept 0.
    pairs = [(0, 0)] * 12 + [(0, 1)] * 6 + [(1, 0)] * 6 + [(1, 1)] * 12
    table = pd.DataFrame({"participant_id": np.repeat(np.arange(36), 2), "abstinent": np.array(pairs).ravel()})
    fit = logistic_mixed("abstinent ~ 1 + (1 | participant_id)", table, quadrature=31)
    assert fit.tidy()["estimate"].tolist() == pytest.approx([0.0], abs=1e-7)
    # The model is saturated: it gives each pair its share, 1/3, 1/6, 1/6, 1/3.
    assert fit.log_likelihood == pytest.approx(24 * np.log(1 / 3) + 12 * np.log(1 / 6), abs=1e-7)
    sd = float(fit.spreads()["estimate"].iloc[0])
    both = quad(lambda u: expit(sd * u) ** 2 * norm.pdf(u), -12, 12)[0]
    assert both == pytest.approx(1 / 3, abs=1e-7)
    assert logit(both) == pytest.approx(-np.log(2), abs=1e-6)
