"""Linear mixed models: by hand, collapsed to simpler models, invariants, lme4 and lmerTest, recovery."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.mixed_fit import LinearMixedFit
from remission.estimate.result import COEFFICIENT_COLUMNS

STORED = Path(__file__).resolve().parents[1] / "reference"

# reference/linear_mixed.R drives lme4's optimiser far beyond its default. What is left between its
# answers and ours is its own stopping point: 1e-6 of a standard error, 1e-6 of a variance.
ESTIMATE = 1e-6
ERROR = 1e-6
VARIANCE = 5e-6
# lmerTest differentiates numerically by Richardson extrapolation, at lme4's stopping point.
FREEDOM = 1e-5

# The answers in ../shared/reference come from lme4's default stopping rule, which halts up to 5e-9
# short of the best log-likelihood: that is 2e-5 of a standard error and 1.5e-4 of a covariance.
# Where lme4 went all the way, we agree to 1e-8.
DEFAULT_IN_ERRORS = 2e-5
DEFAULT_ERROR = 5e-5
DEFAULT_VARIANCE = 2e-4
DEFAULT_FREEDOM = 1e-4
STOPPED_SHORT = 5e-8

BALANCED = pd.DataFrame({"person": list("aabbcc"), "score": [4.0, 6.0, 10.0, 12.0, 13.0, 15.0]})


def unbalanced(seed: int = 3, people: int = 14) -> pd.DataFrame:
    """Seeded cohort with 3 to 6 waves each and a random slope."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(people), rng.integers(3, 7, people))
    months = rng.uniform(0, 24, code.size)
    effect = rng.normal(size=(people, 2)) * [3.0, 0.2]
    score = 20 - 0.3 * months + effect[code, 0] + effect[code, 1] * months + rng.normal(size=code.size) * 2
    arm = np.where(code % 2 == 0, "none", "smart")
    return pd.DataFrame({"participant_id": [f"P{c:02d}" for c in code], "months": months, "score": score, "arm": arm})


def check_named(fit: LinearMixedFit, name: str) -> Any:
    return next(check for check in fit.checks if check.name == name)


# By hand


def test_balanced_one_way_by_reml() -> None:
    # Means 5, 11, 14 around 10: between mean square 2 (25 + 1 + 16) / 2 = 42, within (2 + 2 + 2) / 3 = 2.
    # REML is the ANOVA estimator: residual 2, between (42 - 2) / 2 = 20. The mean 10 has variance 42 / 6 = 7
    # with 3 - 1 = 2 degrees of freedom.
    fit = linear_mixed("score ~ 1 + (1 | person)", BALANCED)
    row = fit.tidy().iloc[0]
    assert list(fit.tidy().columns) == list(COEFFICIENT_COLUMNS)
    assert (row["term"], row["contrast"]) == ("Intercept", "mean")
    assert row["estimate"] == pytest.approx(10.0, rel=1e-12)
    assert row["std_error"] == pytest.approx(np.sqrt(7.0), rel=1e-9)
    assert fit.variances()["covariance"].tolist() == pytest.approx([20.0, 2.0], rel=1e-8)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx([2.0], rel=1e-6)
    statistic = 10 / np.sqrt(7)
    assert row["p_value"] == pytest.approx(2 * t.sf(statistic, 2), rel=1e-6)
    assert row["conf_low"] == pytest.approx(10 - t.ppf(0.975, 2) * np.sqrt(7), rel=1e-6)
    # V has eigenvalues 2 and 2 + 2 * 20 = 42, three times each; X'V^-1 X = 6 / 42;
    # r'V^-1 r = 6 / 2 + 84 / 42 = 5.
    deviance = 5 * np.log(2 * np.pi) + 3 * np.log(2) + 3 * np.log(42) + np.log(6 / 42) + 5
    assert fit.log_likelihood == pytest.approx(-deviance / 2, abs=1e-10)
    # A group mean's deviation shrinks by 40 / 42; its conditional variance is 2 * 20 / 42.
    assert fit.random_effects()["estimate"].tolist() == pytest.approx([-5 * 40 / 42, 40 / 42, 4 * 40 / 42], rel=1e-8)
    assert fit.random_effects()["std_error"].tolist() == pytest.approx([np.sqrt(40 / 42)] * 3, rel=1e-8)


def test_balanced_one_way_by_maximum_likelihood() -> None:
    # Maximum likelihood divides the between sum of squares 84 by 3 and not 2: (28 - 2) / 2 = 13.
    # The mean's variance is (2 + 2 * 13) / 6 = 28 / 6, Satterthwaite's degrees of freedom are 3.
    fit = linear_mixed("score ~ 1 + (1 | person)", BALANCED, reml=False)
    assert fit.variances()["covariance"].tolist() == pytest.approx([13.0, 2.0], rel=1e-8)
    assert fit.tidy()["std_error"].tolist() == pytest.approx([np.sqrt(28 / 6)], rel=1e-9)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx([3.0], rel=1e-6)
    deviance = 6 * np.log(2 * np.pi) + 3 * np.log(2) + 3 * np.log(28) + 6
    glance = fit.glance().iloc[0]
    assert glance["deviance"] == pytest.approx(deviance, abs=1e-10)
    assert glance["aic"] == pytest.approx(deviance + 2 * 3, abs=1e-10)
    assert glance["bic"] == pytest.approx(deviance + np.log(6) * 3, abs=1e-10)
    assert (glance["n_rows"], glance["n_groups"], glance["n_participants"]) == (6, 3, 3)
    assert glance["sigma"] == pytest.approx(np.sqrt(2), rel=1e-8)


def test_balanced_slopes_have_one_degree_of_freedom_less_than_participants() -> None:
    # Everyone is measured at the same times: the mean slope is a mean of 8 independent slopes, so its t
    # has 8 - 1 degrees of freedom.
    rng = np.random.default_rng(5)
    effect = rng.normal(size=(8, 2)) * [3, 1]
    table = pd.DataFrame({"person": np.repeat(np.arange(8), 5), "wave": np.tile(np.arange(5.0), 8)})
    table["score"] = effect[table["person"], 0] + effect[table["person"], 1] * table["wave"] + rng.normal(size=40)
    fit = linear_mixed("score ~ wave + (1 + wave | person)", table)
    slopes = [np.polyfit(rows["wave"], rows["score"], 1)[0] for _, rows in table.groupby("person")]
    row = fit.tidy().iloc[1]
    assert row["estimate"] == pytest.approx(np.mean(slopes), rel=1e-9)
    assert row["std_error"] == pytest.approx(np.std(slopes, ddof=1) / np.sqrt(8), rel=1e-7)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx([7.0, 7.0], rel=1e-5)


# Collapse


def test_zero_variance_is_least_squares() -> None:
    # Group means 5, 5, 5: nothing varies between participants, so least squares it is, and a check says so.
    table = pd.DataFrame({"person": list("aabbcc"), "x": [0.0, 1, 0, 1, 0, 1], "score": [4.0, 6, 3, 7, 5, 5]})
    fit = linear_mixed("score ~ x + (1 | person)", table)
    # At x = 0: mean 4, at x = 1: mean 6; squares about them 2 + 2 = 4, on 4 degrees of freedom: variance 1.
    assert fit.tidy()["estimate"].tolist() == pytest.approx([4.0, 2.0])
    assert fit.tidy()["std_error"].tolist() == pytest.approx([np.sqrt(1 / 3), np.sqrt(2 / 3)], rel=1e-9)
    assert fit.variances()["covariance"].tolist() == pytest.approx([0.0, 1.0], abs=1e-9)
    assert fit.random_effects()["estimate"].abs().max() == pytest.approx(0.0, abs=1e-9)
    found = check_named(fit, "random effects vary freely")
    assert not found.passed
    assert "variance of Intercept in person is estimated as 0" in found.sentence
    assert "CHECK FAILED" in fit.summary()


def test_perfect_correlation_is_named() -> None:
    # Slopes are exactly half the intercepts' deviations, and 3 participants cannot say more.
    wave, deviation = np.tile(np.arange(4.0), 6), np.repeat([-5.0, -2, -1, 1, 3, 4], 4)
    noise = np.tile([0.5, -0.5, -0.5, 0.5], 6) * np.repeat([1, -1, 1, -1, 1, -1], 4)
    table = pd.DataFrame({"person": np.repeat(np.arange(6), 4), "wave": wave})
    table["score"] = 20 + deviation + wave * (1 + deviation / 2) + noise
    fit = linear_mixed("score ~ wave + (1 + wave | person)", table)
    found = check_named(fit, "random effects vary freely")
    assert not found.passed
    assert "correlation of Intercept and wave in person is estimated as 1" in found.sentence
    assert check_named(fit, "converged").passed


def test_two_bars_are_two_uncorrelated_terms() -> None:
    table = unbalanced()
    short = linear_mixed("score ~ months + (1 + months || participant_id)", table)
    long = linear_mixed("score ~ months + (1 | participant_id) + (0 + months | participant_id)", table)
    pd.testing.assert_frame_equal(short.variances(), long.variances())
    assert short.variances()["group"].tolist() == ["participant_id", "participant_id.1", "residual"]


def test_more_parameters_never_lower_the_likelihood() -> None:
    table = unbalanced()
    terms = ["(1 | participant_id)", "(1 + months || participant_id)", "(1 + months | participant_id)"]
    fits = [linear_mixed(f"score ~ months + {term}", table) for term in terms]
    assert np.all(np.diff([fit.log_likelihood for fit in fits]) >= -1e-9)
    assert [fit.n_parameters for fit in fits] == [4, 5, 6]


def test_degrees_of_freedom_by_choice() -> None:
    table = unbalanced()
    normal, residual = (
        linear_mixed("score ~ months + (1 | participant_id)", table, df=kind, conf_level=0.9)
        for kind in ("normal", "residual")
    )
    row = normal.tidy().iloc[1]
    assert row["p_value"] == pytest.approx(2 * norm.sf(abs(row["statistic"])), rel=1e-6)
    assert row["conf_high"] - row["estimate"] == pytest.approx(norm.ppf(0.95) * row["std_error"], rel=1e-7)
    assert residual.degrees_of_freedom["df"].tolist() == [len(table) - 2] * 2
    row = residual.tidy().iloc[1]
    assert row["p_value"] == pytest.approx(2 * t.sf(abs(row["statistic"]), len(table) - 2), rel=1e-9)


def test_prediction_at_zero_is_the_intercept() -> None:
    fit = linear_mixed("score ~ months * C(arm) + (1 | participant_id)", unbalanced())
    new = pd.DataFrame({"months": [0.0, 6.0], "arm": ["none", "smart"]}, index=["x", "y"])
    predicted = fit.predict(new)
    table = fit.tidy().set_index("term")
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert predicted.loc["x", column] == pytest.approx(table.loc["Intercept", column], rel=1e-9)
    total = table.loc["Intercept", "estimate"] + table.loc["C(arm)[T.smart]", "estimate"]
    total += 6 * (table.loc["months", "estimate"] + table.loc["months:C(arm)[T.smart]", "estimate"])
    assert predicted.loc["y", "estimate"] == pytest.approx(total, rel=1e-12)


# Invariants


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_row_order_and_names_do_not_matter(seed: int) -> None:
    table = unbalanced(seed)
    formula = "score ~ months + C(arm) + (1 + months | participant_id)"
    one = linear_mixed(formula, table)
    shuffled = table.sample(frac=1, random_state=seed)
    names = {name: f"Q{99 - number}" for number, name in enumerate(table["participant_id"].unique())}
    other = linear_mixed(formula, shuffled.assign(participant_id=shuffled["participant_id"].map(names)))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-7)
    assert one.tidy()["estimate"].tolist() == pytest.approx(other.tidy()["estimate"].tolist(), rel=1e-5, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shift=st.floats(-1e4, 1e4),
    stretch=st.floats(0.01, 100),
    origin=st.floats(-50, 50),
)
def test_units_and_origins_only_translate(seed: int, shift: float, stretch: float, origin: float) -> None:
    table = unbalanced(seed)
    formula = "score ~ months + (1 + months | participant_id)"
    one = linear_mixed(formula, table)
    moved = table.assign(score=shift + stretch * table["score"], months=(table["months"] - origin) / 12)
    other = linear_mixed(formula, moved)
    # Restricted likelihood: the outcome's unit enters rows - 2 times, the unit of time once.
    jacobian = (len(table) - 2) * np.log(stretch) - np.log(12)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - jacobian, abs=1e-6)
    ours, theirs = (fit.tidy().set_index("term") for fit in (one, other))
    slope = theirs.loc["months", ["estimate", "std_error"]] / (12 * stretch)
    assert slope.tolist() == pytest.approx(ours.loc["months", ["estimate", "std_error"]].tolist(), rel=1e-4, abs=1e-6)
    assert other.sigma == pytest.approx(one.sigma * stretch, rel=1e-5)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), reml=st.booleans())
def test_variances_form_a_covariance(seed: int, reml: bool) -> None:
    fit = linear_mixed("score ~ months + (1 + months | participant_id)", unbalanced(seed, 6), reml=reml)
    a, b, ab, residual = fit.variances()["covariance"]
    assert min(a, b) >= 0
    assert residual > 0
    assert ab**2 <= a * b * (1 + 1e-9)
    assert check_named(fit, "converged").passed
    assert fit.trace["deviance"].is_monotonic_decreasing or np.diff(fit.trace["deviance"]).max() < 1e-9
    assert fit.trace["deviance"].iloc[-1] == pytest.approx(-2 * fit.log_likelihood, abs=1e-8)


# Against lme4 and lmerTest


CASES = {
    "cohort_reml": ("cohort", "score ~ months * arm + (1 + months | participant_id)"),
    "cohort_ml": ("cohort", "score ~ months * arm + (1 + months | participant_id)"),
    "cohort_uncorrelated": (
        "cohort",
        "score ~ months * arm + (1 | participant_id) + (0 + months | participant_id)",
    ),
    "cohort_quadratic": (
        "years",
        "score ~ months + I(months**2) + (1 + months + I(months**2) | participant_id)",
    ),
    "sleepstudy_reml": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_ml": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleepstudy_uncorrelated": ("sleepstudy", "Reaction ~ Days + (Days || Subject)"),
    "dyestuff_reml": ("dyestuff", "Yield ~ 1 + (1 | Batch)"),
    "dyestuff_ml": ("dyestuff", "Yield ~ 1 + (1 | Batch)"),
    "dyestuff2_reml": ("dyestuff2", "Yield ~ 1 + (1 | Batch)"),
}


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "linear_mixed.json").read_text())


def stored_table(name: str) -> pd.DataFrame:
    if name == "years":
        table = pd.read_csv(STORED / "linear_mixed_cohort.csv")
        return table.assign(months=table["months"] / 12)
    return pd.read_csv(STORED / f"linear_mixed_{name}.csv")


@pytest.mark.parametrize("case", CASES)
def test_lme4_driven_to_the_end(case: str, r: dict[str, Any]) -> None:
    name, formula = CASES[case]
    expected = r[case]
    fit = linear_mixed(formula, stored_table(name), reml=expected["reml"])
    table = fit.tidy()
    each = [expected[key] if isinstance(expected[key], list) else [expected[key]] for key in ("estimate", "std_error")]
    assert ((table["estimate"] - each[0]).abs() / each[1]).max() <= ESTIMATE
    assert table["std_error"].tolist() == pytest.approx(each[1], rel=ERROR)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx(np.atleast_1d(expected["df"]), rel=FREEDOM)
    assert table["p_value"].tolist() == pytest.approx(np.atleast_1d(expected["p_value"]), rel=1e-3)
    theirs = [row["vcov"] for row in expected["variances"]]
    assert fit.variances()["covariance"].tolist() == pytest.approx(theirs, rel=VARIANCE, abs=VARIANCE)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-8)
    glance = fit.glance().iloc[0]
    assert glance[["aic", "bic"]].tolist() == pytest.approx([expected["aic"], expected["bic"]], abs=1e-7)
    assert glance["sigma"] == pytest.approx(expected["sigma"], rel=ERROR)
    assert check_named(fit, "random effects vary freely").passed != expected["singular"]


@pytest.mark.parametrize("case", ["cohort_reml", "sleepstudy_uncorrelated", "dyestuff_ml"])
def test_random_effects_of_lme4(case: str, r: dict[str, Any]) -> None:
    name, formula = CASES[case]
    ours = linear_mixed(formula, stored_table(name), reml=r[case]["reml"]).random_effects()
    ours["term"] = ours["term"].replace("Intercept", "(Intercept)")
    theirs = pd.DataFrame(r[case]["random_effects"])
    both = theirs.merge(
        ours.assign(level=ours["level"].astype(str)), left_on=["grp", "term"], right_on=["level", "term"]
    )
    assert len(both) == len(theirs)
    assert both["estimate"].tolist() == pytest.approx(both["condval"].tolist(), rel=1e-5, abs=1e-5)
    assert both["std_error"].tolist() == pytest.approx(both["condsd"].tolist(), rel=1e-5)


def agrees_with_default_lme4(fit: LinearMixedFit, expected: dict[str, Any], variances: str = "varcomp") -> None:
    """Compare with lme4 as it stops by default; its log-likelihood may be below ours, not above."""
    errors = np.array(list(expected.get("se", {}).values()))
    estimates = np.array(list(expected.get("fixef", expected.get("coef")).values()))
    table = fit.tidy()
    assert (np.abs(table["estimate"] - estimates) / errors).max() <= DEFAULT_IN_ERRORS
    assert table["std_error"].tolist() == pytest.approx(errors, rel=DEFAULT_ERROR)
    theirs = [row["vcov"] for row in expected[variances]]
    assert fit.variances()["covariance"].tolist() == pytest.approx(theirs, rel=DEFAULT_VARIANCE)
    assert -1e-9 <= fit.log_likelihood - expected["loglik"] <= STOPPED_SHORT
    if "satterthwaite_df" in expected:
        freedom = list(expected["satterthwaite_df"].values())
        assert fit.degrees_of_freedom["df"].tolist() == pytest.approx(freedom, rel=DEFAULT_FREEDOM)
    if "satterthwaite_p" in expected:
        assert table["p_value"].tolist() == pytest.approx(list(expected["satterthwaite_p"].values()), rel=1e-3)


@pytest.mark.parametrize(
    ("key", "random", "reml"),
    [
        ("sleepstudy_reml", "(Days | Subject)", True),
        ("sleepstudy_ml", "(Days | Subject)", False),
        ("sleepstudy_uncorr", "(1 | Subject) + (0 + Days | Subject)", True),
    ],
)
def test_sleepstudy(reference: Path, key: str, random: str, reml: bool) -> None:
    expected = json.loads((reference / "results" / "mixed_gee.json").read_text())[key]
    table = pd.read_csv(reference / "data" / "lme4_sleepstudy.csv")
    fit = linear_mixed(f"Reaction ~ Days + {random}", table, reml=reml)
    agrees_with_default_lme4(fit, expected)
    glance = fit.glance().iloc[0]
    assert glance[["aic", "bic"]].tolist() == pytest.approx([expected["AIC"], expected["BIC"]], abs=1e-6)


def test_sleepstudy_conditional_modes(reference: Path) -> None:
    expected = json.loads((reference / "results" / "mixed_gee.json").read_text())["sleepstudy_blup"]
    table = pd.read_csv(reference / "data" / "lme4_sleepstudy.csv")
    fit = linear_mixed("Reaction ~ Days + (1 + Days | Subject)", table)
    wide = fit.random_effects().pivot_table("estimate", "level", "term").head(len(expected))
    assert wide["Intercept"].tolist() == pytest.approx([row["(Intercept)"] for row in expected], rel=1e-4)
    assert wide["Days"].tolist() == pytest.approx([row["Days"] for row in expected], rel=1e-4)


@pytest.mark.parametrize(("key", "random"), [("btheb_ri", "(1 | id)"), ("btheb_rs", "(time | id)")])
def test_beat_the_blues(reference: Path, key: str, random: str) -> None:
    expected = json.loads((reference / "results" / "mixed_gee.json").read_text())[key]
    table = pd.read_csv(reference / "data" / "HSAUR3_BtheB_long.csv")
    table["length"] = pd.Categorical(table["length"], ["<6m", ">6m"])
    table["treatment"] = pd.Categorical(table["treatment"], ["TAU", "BtheB"])
    fit = linear_mixed(f"bdi ~ `bdi.pre` + time + treatment + drug + length + {random}", table, reml=False)
    agrees_with_default_lme4(fit, expected)


def test_help_within_and_between_attendance(reference: Path) -> None:
    expected = json.loads((reference / "results" / "addiction.json").read_text())["help_long"]["lmm_cesd_ml_slope"]
    table = pd.read_csv(reference / "data" / "help_followup_analysis.csv")
    table["CESc"] = (table["CES_D_b"] - 33) / 10
    fit = linear_mixed("CES_D ~ mo + att_w + att_m + CESc + female + GROUP_b + (mo | ID)", table, reml=False)
    assert (fit.sample.rows, fit.sample.participants) == (expected["n"], expected["groups"]["ID"])
    assert fit.sample.left_out == (("CES_D is missing", len(table) - expected["n"]),)
    agrees_with_default_lme4(fit, expected)


@pytest.mark.parametrize(("reml", "key"), [(True, "lmm_cesd_reml"), (False, "lmm_cesd_ml")])
def test_help_depression_from_the_spss_file(reference: Path, reml: bool, key: str) -> None:
    expected = json.loads((reference / "results" / "help_main_job.json").read_text())[key]
    wide, _ = pyreadstat.read_sav(reference / "data" / "help_wide.sav")
    waves = [
        pd.DataFrame(
            {
                "participant_id": wide["ID"],
                "months": float(month),
                "cesd": wide[f"CES_D_{month}"],
                "attended": wide[f"E9A_{month}"],
            }
        )
        for month in (0, 6, 12, 18, 24)
    ]
    fit = linear_mixed("cesd ~ months + attended + (1 + months | participant_id)", pd.concat(waves), reml=reml)
    assert (fit.sample.rows, fit.sample.participants) == (expected["rows"], expected["people"])
    agrees_with_default_lme4(fit, expected, "var")


# Recovery


def test_known_truth_is_recovered_in_fifty_cohorts() -> None:
    # 50 cohorts of 60 participants with 3 to 6 waves. Coverage of a 95 % interval over 50 cohorts has a Monte
    # Carlo error of sqrt(.95 * .05 / 50) = 3.1 points; means are held to 4 of their own Monte Carlo errors.
    slopes, covered, spreads = [], [], []
    for seed in range(50):
        fit = linear_mixed("score ~ months + (1 + months | participant_id)", unbalanced(1000 + seed, 60))
        row = fit.tidy().set_index("term").loc["months"]
        slopes.append(row["estimate"])
        covered.append(row["conf_low"] <= -0.3 <= row["conf_high"])
        spreads.append(fit.variances()["covariance"].tolist())
    assert abs(np.mean(slopes) + 0.3) < 4 * np.std(slopes, ddof=1) / np.sqrt(50)
    truth = np.array([9.0, 0.04, 0.0, 4.0])
    off = np.abs(np.mean(spreads, axis=0) - truth)
    assert (off < 4 * np.std(spreads, axis=0, ddof=1) / np.sqrt(50)).all()
    assert np.mean(covered) >= 0.95 - 3 * 0.031


# Sentences


def test_missing_rows_are_left_out_and_counted() -> None:
    table = unbalanced()
    table.attrs["left_out"] = (("before enrolment", 4),)
    table.loc[[0, 5], "score"] = np.nan
    table.loc[5, "months"] = np.nan
    table.loc[7, "months"] = np.nan
    fit = linear_mixed("score ~ months + (1 | participant_id)", table)
    assert fit.sample.rows == len(table) - 3
    assert fit.sample.left_out == (("before enrolment", 4), ("score is missing", 2), ("months is missing", 1))
    assert "Left out: 2 rows, score is missing." in fit.summary()


def test_unused_categories_are_no_columns() -> None:
    table = unbalanced()
    table["arm"] = pd.Categorical(table["arm"], ["none", "smart", "lifering"])
    fit = linear_mixed("score ~ arm + (1 | participant_id)", table)
    assert fit.tidy()["term"].tolist() == ["Intercept", "arm[T.smart]"]


def test_text_is_a_category_whatever_pandas_calls_it() -> None:
    table = unbalanced()
    one = linear_mixed("score ~ arm + (1 | participant_id)", table)
    other = linear_mixed("score ~ arm + (1 | participant_id)", table.convert_dtypes())
    pd.testing.assert_frame_equal(one.tidy(), other.tidy())
    pd.testing.assert_frame_equal(one.predict(table), other.predict(table.convert_dtypes()))


def test_an_outcome_may_be_transformed() -> None:
    table = unbalanced().assign(score=lambda rows: np.exp(rows["score"] / 10))
    logged = linear_mixed("log(score) ~ months + (1 | participant_id)", table)
    plain = linear_mixed("y ~ months + (1 | participant_id)", table.assign(y=np.log(table["score"])))
    assert logged.tidy()["estimate"].tolist() == pytest.approx(plain.tidy()["estimate"].tolist())


def test_few_rows_and_few_groups_are_pointed_out() -> None:
    table = unbalanced()
    first = table.groupby("participant_id").head(1)
    few = pd.concat([first, table[table["participant_id"].isin(["P00", "P01", "P02"])]]).drop_duplicates()
    fit = linear_mixed("score ~ months + (1 + months | participant_id)", few)
    assert not check_named(fit, "rows behind the random effects").passed
    fit = linear_mixed("score ~ 1 + (1 | person)", BALANCED)
    assert "too few" in check_named(fit, "enough groups").sentence


@pytest.mark.parametrize(
    ("formula", "change", "words"),
    [
        ("score ~ months", {}, "no random term"),
        ("score ~ months + 1 | participant_id", {}, "is in no random term"),
        ("score ~ 1 + (1 | arm/participant_id/months)", {}, "name 3 groupings"),
        ("score ~ 0 + (1 | participant_id)", {}, "no fixed effect"),
        ("score ~ months + (0 | participant_id)", {}, "is empty"),
        ("score ~ 1 + (1 | participant_id) + (months | participant_id)", {}, "'Intercept' stands in two"),
        ("score ~ visit + (1 | participant_id)", {}, "'visit' cannot be turned into numbers"),
        ("score ~ age + (1 | participant_id)", {}, "no column age"),
        ("score ~ months + (1 | site)", {}, "no column site"),
        ("Event(months, score) ~ 1 + (1 | participant_id)", {}, "not Event"),
        ("arm ~ months + (1 | participant_id)", {}, "'arm' holds values that are no finite numbers"),
        ("score ~ months + (1 | participant_id)", {"months": np.inf}, "'months' holds values"),
    ],
)
def test_wrong_questions(formula: str, change: dict[str, float], words: str) -> None:
    table = unbalanced().assign(visit=pd.Timestamp("2024-01-31"))
    for name, value in change.items():
        table.loc[3, name] = value
    with pytest.raises(DefinitionError, match=words):
        linear_mixed(formula, table)


@pytest.mark.parametrize(
    ("formula", "change", "words"),
    [
        ("score ~ months + (1 | g)", {"g": 1}, "share one value of 'g'"),
        ("score ~ months + (1 | g)", {"g": "own"}, "Every value of 'g' has one row"),
        ("k ~ months + (1 | participant_id)", {"k": 3.0}, "'k' has the same value in all"),
        ("score ~ months + k + (1 | participant_id)", {"k": 3.0}, "'k' repeats what the terms before it say"),
        ("score ~ months + k + (1 | participant_id)", {"k": 0.0}, "'k' is 0 in every row"),
        ("k ~ months + (1 | participant_id)", {"k": "line"}, "give 'k' exactly"),
        ("k ~ months + (1 | participant_id)", {"k": "person"}, "'k' has no spread left within"),
        ("score ~ months + (1 + k | participant_id)", {"k": "person"}, "tell Intercept and k apart"),
        ("score ~ months + (1 + k | participant_id)", {"k": 2.0}, "random term 'k' repeats"),
        ("score ~ 1 + (1 + months | pair)", {"pair": "pairs"}, "more rows than random effects"),
        ("k ~ months + (1 | participant_id)", {"k": np.nan}, "No row has a value"),
    ],
)
def test_what_the_rows_cannot_carry(formula: str, change: dict[str, Any], words: str) -> None:
    table = unbalanced()
    number = np.arange(len(table))
    made = {
        "own": number,
        "pairs": number // 2,
        "line": 1 + 2 * table["months"],
        "person": table["participant_id"].str[1:].astype(float) ** 2,
    }
    for name, value in change.items():
        table[name] = made.get(value, value)
    with pytest.raises(NotEstimable, match=words):
        linear_mixed(formula, table.iloc[: 2 * (len(table) // 2)])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"df": "kenward-roger", "reml": False}, "is one of REML"),
        ({"df": "exact"}, "not known"),
        ({"conf_level": 95}, "between 0 and 1"),
    ],
)
def test_wrong_options(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        linear_mixed("score ~ months + (1 | participant_id)", unbalanced(), **options)


def test_prediction_refuses_an_unknown_category() -> None:
    fit = linear_mixed("score ~ C(arm) + (1 | participant_id)", unbalanced())
    with pytest.raises(DefinitionError, match="has not seen"):
        fit.predict(pd.DataFrame({"arm": ["lifering"]}))
    with pytest.raises(DefinitionError, match="cannot be laid out"):
        fit.predict(pd.DataFrame({"months": [3.0]}))
