"""Nested groups, known precisions, Kenward and Roger, profile intervals, likelihood ratios: by collapse, and with R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import likelihood_ratio, linear_mixed, profile_intervals

STORED = Path(__file__).resolve().parents[1] / "reference"
# lme4's search stops where the deviance no longer moves, about the root of rounding away in the variances.
ESTIMATE, ERROR, VARIANCE, FREEDOM = 1e-6, 1e-5, 2e-5, 1e-4
# R interpolates between points of the profile, 0.05 apart.
LIMIT = 1e-5


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "linear_mixed_further.json").read_text())


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    return pd.read_csv(STORED / "linear_mixed_sites.csv")


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    cohort = pd.read_csv(STORED / "linear_mixed_cohort.csv")
    return cohort[cohort["participant_id"].isin(cohort["participant_id"].unique()[:12])]


SLOPE = "(1 + months | participant_id)"
CASES = {
    "nested_reml": (f"score ~ months * arm + (1 | site) + {SLOPE}", None),
    "nested_ml": ("score ~ months + (1 | site/number)", None),
    "nested_slopes": ("score ~ months + (1 + months || site) + (1 | participant_id)", None),
    "weighted": ("score ~ months + arm + (1 | participant_id)", "precision"),
    "weighted_nested": ("score ~ months + (1 | site) + (1 | participant_id)", "precision"),
}


@pytest.mark.parametrize("case", CASES)
def test_nested_groups_and_precisions_as_lme4(case: str, r: dict[str, Any], sites: pd.DataFrame) -> None:
    formula, weights = CASES[case]
    expected = r[case]
    fit = linear_mixed(formula, sites, reml=expected["reml"], weights=weights)
    table = fit.tidy()
    assert np.abs((table["estimate"] - expected["estimate"]) / expected["std_error"]).max() <= ESTIMATE
    assert table["std_error"].tolist() == pytest.approx(expected["std_error"], rel=ERROR)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx(expected["df"], rel=FREEDOM)
    assert fit.log_likelihood == pytest.approx(expected["log_likelihood"], abs=1e-8)
    theirs = sorted(row["vcov"] for row in expected["variances"])
    assert sorted(fit.variances()["covariance"]) == pytest.approx(theirs, rel=VARIANCE, abs=VARIANCE)
    effects = fit.random_effects()
    assert len(effects) == len(expected["random_effects"])
    for theirs_name, ours_name in (("condval", "estimate"), ("condsd", "std_error")):
        values = sorted(row[theirs_name] for row in expected["random_effects"])
        assert sorted(effects[ours_name]) == pytest.approx(values, rel=1e-4, abs=1e-4)


def test_a_site_whose_spread_is_none_leaves_the_model_of_participants(sites: pd.DataFrame) -> None:
    # Site means taken out of the outcome: nothing between sites is left.
    level = sites.assign(score=sites["score"] - sites.groupby("site")["score"].transform("mean"))
    nested = linear_mixed("score ~ months + (1 | site) + (1 | participant_id)", level, reml=False)
    alone = linear_mixed("score ~ months + (1 | participant_id)", level, reml=False)
    assert nested.variances().set_index("group").loc["site", "covariance"] == pytest.approx(0, abs=1e-6)
    assert nested.tidy()["estimate"].tolist() == pytest.approx(alone.tidy()["estimate"].tolist(), abs=1e-7)
    assert nested.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-8)
    singular = next(check for check in nested.checks if check.name == "random effects vary freely")
    assert "the variance of Intercept in site is estimated as 0" in singular.sentence


def test_a_precision_of_k_is_a_row_k_times_up_to_the_residual(sites: pd.DataFrame) -> None:
    # Doubling every precision doubles the residual variance and changes nothing else.
    once = linear_mixed("score ~ months + (1 | participant_id)", sites, weights="precision")
    twice = linear_mixed(
        "score ~ months + (1 | participant_id)", sites.assign(precision=2 * sites["precision"]), weights="precision"
    )
    assert twice.sigma**2 == pytest.approx(2 * once.sigma**2, rel=1e-8)
    assert twice.log_likelihood == pytest.approx(once.log_likelihood, abs=1e-8)
    assert twice.tidy()["estimate"].tolist() == pytest.approx(once.tidy()["estimate"].tolist(), rel=1e-8)


def test_precisions_are_positive_numbers(sites: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="weights='precision' holds values that are no positive numbers"):
        linear_mixed("score ~ 1 + (1 | participant_id)", sites.assign(precision=0.0), weights="precision")


def test_groups_that_are_the_same_are_told(sites: pd.DataFrame) -> None:
    twin = sites.assign(copy=sites["participant_id"])
    with pytest.raises(NotEstimable, match="make the same groups"):
        linear_mixed("score ~ months + (1 | participant_id) + (1 | copy)", twin)


KENWARD = {
    "kenward_few": "score ~ months * arm + (1 + months | participant_id)",
    "kenward_uncorrelated": "score ~ months * arm + (1 | participant_id) + (0 + months | participant_id)",
    "kenward_intercept": "score ~ months + arm + (1 | participant_id)",
}


@pytest.mark.parametrize("case", KENWARD)
def test_kenward_and_roger_as_pbkrtest(case: str, r: dict[str, Any], few: pd.DataFrame) -> None:
    fit = linear_mixed(KENWARD[case], few, df="kenward-roger")
    assert fit.tidy()["std_error"].tolist() == pytest.approx(r[case]["std_error"], rel=ERROR)
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx(r[case]["df"], rel=FREEDOM)
    assert fit.vcov.to_numpy().diagonal() ** 0.5 == pytest.approx(r[case]["std_error"], rel=ERROR)


def test_kenward_and_roger_of_balanced_data_are_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(8)
    who = np.repeat(np.arange(10), 4)
    frame = pd.DataFrame({"who": who, "arm": who % 2, "wave": np.tile(np.arange(4), 10)})
    frame["score"] = rng.normal(0, 3, 10)[who] + frame["arm"] + rng.normal(0, 1, 40)
    fit = linear_mixed("score ~ arm + (1 | who)", frame, df="kenward-roger")
    # Means of participants carry all there is on the arms: 10 means less 2.
    assert fit.degrees_of_freedom["df"].tolist() == pytest.approx([8, 8], rel=1e-6)
    means = frame.groupby(["arm", "who"])["score"].mean().groupby("arm")
    error = np.sqrt(means.var().mean() / 5 * 2)
    assert fit.tidy()["std_error"].iloc[1] == pytest.approx(error, rel=1e-6)


def test_kenward_and_roger_are_for_one_grouping(sites: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="one grouping column"):
        linear_mixed("score ~ months + (1 | site/participant_id)", sites, df="kenward-roger")


def test_profile_limits_as_lme4(r: dict[str, Any], few: pd.DataFrame) -> None:
    sleep = pd.read_csv(STORED / "linear_mixed_sleepstudy.csv")
    for case, formula, table, order in (
        ("profile_sleepstudy", "Reaction ~ Days + (Days | Subject)", sleep, [0, 2, 1, 3, 4, 5]),
        ("profile_intercept", "score ~ months + arm + (1 | participant_id)", few, [0, 1, 2, 3, 4, 5]),
    ):
        found = profile_intervals(formula, table).table.iloc[order]
        spread = np.abs(np.array(r[case]["high"]) - np.array(r[case]["low"]))
        assert np.abs((found["conf_low"] - r[case]["low"]) / spread).max() <= LIMIT
        assert np.abs((found["conf_high"] - r[case]["high"]) / spread).max() <= LIMIT


def test_published_profile_limits(reference: Path) -> None:
    stored = json.loads((reference / "results" / "mixed_gee.json").read_text())["sleepstudy_profile_ci"]
    sleep = pd.read_csv(reference / "data" / "lme4_sleepstudy.csv")
    found = profile_intervals("Reaction ~ Days + (Days | Subject)", sleep).table.iloc[[0, 2, 1, 3, 4, 5]]
    theirs = np.array([[float(row["2.5 %"]), float(row["97.5 %"])] for row in stored])
    # That profile was interpolated between lme4's default points, which lie further apart.
    away = np.abs(found[["conf_low", "conf_high"]].to_numpy() - theirs) / np.diff(theirs, axis=1)
    assert away.max() <= 5e-5


def test_the_deviance_rises_by_the_quantile_at_each_limit_of_a_fixed_effect(sites: pd.DataFrame) -> None:
    formula = "score ~ months + (1 | site) + (1 | participant_id)"
    found = profile_intervals(formula, sites).table.set_index("term")
    best = linear_mixed(formula, sites, reml=False).log_likelihood
    for limit in found.loc["months", ["conf_low", "conf_high"]]:
        # Held at its limit, the slope is an offset of the outcome.
        moved = sites.assign(score=sites["score"] - limit * sites["months"])
        held = linear_mixed("score ~ 1 + (1 | site) + (1 | participant_id)", moved, reml=False).log_likelihood
        assert 2 * (best - held) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-5)


def test_a_spread_that_may_be_none_has_the_limit_0(few: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    noise = few.assign(score=rng.normal(size=len(few)))
    found = profile_intervals("score ~ 1 + (1 | participant_id)", noise).table.set_index("term")
    assert found.loc["Intercept | participant_id", "conf_low"] == 0.0
    assert found.loc["residual", "conf_low"] > 0


def test_likelihood_ratios_as_lme4_and_at_the_boundary(r: dict[str, Any], few: pd.DataFrame) -> None:
    plain = linear_mixed("score ~ months + (1 | participant_id)", few, reml=False)
    fixed = likelihood_ratio(plain, linear_mixed("score ~ months * arm + (1 | participant_id)", few, reml=False)).table
    assert fixed[["statistic", "df", "p_value"]].iloc[0].tolist() == pytest.approx(
        [r["ratio_fixed"][name] for name in ("statistic", "df", "p_value")], rel=1e-6
    )
    slope = likelihood_ratio(plain, linear_mixed(f"score ~ months + {SLOPE}", few, reml=False)).table.iloc[0]
    assert slope["statistic"] == pytest.approx(r["ratio_slope"]["statistic"], rel=1e-6)
    assert slope["naive_p_value"] == pytest.approx(r["ratio_slope"]["p_value"], rel=1e-5)
    # Half chi-squared on 1 df, half on 2.
    mixed = 0.5 * chi2.sf(slope["statistic"], 1) + 0.5 * chi2.sf(slope["statistic"], 2)
    assert slope["p_value"] == pytest.approx(mixed, rel=1e-9)


def test_likelihood_ratios_that_mean_nothing_are_refused(few: pd.DataFrame) -> None:
    plain = linear_mixed("score ~ months + (1 | participant_id)", few)
    with pytest.raises(DefinitionError, match="different fixed effects"):
        likelihood_ratio(plain, linear_mixed("score ~ months + arm + (1 | participant_id)", few))
    with pytest.raises(DefinitionError, match="by REML and the other not"):
        likelihood_ratio(plain, linear_mixed(f"score ~ months + {SLOPE}", few, reml=False))
    with pytest.raises(DefinitionError, match="Give the smaller model first"):
        likelihood_ratio(linear_mixed(f"score ~ months + {SLOPE}", few), plain)
    with pytest.raises(DefinitionError, match="Fit both to the same rows"):
        likelihood_ratio(plain, linear_mixed(f"score ~ months + {SLOPE}", few.iloc[1:]))


def test_groups_that_cross_are_refused(sites: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="the groups cross"):
        linear_mixed("score ~ 1 + (1 | participant_id) + (1 | precision)", sites)
