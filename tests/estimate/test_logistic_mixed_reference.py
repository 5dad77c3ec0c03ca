"""Logistic and count mixed models against glmer of lme4, and against plain R on a fine grid where it has no answer."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from remission.estimate.count_mixed import count_mixed
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.logistic_mixed import logistic_mixed

STORED = Path(__file__).resolve().parents[1] / "reference"

# reference/logistic_mixed.R runs glmer's loops on and stores in "left" how many standard errors its answer
# still was from the top by its own gradient. Ours may differ by that and by a millionth.
ESTIMATE = 1e-6
ERROR = 2e-6
VARIANCE = 5e-6
LOG_LIKELIHOOD = 1e-7
RANDOM_EFFECT = 2e-5
# Where glmer uses Laplace's approximation, its inner loop settles slightly off the conditional modes, which
# costs it up to 3e-6 of log-likelihood that its gradient does not see (ours is the higher value;
# test_logistic_mixed.py holds our approximation against its dense formula).
INNER_LOOP = 5e-5
INNER_LOOP_LOG_LIKELIHOOD = 5e-6
# The grid of plain R is exact to eight digits; quadrature with the points named below to six.
GRID = 2e-6
GRID_LOG_LIKELIHOOD = 5e-7
# confint interpolates its profile by splines.
PROFILE = 2e-4
# The answers in ../shared/reference come from glmer's default stopping rules, which halt up to 2e-4 of
# log-likelihood away on toenail and leave a few thousandths of a standard error there; with one
# point it stops up to 3 % short. The same fits run to the end are in logistic_mixed_shared.json.
DEFAULT = {
    "toenail_glmm_laplace": 0.05,
    "toenail_glmm_agq7": 3e-3,
    "toenail_glmm_agq20": 4e-4,
    "cbpp_laplace": 0.02,
    "glmm_laplace": 1e-3,
}
DEFAULT_OTHERWISE = 1e-4
DEFAULT_LOG_LIKELIHOOD = {"toenail_glmm_laplace": 1e-2, "toenail_glmm_agq7": 3e-3, "toenail_glmm_agq20": 3e-4}
DEFAULT_LOG_LIKELIHOOD_OTHERWISE = 5e-4

LAPLACE = ("cbpp_laplace", "cohort_nested", "grouseticks_nested", "toenail_laplace")
CBPP = "Trials(incidence, size) ~ C(period) + (1 | herd)"
BACTERIA = "yes ~ C(trt, Treatment('placebo')) + late + (1 | ID)"
EPIL = "y ~ lbase * C(trt) + lage + V4 + (1 | subject)"
SLOPE = "abstinent ~ wave + arm + (1 + wave | participant_id)"
TOENAIL = "y ~ trt * time + (1 | patientID)"


@cache
def stored(name: str = "logistic_mixed") -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text())
    return answers


@cache
def rows(name: str) -> pd.DataFrame:
    table = pd.read_csv(STORED / f"logistic_mixed_{name}.csv")
    if name == "bacteria":
        return table.assign(yes=(table["y"] == "y").astype(int), late=(table["week"] > 2).astype(int))
    if name == "verbal":
        return table.assign(yes=(table["r2"] == "Y").astype(int))
    if name == "epil":
        return table.assign(period=table["period"] - 2.5)
    return table.assign(of=30) if name == "cohort" else table


@cache
def fitted(key: str) -> GeneralizedMixedFit:
    """Fit the model whose answer is stored under ``key``."""
    ticks = "TICKS ~ C(YEAR) + height"
    calls: dict[str, tuple[str, str, str, int | None]] = {
        "cbpp_laplace": ("cbpp", CBPP, "", 1),
        "cbpp_agq9": ("cbpp", CBPP, "", 9),
        "bacteria_agq15": ("bacteria", BACTERIA, "", 15),
        "bacteria_laplace": ("bacteria", BACTERIA, "", 1),
        "verbal_agq15": ("verbal", "yes ~ Anger + C(Gender) + C(btype) + (1 | id)", "", None),
        "cohort_nested": ("cohort", "abstinent ~ wave + arm + (1 | site/participant_id)", "", None),
        "cohort_slope_laplace": ("cohort", SLOPE, "", 1),
        "epil_poisson_agq15": ("epil", EPIL, "poisson", None),
        "epil_poisson_laplace": ("epil", EPIL, "poisson", 1),
        "epil_slope_laplace": ("epil", EPIL.replace("(1 |", "(1 + period |"), "poisson", 1),
        "grouseticks_nested": ("grouseticks", f"{ticks} + (1 | LOCATION/BROOD)", "poisson", None),
        "grouseticks_three": ("grouseticks", f"{ticks} + (1|LOCATION) + (1|BROOD) + (1|INDEX)", "poisson", None),
        "cohort_slope_grid": ("cohort", SLOPE, "", 31),
        "cohort_negative_grid": ("cohort", "meetings ~ wave + arm + (1 | participant_id)", "negative_binomial", None),
        "cohort_beta_grid": ("cohort", "Trials(days, of) ~ wave + arm + (1 | participant_id)", "beta_binomial", 31),
        "epil_negative_grid": ("epil", EPIL, "negative_binomial", None),
    }
    name, formula, family, points = calls[key]
    if family:
        return count_mixed(formula, rows(name), family=family, quadrature=points)
    return logistic_mixed(formula, rows(name), quadrature=points)


def farthest(fit: GeneralizedMixedFit, estimate: list[float], error: list[float]) -> float:
    """Return the largest difference of the fixed effects, in standard errors."""
    return float((np.abs(fit.tidy()["estimate"].to_numpy() - np.array(estimate)) / np.array(error)).max())


def glmer_variances(rows_of_r: list[dict[str, Any]]) -> list[float]:
    """Sort lme4's variances as ours: outermost grouping first, variances before covariances."""
    nested = rows_of_r if rows_of_r[0].get("grp") == rows_of_r[-1].get("grp") else rows_of_r[::-1]
    return [row["vcov"] for row in nested]


GLMER = [key for key in stored() if key.rsplit("_", 1)[-1] not in ("grid", "profile", "glmer")]
GRIDS = [key for key in stored() if key.endswith("_grid")]


@pytest.mark.parametrize("key", GLMER)
def test_fixed_effects_and_likelihood_are_those_of_glmer(key: str) -> None:
    theirs, fit = stored()[key], fitted(key)
    slack = INNER_LOOP if key in LAPLACE else 0.0
    assert farthest(fit, theirs["estimate"], theirs["std_error"]) < ESTIMATE + theirs["left"] + slack
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["std_error"], rtol=ERROR + slack)
    tolerance = INNER_LOOP_LOG_LIKELIHOOD if key in LAPLACE else LOG_LIKELIHOOD
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=tolerance)
    assert fit.sample.rows == theirs["rows"]


@pytest.mark.parametrize("key", GLMER)
def test_variances_and_random_effects_are_those_of_glmer(key: str) -> None:
    theirs, fit = stored()[key], fitted(key)
    np.testing.assert_allclose(fit.variances()["covariance"], glmer_variances(theirs["variances"]), rtol=VARIANCE)
    ours_by_name = {(row.group, str(row.level), row.term): row for row in fit.random_effects().itertuples()}
    for row in theirs["random_effects"]:
        # lme4 calls an inner group participant_id:site, P001:S1 where we call it site/participant_id, S1/P001.
        group, level = ("/".join(reversed(str(row[part]).split(":"))) for part in ("grpvar", "grp"))
        ours = ours_by_name[group, level, row["term"].replace("(Intercept)", "Intercept")]
        assert ours.estimate == pytest.approx(row["condval"], abs=RANDOM_EFFECT)
        assert ours.std_error == pytest.approx(row["condsd"], abs=RANDOM_EFFECT)


@pytest.mark.parametrize("key", GRIDS)
def test_models_without_a_glmer_answer_are_those_of_a_fine_grid(key: str) -> None:
    theirs, fit = stored()[key], fitted(key)
    p = len(fit.tidy())
    assert farthest(fit, theirs["par"][:p], theirs["std_error"][:p]) < GRID
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["std_error"][:p], rtol=GRID)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=GRID_LOG_LIKELIHOOD)
    if key == "cohort_slope_grid":
        a, b, c = theirs["par"][p:]
        np.testing.assert_allclose(fit.variances()["covariance"], [a * a, b * b + c * c, a * b], rtol=1e-5)
        assert [list(place) for place in fit.fitted.places] == [[0, 1, 1], [0, 0, 1]]
        np.testing.assert_allclose(np.sqrt(np.diag(fit.fitted.covariance))[p:-1], theirs["std_error"][p:], rtol=1e-5)
        assert fit.spreads()["std_error"].iloc[0] == pytest.approx(theirs["std_error"][p], rel=1e-5)
        return
    spread = fit.spreads().iloc[0]
    assert spread["estimate"] == pytest.approx(theirs["par"][p], rel=GRID)
    assert spread["std_error"] == pytest.approx(theirs["std_error"][p], rel=1e-5)
    assert fit.dispersion == pytest.approx(np.exp(theirs["par"][p + 1]), rel=1e-5)
    # The last entry of the covariance is that of the log dispersion.
    assert np.sqrt(fit.fitted.covariance[-1, -1]) == pytest.approx(theirs["std_error"][p + 1], rel=1e-5)


def test_negative_binomial_is_near_the_laplace_fit_of_glmer_nb() -> None:
    # glmer.nb alternates between Laplace's approximation and the dispersion: near, and no more than near.
    theirs, fit = stored()["epil_negative_glmer"], fitted("epil_negative_grid")
    np.testing.assert_allclose(fit.tidy()["estimate"], theirs["estimate"], atol=0.02)
    assert fit.dispersion == pytest.approx(theirs["size"], rel=0.01)
    assert fit.variances()["covariance"].tolist() == pytest.approx([theirs["variance"]], rel=0.02)
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=0.1)


def test_profile_intervals_are_those_of_confint() -> None:
    theirs = stored()["cbpp_profile"]
    fit = logistic_mixed(CBPP, rows("cbpp"), quadrature=1, intervals="profile")
    ours = pd.concat([fit.spreads(), fit.tidy()])
    np.testing.assert_allclose(ours["conf_low"], theirs["low"], atol=PROFILE)
    np.testing.assert_allclose(ours["conf_high"], theirs["high"], atol=PROFILE)
    assert next(check for check in fit.checks if check.name == "profile intervals").passed


# The reference folder


def toenail(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "data" / "HSAUR3_toenail.csv")
    return table.assign(
        y=(table["outcome"] == "moderate or severe").astype(int),
        trt=(table["treatment"] == "terbinafine").astype(int),
    )


def same_as_default(fit: GeneralizedMixedFit, key: str, theirs: dict[str, Any], saturated: float = 0.0) -> None:
    """Compare with an answer of glmer's default stopping rules."""
    tolerance = DEFAULT.get(key, DEFAULT_OTHERWISE)
    coefficients = list((theirs.get("fixef") or theirs["coef"]).values())
    errors = list(theirs["se"].values())
    assert farthest(fit, coefficients, errors) < tolerance
    np.testing.assert_allclose(fit.tidy()["std_error"], errors, rtol=tolerance)
    kept = theirs["varcomp"][0]["vcov"] if "varcomp" in theirs else theirs.get("variance", theirs.get("var_id"))
    np.testing.assert_allclose(fit.variances()["covariance"], [kept], rtol=tolerance)
    near = DEFAULT_LOG_LIKELIHOOD.get(key, DEFAULT_LOG_LIKELIHOOD_OTHERWISE)
    assert fit.log_likelihood == pytest.approx(theirs["loglik"] + saturated, abs=near)


@pytest.mark.parametrize(("points", "key"), [(1, "laplace"), (7, "agq7"), (20, "agq20")])
def test_toenail_is_that_of_glmer(reference: Path, points: int, key: str) -> None:
    fit = logistic_mixed(TOENAIL, toenail(reference), quadrature=points)
    glance = fit.glance().iloc[0]
    answers = json.loads((reference / "results" / "mixed_gee.json").read_text())
    assert [glance["n_rows"], glance["n_groups"]] == answers["toenail_n"]
    same_as_default(fit, f"toenail_glmm_{key}", answers[f"toenail_glmm_{key}"])
    theirs = stored("logistic_mixed_shared")[f"toenail_{key}"]
    slack = INNER_LOOP if points == 1 else 0.0
    assert farthest(fit, theirs["estimate"], theirs["std_error"]) < ESTIMATE + theirs["left"] + slack
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["std_error"], rtol=ERROR + slack)
    np.testing.assert_allclose(fit.variances()["covariance"], [theirs["variance"]], rtol=VARIANCE)
    # Twenty million evaluations of softplus round to a few units of the eighth digit of 625.
    assert fit.log_likelihood == pytest.approx(theirs["log_likelihood"], abs=5e-7)


def test_toenail_says_that_few_points_are_not_enough(reference: Path) -> None:
    # Lesaffre and Spiessens (2001): these data need many points.
    found = {points: logistic_mixed(TOENAIL, toenail(reference), quadrature=points) for points in (1, 7, 20)}
    passed = {
        points: next(check for check in fit.checks if check.name == "enough quadrature points").passed
        for points, fit in found.items()
    }
    assert passed == {1: False, 7: False, 20: True}


@pytest.mark.parametrize(("points", "key"), [(1, "cbpp_laplace"), (9, "cbpp_agq9")])
def test_cbpp_is_that_of_glmer(reference: Path, points: int, key: str) -> None:
    table = pd.read_csv(reference / "data" / "lme4_cbpp.csv")
    fit = logistic_mixed(CBPP, table, quadrature=points)
    # With several points glmer's likelihood is relative to the saturated model's; ours never is.
    y, n = table["incidence"].to_numpy(), table["size"].to_numpy()
    saturated = float(binom.logpmf(y, n, y / n).sum()) if points > 1 else 0.0
    same_as_default(fit, key, json.loads((reference / "results" / "mixed_gee.json").read_text())[key], saturated)


def test_ohio_is_that_of_glmer(reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "geepack_ohio.csv")
    fit = logistic_mixed("resp ~ age + smoke + (1 | id)", table, quadrature=25)
    answers = json.loads((reference / "results" / "mixed_gee.json").read_text())
    same_as_default(fit, "ohio_glmm_agq25", answers["ohio_glmm_agq25"])
    glance = fit.glance().iloc[0]
    assert glance["aic"] == pytest.approx(answers["ohio_glmm_agq25"]["AIC"], abs=1e-3)
    assert (glance["n_rows"], glance["n_groups"]) == (2148, 537)


def test_abstinence_in_help_is_that_of_glmer(reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "help_long.csv")
    asked = table[(table["TIME"] > 0) & table["ALCQ_30"].notna()]
    # Rows without E9A are left out, and counted, by the fit itself.
    fit = logistic_mixed(
        "abstinent ~ TIME + E9A + (1 | ID)", asked.assign(abstinent=(asked["ALCQ_30"] == 0).astype(int))
    )
    theirs = json.loads((reference / "results" / "help_main_job.json").read_text())["glmm_abstinent"]
    same_as_default(fit, "glmm_abstinent", theirs)
    glance = fit.glance().iloc[0]
    assert (glance["n_rows"], glance["n_groups"]) == (theirs["rows"], theirs["people"])
    assert glance["quadrature"] == 15


@pytest.mark.parametrize(("points", "key"), [(15, "glmm_agq15"), (1, "glmm_laplace")])
def test_abstinence_with_covariates_in_help_is_that_of_glmer(reference: Path, points: int, key: str) -> None:
    table = pd.read_csv(reference / "data" / "help_followup_analysis.csv")
    # Per decade from 36 years, and per ten points of the CES-D from 33.
    table = table.assign(age=(table["AGE_b"] - 36) / 10, distress=(table["CES_D_b"] - 33) / 10)
    formula = "abst_alc ~ mo + E9A + age + female + GROUP_b + distress + (1 | ID)"
    fit = logistic_mixed(formula, table, quadrature=points)
    theirs = json.loads((reference / "results" / "addiction.json").read_text())["help_long"][key]
    same_as_default(fit, key, theirs)
