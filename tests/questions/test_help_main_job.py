"""The main job on the HELP trial: SPSS file to cohort database to estimates, against R on the file itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.cohort import Study, create_study
from remission.cohort.question_plan import AbstinenceQuestion
from remission.estimate import cox, kaplan_meier, linear_mixed, log_rank
from remission.estimate.result import Coefficients, MixedFit
from remission.exchange import import_file, read_mapping
from remission.locate import shipped
from remission.questions import StudyResults, study_results
from remission.questions.abstinence import abstinence
from remission.tables import repeated, time_to_event

# R iterates the same estimating equations to its own tolerance (1e-9 relative), so estimates
# agree far below 1e-6; standard errors pass through one more inverse.
ESTIMATE = 1e-6
ERROR = 1e-5
STOPPED_EARLY = 1e-5


@pytest.fixture(scope="module")
def r(reference: Path) -> dict[str, Any]:
    return json.loads((reference / "results" / "help_main_job.json").read_text())


@pytest.fixture(scope="module")
def study(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = create_study(tmp_path_factory.mktemp("help") / "help-study", "follow-up")
    import_file(study, reference / "data" / "help_wide.sav", read_mapping(shipped("mappings") / "help.yaml"))
    return study


@pytest.fixture(scope="module")
def results(study: Study) -> StudyResults:
    return study_results(study)


def test_counts_per_month(study: Study, r: dict[str, Any]) -> None:
    table = repeated(study, measures=["depression", "attended"])
    by_month = table.groupby("months")["depression"].count()
    attended = table[table["attended"] == 1].groupby("months")["attended"].count()
    assert table["participant_id"].nunique() == r["counts"]["people"]
    assert {str(int(m)): n for m, n in by_month.items()} == r["counts"]["cesd_by_month"]
    assert {str(int(m)): n for m, n in attended.items()} == r["counts"]["attended_by_month"]


def test_first_use_curve(results: StudyResults, r: dict[str, Any]) -> None:
    curve = results.first_use
    assert curve.sample.participants == r["first_use"]["n"]
    assert curve.sample.events == r["first_use"]["events"]
    _compare_curve(curve.at([row["time"] for row in r["km_all"]]), r["km_all"])
    median = curve.quantile(0.5).iloc[0]
    assert median[["estimate", "conf_low", "conf_high"]].tolist() == [
        r["median_all"]["median"],
        r["median_all"]["0.95LCL"],
        r["median_all"]["0.95UCL"],
    ]


def test_first_use_by_attendance_at_baseline(study: Study, r: dict[str, Any]) -> None:
    curve = kaplan_meier(time_to_event(study, covariates=["attended"]), by="attended")
    for stratum in (0, 1):
        rows = [row for row in r["km_attended_baseline"] if row["stratum"] == f"E9A_0={stratum}"]
        ours = curve.at([row["time"] for row in rows])
        _compare_curve(ours[ours["stratum"].astype(float) == stratum], rows)


def test_log_rank(study: Study, results: StudyResults, r: dict[str, Any]) -> None:
    test = results.by["attended"].test.tidy().iloc[0]
    assert test["statistic"] == pytest.approx(r["logrank_attended_baseline"]["chisq"], abs=ESTIMATE)
    substance = log_rank(time_to_event(study, covariates=["primary_substance"]), by="primary_substance").tidy().iloc[0]
    assert substance["statistic"] == pytest.approx(r["logrank_substance"]["chisq"], abs=ESTIMATE)
    assert substance["df"] == r["logrank_substance"]["df"]


def test_cox(study: Study, results: StudyResults, r: dict[str, Any]) -> None:
    table = time_to_event(study, covariates=["attended", "age", "sex", "arm"])
    table["female"] = (table["sex"] == "female").astype(float)
    table["clinic"] = (table["arm"] == "clinic").astype(float)
    fit = cox("Event(exit, event) ~ attended + age + female + clinic", table)
    assert fit.tidy()["estimate"].tolist() == pytest.approx(list(r["cox"]["coef"].values()), abs=ESTIMATE)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(list(r["cox"]["se"].values()), abs=ERROR)
    assert fit.log_likelihood == pytest.approx(r["cox"]["loglik"][1], abs=ESTIMATE)
    shown = next(iter(results.cox.values())).tidy()
    attended = shown.loc[shown["term"] == "attended", "estimate"].item()
    assert attended == pytest.approx(r["cox"]["coef"]["E9A_0"], abs=ESTIMATE)


@pytest.mark.parametrize(("reml", "key"), [(True, "lmm_cesd_reml"), (False, "lmm_cesd_ml")])
def test_depression_growth(study: Study, r: dict[str, Any], reml: bool, key: str) -> None:
    table = repeated(study, measures=["depression", "attended"])
    fit = linear_mixed("depression ~ months + attended + (1 + months | participant_id)", table, reml=reml)
    expected = r[key]
    assert (fit.sample.rows, fit.sample.participants) == (expected["rows"], expected["people"])
    # R's optimiser stopped some 6e-6 short of the maximum here: our likelihood is the higher one.
    assert expected["loglik"] < fit.log_likelihood < expected["loglik"] + 1e-8
    assert fit.tidy()["estimate"].tolist() == pytest.approx(list(expected["coef"].values()), abs=STOPPED_EARLY)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(list(expected["se"].values()), abs=ERROR)
    with (Path(__file__).parents[1] / "reference" / "help_growth.json").open() as file:
        _compare_growth(fit, json.load(file)["reml" if reml else "ml"])


def _compare_growth(fit: MixedFit, converged: dict[str, Any]) -> None:
    """Compare with lme4 told to go on until its parameters stand still to ten digits."""
    assert fit.tidy()["estimate"].tolist() == pytest.approx(converged["coef"], abs=ESTIMATE)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(converged["se"], abs=ERROR)
    assert fit.log_likelihood == pytest.approx(converged["log_likelihood"], abs=1e-9)
    ours, theirs = np.sort(fit.variances()["covariance"]), np.sort(converged["variances"])
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_study_asks_the_same_growth_question(study: Study, results: StudyResults) -> None:
    asked = next(iter(results.trajectories.values()))
    table = repeated(study, measures=["depression", "attended"])
    fit = linear_mixed("depression ~ months + attended + (1 + months | participant_id)", table)
    pd.testing.assert_frame_equal(asked.tidy(), fit.tidy())


def _compare_curve(ours: Any, rows: list[dict[str, float]]) -> None:
    for column, theirs in (("estimate", "surv"), ("conf_low", "lower"), ("conf_high", "upper")):
        assert ours[column].tolist() == pytest.approx([row[theirs] for row in rows], abs=ESTIMATE)
    assert ours["std_error"].tolist() == pytest.approx([row["se"] for row in rows], abs=ERROR)
    assert ours["n_at_risk"].tolist() == [row["n_risk"] for row in rows]


def test_abstinence_out_of_the_database_is_that_of_geepack(study: Study, reference: Path) -> None:
    stored = json.loads((reference / "results" / "addiction.json").read_text())["help_long"]
    asked = AbstinenceQuestion(
        terms="months + attended + age + C(sex) + C(arm) + depression_at_baseline",
        measure="drinks",
        lag_waves=0,
        same_wave="as the published comparison asks",
    )
    found = abstinence(study, asked)
    assert isinstance(found.averages, Coefficients)
    assert (found.averages.sample.rows, found.averages.sample.participants) == (
        stored["gee_n"],
        stored["gee_clusters"],
    )
    ours = found.averages.tidy()["estimate"].tolist()
    theirs = stored["gee_exchangeable"]["coef"]
    # R counted in waves of six months from the first follow-up on.
    assert ours[1] * 6 == pytest.approx(theirs["mo"], abs=2e-5)
    by_term = dict(zip([str(term) for term in found.averages.tidy()["term"]], ours, strict=True))
    assert by_term["attended"] == pytest.approx(theirs["E9A"], abs=2e-5)
    assert by_term["age"] == pytest.approx(theirs["AGE_b"], abs=2e-5)
    assert by_term["depression_at_baseline"] == pytest.approx(theirs["CES_D_b"], abs=2e-5)
    assert abs(next(value for term, value in by_term.items() if "sex" in term)) == pytest.approx(
        theirs["female"], abs=2e-5
    )
    # The share at month 24 with both ends of what is not known.
    last = found.shares.set_index("wave").loc["month_24"]
    assert last["known"] == 274
    assert round(100 * last["share"], 1) == 54.4
    assert round(100 * last["share_if_missing_used"], 1) == 31.7
    split = abstinence(study, asked.model_copy(update={"split": ("attended",)}))
    assert isinstance(split.averages, Coefficients)
    parts = split.averages.tidy().set_index("term")["estimate"]
    within = stored["gee_within_between"]["coef"]
    assert parts["attended_within"] == pytest.approx(within["att_w"], abs=2e-5)
    assert parts["attended_between"] == pytest.approx(within["att_m"], abs=2e-5)
    assert any("attended, between" in sentence for sentence in split.meaning)
