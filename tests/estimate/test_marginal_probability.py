"""Population-averaged probabilities: by numeric integration, collapsed to plain shares, delta method by differences."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from remission.errors import DefinitionError
from remission.estimate.count_mixed import count_mixed
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.logistic_mixed import logistic_mixed
from remission.estimate.marginal_probability import marginal_probability

# The trapezoidal rule against scipy's adaptive integration.
INTEGRAL = 1e-9
# Central differences of the integral with steps of 1e-5.
DIFFERENCE = 1e-6

MODEL = "abstinent ~ months + attended + (1 + months | participant_id)"


def cohort(people: int = 60, waves: int = 5) -> pd.DataFrame:
    """Seeded cohort with normal random intercepts and slopes."""
    rng = np.random.default_rng(8)
    code, months = np.repeat(np.arange(people), waves), np.tile(np.linspace(0, 2, waves), people)
    attended = (rng.random(code.size) < 0.5).astype(int)
    effect = rng.normal(size=(people, 2)) * [1.6, 0.7]
    chance = expit(-0.4 + 0.3 * months + 0.9 * attended + effect[code, 0] + effect[code, 1] * months)
    return pd.DataFrame(
        {
            "participant_id": code,
            "months": months,
            "attended": attended,
            "abstinent": (rng.random(code.size) < chance).astype(int),
        }
    )


@pytest.fixture(scope="module")
def fit() -> GeneralizedMixedFit:
    return logistic_mixed(MODEL, cohort(), quadrature=9)


def by_quad(eta: float, variance: float) -> float:
    return float(quad(lambda u: expit(eta + np.sqrt(variance) * u) * norm.pdf(u), -12, 12, epsabs=1e-13, limit=200)[0])


def average(beta: np.ndarray, factor: np.ndarray, rows: pd.DataFrame) -> float:
    """Average integrals over rows, the variance of each row's random part being z'LL'z."""
    x = np.column_stack([np.ones(len(rows)), rows["months"], rows["attended"]])
    z = x[:, :2] @ factor
    return float(np.mean([by_quad(eta, variance) for eta, variance in zip(x @ beta, (z**2).sum(axis=1), strict=True)]))


FEW = pd.DataFrame({"participant_id": [1, 1, 2, 3], "months": [0.0, 1.5, 2.0, 0.5], "attended": [0, 1, 1, 0]})


def test_probabilities_are_integrals_averaged_over_rows(fit: GeneralizedMixedFit) -> None:
    beta, factor = fit.tidy()["estimate"].to_numpy(), fit.fitted.factor
    assert np.abs(factor[np.tril_indices(2)]).min() > 0.01
    found = marginal_probability(fit, FEW)
    assert found.tidy()["estimate"].tolist() == pytest.approx([average(beta, factor, FEW)], abs=INTEGRAL)
    compared = marginal_probability(fit, FEW, by="attended").tidy()
    without, having = (average(beta, factor, FEW.assign(attended=value)) for value in (0, 1))
    odds = np.exp(logit(having) - logit(without))
    assert compared["estimate"].tolist() == pytest.approx([without, having, having - without, odds], abs=1e-8)
    assert compared["term"].tolist() == ["attended=0", "attended=1"] + 2 * ["attended=1 against attended=0"]
    assert compared["contrast"].tolist() == [
        "marginal probability",
        "marginal probability",
        "marginal risk difference",
        "marginal odds ratio",
    ]


def test_errors_are_the_delta_method_by_differences(fit: GeneralizedMixedFit) -> None:
    beta, rows, columns = fit.tidy()["estimate"].to_numpy(), *fit.fitted.places
    at = np.concatenate([beta, fit.fitted.factor[rows, columns]])
    covariance = fit.fitted.covariance[: at.size, : at.size]

    def both(vector: np.ndarray) -> np.ndarray:
        factor = np.zeros((2, 2))
        factor[rows, columns] = vector[3:]
        return np.array([average(vector[:3], factor, FEW.assign(attended=value)) for value in (0, 1)])

    step = 1e-5 * np.eye(at.size)
    slope = np.array([(both(at + one) - both(at - one)) / 2e-5 for one in step]).T
    chance = both(at)
    rises = slope / (chance * (1 - chance))[:, None]
    error = [float(np.sqrt(one @ covariance @ one)) for one in (*slope, slope[1] - slope[0], rises[1] - rises[0])]
    found = marginal_probability(fit, FEW, by="attended").tidy()
    ratio = found["estimate"].iloc[3]
    assert found["std_error"].tolist() == pytest.approx([*error[:3], ratio * error[3]], rel=DIFFERENCE)
    z = norm.ppf(0.975)
    reach = z * error[0] / (chance[0] * (1 - chance[0]))
    assert found["conf_low"].iloc[0] == pytest.approx(expit(logit(chance[0]) - reach), rel=DIFFERENCE)
    assert found["conf_high"].iloc[2] == pytest.approx(chance[1] - chance[0] + z * error[2], rel=DIFFERENCE)
    assert found["conf_low"].iloc[3] == pytest.approx(ratio * np.exp(-z * error[3]), rel=DIFFERENCE)


def test_without_spread_they_are_the_shares_of_the_table() -> None:
    # Nobody differs, and the 2 x 2 table is saturated: 8 of 24 early rows and 16 of 24 late ones are yeses.
    table = pd.DataFrame({"participant_id": np.repeat(np.arange(12), 4), "late": np.tile([0, 0, 1, 1], 12)})
    table["abstinent"] = np.concatenate([[0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 1]] * 4)
    fit = logistic_mixed("abstinent ~ late + (1 | participant_id)", table)
    found = marginal_probability(fit, table, by="late").tidy()
    assert found["estimate"].tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3, 4.0], abs=1e-7)
    # A share's variance is p (1 - p) / 24, a log odds ratio's the sum of the inverse counts.
    share = np.sqrt(2 / 9 / 24)
    assert found["std_error"].tolist() == pytest.approx(
        [share, share, share * np.sqrt(2), 4 * np.sqrt(6 / 16)], rel=1e-6
    )


def test_marginal_odds_ratios_lie_nearer_1_than_conditional_ones(fit: GeneralizedMixedFit) -> None:
    conditional = fit.ratios().set_index("term").loc["attended", "estimate"]
    marginal = marginal_probability(fit, cohort(), by="attended").tidy()["estimate"].iloc[3]
    assert 1 < marginal < conditional


def test_a_wide_spread_is_still_integrated() -> None:
    # The widest spread for which the rule is said to hold ten digits.
    fit = logistic_mixed("abstinent ~ months + (1 | participant_id)", cohort())
    wide = replace(fit, fitted=replace(fit.fitted, factor=np.array([[8.0]])))
    rows = FEW.head(1)
    expected = by_quad(float(fit.tidy()["estimate"].iloc[0]), 64.0)
    assert marginal_probability(wide, rows).tidy()["estimate"].tolist() == pytest.approx([expected], abs=INTEGRAL)


def test_the_marginal_share_is_the_observed_one_within_its_error(fit: GeneralizedMixedFit) -> None:
    table = cohort()
    row = marginal_probability(fit, table).tidy().iloc[0]
    assert abs(row["estimate"] - table["abstinent"].mean()) < row["std_error"]


def test_help_is_near_what_gee_estimates(reference: Any) -> None:
    # GEE's odds ratio is population-averaged: 2.76 on its log scale 1.014 with error 0.154.
    table = pd.read_csv(reference / "data" / "help_long.csv")
    rows = table[(table["TIME"] > 0) & table["ALCQ_30"].notna() & table["E9A"].notna()]
    rows = rows.assign(abstinent=(rows["ALCQ_30"] == 0).astype(int))
    fit = logistic_mixed("abstinent ~ TIME + E9A + (1 | ID)", rows)
    found = marginal_probability(fit, rows, by="E9A")
    ratio = found.tidy()["estimate"].iloc[3]
    assert abs(np.log(ratio) - 1.01407901258678) < 0.15 / 2
    assert (found.sample.participants, found.sample.rows) == (396, 994)


def test_rows_with_a_missing_covariate_are_left_out_and_counted(fit: GeneralizedMixedFit) -> None:
    gap = pd.concat([FEW, FEW.tail(1).assign(months=np.nan)])
    found = marginal_probability(fit, gap)
    pd.testing.assert_frame_equal(found.tidy(), marginal_probability(fit, FEW).tidy())
    assert found.sample.left_out == (("a covariate is missing", 1),)
    assert found.sample.participants == 3
    with pytest.raises(DefinitionError, match="No row has a value"):
        marginal_probability(fit, gap.tail(1))


def test_a_failed_check_of_the_model_is_passed_on() -> None:
    fit = logistic_mixed(MODEL, cohort(), quadrature=1)
    assert [check.passed for check in marginal_probability(fit, FEW).checks] == [False]


def test_counts_and_unknown_columns_are_refused(fit: GeneralizedMixedFit) -> None:
    table = cohort().assign(meetings=lambda rows: np.arange(len(rows)) % 7 % 4)
    counts = count_mixed("meetings ~ months + (1 | participant_id)", table, family="poisson")
    with pytest.raises(DefinitionError, match="counts"):
        marginal_probability(counts, table)
    with pytest.raises(DefinitionError, match="arm"):
        marginal_probability(fit, table, by="arm")
    with pytest.raises(DefinitionError, match="attended"):
        marginal_probability(fit, table.drop(columns="attended"))
