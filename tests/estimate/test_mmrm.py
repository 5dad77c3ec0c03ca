"""Means over waves with a residual covariance: by hand, collapsed to simpler models, invariants, R, recovery."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from remission.errors import DefinitionError, NotEstimable, RemissionError
from remission.estimate import gee, linear_mixed, mmrm
from remission.estimate.mmrm_fit import MmrmFit
from remission.estimate.result import COEFFICIENT_COLUMNS

STORED = Path(__file__).resolve().parents[1] / "reference"

# reference/serial.R drives nlme's optimisers to the end; what is left is their own stopping point. Robust errors move
# less than the covariance does. Degrees of freedom there come from numDeriv, lmerTest and pbkrtest.
ESTIMATE = 1e-6
ERROR = 1e-6
FREEDOM = 1e-6
# The answer in ../shared/reference comes from gls as it stops by default: 7e-9 short of the best log-likelihood.
DEFAULT = 1e-5
STOPPED_SHORT = 5e-8

BEFORE, AFTER = [10.0, 12, 9, 14, 15], [8.0, 11, 9, 10, 12]
PAIRED = pd.DataFrame({"participant_id": list("abcde") * 2, "wave": [1] * 5 + [2] * 5, "score": BEFORE + AFTER})
LOG_TWO_PI = np.log(2 * np.pi)
MEANS = "score ~ C(wave) * arm + baseline"


def cohort(seed: int = 3, people: int = 40, waves: int = 4, missed: float = 0.25) -> pd.DataFrame:
    """Seeded cohort whose residuals remember; waves after the first are missed at random."""
    rng = np.random.default_rng(seed)
    residual = rng.normal(size=(people, waves))
    for j in range(1, waves):
        residual[:, j] = 0.6 * residual[:, j - 1] + 0.8 * residual[:, j]
    seen = rng.uniform(size=(people, waves)) >= missed * (np.arange(waves) > 0)
    baseline = rng.normal(size=people)
    arm = np.arange(people) % 2
    score = 20 + 2 * baseline[:, None] - np.arange(waves) - 1.5 * np.outer(arm, np.arange(waves) > 0) + 3 * residual
    table = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{i:03d}" for i in range(people)], waves),
            "wave": np.tile(np.arange(1, waves + 1), people),
            "arm": np.repeat(np.where(arm == 1, "smart", "none"), waves),
            "baseline": np.repeat(baseline, waves),
            "score": score.ravel(),
        }
    )
    return table[seen.ravel()].reset_index(drop=True)


def check_named(fit: MmrmFit, name: str) -> Any:
    return next(check for check in fit.checks if check.name == name)


# By hand


def test_two_complete_waves_are_the_paired_t_test() -> None:
    # Differences -2 -1 0 -4 -3: mean -2, squares about it 0 + 1 + 4 + 4 + 1 = 10, variance 10 / 4, error sqrt(.5).
    # Deviations before -2 0 -3 2 3, after -2 1 -1 0 2: variances 26 / 4 and 10 / 4, covariance 13 / 4.
    fit = mmrm("score ~ C(wave)", PAIRED)
    assert list(fit.tidy().columns) == list(COEFFICIENT_COLUMNS)
    mean, change = fit.tidy().itertuples(index=False)
    assert (mean.contrast, change.contrast) == ("mean", "mean difference")
    assert [mean.estimate, change.estimate] == pytest.approx([12, -2], rel=1e-10)
    assert [mean.std_error, change.std_error] == pytest.approx([np.sqrt(6.5 / 5), np.sqrt(0.5)], rel=1e-8)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx([4, 4], rel=1e-6)
    assert change.p_value == pytest.approx(2 * t.sf(2 / np.sqrt(0.5), 4), rel=1e-6)
    assert change.conf_high == pytest.approx(-2 + t.ppf(0.975, 4) * np.sqrt(0.5), rel=1e-6)
    held = fit.covariances()
    assert held["covariance"].tolist() == pytest.approx([6.5, 3.25, 2.5], rel=1e-8)
    assert held["correlation"].tolist() == pytest.approx([1, 3.25 / np.sqrt(6.5 * 2.5), 1], rel=1e-8)
    assert held["pairs"].tolist() == [5, 5, 5]
    # |S| = 6.5 * 2.5 - 3.25 ** 2 = 5.6875; X'V^-1 X has determinant 25 / |S|; r'V^-1 r = 2 * 4.
    deviance = 5 * np.log(5.6875) + np.log(25 / 5.6875) + 8 + 8 * LOG_TWO_PI
    assert fit.log_likelihood == pytest.approx(-deviance / 2, abs=1e-10)
    assert fit.trace["deviance"].iloc[-1] == pytest.approx(deviance, abs=1e-8)


def test_maximum_likelihood_divides_by_participants() -> None:
    fit = mmrm("score ~ C(wave)", PAIRED, reml=False)
    assert fit.covariances()["covariance"].tolist() == pytest.approx([26 / 5, 13 / 5, 10 / 5], rel=1e-8)
    assert fit.tidy()["std_error"].iloc[1] == pytest.approx(np.sqrt(10 / 5 / 5), rel=1e-8)
    deviance = 5 * np.log(5.6875 * 16 / 25) + 10 + 10 * LOG_TWO_PI
    glance = fit.glance().iloc[0]
    assert glance["deviance"] == pytest.approx(deviance, abs=1e-9)
    # Two means, three covariances.
    assert glance["aic"] == pytest.approx(deviance + 2 * 5, abs=1e-9)
    assert glance["bic"] == pytest.approx(deviance + np.log(10) * 5, abs=1e-9)


def test_robust_errors_of_a_paired_difference() -> None:
    # Squares 10 over 5 * 5; Mancl and DeRouen divide each residual by 1 - 1 / 5.
    plain, corrected = (mmrm("score ~ C(wave)", PAIRED, errors=kind) for kind in ("robust", "mancl-derouen"))
    assert plain.tidy()["std_error"].iloc[1] == pytest.approx(np.sqrt(10 / 25), rel=1e-7)
    assert corrected.tidy()["std_error"].iloc[1] == pytest.approx(np.sqrt(10 / 25) / 0.8, rel=1e-7)
    # Five participants less two coefficients.
    assert plain.degrees_of_freedom["df"].tolist() == [3, 3]


def test_somebody_seen_once_moves_the_mean_of_the_wave_that_was_missed() -> None:
    # A sixth person scores 18 before and is not seen after. By regression of after on before, slope 13 / 26 = .5:
    # mean before 78 / 6 = 13, mean after 10 + .5 (13 - 12) = 10.5; variance before 56 / 6, the rest of after
    # (10 - .5 * 13) / 5 = .7.
    table = pd.concat([PAIRED, pd.DataFrame({"participant_id": ["f"], "wave": [1], "score": [18.0]})])
    fit = mmrm("score ~ 0 + C(wave)", table, reml=False)
    assert fit.tidy()["estimate"].tolist() == pytest.approx([13, 10.5], rel=1e-8)
    expected = [56 / 6, 0.5 * 56 / 6, 0.7 + 0.25 * 56 / 6]
    assert fit.covariances()["covariance"].tolist() == pytest.approx(expected, rel=1e-7)
    assert fit.covariances()["pairs"].tolist() == [6, 5, 5]


# Collapse


def test_complete_unstructured_is_the_analysis_of_cell_means() -> None:
    table = cohort(missed=0.0)
    fit = mmrm("score ~ C(wave) * arm", table)
    wide = table.pivot_table("score", ["arm", "participant_id"], "wave")
    cells = wide.groupby("arm").mean()
    within = wide - cells.loc[wide.index.get_level_values("arm")].to_numpy()
    pooled = within.T @ within / (len(wide) - 2)
    means = fit.wave_means("arm")
    averages = means[means["contrast"] == "mean"].pivot_table("estimate", "group", "wave")
    np.testing.assert_allclose(averages, cells, rtol=1e-9)
    held = fit.covariances()
    np.testing.assert_allclose(held["covariance"], pooled.to_numpy()[np.triu_indices(4)], rtol=1e-7)
    # At each wave the difference is the two-sample t-test on its own: df n - 2.
    differences = means[means["contrast"] != "mean"]
    error = np.sqrt(np.diag(pooled) * (1 / 20 + 1 / 20))
    np.testing.assert_allclose(differences["std_error"], error, rtol=1e-7)
    np.testing.assert_allclose(differences["df"], 38, rtol=1e-5)


def test_kenward_roger_changes_nothing_in_complete_data() -> None:
    plain, adjusted = (
        mmrm("score ~ C(wave) * arm", cohort(missed=0.0), df=kind) for kind in ("satterthwaite", "kenward-roger")
    )
    np.testing.assert_allclose(adjusted.tidy()["std_error"], plain.tidy()["std_error"], rtol=1e-7)
    np.testing.assert_allclose(adjusted.degrees_of_freedom["df"], plain.degrees_of_freedom["df"], rtol=1e-5)


@pytest.mark.parametrize("reml", [True, False])
def test_positive_compound_symmetry_is_the_random_intercept(reml: bool) -> None:
    table = cohort()
    ours = mmrm(MEANS, table, correlation="exchangeable", variance="common", reml=reml)
    other = linear_mixed(f"{MEANS} + (1 | participant_id)", table, reml=reml)
    assert ours.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-9)
    for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
        np.testing.assert_allclose(ours.tidy()[column], other.tidy()[column], rtol=1e-5, atol=1e-8)
    between, residual = other.variances()["covariance"]
    assert ours.correlation_at == pytest.approx(between / (between + residual), rel=1e-7)
    assert ours.covariances()["covariance"].iloc[0] == pytest.approx(between + residual, rel=1e-7)


def test_compound_symmetry_may_be_negative_where_a_random_intercept_cannot() -> None:
    # Everybody's two scores add up to 10: correlation -1 but for noise.
    noise = np.array([0.1, -0.2, 0.3, -0.1, 0.2, -0.3])
    first = np.array([1.0, 3, 4, 6, 7, 9])
    table = pd.DataFrame({"participant_id": list(range(6)) * 2, "wave": [1] * 6 + [2] * 6})
    table["score"] = np.concatenate([first, 10 - first + noise])
    fit = mmrm("score ~ C(wave)", table, correlation="exchangeable", variance="common")
    assert fit.correlation_at is not None
    assert -1 < fit.correlation_at < -0.95


def test_equally_spaced_autoregression_is_the_one_over_days() -> None:
    table = cohort().assign(day=lambda rows: 90.0 * rows["wave"])
    for variance in ("common", "by wave"):
        step = mmrm(MEANS, table, correlation="ar1", variance=variance)
        days = mmrm(MEANS, table, correlation="car1", variance=variance, day="day")
        assert step.log_likelihood == pytest.approx(days.log_likelihood, abs=1e-9)
        np.testing.assert_allclose(step.tidy()["std_error"], days.tidy()["std_error"], rtol=1e-7)
        np.testing.assert_allclose(step.degrees_of_freedom["df"], days.degrees_of_freedom["df"], rtol=1e-5)
        assert step.correlation_at is not None
        assert days.correlation_at == pytest.approx(step.correlation_at ** (1 / 90), rel=1e-8)


def test_with_two_waves_all_correlations_are_one_model() -> None:
    table = cohort(waves=2)
    first, *others = (
        mmrm("score ~ C(wave)", table, correlation=kind) for kind in ("unstructured", "exchangeable", "ar1")
    )
    for other in others:
        assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-10)
        np.testing.assert_allclose(other.tidy()["std_error"], first.tidy()["std_error"], rtol=1e-8)


def test_independence_is_least_squares() -> None:
    table = cohort()
    fit = mmrm("score ~ wave + baseline", table, correlation="independence", variance="common")
    x = np.column_stack([np.ones(len(table)), table["wave"], table["baseline"]])
    beta, squares, *_ = np.linalg.lstsq(x, table["score"].to_numpy(), rcond=None)
    sigma2 = squares[0] / (len(table) - 3)
    np.testing.assert_allclose(fit.tidy()["estimate"], beta, rtol=1e-9)
    np.testing.assert_allclose(fit.tidy()["std_error"], np.sqrt(sigma2 * np.diag(np.linalg.inv(x.T @ x))), rtol=1e-8)
    np.testing.assert_allclose(fit.degrees_of_freedom["df"], len(table) - 3, rtol=1e-5)
    assert fit.correlation_at is None


def test_independent_waves_of_their_own_spread_are_apart() -> None:
    # Each wave is a sample of its own: mean, s / sqrt(n), n - 1.
    table = cohort()
    fit = mmrm("score ~ 0 + C(wave)", table, correlation="independence")
    each = table.groupby("wave")["score"]
    np.testing.assert_allclose(fit.tidy()["estimate"], each.mean(), rtol=1e-10)
    np.testing.assert_allclose(fit.tidy()["std_error"], each.sem(), rtol=1e-7)
    np.testing.assert_allclose(fit.degrees_of_freedom["df"], each.count() - 1, rtol=1e-5)


@pytest.mark.parametrize("errors", ["robust", "mancl-derouen"])
def test_robust_errors_under_independence_are_those_of_gee(errors: str) -> None:
    table = cohort()
    ours = mmrm(MEANS, table, correlation="independence", variance="common", errors=errors, df="normal")
    other = gee(MEANS, table, family="gaussian", correlation="independence", errors=errors)
    np.testing.assert_allclose(ours.tidy()["std_error"], other.tidy()["std_error"], rtol=1e-8)
    np.testing.assert_allclose(ours.tidy()["p_value"], other.tidy()["p_value"], rtol=1e-6)


def test_more_parameters_never_lower_the_likelihood() -> None:
    table = cohort()
    kinds = [
        ("independence", "common"),
        ("exchangeable", "common"),
        ("exchangeable", "by wave"),
        ("unstructured", "by wave"),
    ]
    fits = [mmrm(MEANS, table, correlation=kind, variance=variance) for kind, variance in kinds]
    assert np.all(np.diff([fit.log_likelihood for fit in fits]) >= 0)
    assert [fit.n_parameters for fit in fits] == [10, 11, 14, 19]


# Invariants


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(["unstructured", "exchangeable", "ar1"]))
def test_row_order_and_names_do_not_matter(seed: int, kind: str) -> None:
    table = cohort(seed)
    one = mmrm(MEANS, table, correlation=kind)
    names = {name: f"Q{999 - number}" for number, name in enumerate(table["participant_id"].unique())}
    shuffled = table.sample(frac=1, random_state=seed).assign(
        participant_id=lambda rows: rows["participant_id"].map(names)
    )
    other = mmrm(MEANS, shuffled, correlation=kind)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-8)
    np.testing.assert_allclose(one.tidy()["std_error"], other.tidy()["std_error"], rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-1e4, 1e4), stretch=st.floats(0.01, 100))
def test_the_unit_of_the_outcome_only_translates(seed: int, shift: float, stretch: float) -> None:
    table = cohort(seed)
    one = mmrm(MEANS, table)
    other = mmrm(MEANS, table.assign(score=shift + stretch * table["score"]))
    jacobian = (len(table) - 9) * np.log(stretch)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - jacobian, abs=1e-6)
    np.testing.assert_allclose(other.tidy()["std_error"], stretch * one.tidy()["std_error"], rtol=1e-6)
    np.testing.assert_allclose(
        other.covariances()["covariance"], stretch**2 * one.covariances()["covariance"], rtol=1e-5
    )


def test_words_and_categories_for_waves_are_the_same_model() -> None:
    table = cohort()
    words = np.array(["", "start", "spring", "summer", "winter"])
    plain = mmrm(MEANS, table, correlation="ar1")
    chosen = pd.Categorical(words[table["wave"]], [*words[1:], "never seen"], ordered=True)
    named = mmrm(MEANS, table.assign(wave=chosen), correlation="ar1")
    assert named.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-9)
    assert named.covariances()["first"].tolist()[::4][:1] == ["start"]
    free = mmrm(MEANS, table.assign(wave=words[table["wave"]]))
    assert free.log_likelihood == pytest.approx(mmrm(MEANS, table).log_likelihood, abs=1e-9)


def test_waves_that_are_words_stand_in_the_order_of_another_column() -> None:
    table = cohort().assign(months=lambda rows: 3.0 * (rows["wave"] - 1))
    words = np.array(["", "baseline", "month_3", "month_6", "month_12"])
    table["months"] = table["months"].replace(9.0, 12.0)
    named = mmrm(MEANS, table.assign(wave=words[table["wave"]]), correlation="ar1", order="months")
    plain = mmrm(MEANS, table, correlation="ar1")
    assert named.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-9)
    np.testing.assert_allclose(named.tidy()["estimate"], plain.tidy()["estimate"], rtol=1e-6)
    assert named.wave_means()["wave"].tolist() == words[1:].tolist()
    assert named.tidy()["term"].iloc[1] == "C(wave)[T.month_3]"
    new = pd.DataFrame({"wave": ["month_12"], "arm": ["none"], "baseline": [0.0]})
    old = new.assign(wave=4)
    np.testing.assert_allclose(named.predict(new), plain.predict(old), rtol=1e-5)


# Against nlme, clubSandwich, lmerTest and pbkrtest

CASES = {
    "un_reml": ("unstructured", "by wave"),
    "un_ml": ("unstructured", "by wave"),
    "cs_reml": ("exchangeable", "common"),
    "csh_ml": ("exchangeable", "by wave"),
    "ar1_reml": ("ar1", "common"),
    "ar1h_ml": ("ar1", "by wave"),
    "car1_reml": ("car1", "common"),
    "car1h_ml": ("car1", "by wave"),
    "independence_reml": ("independence", "by wave"),
}


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "serial.json").read_text())


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return pd.read_csv(STORED / "serial_cohort.csv")


@pytest.mark.parametrize("case", CASES)
def test_gls_driven_to_the_end(case: str, r: dict[str, Any], people: pd.DataFrame) -> None:
    expected = r[case]
    correlation, variance = CASES[case]
    options: dict[str, Any] = {
        "correlation": correlation,
        "variance": variance,
        "reml": expected["method"] == "REML",
        "day": "day" if correlation == "car1" else None,
    }
    fit = mmrm(MEANS, people, **options)
    table = fit.tidy()
    assert (np.abs(table["estimate"] - expected["estimate"]) / expected["std_error"]).max() <= ESTIMATE
    np.testing.assert_allclose(table["std_error"], expected["std_error"], rtol=ERROR)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-9)
    assert fit.glance()["aic"].iloc[0] == pytest.approx(expected["aic"], abs=1e-8)
    held = fit.covariances()
    own = held[held["first"] == held["second"]]
    np.testing.assert_allclose(np.sqrt(own["covariance"]), expected["sd"], rtol=ERROR)
    if correlation == "unstructured":
        apart = held[held["first"] != held["second"]]["correlation"]
        np.testing.assert_allclose(apart, expected["correlation"], rtol=5e-6)
    elif correlation != "independence":
        assert fit.correlation_at == pytest.approx(expected["correlation"], rel=1e-6)
    for errors, key in (("robust", "cr0"), ("mancl-derouen", "cr3")):
        robust = mmrm(MEANS, people, errors=errors, **options)
        np.testing.assert_allclose(robust.tidy()["std_error"], expected[key], rtol=ERROR)


def test_small_samples_of_an_unstructured_covariance(r: dict[str, Any], people: pd.DataFrame) -> None:
    expected = r["unstructured_small"]
    plain, adjusted = (mmrm(MEANS, people, df=kind) for kind in ("satterthwaite", "kenward-roger"))
    np.testing.assert_allclose(plain.tidy()["std_error"], expected["std_error"], rtol=1e-8)
    np.testing.assert_allclose(plain.degrees_of_freedom["df"], expected["satterthwaite"], rtol=FREEDOM)
    np.testing.assert_allclose(adjusted.tidy()["std_error"], expected["kr_error"], rtol=1e-8)
    np.testing.assert_allclose(adjusted.degrees_of_freedom["df"], expected["kr_df"], rtol=FREEDOM)
    assert (adjusted.tidy()["std_error"] > plain.tidy()["std_error"]).all()


def test_small_samples_of_compound_symmetry(r: dict[str, Any], people: pd.DataFrame) -> None:
    expected = r["compound"]
    plain, adjusted = (
        mmrm(MEANS, people, correlation="exchangeable", variance="common", df=kind)
        for kind in ("satterthwaite", "kenward-roger")
    )
    np.testing.assert_allclose(plain.degrees_of_freedom["df"], expected["satterthwaite"], rtol=FREEDOM)
    np.testing.assert_allclose(adjusted.tidy()["std_error"], expected["kr_error"], rtol=1e-8)
    np.testing.assert_allclose(adjusted.degrees_of_freedom["df"], expected["kr_df"], rtol=FREEDOM)


def test_beat_the_blues(reference: Path) -> None:
    expected = json.loads((reference / "results" / "mixed_gee.json").read_text())["btheb_mmrm_gls"]
    table = pd.read_csv(reference / "data" / "HSAUR3_BtheB_long.csv")
    table["treatment"] = pd.Categorical(table["treatment"], ["TAU", "BtheB"])
    fit = mmrm("bdi ~ `bdi.pre` + C(time) * treatment", table, groups="id", wave="time")
    errors = np.array(list(expected["se"].values()))
    found = fit.tidy()
    assert (np.abs(found["estimate"] - list(expected["coef"].values())) / errors).max() <= DEFAULT
    np.testing.assert_allclose(found["std_error"], errors, rtol=DEFAULT)
    assert -1e-9 <= fit.log_likelihood - expected["loglik"] <= STOPPED_SHORT
    assert fit.sample.left_out == (("bdi is missing", 120),)


# Recovery


def test_means_are_recovered_although_those_who_do_badly_leave() -> None:
    # 60 cohorts of 100: who scores above its mean at wave 1 is gone at wave 3 with probability .8. Coverage of a 95 %
    # interval over 60 has a Monte Carlo error of 2.8 points; means are held to 4 of their own errors.
    truth = np.array([[9.0, 6, 5], [6, 10, 7], [5, 7, 12]])
    root = np.linalg.cholesky(truth)
    rng = np.random.default_rng(11)
    last, covered, spreads, naive = [], [], [], []
    for _ in range(60):
        score = np.array([20.0, 18, 17]) + rng.normal(size=(100, 3)) @ root.T
        gone = (score[:, 0] > 20) & (rng.uniform(size=100) < 0.8)
        score[gone, 2] = np.nan
        table = pd.DataFrame({"participant_id": np.repeat(np.arange(100), 3), "wave": np.tile([1, 2, 3], 100)})
        fit = mmrm("score ~ 0 + C(wave)", table.assign(score=score.ravel()))
        row = fit.tidy().iloc[2]
        last.append(row["estimate"])
        covered.append(row["conf_low"] <= 17 <= row["conf_high"])
        spreads.append(fit.covariances()["covariance"].tolist())
        naive.append(np.nanmean(score[:, 2]))
    assert abs(np.mean(last) - 17) < 4 * np.std(last, ddof=1) / np.sqrt(60)
    assert np.mean(naive) < 17 - 0.5
    assert np.mean(covered) >= 0.95 - 3 * 0.028
    off = np.abs(np.mean(spreads, axis=0) - truth[np.triu_indices(3)])
    assert (off < 4 * np.std(spreads, axis=0, ddof=1) / np.sqrt(60)).all()


# Means and predictions


def test_wave_means_average_over_the_participants() -> None:
    table = cohort()
    fit = mmrm(MEANS, table)
    means = fit.wave_means("arm")
    assert list(means.columns[:5]) == ["wave", "group", "contrast", "estimate", "std_error"]
    first = table.groupby("participant_id").first()
    new = pd.DataFrame({"wave": [3], "arm": ["smart"], "baseline": [first["baseline"].mean()]}, index=["x"])
    predicted = fit.predict(new).loc["x"]
    row = means[(means["wave"] == 3) & (means["group"] == "smart") & (means["contrast"] == "mean")].iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high", "df"):
        assert row[column] == pytest.approx(predicted[column], rel=1e-9)
    # The difference at wave 1 is the coefficient of the arm.
    coefficient = fit.tidy().set_index("term").loc["arm[T.smart]"]
    difference = means[means["contrast"] == "mean difference from none"].iloc[0]
    for column in ("estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"):
        assert difference[column] == pytest.approx(coefficient[column], rel=1e-7)
    whole = fit.wave_means()
    np.testing.assert_allclose(whole["estimate"], means[means["contrast"] == "mean"].groupby("wave")["estimate"].mean())


def test_a_category_that_was_not_fitted_is_refused_in_prediction() -> None:
    fit = mmrm(MEANS, cohort())
    with pytest.raises(DefinitionError, match="has not seen"):
        fit.predict(pd.DataFrame({"wave": [1], "arm": ["other"], "baseline": [0.0]}))


@pytest.mark.parametrize("by", ["wave", "baseline_only", "site"])
def test_means_by_a_column_that_tells_no_groups_apart_are_refused(by: str) -> None:
    fit = mmrm("score ~ C(wave) + site", cohort().assign(site=1.0 * (cohort()["arm"] == "smart"), baseline_only=1))
    if by == "site":
        assert len(fit.wave_means(by)) == 12
        return
    with pytest.raises(DefinitionError):
        fit.wave_means(by)


def test_means_at_waves_need_the_wave_in_the_formula() -> None:
    fit = mmrm("score ~ baseline", cohort())
    with pytest.raises(DefinitionError, match="does not name 'wave'"):
        fit.wave_means()


# Sentences


def test_missing_rows_are_left_out_and_counted() -> None:
    table = cohort()
    table.attrs = {"left_out": (("before enrolment", 4),), "time_origin": "discharge"}
    table.loc[[0, 5], "score"] = np.nan
    table.loc[7, "baseline"] = np.nan
    fit = mmrm(MEANS, table)
    assert fit.sample.left_out == (("before enrolment", 4), ("score is missing", 2), ("baseline is missing", 1))
    assert fit.sample.rows == len(table) - 3
    assert "day 0 is discharge" in fit.summary()
    assert fit.method.options["df"] == "satterthwaite"


def test_checks_name_what_is_thin() -> None:
    table = cohort()
    fit = mmrm("score ~ C(wave)", table[(table["wave"] < 4) | (table["participant_id"] < "P009")], errors="robust")
    assert check_named(fit, "converged").passed
    assert "Wave 4 was seen in fewer than 10" in check_named(fit, "people at each wave").sentence
    assert "1 with 4, 2 with 4, 3 with 4" in check_named(fit, "pairs behind each covariance").sentence
    assert check_named(fit, "enough participants for robust errors").passed
    few = mmrm("score ~ C(wave)", cohort(people=39), errors="robust")
    assert not check_named(few, "enough participants for robust errors").passed
    assert check_named(few, "people at each wave").passed


def test_waves_that_nearly_determine_each_other_fail_a_check() -> None:
    table = cohort(missed=0.0)
    wide = table.pivot_table("score", "participant_id", "wave")
    rng = np.random.default_rng(2)
    wide[2] = wide[1] + rng.normal(size=len(wide)) * 0.01
    fit = mmrm("score ~ C(wave)", wide.reset_index().melt("participant_id", var_name="wave", value_name="score"))
    assert check_named(fit, "converged").passed
    assert not check_named(fit, "covariance away from singular").passed
    # With correlation .999995 rounding in the gradient hides the last digits.
    assert fit.covariances()["covariance"].iloc[1] == pytest.approx(wide.cov().to_numpy()[0, 1], rel=1e-4)
    wide[2] = wide[1]
    with pytest.raises(NotEstimable, match="without an inverse"):
        mmrm("score ~ C(wave)", wide.reset_index().melt("participant_id", var_name="wave", value_name="score"))


def odd(table: pd.DataFrame) -> pd.Series:
    return table["participant_id"].str[-1].astype(int) % 2 == 1


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (
            lambda rows: rows[~((rows["wave"] == 3) & odd(rows)) & ~((rows["wave"] == 4) & ~odd(rows))],
            {},
            "wave 3 and wave 4",
        ),
        (lambda rows: rows[(rows["wave"] < 4) | (rows["participant_id"] == "P001")], {}, "Wave 4 was seen in one"),
        (lambda rows: rows[rows["participant_id"] < "P004"], {}, "4 participants cannot carry"),
        (lambda rows: rows.groupby("participant_id").sample(1, random_state=0), {}, "Nobody was seen twice"),
        (lambda rows: rows.assign(baseline=2.0 * rows["wave"]), {}, "'baseline' repeats what the terms before it say"),
        (lambda rows: rows.assign(score=1.0), {}, "same value in all"),
        (lambda rows: rows.assign(score=np.nan), {}, "No row has a value"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), {}, "stand at the same 'wave'"),
        (lambda rows: rows.assign(wave="w" + rows["wave"].astype(str)), {"correlation": "ar1"}, "have no order"),
        (lambda rows: rows, {"order": "participant_id"}, "does not put the waves in order"),
        (lambda rows: rows.assign(months=1.0), {"order": "months"}, "does not put the waves in order"),
        (lambda rows: rows.assign(day=5.0), {"correlation": "car1", "day": "day"}, "have the same 'day'"),
        (lambda rows: rows.assign(score="many"), {}, "no finite numbers"),
        (lambda rows: rows, {"correlation": "toeplitz"}, "is not known"),
        (lambda rows: rows, {"variance": "common"}, "a variance for each wave"),
        (lambda rows: rows, {"correlation": "car1"}, "belong together"),
        (lambda rows: rows, {"day": "baseline"}, "belong together"),
        (lambda rows: rows, {"errors": "robust", "df": "satterthwaite"}, "goes with errors of the model"),
        (lambda rows: rows, {"df": "kenward-roger", "reml": False}, "linear in their parameters"),
        (lambda rows: rows, {"df": "kenward-roger", "correlation": "ar1"}, "linear in their parameters"),
        (lambda rows: rows, {"conf_level": 95}, "is no share"),
        (lambda rows: rows, {"wave": "month"}, "no column month"),
    ],
)
def test_what_cannot_be_done_is_said(change: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(RemissionError, match=told):
        mmrm("score ~ C(wave) + baseline", change(cohort()), **options)


def test_somebody_who_alone_determines_a_coefficient_has_no_corrected_robust_error() -> None:
    table = cohort().assign(first=lambda rows: 1.0 * (rows["participant_id"] == "P000"))
    with pytest.raises(NotEstimable, match="alone determines a coefficient"):
        mmrm("score ~ C(wave) + first", table, errors="mancl-derouen")


def test_random_terms_belong_elsewhere() -> None:
    with pytest.raises(DefinitionError, match="linear_mixed_serial"):
        mmrm("score ~ wave + (1 | participant_id)", cohort())
