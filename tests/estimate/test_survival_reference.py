"""Curves, tests and Cox models against stored results of R's survival (tests/reference/survival.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import (
    cox,
    kaplan_meier,
    log_rank,
    nelson_aalen,
    proportional_hazards,
    restricted_mean,
)

STORED = Path(__file__).resolve().parents[1] / "reference"
# Closed forms differ by rounding; both Newton iterations are run to the last digits.
CLOSED = 1e-9
NEWTON = 1e-7
TIMES = {"exit": "time", "event": "status"}


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "survival.json").read_text())


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_veteran.csv")


@pytest.fixture(scope="module")
def cgd() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_cgd.csv")


def compare_curves(ours: pd.DataFrame, theirs: pd.DataFrame, columns: tuple[str, ...]) -> None:
    assert ours["stratum"].tolist() == theirs["stratum"].astype(str).tolist()
    # R carries the last value on where nobody is at risk any more; we leave it out.
    told = ((theirs["n_at_risk"] > 0) | (theirs["estimate"] == 0)).to_numpy()
    for column in columns:
        rows = told if column in ESTIMATES else np.full(len(ours), True)
        np.testing.assert_allclose(
            ours.loc[rows, column].astype(float), theirs.loc[rows, column].astype(float), atol=CLOSED, err_msg=column
        )
        assert ours.loc[~rows, column].isna().all()


ESTIMATES = ("estimate", "std_error", "conf_low", "conf_high")
COUNTS = ("n_at_risk", "n_event", "n_censored")


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_curves_and_quantiles(veteran: pd.DataFrame, r: dict[str, Any], conf_type: str) -> None:
    curve = kaplan_meier(veteran, by="celltype", conf_type=conf_type, **TIMES)
    theirs = pd.DataFrame(r["veteran"]["curves"][conf_type])
    compare_curves(curve.at(sorted(theirs["time"].unique())), theirs, ESTIMATES + COUNTS)
    found = curve.quantile([0.25, 0.5, 0.75])
    expected = r["veteran"]["quantiles"][conf_type]
    for ours, name in (("estimate", "quantile"), ("conf_low", "lower"), ("conf_high", "upper")):
        np.testing.assert_allclose(found[ours], np.array(expected[name], dtype=float), atol=CLOSED)


def test_curves_with_delayed_entry(veteran: pd.DataFrame, r: dict[str, Any]) -> None:
    theirs = pd.DataFrame(r["veteran"]["late_entry"])
    days = sorted(theirs["time"].unique())
    ours = kaplan_meier(veteran, by="trt", entry="entry", **TIMES).at(days)
    compare_curves(ours, theirs, ESTIMATES + COUNTS)
    hazard = nelson_aalen(veteran, by="trt", entry="entry", **TIMES).at(days)
    told = theirs["n_at_risk"] > 0
    assert hazard.loc[~told, "estimate"].isna().all()
    np.testing.assert_allclose(hazard.loc[told, "estimate"], theirs.loc[told, "cumhaz"], atol=CLOSED)
    np.testing.assert_allclose(hazard.loc[told, "std_error"], theirs.loc[told, "cumhaz_error"], atol=CLOSED)


def test_restricted_means(veteran: pd.DataFrame, r: dict[str, Any]) -> None:
    ours = restricted_mean(veteran, by="trt", horizon=300, **TIMES).tidy()[:2]
    np.testing.assert_allclose(ours["estimate"], r["veteran"]["restricted_mean"]["estimate"], rtol=CLOSED)
    np.testing.assert_allclose(ours["std_error"], r["veteran"]["restricted_mean"]["std_error"], rtol=CLOSED)


@pytest.mark.parametrize(
    ("key", "options"),
    [("log_rank", {}), ("log_rank_strata", {"strata": "trt"}), ("peto", {"weights": "peto"})],
)
def test_log_rank_of_four_groups(veteran: pd.DataFrame, r: dict[str, Any], key: str, options: dict[str, str]) -> None:
    found = log_rank(veteran, by="celltype", **TIMES, **options).tidy()
    assert found["statistic"].item() == pytest.approx(r["veteran"][key], rel=CLOSED)
    assert found["df"].item() == 3


MODELS = {
    "efron": ("Event(time, status) ~ trt + C(celltype) + karno", {}),
    "breslow": ("Event(time, status) ~ trt + C(celltype) + karno", {"ties": "breslow"}),
    "weighted": ("Event(time, status) ~ trt + karno", {"weights": "weight"}),
    "strata": ("Event(time, status) ~ trt + karno", {"strata": "celltype"}),
    "late_strata": ("Event(entry, time, status) ~ trt + karno", {"strata": "celltype"}),
}
INFECTIONS = "Event(tstart, tstop, status) ~ treat + age + inherit"
REPEATED = {
    "robust": {"cluster": "id"},
    "robust_strata": {"cluster": "id", "strata": "center"},
    "robust_breslow": {"cluster": "center", "ties": "breslow"},
}


def compare_models(fit: Any, theirs: dict[str, Any]) -> None:
    np.testing.assert_allclose(fit.tidy()["estimate"], list(theirs["coef"].values()), atol=NEWTON)
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["se"], atol=NEWTON)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], rel=CLOSED)
    glance = fit.glance().iloc[0]
    assert glance["score"] == pytest.approx(theirs["score"], rel=NEWTON)
    assert glance["wald"] == pytest.approx(theirs["wald"], rel=NEWTON)


@pytest.mark.parametrize("key", MODELS)
def test_cox(veteran: pd.DataFrame, r: dict[str, Any], key: str) -> None:
    formula, options = MODELS[key]
    compare_models(cox(formula, veteran, **options), r["veteran"][key])


@pytest.mark.parametrize("key", REPEATED)
def test_cox_with_repeated_events_and_robust_errors(cgd: pd.DataFrame, r: dict[str, Any], key: str) -> None:
    compare_models(cox(INFECTIONS, cgd, **REPEATED[key]), r["cgd"][key])


@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_proportional_hazards(veteran: pd.DataFrame, cgd: pd.DataFrame, r: dict[str, Any], transform: str) -> None:
    late = cox(*(MODELS["late_strata"][0], veteran), **MODELS["late_strata"][1])
    for fit, theirs in (
        (cox(MODELS["efron"][0], veteran), r["veteran"]["proportional"]),
        (late, r["veteran"]["proportional_late_strata"]),
        (cox(INFECTIONS, cgd, cluster="id"), r["cgd"]["proportional"]),
    ):
        found, expected = proportional_hazards(fit, transform).tidy(), theirs[transform]
        bare = [name.removeprefix("C(").removesuffix(")") for name in found["term"]]
        assert bare == expected["term"]
        assert found["df"].tolist() == expected["df"]
        np.testing.assert_allclose(found["statistic"], expected["statistic"], rtol=NEWTON)
        np.testing.assert_allclose(found["p_value"], expected["p_value"], rtol=1e-6)
