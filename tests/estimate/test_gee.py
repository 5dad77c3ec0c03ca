"""Averages by estimating equations: against geepack, collapse to simpler models, invariants, checks and refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import gee, logistic_mixed, within_between

# geepack stops once nothing moves by more than 1e-4, and so is up to 2e-5 short of where its own equations hold.
STOPPED_SHORT = 2e-5
OHIO = "resp ~ age + smoke + age:smoke"
TOENAIL = "y ~ trt * time"
BTHEB = "bdi ~ bdi_pre + treatment + length + drug"


def ohio(reference: Path) -> pd.DataFrame:
    return pd.read_csv(reference / "data" / "geepack_ohio.csv").rename(columns={"id": "participant_id"})


def toenail(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "data" / "HSAUR3_toenail.csv")
    return table.assign(
        participant_id=table["patientID"],
        y=(table["outcome"] == "moderate or severe").astype(int),
        trt=(table["treatment"] == "terbinafine").astype(int),
    )


def btheb(reference: Path) -> pd.DataFrame:
    table = pd.read_csv(reference / "data" / "HSAUR3_BtheB_long.csv").rename(columns={"bdi.pre": "bdi_pre"})
    return table.assign(participant_id=table["id"], treatment=pd.Categorical(table["treatment"], ["TAU", "BtheB"]))


def same(fit: Any, theirs: dict[str, Any]) -> None:
    """Every number that geepack stores, but for the errors of scale and correlation, which we do not give."""
    found = fit.tidy().set_index("term")
    for key, column in (("coef", "estimate"), ("robust_se", "std_error"), ("p", "p_value")):
        assert found[column].tolist() == pytest.approx(list(theirs[key].values()), abs=STOPPED_SHORT)
    if "wald" in theirs:
        assert (found["statistic"] ** 2).tolist() == pytest.approx(list(theirs["wald"].values()), rel=3e-4, abs=1e-5)
    if "scale" in theirs:
        assert fit.scale == pytest.approx(theirs["scale"][0]["Estimate"], rel=1e-5)
    correlations = fit.correlations()["correlation"]
    for number, alpha in enumerate(theirs["alpha"] or []):
        assert correlations.iloc[number] == pytest.approx(alpha["Estimate"], abs=STOPPED_SHORT)
    glance = fit.glance().iloc[0]
    assert (glance["n_rows"], glance["n_clusters"]) == (theirs["n"], theirs["clusters"])
    stored = theirs["QIC"]
    names = {"QIC": "qic", "QICu": "qicu", "Quasi Lik": "quasi_likelihood", "CIC": "cic", "QICC": "qicc"}
    for name, ours in names.items():
        assert glance[ours] == pytest.approx(stored[name], rel=2e-5), name


@pytest.mark.parametrize("structure", ["independence", "exchangeable", "ar1", "unstructured"])
def test_ohio_is_that_of_geepack(reference: Path, structure: str) -> None:
    answers = json.loads((reference / "results" / "mixed_gee.json").read_text())
    same(gee(OHIO, ohio(reference), correlation=structure), answers[f"ohio_gee_{structure}"])


@pytest.mark.parametrize("structure", ["independence", "exchangeable", "ar1"])
def test_toenail_is_that_of_geepack(reference: Path, structure: str) -> None:
    answers = json.loads((reference / "results" / "mixed_gee.json").read_text())
    same(gee(TOENAIL, toenail(reference), correlation=structure), answers[f"toenail_gee_{structure}"])


@pytest.mark.parametrize(("structure", "key"), [("independence", "ind"), ("exchangeable", "exch")])
def test_a_measure_is_that_of_geepack(reference: Path, structure: str, key: str) -> None:
    answers = json.loads((reference / "results" / "mixed_gee.json").read_text())
    same(gee(BTHEB, btheb(reference), family="gaussian", correlation=structure), answers[f"btheb_gee_{key}"])


def test_abstinence_in_help_is_that_of_geepack(reference: Path) -> None:
    answers = json.loads((reference / "results" / "addiction.json").read_text())["help_long"]
    table = pd.read_csv(reference / "data" / "help_followup_analysis.csv").rename(columns={"ID": "participant_id"})
    formula = "abst_alc ~ mo + E9A + AGE_b + female + GROUP_b + CES_D_b"
    fit = gee(formula, table)
    assert (fit.sample.rows, fit.n_clusters) == (answers["gee_n"], answers["gee_clusters"])
    same(fit, answers["gee_exchangeable"])
    split = within_between(table, formula, ["E9A"])
    assert "(E9A_within + E9A_between)" in split.formula
    np.testing.assert_allclose(split.table["E9A_within"], table["att_w"], atol=1e-12)
    parts = gee(split.formula, split.table)
    same(parts, answers["gee_within_between"])
    assert parts.tidy().set_index("term").loc[["E9A_within", "E9A_between"], "estimate"].round(2).tolist() == [
        0.88,
        1.25,
    ]


def waves(seed: int, people: int = 60, seen: float = 0.8) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    who, wave = np.repeat(np.arange(people), 4), np.tile(np.arange(1, 5), people)
    x = random.normal(size=people * 4)
    own = np.repeat(random.normal(size=people), 4)
    table = pd.DataFrame({"participant_id": who, "wave": wave, "x": x, "months": 3.0 * wave})
    table["score"] = 1 + 0.5 * x + own + random.normal(size=len(table))
    table["yes"] = (random.random(len(table)) < expit(0.4 * x + own)).astype(int)
    table["count"] = random.poisson(np.exp(0.2 * x + 0.5 * own))
    return table[random.random(len(table)) < seen].reset_index(drop=True)


def test_a_measure_under_independence_is_least_squares_with_clustered_errors() -> None:
    table = waves(1)
    x = np.column_stack([np.ones(len(table)), table["x"]])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ table["score"].to_numpy()
    parts = pd.DataFrame(x * (table["score"].to_numpy() - x @ beta)[:, None]).groupby(table["participant_id"]).sum()
    error = np.sqrt(np.diag(bread @ parts.T.to_numpy() @ parts.to_numpy() @ bread))
    fit = gee("score ~ x", table, family="gaussian", correlation="independence")
    assert fit.tidy()["estimate"].tolist() == pytest.approx(beta.tolist(), abs=1e-12)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(error.tolist(), abs=1e-12)
    for structure in ("exchangeable", "ar1"):
        alone = table.groupby("participant_id").head(1)
        one = gee("score ~ x", alone, family="gaussian", correlation=structure).tidy()
        plain = gee("score ~ x", alone, family="gaussian", correlation="independence").tidy()
        pd.testing.assert_frame_equal(one, plain)


def test_mancl_and_derouen_by_plain_loops() -> None:
    table = waves(2, people=12)
    fit = gee("yes ~ x", table, errors="mancl-derouen")
    beta, rho, scale = fit.tidy()["estimate"].to_numpy(), fit.correlations()["correlation"].iloc[0], fit.scale
    total, parts = np.zeros((2, 2)), []
    for _, rows in table.groupby("participant_id"):
        x = np.column_stack([np.ones(len(rows)), rows["x"]])
        mean = expit(x @ beta)
        spread = np.diag(np.sqrt(mean * (1 - mean)))
        inverse = np.linalg.inv(scale * spread @ (np.eye(len(rows)) * (1 - rho) + rho) @ spread)
        d = x * (mean * (1 - mean))[:, None]
        total += d.T @ inverse @ d
        parts.append((d, inverse, rows["yes"].to_numpy() - mean))
    bread, meat = np.linalg.inv(total), np.zeros((2, 2))
    for d, inverse, residual in parts:
        freed = np.linalg.solve(np.eye(len(residual)) - d @ bread @ d.T @ inverse, residual)
        part = d.T @ inverse @ freed
        meat += np.outer(part, part)
    assert fit.vcov.to_numpy() == pytest.approx(bread @ meat @ bread, rel=1e-9)
    assert (fit.tidy()["std_error"] > gee("yes ~ x", table).tidy()["std_error"]).all()


@pytest.mark.parametrize("structure", ["independence", "exchangeable", "ar1", "unstructured"])
@pytest.mark.parametrize(("outcome", "family"), [("yes", "binomial"), ("score", "gaussian"), ("count", "poisson")])
def test_order_and_names_do_not_matter_and_weights_are_copies(structure: str, outcome: str, family: str) -> None:
    table = waves(3)
    options: dict[str, Any] = {"family": family, "correlation": structure, "position": "wave"}
    usual = gee(f"{outcome} ~ x + months", table, **options)
    shuffled = table.sample(frac=1, random_state=4).assign(
        participant_id=lambda t: "p" + t["participant_id"].astype(str)
    )
    again = gee(f"{outcome} ~ x + months", shuffled, **options)
    pd.testing.assert_frame_equal(usual.tidy(), again.tidy(), rtol=1e-7)
    doubled = pd.concat([table, table.assign(participant_id=table["participant_id"] + 1000)])
    twice = gee(f"{outcome} ~ x + months", doubled, **options).tidy()
    np.testing.assert_allclose(twice["estimate"], usual.tidy()["estimate"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(twice["std_error"], usual.tidy()["std_error"] / np.sqrt(2), rtol=1e-7)
    some = table["participant_id"] < 20
    copied = pd.concat([table, table[some].assign(participant_id=table["participant_id"] + 1000)])
    weighted = gee(f"{outcome} ~ x + months", table.assign(w=1.0 + some), weights="w", **options).tidy()
    np.testing.assert_allclose(
        weighted["estimate"], gee(f"{outcome} ~ x + months", copied, **options).tidy()["estimate"], rtol=1e-6, atol=1e-8
    )


def test_gaps_count_where_positions_are_told() -> None:
    table = waves(5, seen=0.6)
    told = gee("score ~ x", table, family="gaussian", correlation="ar1", position="wave")
    closed = gee("score ~ x", table, family="gaussian", correlation="ar1")
    assert told.correlations()["first"].min() == 1
    assert abs(told.correlations()["correlation"].iloc[0] - closed.correlations()["correlation"].iloc[0]) > 1e-4
    decay = told.correlations().set_index(["first", "second"])["correlation"]
    assert decay[(1, 3)] == pytest.approx(decay[(1, 2)] ** 2)


def test_averages_lie_nearer_to_one_than_a_persons_own_odds() -> None:
    table = waves(6, people=400)
    conditional = logistic_mixed("yes ~ x + (1 | participant_id)", table).tidy().set_index("term").loc["x", "estimate"]
    assert abs(gee("yes ~ x", table).tidy().set_index("term").loc["x", "estimate"]) < abs(conditional)


def test_t_with_few_groups_reaches_further() -> None:
    table = waves(7, people=12)
    usual, wide = gee("yes ~ x", table).tidy(), gee("yes ~ x", table, df="groups").tidy()
    assert (wide["conf_high"] > usual["conf_high"]).all()
    failed = [check.name for check in gee("yes ~ x", table).checks if not check.passed]
    assert failed == ["enough clusters"]


def test_what_cannot_be_estimated_is_refused() -> None:
    table = waves(8)
    with pytest.raises(NotEstimable, match="tell the outcomes apart"):
        gee("yes ~ x", table.assign(yes=(table["x"] > 0).astype(int)))
    with pytest.raises(NotEstimable, match="same value"):
        gee("yes ~ x", table.assign(yes=1))
    with pytest.raises(NotEstimable, match="repeats"):
        gee("yes ~ x + y", table.assign(y=2 * table["x"]))
    with pytest.raises(NotEstimable, match="share one value"):
        gee("yes ~ x", table.assign(participant_id=1))
    with pytest.raises(DefinitionError, match="0 and 1"):
        gee("count ~ x", table)
    with pytest.raises(DefinitionError, match="same 'wave'"):
        gee("yes ~ x", table.assign(wave=1), position="wave")
    with pytest.raises(DefinitionError, match="no formula of averages"):
        gee("yes ~ x + (1 | participant_id)", table)
    with pytest.raises(DefinitionError, match="positive numbers"):
        gee("yes ~ x", table.assign(w=0.0), weights="w")


def test_an_exposure_is_split_after_incomplete_rows_are_gone() -> None:
    table = pd.DataFrame(
        {
            "participant_id": [1, 1, 1, 2, 2],
            "day": [0, 90, 180, 0, 90],
            "y": [1, 0, 1, 0, 1],
            "met": [2.0, 4.0, 9.0, 1.0, 1.0],
            "age": [40, 40, None, 50, 50],
        }
    )
    split = within_between(table, "y ~ met * age + (1 + met | participant_id)", ["met"])
    assert split.table["met_between"].tolist() == [3, 3, 1, 1]
    assert split.table["met_within"].tolist() == [-1, 1, 0, 0]
    both = "(met_within + met_between)"
    assert split.formula == f"y ~ {both} * age + (1 + {both} | participant_id)"
    assert split.left_out == (("age is missing", 1),)
    so_far = within_between(table, "y ~ met", ["met"], past_only=True)
    assert so_far.table["met_between"].tolist() == [2, 3, 5, 1, 1]
    assert any("describe and do not predict" in sentence for sentence in split.sentences)
    with pytest.raises(NotEstimable, match="never varies"):
        within_between(table.assign(met=table["participant_id"]), "y ~ met", ["met"])
    with pytest.raises(DefinitionError, match="has no 'sex'"):
        within_between(table, "y ~ met", ["sex"])
