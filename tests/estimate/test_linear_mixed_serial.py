"""Mixed models with serial residuals: by hand, collapsed to simpler models, invariants, nlme, recovery."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import linear_mixed, linear_mixed_serial, mmrm
from remission.estimate.linear_mixed_serial_fit import SerialMixedFit
from remission.estimate.result import COEFFICIENT_COLUMNS

STORED = Path(__file__).resolve().parents[1] / "reference"

# lme's optimiser stops up to 1e-9 short of the best log-likelihood: 2e-6 of an error, 1e-5 of a mode.
ESTIMATE = 1e-5
LINE = "score ~ day * arm + baseline + (1 | participant_id)"


def cohort(seed: int = 1, people: int = 60, phi: float = 0.99, between: float = 4.0) -> pd.DataFrame:
    """Seeded cohort with real days: random intercepts and residuals with correlation ``phi`` a day."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(people):
        kept = rng.uniform(size=6) < 0.85
        day = (np.array([0.0, 30, 90, 180, 270, 365]) + rng.integers(0, 15, 6))[kept]
        if day.size == 0:
            continue
        root = np.linalg.cholesky(phi ** np.abs(day[:, None] - day[None, :]))
        score = 30 - 0.02 * day + between * rng.normal() + 5 * root @ rng.normal(size=day.size)
        rows.append(pd.DataFrame({"participant_id": f"P{i:03d}", "day": day, "score": score, "arm": "ab"[i % 2]}))
    return pd.concat(rows, ignore_index=True)


def check_named(fit: SerialMixedFit, name: str) -> Any:
    return next(check for check in fit.checks if check.name == name)


# By hand


def test_the_likelihood_is_that_of_the_covariance_it_reports() -> None:
    # Written out with full matrices: V = between 11' + sigma^2 phi^|days|, coefficients by weighted least squares.
    table = cohort(people=25)
    fit = linear_mixed_serial("score ~ day + (1 | participant_id)", table, reml=False)
    between, residual = fit.variances()["covariance"]
    same = table["participant_id"].to_numpy()[:, None] == table["participant_id"].to_numpy()[None, :]
    days = np.abs(table["day"].to_numpy()[:, None] - table["day"].to_numpy()[None, :])
    v = same * (between + residual * fit.phi**days)
    x = np.column_stack([np.ones(len(table)), table["day"]])
    inverse = np.linalg.inv(v)
    vcov = np.linalg.inv(x.T @ inverse @ x)
    beta = vcov @ x.T @ inverse @ table["score"]
    rest = table["score"] - x @ beta
    log_likelihood = -(np.linalg.slogdet(v)[1] + rest @ inverse @ rest + len(table) * np.log(2 * np.pi)) / 2
    assert list(fit.tidy().columns) == list(COEFFICIENT_COLUMNS)
    np.testing.assert_allclose(fit.tidy()["estimate"], beta, rtol=1e-8)
    np.testing.assert_allclose(fit.tidy()["std_error"], np.sqrt(np.diag(vcov)), rtol=1e-8)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-8)
    # Modes are D Z'V^-1 r, with conditional variance D - D Z'V^-1 Z D.
    z = (table["participant_id"].to_numpy()[:, None] == np.unique(table["participant_id"])[None, :]).astype(float)
    modes = fit.random_effects()
    np.testing.assert_allclose(modes["estimate"], between * z.T @ inverse @ rest, rtol=1e-7, atol=1e-9)
    left = between - between**2 * np.diag(z.T @ inverse @ z)
    np.testing.assert_allclose(modes["std_error"], np.sqrt(left), rtol=1e-7)


# Collapse


def test_without_serial_correlation_it_is_the_mixed_model() -> None:
    # Residuals that swing from row to row leave no room for a positive correlation.
    table = cohort(phi=1e-9)
    table["score"] += 3.0 * (-1.0) ** table.groupby("participant_id").cumcount()
    ours = linear_mixed_serial("score ~ day + (1 | participant_id)", table)
    other = linear_mixed("score ~ day + (1 | participant_id)", table)
    assert ours.phi == 0
    assert ours.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)
    for column in ("estimate", "std_error", "p_value"):
        np.testing.assert_allclose(ours.tidy()[column], other.tidy()[column], rtol=1e-6)
    np.testing.assert_allclose(ours.degrees_of_freedom["df"], other.degrees_of_freedom["df"], rtol=1e-5)
    np.testing.assert_allclose(ours.variances()["covariance"], other.variances()["covariance"], rtol=1e-7)
    np.testing.assert_allclose(ours.random_effects()["estimate"], other.random_effects()["estimate"], rtol=1e-6)
    np.testing.assert_allclose(ours.random_effects()["std_error"], other.random_effects()["std_error"], rtol=1e-6)
    found = check_named(ours, "serial correlation inside its range")
    assert not found.passed
    assert "linear_mixed says the same" in found.sentence


def test_without_random_intercept_it_is_the_residual_correlation_alone() -> None:
    # Only serial correlation in truth, and a cohort in which the intercept's variance comes out as 0.
    table = cohort(seed=8, between=0.0).assign(wave=lambda rows: rows.groupby("participant_id").cumcount())
    ours = linear_mixed_serial("score ~ day + (1 | participant_id)", table)
    assert ours.variances()["covariance"].iloc[0] == pytest.approx(0, abs=1e-8)
    assert (
        "variance of Intercept in participant_id is estimated as 0"
        in check_named(ours, "random effects vary freely").sentence
    )
    alone = mmrm("score ~ day", table, correlation="car1", variance="common", day="day")
    assert ours.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-8)
    assert ours.phi == pytest.approx(alone.correlation_at, rel=1e-7)
    np.testing.assert_allclose(ours.tidy()["std_error"], alone.tidy()["std_error"], rtol=1e-6)


def test_whole_steps_are_the_continuous_one_where_positive() -> None:
    table = cohort().assign(wave=lambda rows: rows.groupby("participant_id").cumcount())
    step = linear_mixed_serial("score ~ day + (1 | participant_id)", table, time="wave", correlation="ar1")
    days = linear_mixed_serial("score ~ day + (1 | participant_id)", table, time="wave", correlation="car1")
    assert step.phi > 0
    assert step.phi == pytest.approx(days.phi, rel=1e-6)
    assert step.log_likelihood == pytest.approx(days.log_likelihood, abs=1e-9)
    np.testing.assert_allclose(step.degrees_of_freedom["df"], days.degrees_of_freedom["df"], rtol=1e-4)


def test_the_likelihood_is_at_least_that_of_the_model_inside_it() -> None:
    table = cohort()
    for random in ("(1 | participant_id)", "(1 + day | participant_id)"):
        serial = linear_mixed_serial(f"score ~ day + {random}", table)
        plain = linear_mixed(f"score ~ day + {random}", table)
        assert serial.log_likelihood >= plain.log_likelihood - 1e-9
        assert serial.n_parameters == plain.n_parameters + 1


# Invariants


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), unit=st.floats(0.01, 50), origin=st.floats(-100, 100))
def test_the_unit_of_time_only_translates(seed: int, unit: float, origin: float) -> None:
    table = cohort(seed, 40)
    one = linear_mixed_serial("score ~ arm + (1 | participant_id)", table)
    shuffled = table.sample(frac=1, random_state=seed)
    other = linear_mixed_serial(
        "score ~ arm + (1 | participant_id)", shuffled.assign(day=(shuffled["day"] - origin) / unit)
    )
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    assert other.phi ** (1 / unit) == pytest.approx(one.phi, rel=1e-4, abs=1e-6)
    np.testing.assert_allclose(other.tidy()["estimate"], one.tidy()["estimate"], rtol=1e-5)


# Against nlme


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("intercept_car1_reml", {}),
        ("intercept_car1_ml", {"reml": False}),
        ("intercept_ar1_reml", {"correlation": "ar1", "time": "wave"}),
    ],
)
def test_lme_driven_to_the_end(case: str, options: dict[str, Any]) -> None:
    expected = json.loads((STORED / "serial.json").read_text())[case]
    table = pd.read_csv(STORED / "serial_cohort.csv")
    fit = linear_mixed_serial(LINE, table, **options)
    assert (np.abs(fit.tidy()["estimate"] - expected["estimate"]) / expected["std_error"]).max() <= ESTIMATE
    np.testing.assert_allclose(fit.tidy()["std_error"], expected["std_error"], rtol=ESTIMATE)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-9)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=ESTIMATE)
    assert fit.variances()["covariance"].iloc[0] == pytest.approx(np.ravel(expected["covariance"])[0], rel=ESTIMATE)
    assert fit.phi == pytest.approx(expected["phi"], abs=ESTIMATE)
    modes = [row["b1"] for row in expected["modes"]]
    np.testing.assert_allclose(fit.random_effects()["estimate"], modes, atol=5e-5)
    assert all(check.passed for check in fit.checks)


def test_lme_with_slopes() -> None:
    expected = json.loads((STORED / "serial.json").read_text())["slope_car1_reml"]
    table = pd.read_csv(STORED / "serial_slopes.csv")
    fit = linear_mixed_serial("score ~ months * arm + (1 + months | participant_id)", table)
    assert (np.abs(fit.tidy()["estimate"] - expected["estimate"]) / expected["std_error"]).max() <= ESTIMATE
    np.testing.assert_allclose(fit.tidy()["std_error"], expected["std_error"], rtol=ESTIMATE)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=5e-9)
    (a, ab), (_, b) = expected["covariance"]
    np.testing.assert_allclose(fit.variances()["covariance"], [a, b, ab, expected["sigma"] ** 2], rtol=ESTIMATE)
    assert fit.phi == pytest.approx(expected["phi"], rel=ESTIMATE)
    modes = fit.random_effects()
    for term, key in (("Intercept", "b1"), ("months", "b2")):
        ours = modes.loc[modes["term"] == term, "estimate"]
        np.testing.assert_allclose(ours, [row[key] for row in expected["modes"]], atol=5e-5)


def test_beat_the_blues(reference: Path) -> None:
    # lme stops at phi = 8.6e-8, 1.2e-7 short of the best log-likelihood, where phi is 0.
    expected = json.loads((reference / "results" / "mixed_gee.json").read_text())["btheb_lme_car1"]
    table = pd.read_csv(reference / "data" / "HSAUR3_BtheB_long.csv")
    table["length"] = pd.Categorical(table["length"], ["<6m", ">6m"])
    table["treatment"] = pd.Categorical(table["treatment"], ["TAU", "BtheB"])
    formula = "bdi ~ `bdi.pre` + time + treatment + drug + length + (1 | id)"
    fit = linear_mixed_serial(formula, table, time="time", reml=False)
    found = fit.tidy()
    assert (np.abs(found["estimate"] - list(expected["fixef"].values())) / found["std_error"]).max() <= 1e-6
    assert 0 <= fit.log_likelihood - expected["loglik"] <= 5e-7
    assert fit.phi == pytest.approx(expected["phi"], abs=1e-6)
    assert fit.sigma == pytest.approx(expected["sigma"], rel=1e-6)
    assert np.sqrt(fit.variances()["covariance"].iloc[0]) == pytest.approx(expected["sd_id"], rel=1e-6)


# Recovery


def test_known_truth_is_recovered_in_forty_cohorts() -> None:
    # 40 cohorts of 80. Coverage of a 95 % interval over 40 has a Monte Carlo error of 3.4 points; means are held to 4
    # of their own errors. Memory is compared at 30 days, where truth is .99 ** 30 = .74.
    slopes, covered, memory = [], [], []
    for seed in range(40):
        fit = linear_mixed_serial("score ~ day + (1 | participant_id)", cohort(500 + seed, 80))
        row = fit.tidy().iloc[1]
        slopes.append(row["estimate"])
        covered.append(row["conf_low"] <= -0.02 <= row["conf_high"])
        memory.append(fit.phi**30)
    assert abs(np.mean(slopes) + 0.02) < 4 * np.std(slopes, ddof=1) / np.sqrt(40)
    assert abs(np.median(memory) - 0.99**30) < 0.05
    assert np.mean(covered) >= 0.95 - 3 * 0.034


# Sentences


def test_prediction_and_glance() -> None:
    table = cohort()
    table.loc[3, "day"] = np.nan
    fit = linear_mixed_serial("score ~ day * arm + (1 + day | participant_id)", table, df="normal")
    assert fit.sample.left_out == (("day is missing", 1),)
    predicted = fit.predict(pd.DataFrame({"day": [0.0], "arm": ["a"]}, index=["x"]))
    row = fit.tidy().iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert predicted.loc["x", column] == pytest.approx(row[column], rel=1e-9)
    assert fit.variances()["term"].tolist() == ["Intercept", "day", "Intercept", "residual"]
    assert len(fit.random_effects()) == 2 * fit.n_groups
    assert fit.glance()["phi"].iloc[0] == fit.phi


@pytest.mark.parametrize(
    ("change", "options", "error", "told"),
    [
        (lambda rows: rows.assign(day=5.0), {}, DefinitionError, "have the same 'day'"),
        (lambda rows: rows.assign(day=rows["day"] / 7), {"correlation": "ar1"}, DefinitionError, "no whole numbers"),
        (lambda rows: rows, {"correlation": "toeplitz"}, DefinitionError, "is not known"),
        (lambda rows: rows, {"df": "kenward-roger"}, DefinitionError, "is not known"),
        (lambda rows: rows, {"conf_level": 95}, DefinitionError, "is no share"),
        (lambda rows: rows, {"time": "month"}, DefinitionError, "no column month"),
        (lambda rows: rows.assign(day="soon"), {}, DefinitionError, "no finite numbers"),
        (
            lambda rows: rows.assign(score=rows.groupby("participant_id")["score"].transform("mean")),
            {},
            NotEstimable,
            "no spread",
        ),
    ],
)
def test_what_cannot_be_done_is_said(change: Any, options: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        linear_mixed_serial("score ~ arm + (1 | participant_id)", change(cohort()), **options)


def test_one_grouping_column_only() -> None:
    table = cohort().assign(site=lambda rows: rows["participant_id"].str[-1])
    with pytest.raises(DefinitionError, match="several grouping columns"):
        linear_mixed_serial("score ~ day + (1 | site) + (1 | participant_id)", table)


def test_people_named_by_two_columns() -> None:
    # Ids that repeat between sites; a row without a site is left out.
    table = cohort(people=40)
    number = table["participant_id"].str[1:].astype(int)
    parted = table.assign(site=number % 2, within=number // 2)
    parted.loc[4, "site"] = np.nan
    one = linear_mixed_serial("score ~ day + (1 | site:within)", parted)
    other = linear_mixed_serial("score ~ day + (1 | participant_id)", table.drop(index=4))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)
    assert one.sample.left_out == (("site is missing", 1),)
    assert one.phi == pytest.approx(other.phi, rel=1e-8)
