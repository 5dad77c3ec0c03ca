"""Count mixed models: by numeric integration, collapsed, invariant, recovered, refused; R has its own file."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import betabinom, binom, nbinom, norm, poisson

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.count_mixed import count_mixed
from remission.estimate.generalized_fit import GeneralizedMixedFit

# Adaptive quadrature with 41 points against the trapezoidal rule on a fine fixed grid.
INTEGRAL = 1e-8

MODEL = "meetings ~ months + (1 | participant_id)"
DAYS = "Trials(days, of) ~ months + (1 | participant_id)"


def cohort(people: int = 40, waves: int = 5, seed: int = 2) -> pd.DataFrame:
    """Seeded cohort: negative binomial meetings of size 2, beta-binomial days of 28 with a + b = 5."""
    rng = np.random.default_rng(seed)
    code, months = np.repeat(np.arange(people), waves), np.tile(np.arange(waves) / waves, people)
    effect, weeks = rng.normal(size=people)[code], rng.integers(1, 5, code.size)
    mean = weeks * np.exp(0.5 + 0.4 * months + 0.6 * effect)
    chance = expit(-0.3 + 0.5 * months + effect)
    return pd.DataFrame(
        {
            "participant_id": code,
            "months": months,
            "weeks": weeks,
            "of": 28,
            "meetings": rng.negative_binomial(2.0, 2.0 / (2.0 + mean)),
            "visits": rng.poisson(mean),
            "days": rng.binomial(28, rng.beta(5 * chance, 5 * (1 - chance))),
        }
    )


def check_named(fit: GeneralizedMixedFit, name: str) -> Any:
    return next(check for check in fit.checks if check.name == name)


def gridded(fit: GeneralizedMixedFit, table: pd.DataFrame, law: Any) -> float:
    """Integrate each participant's likelihood, at the fit's own estimates, by the trapezoidal rule."""
    u, sd = np.arange(-10, 10.01, 0.02), float(fit.spreads()["estimate"].iloc[0])
    eta = fit.tidy()["estimate"] @ np.vstack([np.ones(len(table)), table["months"]])
    inside = pd.DataFrame(law(np.asarray(eta)[:, None] + sd * u)).groupby(table["participant_id"].to_numpy()).sum()
    top = inside.to_numpy().max(axis=1, keepdims=True)
    return float((top[:, 0] + np.log((np.exp(inside.to_numpy() - top) * norm.pdf(u)).sum(axis=1) * 0.02)).sum())


# By numeric integration, with scipy's laws


def test_poisson_likelihood_is_the_integral() -> None:
    table = cohort()
    fit = count_mixed("visits ~ months + (1 | participant_id)", table, family="poisson", quadrature=41)
    y = table["visits"].to_numpy()[:, None]
    assert fit.log_likelihood == pytest.approx(
        gridded(fit, table, lambda eta: poisson.logpmf(y, np.exp(eta))), abs=INTEGRAL
    )
    assert fit.dispersion is None


def test_negative_binomial_likelihood_is_the_integral() -> None:
    table = cohort()
    fit = count_mixed(MODEL, table, quadrature=41)
    size, y = fit.dispersion, table["meetings"].to_numpy()[:, None]
    assert size is not None
    assert fit.log_likelihood == pytest.approx(
        gridded(fit, table, lambda eta: nbinom.logpmf(y, size, size / (size + np.exp(eta)))), abs=INTEGRAL
    )
    # Two fixed effects, a variance and a size.
    glance = fit.glance().iloc[0]
    assert glance["aic"] == pytest.approx(-2 * glance["log_likelihood"] + 2 * 4)


def test_beta_binomial_likelihood_is_the_integral() -> None:
    table = cohort()
    fit = count_mixed(DAYS, table, family="beta_binomial", quadrature=41)
    total, y = fit.dispersion, table["days"].to_numpy()[:, None]
    assert total is not None
    assert fit.log_likelihood == pytest.approx(
        gridded(fit, table, lambda eta: betabinom.logpmf(y, 28, total * expit(eta), total * expit(-eta))), abs=1e-6
    )


# Collapse and invariants


def test_zero_variance_is_poisson_regression() -> None:
    # Everyone has the same counts, 1 and 2 early, 4 and 8 late: means 3 / 2 and 6, log rate ratio log 4.
    table = pd.DataFrame(
        {
            "participant_id": np.repeat(np.arange(10), 4),
            "late": np.tile([0, 0, 1, 1], 10),
            "n": np.tile([1, 2, 4, 8], 10),
        }
    )
    fit = count_mixed("n ~ late + (1 | participant_id)", table, family="poisson")
    assert fit.tidy()["estimate"].tolist() == pytest.approx([np.log(1.5), np.log(4)], abs=1e-7)
    # Variances are inverse sums of counts: 1 / 30 and 1 / 30 + 1 / 120.
    assert fit.tidy()["std_error"].tolist() == pytest.approx([np.sqrt(1 / 30), np.sqrt(5 / 120)], rel=1e-6)
    means = np.where(table["late"], 6, 1.5)
    assert fit.log_likelihood == pytest.approx(poisson.logpmf(table["n"], means).sum(), abs=1e-8)
    assert fit.tidy()["contrast"].tolist() == ["conditional log rate", "conditional log rate ratio"]
    assert not check_named(fit, "random effects vary freely").passed


def test_exposure_makes_rates() -> None:
    table = cohort()
    rate = count_mixed(MODEL, table, exposure="weeks")
    # Days for weeks: seven times the exposure, rates a seventh, all else as it was.
    daily = count_mixed(MODEL, table.assign(weeks=7 * table["weeks"]), exposure="weeks")
    shift = rate.tidy()["estimate"] - daily.tidy()["estimate"]
    assert shift.tolist() == pytest.approx([np.log(7), 0.0], abs=1e-6)
    assert daily.log_likelihood == pytest.approx(rate.log_likelihood, abs=1e-8)
    assert rate.log_likelihood != pytest.approx(count_mixed(MODEL, table).log_likelihood, abs=1.0)
    assert rate.ratios()["contrast"].tolist() == ["conditional rate ratio"]


def test_counts_that_spread_no_more_than_the_simpler_law_say_so() -> None:
    # Rows of 3 or 4 spread less than Poisson counts, days all near half of 28 less than binomial ones.
    table = cohort().assign(
        meetings=lambda rows: 3 + np.arange(len(rows)) % 7 % 2, days=lambda rows: 13 + rows["weeks"] % 3
    )
    for formula, family, simpler in ((MODEL, "negative_binomial", "Poisson"), (DAYS, "beta_binomial", "binomial")):
        fit = count_mixed(formula, table, family=family)
        failed = check_named(fit, "more spread than the simpler law")
        assert not failed.passed
        assert f"no more than {simpler} ones" in failed.sentence
        assert fit.dispersion == np.inf
        assert fit.glance().iloc[0]["family"] == family
    same = count_mixed(MODEL, table, family="poisson")
    pd.testing.assert_frame_equal(same.tidy(), count_mixed(MODEL, table).tidy())
    chance = table["days"].sum() / (28 * len(table))
    only = count_mixed("Trials(days, of) ~ 1 + (1 | participant_id)", table, family="beta_binomial")
    assert only.log_likelihood == pytest.approx(binom.logpmf(table["days"], 28, chance).sum(), abs=1e-7)


def test_swapping_days_used_and_not_used_turns_the_signs() -> None:
    table = cohort()
    fit, turned = (
        count_mixed(DAYS, rows, family="beta_binomial") for rows in (table, table.assign(days=28 - table["days"]))
    )
    np.testing.assert_allclose(turned.tidy()["estimate"], -fit.tidy()["estimate"], atol=1e-6)
    assert turned.dispersion == pytest.approx(fit.dispersion, rel=1e-6)


def test_a_known_truth_is_recovered() -> None:
    table = cohort(800, 5, seed=5)
    for formula, family, truth, size, spread in (
        (MODEL, "negative_binomial", [0.5, 0.4], 2.0, 0.6),
        (DAYS, "beta_binomial", [-0.3, 0.5], 5.0, 1.0),
    ):
        fit = count_mixed(formula, table, family=family, exposure="weeks" if formula == MODEL else None)
        assert (np.abs(fit.tidy()["estimate"] - truth) < 3 * fit.tidy()["std_error"]).all()
        assert fit.dispersion is not None
        assert abs(np.log(fit.dispersion / size)) < 3 * np.sqrt(fit.fitted.covariance[-1, -1])
        assert abs(fit.spreads()["estimate"].iloc[0] - spread) < 3 * fit.spreads()["std_error"].iloc[0]
        assert all(check.passed for check in fit.checks)


# Refused


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        (MODEL, {"family": "gamma"}, "family"),
        (MODEL, {"family": "beta_binomial"}, "does not go with family='beta_binomial'"),
        (DAYS, {"family": "poisson"}, "does not go with family='poisson'"),
        (DAYS, {"family": "beta_binomial", "exposure": "weeks"}, "exposure does not go"),
        (MODEL, {"exposure": "none"}, "exposure='none'"),
        ("half ~ months + (1 | participant_id)", {}, "no whole numbers"),
    ],
)
def test_what_does_not_go_together_is_refused(formula: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        count_mixed(formula, cohort().assign(none=0, half=0.5), **options)


def test_rows_that_cannot_carry_the_model_are_refused() -> None:
    table = cohort()
    with pytest.raises(NotEstimable, match="one row"):
        count_mixed(MODEL, table.assign(participant_id=range(len(table))))
    with pytest.raises(NotEstimable, match="same value"):
        count_mixed(MODEL, table.assign(meetings=0))
    # No meeting at all in one category: its log rate runs to minus infinity.
    none = table.assign(kind=np.where(table["meetings"] == 0, "none", "some"))
    with pytest.raises(NotEstimable, match="kind"):
        count_mixed("meetings ~ C(kind) + (1 | participant_id)", none, family="poisson")
