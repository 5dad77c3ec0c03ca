"""Ridge and Firth: by hand, direct optimisation, collapse, and against R (tests/reference/cox_family.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, cox_firth, cox_ridge, predicted_curve, proportional_hazards, residuals

STORED = Path(__file__).resolve().parents[1] / "reference"
# Ridge: both run to the last digits. Firth: R's general optimiser works without gradients and stops earlier.
RIDGE = 1e-8
FIRTH = 1e-6


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "cox_family.json").read_text())


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    return pd.read_csv(STORED / "cox_family_lung.csv")


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_veteran.csv")


@pytest.mark.parametrize(
    ("key", "formula", "theta", "options"),
    [
        ("all", "age + ph_ecog + wt_loss", 20, {}),
        ("unscaled", "age + ph_ecog + wt_loss", 20, {"scaled": False}),
        ("some", "sex + age + ph_ecog", 5, {"only": ["age", "ph_ecog"], "ties": "breslow"}),
    ],
)
def test_ridge_against_r(
    r: dict[str, Any], lung: pd.DataFrame, key: str, formula: str, theta: float, options: dict[str, Any]
) -> None:
    fit, theirs = cox_ridge(f"Event(time, status) ~ {formula}", lung, theta, **options), r["ridge"][key]
    np.testing.assert_allclose(fit.tidy()["estimate"], theirs["coef"], atol=RIDGE)
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["se"], atol=RIDGE)
    np.testing.assert_allclose(fit.sampling_error, theirs["se2"], atol=RIDGE)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], rel=1e-9)
    if key == "some":
        # R counts each term apart, from its own blocks of both matrices; the whole is no sum of these.
        alone = fit.sampling_error**2 / fit.tidy()["std_error"] ** 2
        assert alone.iloc[0] == pytest.approx(theirs["df"][0], abs=RIDGE)
    else:
        assert fit.effective_terms == pytest.approx(theirs["df"], abs=RIDGE)
    assert fit.penalty == pytest.approx(theirs["penalty"][1], rel=1e-7)


def test_ridge_of_no_strength_is_coxs_model_and_of_great_strength_is_nothing(lung: pd.DataFrame) -> None:
    formula = "Event(time, status) ~ age + sex"
    pd.testing.assert_frame_equal(cox_ridge(formula, lung, 0).tidy(), cox(formula, lung).tidy(), rtol=1e-7)
    assert cox_ridge(formula, lung, 0).effective_terms == pytest.approx(2)
    crushed = cox_ridge(formula, lung, 1e9)
    assert np.abs(crushed.tidy()["estimate"]).max() < 1e-5
    assert crushed.effective_terms < 1e-4
    sizes = [np.abs(cox_ridge(formula, lung, theta, scaled=False).tidy()["estimate"]).sum() for theta in (0, 1, 10, 99)]
    assert sizes == sorted(sizes, reverse=True)


def test_ridge_does_not_depend_on_units_where_it_is_scaled(lung: pd.DataFrame) -> None:
    days = cox_ridge("Event(time, status) ~ age + sex", lung, 9).tidy()
    months = cox_ridge("Event(time, status) ~ age + sex", lung.assign(age=lung["age"] * 12), 9).tidy()
    np.testing.assert_allclose(months["estimate"] * [12, 1], days["estimate"], rtol=1e-8)


def test_ridge_by_hand() -> None:
    # One event among two, x = 1 and 0: beta - log(e^beta + 1) - theta beta^2 / 2, so 1 / (e^beta + 1) = theta beta.
    table = pd.DataFrame({"exit": [1, 2], "event": [1, 0], "x": [1.0, 0.0]})
    fit = cox_ridge("Event(exit, event) ~ x", table, 2.0, scaled=False)
    assert fit.tidy()["estimate"].item() == pytest.approx(brentq(lambda b: 1 / (np.exp(b) + 1) - 2 * b, 0, 1), abs=1e-9)


def separated(r: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(r["firth"]["data"])


@pytest.mark.parametrize("key", ["one", "two", "tied_efron", "tied_breslow", "veteran"])
def test_firth_against_r(r: dict[str, Any], veteran: pd.DataFrame, key: str) -> None:
    small = separated(r)
    tied = small.assign(exit=np.ceil(small["exit"] / 3))
    formula, table, ties = {
        "one": ("Event(exit, event) ~ x", small, "efron"),
        "two": ("Event(exit, event) ~ x + z", small, "efron"),
        "tied_efron": ("Event(exit, event) ~ x + z", tied, "efron"),
        "tied_breslow": ("Event(exit, event) ~ x + z", tied, "breslow"),
        "veteran": ("Event(time, status) ~ trt + karno", veteran, "efron"),
    }[key]
    fit, theirs = cox_firth(formula, table, ties=ties), r["firth"][key]
    for ours, name in (("estimate", "coef"), ("std_error", "se"), ("conf_low", "low"), ("conf_high", "high")):
        np.testing.assert_allclose(fit.tidy()[ours], theirs[name], rtol=FIRTH, atol=FIRTH, err_msg=name)
    assert fit.log_likelihood == pytest.approx(theirs["value"], rel=1e-9)
    assert fit.log_likelihood_null == pytest.approx(theirs["null"], rel=1e-9)
    ratio = 2 * (theirs["value"] - np.array(theirs["without"]))
    np.testing.assert_allclose(fit.tidy()["statistic"] ** 2, np.atleast_1d(ratio), atol=1e-7)
    if key != "veteran":  # x separates: without the penalty its estimate runs away
        assert "finite estimates" in [c.name for c in cox(formula, table, ties=ties).checks if not c.passed]
    assert {c.name for c in fit.checks if not c.passed} <= {"events per term"}


def test_firth_by_hand() -> None:
    # Two events, each with x = 1, first among 1, 1, 0, 0 then among 1, 0, 0. With r = e^beta the information is
    # 4r/(2r+2)^2 + 2r/(r+2)^2 = r/(r+1)^2 + 2r/(r+2)^2; the penalised likelihood is that of one unknown.
    table = pd.DataFrame({"exit": [1, 2, 3, 3], "event": [1, 1, 0, 0], "x": [1, 1, 0, 0]})

    def penalised(b: float) -> float:
        r = np.exp(b)
        information = r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2
        return float(2 * b - np.log(2 * r + 2) - np.log(r + 2) + 0.5 * np.log(information))

    best = minimize(lambda b: -penalised(b[0]), [0.0], method="BFGS", options={"gtol": 1e-9})
    fit = cox_firth("Event(exit, event) ~ x", table)
    found = fit.tidy().iloc[0]
    assert found["estimate"] == pytest.approx(best.x[0], abs=1e-6)
    assert fit.log_likelihood == pytest.approx(penalised(found["estimate"]), abs=1e-12)
    slope = (penalised(found["estimate"] + 1e-5) - penalised(found["estimate"] - 1e-5)) / 2e-5
    assert slope == pytest.approx(0, abs=1e-6)  # the search stops 1e-7 standard errors from the top
    assert 2 * (fit.log_likelihood - penalised(found["conf_low"])) == pytest.approx(3.841459, abs=1e-4)
    assert 2 * (fit.log_likelihood - penalised(found["conf_high"])) == pytest.approx(3.841459, abs=1e-4)


def by_definition(table: pd.DataFrame, beta: np.ndarray) -> float:
    """Efron's penalised log-likelihood in strata with delayed entry, risk set by risk set."""
    value, information = 0.0, np.zeros((2, 2))
    for _, layer in table.groupby("site"):
        x, risk = layer[["x", "z"]].to_numpy(), np.exp(layer[["x", "z"]].to_numpy() @ beta)
        entry, exit_day, event = (layer[name].to_numpy() for name in ("entry", "exit", "event"))
        for day in np.unique(exit_day[event == 1]):
            at_risk, dying = (entry < day) & (exit_day >= day), (exit_day == day) & (event == 1)
            value += np.log(risk[dying]).sum()
            for taken in np.arange(dying.sum()) / dying.sum():
                share = risk * (at_risk - taken * dying)
                value -= np.log(share.sum())
                share /= share.sum()
                information += (share[:, None] * x).T @ x - np.outer(share @ x, share @ x)
    return float(value + np.linalg.slogdet(information)[1] / 2)


def test_firth_against_a_direct_optimisation_with_ties_strata_and_entry() -> None:
    random, n = np.random.default_rng(12), 60
    entry = random.integers(0, 4, n)
    table = pd.DataFrame({"entry": entry, "exit": entry + random.integers(1, 6, n), "event": random.integers(0, 2, n)})
    table = table.assign(x=random.normal(size=n), z=random.integers(0, 2, n) * 1.0, site=random.integers(0, 3, n))
    fit = cox_firth("Event(entry, exit, event) ~ x + z", table, strata="site")
    beta = fit.tidy()["estimate"].to_numpy()
    best = minimize(lambda b: -by_definition(table, b), np.zeros(2), method="BFGS", options={"gtol": 1e-7})
    np.testing.assert_allclose(beta, best.x, atol=1e-5)
    assert fit.log_likelihood == pytest.approx(by_definition(table, beta), abs=1e-9)
    slope = [(by_definition(table, beta + h) - by_definition(table, beta - h)) / 2e-5 for h in 1e-5 * np.eye(2)]
    np.testing.assert_allclose(slope, 0, atol=1e-6)


def test_firth_and_cox_agree_where_there_are_many_events() -> None:
    random = np.random.default_rng(8)
    x = random.normal(size=3000)
    table = pd.DataFrame({"exit": random.exponential(np.exp(-0.5 * x)), "event": 1, "x": x})
    firth, plain = cox_firth("Event(exit, event) ~ x", table).tidy(), cox("Event(exit, event) ~ x", table).tidy()
    for name in ("estimate", "conf_low", "conf_high"):
        assert firth[name].item() == pytest.approx(plain[name].item(), abs=2e-3)


def test_a_group_without_events_gets_a_finite_answer_with_an_upper_limit_that_means_something() -> None:
    random = np.random.default_rng(21)
    table = pd.DataFrame({"exit": random.integers(1, 60, 80), "event": 1, "group": "twelve_step"})
    table.loc[random.permutation(80)[:40], "event"] = 0
    quiet = pd.DataFrame({"exit": random.integers(20, 60, 10), "event": 0, "group": "secular"})
    fit = cox_firth("Event(exit, event) ~ C(group)", pd.concat([table, quiet], ignore_index=True))
    found = fit.tidy().iloc[0]
    assert all(check.passed for check in fit.checks)
    assert found["term"] == "C(group)[T.twelve_step]"
    assert 0 < found["conf_low"] < found["estimate"] < found["conf_high"]
    assert found["conf_high"] - found["estimate"] > 1.5 * (found["estimate"] - found["conf_low"])
    both = predicted_curve(fit, pd.DataFrame({"group": ["secular", "twelve_step"]})).at(50)["estimate"]
    assert 1 > both.iloc[0] > both.iloc[1] + 0.2


def test_units_do_not_change_firths_answer(veteran: pd.DataFrame) -> None:
    plain = cox_firth("Event(time, status) ~ karno", veteran).tidy()
    other = cox_firth("Event(time, status) ~ karno", veteran.assign(karno=5 + veteran["karno"] * 100)).tidy()
    names = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(other[names] * 100, plain[names], rtol=1e-5)


def test_what_penalised_models_do_not_give_is_refused(lung: pd.DataFrame) -> None:
    formula = "Event(time, status) ~ age + sex"
    firth, ridge = cox_firth(formula, lung), cox_ridge(formula, lung, 3)
    for fit in (firth, ridge):
        assert residuals(fit)["residual"].sum() == pytest.approx(0, abs=1e-9)
        with pytest.raises(DefinitionError, match="penalised"):
            residuals(fit, "dfbeta")
        with pytest.raises(DefinitionError, match="penalised"):
            proportional_hazards(fit)
    for theta in (-1.0, np.inf, np.nan):
        with pytest.raises(DefinitionError, match="strength"):
            cox_ridge(formula, lung, theta)
    with pytest.raises(DefinitionError, match="no term 'height'"):
        cox_ridge(formula, lung, 1, only=["height"])
    for penalised in (
        lambda: cox_firth(formula, lung, ties="exact"),
        lambda: cox_ridge(formula, lung, 1, ties="exact"),
    ):
        with pytest.raises(DefinitionError, match="ties"):
            penalised()
    with pytest.raises(NotEstimable, match="repeats"):
        cox_firth("Event(time, status) ~ age + twice", lung.assign(twice=lung["age"] * 2))
    with pytest.raises(NotEstimable, match="No event"):
        cox_firth(formula, lung.assign(status=0))
