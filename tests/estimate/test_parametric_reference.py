"""Accelerated failure time models against stored results of R's survreg (tests/reference/intervals.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import parametric

STORED = Path(__file__).resolve().parents[1] / "reference"
# Both run Newton's method; survreg was stopped at a relative gain of 1e-13, and in the shared results at 1e-9.
NEWTON = 1e-6
# A gain of 1e-13 leaves 1e-7 of the estimate, and its error moves with it.
ERRORS = 1e-5
LAWS = ("weibull", "exponential", "lognormal", "loglogistic")
SETS = {
    "veteran": ("survival_veteran.csv", "Event(time, status) ~ trt + C(celltype) + karno"),
    "alone": ("survival_veteran.csv", "Event(time, status) ~ 1"),
    "visits": ("intervals_visits.csv", "Interval(left, right) ~ trt + karno + prior"),
    "bcdeter": ("intervals_bcdeter.csv", "Interval(left, right) ~ C(treat)"),
}


@pytest.mark.parametrize("distribution", LAWS)
@pytest.mark.parametrize("name", list(SETS))
def test_coefficients_scale_errors_and_likelihood(name: str, distribution: str) -> None:
    theirs: dict[str, Any] = json.loads((STORED / "intervals.json").read_text())["parametric"][name][distribution]
    file, formula = SETS[name]
    fit = parametric(formula, pd.read_csv(STORED / file), distribution=distribution)
    coefficients = np.atleast_1d(theirs["coef"])
    np.testing.assert_allclose(fit.tidy()["estimate"].iloc[: coefficients.size], coefficients, atol=NEWTON)
    assert fit.scale == pytest.approx(theirs["scale"], abs=NEWTON)
    np.testing.assert_allclose(fit.vcov, theirs["vcov"], atol=ERRORS)
    assert fit.log_likelihood == pytest.approx(theirs["loglik"][1], abs=NEWTON)
    assert fit.log_likelihood_null == pytest.approx(theirs["loglik"][0], abs=NEWTON)
    assert all(check.passed for check in fit.checks)


@pytest.mark.parametrize(
    ("file", "key", "data", "formula"),
    [
        ("survival_advanced", "bcos", "interval_bcos", "Interval(left, right) ~ treatment"),
        (
            "addiction_multistate_interval",
            "help_ic",
            "help_interval_censored_first_drinking",
            "Interval(L, U) ~ alc + female + group + E9A",
        ),
    ],
)
def test_shared_results_of_survreg(reference: Path, file: str, key: str, data: str, formula: str) -> None:
    stored = json.loads((reference / "results" / f"{file}.json").read_text())[key]
    table = pd.read_csv(reference / "data" / f"{data}.csv")
    compared = 0
    for distribution in LAWS:
        theirs = stored.get(f"survreg_{distribution}")
        if theirs is None:
            continue
        fit = parametric(formula, table, distribution=distribution)
        estimate, coefficients = fit.tidy()["estimate"].to_numpy(), list(theirs["coef"].values())
        np.testing.assert_allclose(estimate[: len(coefficients)], coefficients, atol=NEWTON)
        np.testing.assert_allclose(fit.tidy()["std_error"], list(theirs["se"].values()), atol=ERRORS)
        assert fit.scale == pytest.approx(theirs["scale"], abs=NEWTON)
        assert fit.log_likelihood == pytest.approx(theirs["loglik"], abs=NEWTON)
        compared += 1
    assert compared >= 3


def test_shared_weibull_hazard_ratios_of_ic_par(reference: Path) -> None:
    stored = json.loads((reference / "results" / "addiction_multistate_interval.json").read_text())["help_ic"]
    table = pd.read_csv(reference / "data" / "help_interval_censored_first_drinking.csv")
    ratios = parametric("Interval(L, U) ~ alc + female + group + E9A", table).hazard_ratios()
    theirs = stored["weibull_ph"]
    # ic_par stops earlier than survreg.
    np.testing.assert_allclose(ratios["estimate"], list(theirs["coef"].values())[2:], atol=1e-5)
    np.testing.assert_allclose(ratios["std_error"], list(theirs["se"].values())[2:], atol=1e-4)
