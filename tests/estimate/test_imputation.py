"""Multiple imputation: pooling by hand and as mice, draws that keep their promises, moved values, patterns."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_law

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import delta_adjusted, impute, missing_waves, pool, pooled_test, tipping_point
from remission.estimate.result import Coefficients, Estimand, Estimates, Method, Sample
from remission.estimate.workers import run_tasks

# Averages and sums only.
POOLED = 1e-9


def ols(table: pd.DataFrame, y: str, x: list[str]) -> Coefficients:
    """Least squares on numbers, written apart from the product."""
    design = np.column_stack([np.ones(len(table)), table[x].to_numpy(dtype=float)])
    outcome = table[y].to_numpy(dtype=float)
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ outcome
    vcov = inverse * ((outcome - design @ beta) ** 2).sum() / (len(table) - design.shape[1])
    terms = ["Intercept", *x]
    frame = pd.DataFrame({"term": terms, "contrast": "", "estimate": beta, "std_error": np.sqrt(np.diag(vcov))})
    frame = frame.assign(conf_low=np.nan, conf_high=np.nan, statistic=np.nan, p_value=np.nan)
    named = pd.DataFrame(vcov, index=terms, columns=terms)
    return Coefficients(
        estimand=Estimand("mean"), method=Method("OLS", ""), sample=Sample(1, len(table)), table=frame, vcov=named
    )


def given(estimate: float, error: float) -> Estimates:
    row = {"term": ["a"], "contrast": [""], "estimate": [estimate], "std_error": [error]}
    return Estimates(estimand=Estimand("mean"), method=Method("m", ""), sample=Sample(1, 1), table=pd.DataFrame(row))


def test_rubins_rules_by_hand() -> None:
    # Estimates 1, 2, 3 with variances 4, 5, 6: within 5, between 1, total 5 + 4/3.
    found = pool([given(1, 2), given(2, 5**0.5), given(3, 6**0.5)]).table.iloc[0]
    assert found["estimate"] == 2
    assert found["std_error"] ** 2 == pytest.approx(19 / 3)
    assert found["lambda"] == pytest.approx(4 / 19)
    assert found["df"] == pytest.approx(2 * (19 / 4) ** 2)
    assert found["monte_carlo_error"] == pytest.approx((1 / 3) ** 0.5)
    # Barnard and Rubin with 20 degrees of freedom in complete data.
    small = pool([given(1, 2), given(2, 5**0.5), given(3, 6**0.5)], df_complete=20).table.iloc[0]
    old, observed = 2 * (19 / 4) ** 2, 21 / 23 * 20 * (1 - 4 / 19)
    assert small["df"] == pytest.approx(1 / (1 / old + 1 / observed))


def test_nothing_missing_costs_nothing() -> None:
    found = pool([given(2, 3)] * 4).table.iloc[0]
    assert (found["std_error"], found["lambda"], found["monte_carlo_error"]) == (3, 0, 0)
    assert np.isinf(found["df"])


def test_with_nothing_missing_the_complete_fit_comes_back() -> None:
    found = pool([given(2, 3)] * 4, df_complete=21).table.iloc[0]
    assert found["df"] == 21


def test_few_copies_are_told() -> None:
    found = pool([given(1, 2), given(2, 2), given(3, 2)])
    assert not found.checks[0].passed
    assert "still moves by more than a tenth" in found.checks[0].sentence


def test_results_that_do_not_match_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Fewer than two"):
        pool([given(1, 1)])
    other = given(1, 1)
    other.table["term"] = "b"
    with pytest.raises(DefinitionError, match="do not have the same terms"):
        pool([given(1, 1), other])
    with pytest.raises(NotEstimable, match="'a' could not be estimated"):
        pool([given(1, 1), given(np.nan, 1)])


@pytest.fixture(scope="module")
def nhanes(reference: Path) -> list[pd.DataFrame]:
    table = pd.read_csv(reference / "data" / "mice_nhanes2_imputed_m5_seed23109.csv")
    for age in ("40-59", "60-99"):
        table[age] = (table["age"] == age).astype(float)
    return [copy for _, copy in table.groupby(".imp")]


def test_pooled_as_mice(reference: Path, nhanes: list[pd.DataFrame]) -> None:
    stored = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["mi"]
    fits = [ols(copy, "chl", ["40-59", "60-99", "bmi"]) for copy in nhanes]
    ours = pool(fits).table
    for (_, row), theirs in zip(ours.iterrows(), stored["nhanes2_lm_chl_age_bmi"], strict=True):
        for name, key in (("estimate", "estimate"), ("within", "ubar"), ("between", "b"), ("increase", "riv")):
            assert row[name] == pytest.approx(theirs[key], rel=POOLED)
        assert row["std_error"] ** 2 == pytest.approx(theirs["t"], rel=POOLED)
        for name in ("df", "lambda", "fmi"):
            assert row[name] == pytest.approx(theirs[name], rel=POOLED)
    test = pooled_test(fits, ["40-59", "60-99"]).table.iloc[0]
    assert test["statistic"] == pytest.approx(stored["nhanes2_D1"]["F.value"], rel=POOLED)
    assert test["increase"] == pytest.approx(stored["nhanes2_D1"]["RIV"], rel=POOLED)
    assert test["df"] == stored["nhanes2_D1"]["df1"]


def test_one_coefficient_tested_is_its_pooled_statistic(nhanes: list[pd.DataFrame]) -> None:
    fits = [ols(copy, "chl", ["bmi"]) for copy in nhanes]
    one = pooled_test(fits, ["bmi"]).table.iloc[0]
    row = pool(fits).table.iloc[1]
    assert one["statistic"] == pytest.approx(row["statistic"] ** 2)
    # Four copies' worth of degrees of freedom: t = 4 takes the small-sample branch.
    assert one["df2"] == pytest.approx(4 * 2 * (1 + 1 / one["increase"]) ** 2 / 2)
    assert one["p_value"] == pytest.approx(f_law.sf(one["statistic"], 1, one["df2"]))


@pytest.fixture(scope="module")
def gappy() -> pd.DataFrame:
    rng = np.random.default_rng(17)
    n = 300
    x = rng.normal(size=n)
    table = pd.DataFrame({"participant_id": [f"p{i}" for i in range(n)], "x": x, "y": 2 * x + rng.normal(size=n)})
    table["use"] = (rng.uniform(size=n) < 1 / (1 + np.exp(-x))).astype(float)
    table["kind"] = pd.Categorical(np.where(x + rng.normal(size=n) > 0, "smart", "none"), ["none", "smart", "never"])
    lost = rng.uniform(size=(3, n)) < 1 / (1 + np.exp(1 - x))
    for name, gap in zip(("y", "use", "kind"), lost, strict=True):
        table.loc[gap, name] = None
    return table


def test_what_was_observed_stays_and_nothing_is_missing(gappy: pd.DataFrame) -> None:
    found = impute(gappy, copies=3, iterations=2, seed=1)
    gaps = [int(gappy[name].isna().sum()) for name in found.methods]
    assert gaps == sorted(gaps)
    assert set(found.methods) == {"y", "use", "kind"}
    for table in found.tables:
        assert not table.isna().any().any()
        for name in found.methods:
            seen = gappy[name].notna()
            assert (table.loc[seen, name] == gappy.loc[seen, name]).all()
        assert set(table["use"]) <= {0.0, 1.0}
        assert set(table["kind"]) == {"none", "smart"}
        assert set(table["y"]) <= set(gappy["y"].dropna())
        assert table["participant_id"].equals(gappy["participant_id"])


def test_the_same_seed_gives_the_same_copies_whoever_computes(gappy: pd.DataFrame) -> None:
    once, twice = (impute(gappy, copies=4, iterations=2, seed=5, workers=workers) for workers in (1, 2))
    for one, other in zip(once.tables, twice.tables, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert not once.tables[0].equals(once.tables[1])
    assert not once.tables[0].equals(impute(gappy, copies=1, iterations=2, seed=6).tables[0])


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same(scheduler: str, gappy: pd.DataFrame) -> None:
    here = impute(gappy, copies=2, iterations=2, seed=5)
    there = impute(gappy, copies=2, iterations=2, seed=5, cluster=scheduler)
    for one, other in zip(here.tables, there.tables, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_no_scheduler_and_no_workers_are_one_sentence() -> None:
    with pytest.raises(DefinitionError, match="workers=0 is below 1"):
        run_tasks(abs, [1], workers=0)
    with pytest.raises(DefinitionError, match="No Dask scheduler answers"):
        run_tasks(abs, [1, 2], cluster="nonsense")


def test_imputing_undoes_the_bias_of_complete_cases() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=4000)
    y = x + rng.normal(size=4000)
    table = pd.DataFrame({"x": x, "y": np.where(rng.uniform(size=4000) < 1 / (1 + np.exp(-2 * x)), np.nan, y)})
    assert table["y"].mean() < -0.3
    for method in ("match", "normal"):
        means = [copy["y"].mean() for copy in impute(table, copies=5, iterations=1, methods={"y": method}).tables]
        # 4,000 rows: the error of the mean is about 0.03.
        assert np.mean(means) == pytest.approx(0, abs=0.1)


def test_separated_rows_do_not_run_away() -> None:
    table = pd.DataFrame({"x": np.arange(60.0), "use": (np.arange(60) > 30).astype(float)})
    table.loc[[5, 55], "use"] = np.nan
    found = impute(table, copies=5, iterations=1)
    assert np.isfinite(np.concatenate([copy.log_odds["use"] for copy in found.copies])).all()
    assert np.mean([copy["use"].iloc[55] for copy in found.tables]) > np.mean([c["use"].iloc[5] for c in found.tables])


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"y": "text"}, {}, "'y' holds text"),
        ({}, {"columns": ["z"]}, "no column 'z'"),
        ({}, {"methods": {"y": "guess"}}, "no method 'guess'"),
        ({}, {"methods": {"y": "logistic"}}, "cannot be imputed by 'logistic'"),
        ({}, {"copies": 0}, "no copies"),
    ],
)
def test_wrong_questions(gappy: pd.DataFrame, change: dict, options: dict, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        impute(gappy.assign(**change), **options)


def test_a_column_that_hardly_anyone_has_is_refused(gappy: pd.DataFrame) -> None:
    rare = gappy.assign(y=gappy["y"].where(gappy.index < 8))
    with pytest.raises(NotEstimable, match="known of"):
        impute(rare)


def mean_of(name: str):  # type: ignore[no-untyped-def]
    return lambda table: ols(table.assign(y=table[name]), "y", [])


def test_moved_values_move_the_mean_by_the_share_that_is_missing(gappy: pd.DataFrame) -> None:
    imputed = impute(gappy, copies=5, iterations=2, seed=2)
    found = delta_adjusted(imputed, mean_of("y"), ["y"], [0, 1, 4]).table.set_index("delta")["estimate"]
    share = gappy["y"].isna().mean()
    assert found[1] - found[0] == pytest.approx(share)
    assert found[4] - found[0] == pytest.approx(4 * share)
    smart = gappy["kind"].eq("smart")
    some = delta_adjusted(imputed, mean_of("y"), ["y"], [0, 1], among=smart).table.set_index("delta")["estimate"]
    assert some[1] - some[0] == pytest.approx((gappy["y"].isna() & smart).mean())


def test_infinite_odds_of_use_take_everyone_missing_for_a_user(gappy: pd.DataFrame) -> None:
    imputed = impute(gappy, copies=3, iterations=2, seed=2)
    found = delta_adjusted(imputed, mean_of("use"), ["use"], [-np.inf, 0, np.inf]).table.set_index("delta")["estimate"]
    assert found[np.inf] == pytest.approx(gappy["use"].fillna(1).mean())
    assert found[-np.inf] == pytest.approx(gappy["use"].fillna(0).mean())
    assert found[-np.inf] < found[0] < found[np.inf]
    with pytest.raises(DefinitionError, match="by a finite amount"):
        delta_adjusted(imputed, mean_of("y"), ["y"], [np.inf])
    with pytest.raises(DefinitionError, match="'x' was not imputed"):
        delta_adjusted(imputed, mean_of("y"), ["x"], [1])


def test_the_tipping_point_is_where_the_limit_meets_0(gappy: pd.DataFrame) -> None:
    imputed = impute(gappy.assign(y=gappy["y"] + 1), copies=5, iterations=2, seed=2)
    found = tipping_point(imputed, mean_of("y"), ["y"], "Intercept", -20)
    assert found.delta is not None
    assert "it changes if those who did not answer lie" in found.sentence
    at = delta_adjusted(imputed, mean_of("y"), ["y"], [found.delta]).table.iloc[0]
    assert at["conf_low"] == pytest.approx(0, abs=1e-4)
    far = tipping_point(imputed, mean_of("y"), ["y"], "Intercept", 20)
    assert far.delta is None
    assert "stays so even if" in far.sentence


def test_patterns_by_hand() -> None:
    wide = pd.DataFrame(
        {"month_0": [1, 1, 1, 1, None], "month_6": [1, 1, None, None, None], "month_12": [1, 1, None, 1, None]}
    )
    reasons = pd.DataFrame({"month_6": [None, None, "death", None, None]})
    found = missing_waves(wide, ["month_0", "month_6", "month_12"], reasons=reasons)
    rows = {row["pattern"]: (row["participants"], row["kind"]) for _, row in found.table.iterrows()}
    assert rows == {"●●●": (2, "complete"), "●○●": (1, "intermittent"), "●○○": (1, "dropout"), "○○○": (1, "never")}
    assert found.waves["answered"].tolist() == [4, 2, 3]
    told = found.reasons.set_index(["wave", "reason"])["participants"].to_dict()
    assert told["month_6", "death"] == 1
    assert told["month_6", "not known"] == 2
    assert not found.checks[0].passed
    with pytest.raises(DefinitionError, match="no wave 'month_99'"):
        missing_waves(wide, ["month_99"])


def test_patterns_of_help(reference: Path) -> None:
    long = pd.read_csv(reference / "data" / "help_long.csv")
    wide = long.pivot(index="ID", columns="TIME", values="CES_D").reindex(columns=[6, 12, 18, 24]).reset_index()
    wide.columns = ["participant_id", "month_6", "month_12", "month_18", "month_24"]
    found = missing_waves(wide, wide.columns[1:].tolist())
    assert len(found.table) == 16
    complete = found.table.loc[found.table["kind"] == "complete", "participants"].sum()
    assert complete == wide.notna().all(axis=1).sum()


def test_the_tipping_point_is_found_though_a_step_jumps_over_it(gappy: pd.DataFrame) -> None:
    imputed = impute(gappy.assign(y=gappy["y"] + 1), copies=5, iterations=2, seed=2)
    near = tipping_point(imputed, mean_of("y"), ["y"], "Intercept", -5).delta
    far = tipping_point(imputed, mean_of("y"), ["y"], "Intercept", -500).delta
    assert near is not None
    assert far == pytest.approx(near, rel=1e-3)


def test_use_is_moved_in_log_odds_and_at_last_to_everyone(gappy: pd.DataFrame) -> None:
    imputed = impute(gappy, copies=3, iterations=2, seed=2)

    def share(table: pd.DataFrame) -> Coefficients:
        return ols(table.assign(y=table["use"] - table["use"].mean() + 0.3), "y", [])

    settled = tipping_point(imputed, share, ["use"], "Intercept", 2)
    assert settled.delta is None
    assert settled.sentence.endswith("even if everyone who did not answer had 1.")
    mean = float(gappy["use"].mean())
    level = mean_of("over")
    moved = tipping_point(
        imputed, lambda table: level(table.assign(over=table["use"] - mean + 0.15)), ["use"], "Intercept", -6
    )
    assert moved.delta is not None
    assert "log odds below" in moved.sentence
