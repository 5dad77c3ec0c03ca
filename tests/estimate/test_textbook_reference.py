"""Sets of textbooks that R ships against stored results of R's survival (tests/reference/textbook.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import aalen_johansen, cox, kaplan_meier, log_rank, nelson_aalen, proportional_hazards
from remission.estimate.proportional_hazards import TRANSFORMS

STORED = Path(__file__).resolve().parents[1] / "reference"
R: dict[str, Any] = json.loads((STORED / "textbook.json").read_text())
# Closed forms differ by rounding; both Newton iterations are run to the last digits.
CLOSED = 1e-9
NEWTON = 1e-7
# R's test by Wald is stored after division by errors that agree to NEWTON.
TESTS = 1e-6


def table_of(name: str) -> pd.DataFrame:
    return pd.read_csv(STORED / f"textbook_{name}.csv")


def fitted(name: str, **more: Any) -> Any:
    ours = R["models"][name]["ours"]
    options = {key: value for key, value in ours.items() if key != "formula"}
    return cox(ours["formula"], table_of(R["models"][name]["set"]), **{**options, **more})


@pytest.mark.parametrize("name", list(R["models"]))
def test_cox(name: str) -> None:
    theirs, fit = R["models"][name], fitted(name)
    assert (fit.sample.rows, fit.sample.events) == (theirs["n"], theirs["nevent"])
    np.testing.assert_allclose(fit.tidy()["estimate"], np.atleast_1d(theirs["coef"]), rtol=NEWTON, atol=NEWTON)
    np.testing.assert_allclose(fit.tidy()["std_error"], np.atleast_1d(theirs["se"]), rtol=NEWTON, atol=NEWTON)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], rel=CLOSED)
    glance = fit.glance().iloc[0]
    assert glance["score"] == pytest.approx(theirs["score"], rel=TESTS)
    assert glance["wald"] == pytest.approx(theirs["wald"], rel=TESTS)


# Weights that are no counts always give robust errors here.
CLUSTERED = [
    name for name, model in R["models"].items() if "cluster" in model["ours"] and "weights" not in model["ours"]
]


@pytest.mark.parametrize("name", CLUSTERED)
def test_errors_without_clusters(name: str) -> None:
    errors = fitted(name, cluster=None).tidy()["std_error"]
    np.testing.assert_allclose(errors, np.atleast_1d(R["models"][name]["naive"]), rtol=NEWTON)
    assert not np.allclose(errors, np.atleast_1d(R["models"][name]["se"]), rtol=1e-3)


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", [name for name, model in R["models"].items() if model["proportional"]])
def test_proportional_hazards(name: str, transform: str) -> None:
    theirs = R["models"][name]["proportional"][transform]
    found = proportional_hazards(fitted(name), transform).tidy()
    assert found["term"].iloc[-1] == "GLOBAL"
    # Where there is one term, R tells it and the whole alike.
    assert found["df"].tolist() == theirs["df"]
    np.testing.assert_allclose(found["statistic"], theirs["statistic"], rtol=TESTS)
    np.testing.assert_allclose(found["p_value"], theirs["p_value"], rtol=1e-5)


def first_day_that_holds(rows: pd.DataFrame, stratum: str, level: float) -> float:
    """Read off the first day whose limits hold a level.

    With delayed entry few are at risk early on, and the lower limit falls, then rises. R looks the level up as
    if limits only fell, and tells a later day than the first.
    """
    of_one = rows[rows["stratum"] == stratum]
    assert (of_one["conf_low"].diff() > 0).any()
    holding = of_one[(of_one["conf_low"] <= level) & (of_one["conf_high"] >= level)]
    return float(holding["time"].min())


NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")


def followed(theirs: dict[str, Any]) -> np.ndarray:
    """Tell where somebody is still at risk, or nobody is left; R carries the last value on, we leave it out."""
    return (np.array(theirs["n_at_risk"]) > 0) | (np.array(theirs["estimate"], dtype=float) == 0)


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
@pytest.mark.parametrize("name", list(R["curves"]))
def test_curves_and_quantiles(name: str, conf_type: str) -> None:
    stored = R["curves"][name]
    table, theirs = table_of(stored["set"]), stored["limits"][conf_type]
    curve = kaplan_meier(table, conf_type=conf_type, **stored["ours"])
    read = curve.at(stored["times"])
    assert read["stratum"].tolist() == [str(stratum) for stratum in theirs["stratum"]]
    for column in ("estimate", "std_error", "conf_low", "conf_high", "n_at_risk", "n_event"):
        expected = np.array(theirs[column], dtype=float)
        # R leaves the log-log limits of a curve at 1 out; here both are 1. At 0 neither gives an error.
        told = ~(np.isnan(expected) & (read["estimate"] >= 1).to_numpy())
        if column in NUMBERS:
            told &= followed(theirs)
            assert read.loc[~followed(theirs), column].isna().all()
        np.testing.assert_allclose(
            read[column].to_numpy(dtype=float)[told], expected[told], atol=CLOSED, err_msg=column
        )
    found = curve.quantile([0.25, 0.5, 0.75])
    for column, key in (("estimate", "quantile"), ("conf_low", "lower"), ("conf_high", "upper")):
        expected = np.array(theirs["quantiles"][key], dtype=float)
        if (name, conf_type, key) == ("channing", "log-log", "lower"):
            expected[0] = first_day_that_holds(curve.tidy(), "Female", 0.75)
        np.testing.assert_allclose(found[column], expected, atol=CLOSED, err_msg=column)


@pytest.mark.parametrize("name", list(R["curves"]))
def test_cumulative_hazards(name: str) -> None:
    stored = R["curves"][name]
    theirs = stored["limits"]["log"]
    read = nelson_aalen(table_of(stored["set"]), **stored["ours"]).at(stored["times"])
    told = np.array(theirs["n_at_risk"]) > 0
    assert read.loc[~told, "estimate"].isna().all()
    np.testing.assert_allclose(read.loc[told, "estimate"], np.array(theirs["cumhaz"])[told], atol=CLOSED)
    np.testing.assert_allclose(read.loc[told, "std_error"], np.array(theirs["cumhaz_error"])[told], atol=CLOSED)


@pytest.mark.parametrize("name", list(R["tests"]))
def test_log_rank(name: str) -> None:
    theirs = R["tests"][name]
    test = log_rank(table_of(theirs["set"]), **theirs["ours"])
    found, groups = test.tidy().iloc[0], test.method.options["groups"].values()
    assert found["statistic"] == pytest.approx(theirs["chisq"], rel=CLOSED)
    assert found["df"] == theirs["df"]
    assert [group["observed"] for group in groups] == pytest.approx(theirs["observed"], rel=CLOSED)
    assert [group["expected"] for group in groups] == pytest.approx(theirs["expected"], rel=CLOSED)


@pytest.mark.parametrize("name", list(R["incidences"]))
def test_incidences(name: str) -> None:
    stored = R["incidences"][name]
    curve = aalen_johansen(table_of(stored["set"]), **stored["ours"])
    theirs = pd.DataFrame(stored["rows"]).astype({"stratum": str, "event": str})
    both = curve.at(stored["times"]).merge(theirs, on=["stratum", "event", "time"], suffixes=("", "_r"))
    assert len(both) == len(theirs)
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        # R leaves the limits of an incidence of 0 out; here both are 0.
        told = (both[f"{column}_r"].notna() | (both["estimate"] > 0)) & (both["n_at_risk"] > 0)
        assert both.loc[told, column].notna().all()
        np.testing.assert_allclose(
            both.loc[told, column], both.loc[told, f"{column}_r"].astype(float), atol=CLOSED, err_msg=column
        )


def test_the_matched_leukaemia_pairs_by_hand() -> None:
    """Within a pair, whoever is left alone tells nothing: the test is a sign test of who came first."""
    pairs = table_of("gehan").pivot(index="pair", columns="treat")
    drug, control = pairs["time"]["6-MP"], pairs["time"]["control"]
    first_control = int(((control < drug) & (pairs["cens"]["control"] == 1)).sum())
    first_drug = int(((drug < control) & (pairs["cens"]["6-MP"] == 1)).sum())
    test = log_rank(table_of("gehan"), by="treat", strata="pair", exit="time", event="cens")
    by_hand = (first_control - first_drug) ** 2 / (first_control + first_drug)
    assert test.tidy()["statistic"].item() == pytest.approx(by_hand)
