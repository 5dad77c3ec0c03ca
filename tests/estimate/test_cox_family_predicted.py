"""Curves from Cox models: by hand, collapse, and against R's survfit.coxph (tests/reference/cox_family.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cause_specific, cox, frailty, kaplan_meier, nelson_aalen, predicted_curve

STORED = Path(__file__).resolve().parents[1] / "reference"
# Both Newton iterations are run to the last digits; what follows from them is closed.
CLOSED = 1e-9
MONTHS = "Event(month, status) ~ trt + karno"
INFECTIONS = "Event(tstart, tstop, status) ~ treat + age + inherit"
NEW = pd.DataFrame({"trt": [1, 2, 1], "karno": [30, 60, 90]})


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "cox_family.json").read_text())["predicted"]


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_veteran.csv").assign(month=lambda t: np.ceil(t["time"] / 30))


@pytest.fixture(scope="module")
def cgd() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_cgd.csv")


def compare(ours: pd.DataFrame, theirs: dict[str, Any], column: int | None) -> None:
    """Compare one of our curves with a column of R's; R has no row for the origin and leaves limits out at 1."""

    def read(name: str) -> np.ndarray:
        values = np.array(theirs[name], dtype=float)
        return values.reshape(-1) if column is None else values[:, column]

    ours = ours[ours["time"].isin(theirs["time"])]
    assert ours["time"].tolist() == theirs["time"]
    for name in ("n_at_risk", "n_event"):
        np.testing.assert_allclose(ours[name], theirs[name], err_msg=name)
    survival = read("survival")
    np.testing.assert_allclose(ours["estimate"], survival, atol=CLOSED)
    np.testing.assert_allclose(ours["std_error"], survival * read("hazard_error"), atol=CLOSED)
    for mine, name in (("conf_low", "low"), ("conf_high", "high")):
        limit = read(name)
        known = np.isfinite(limit)
        assert known[survival < 1].all()
        np.testing.assert_allclose(ours[mine][known], limit[known], atol=CLOSED, err_msg=name)


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
@pytest.mark.parametrize(
    ("key", "options"), [("efron", {}), ("breslow", {"ties": "breslow"}), ("weighted", {"weights": "weight"})]
)
def test_against_r(r: dict[str, Any], veteran: pd.DataFrame, key: str, options: dict[str, str], conf_type: str) -> None:
    found = predicted_curve(cox(MONTHS, veteran, **options), NEW, conf_type=conf_type).tidy()
    for place, (_, curve) in enumerate(found.groupby("stratum", sort=False)):
        compare(curve, r[key][conf_type], place)
    if key == "efron":
        assert found.loc[found["stratum"] == "0", "n_censored"].tolist()[1:] == r[key][conf_type]["n_censored"]


def in_strata(theirs: dict[str, Any]) -> list[dict[str, Any]]:
    ends = np.cumsum(theirs["strata"])
    return [
        {name: values[end - size : end] for name, values in theirs.items() if name != "strata"}
        for size, end in zip(theirs["strata"], ends, strict=True)
    ]


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_strata_with_delayed_entry_against_r(r: dict[str, Any], veteran: pd.DataFrame, conf_type: str) -> None:
    fit = cox("Event(entry, time, status) ~ trt + karno", veteran, strata="celltype")
    every = predicted_curve(fit, NEW, conf_type=conf_type).tidy()
    cells = in_strata(r["late_strata"][conf_type])  # in the order of the alphabet
    for place in range(3):
        for cell, theirs in zip(("adeno", "large", "smallcell", "squamous"), cells, strict=True):
            compare(every[every["stratum"] == f"{place}, {cell}"], theirs, place)
    own = ["adeno", "large", "adeno"]
    chosen = predicted_curve(fit, NEW.assign(celltype=own), conf_type=conf_type).tidy()
    assert chosen["stratum"].unique().tolist() == ["0, adeno", "1, large", "2, adeno"]
    for place, (cell, theirs) in enumerate(zip(own, in_strata(r["one_stratum"][conf_type]), strict=True)):
        compare(chosen[chosen["stratum"] == f"{place}, {cell}"], theirs, None)


@pytest.mark.parametrize("conf_type", ["log-log", "log", "plain"])
def test_robust_errors_are_carried_on(r: dict[str, Any], cgd: pd.DataFrame, conf_type: str) -> None:
    fit = cox(INFECTIONS, cgd, cluster="id")
    rows = pd.DataFrame({"treat": ["placebo", "rIFN-g"], "age": [5, 25], "inherit": "x-linked"})
    curve = predicted_curve(fit, rows, conf_type=conf_type)
    for place, (_, one) in enumerate(curve.tidy().groupby("stratum", sort=False)):
        compare(one, r["robust"][conf_type], place)
    failed = [check for check in curve.checks if not check.passed]
    assert [check.name for check in failed] == ["one event a participant"]


def test_by_hand() -> None:
    # Breslow on six rows: r = (3 + sqrt 33) / 2; the hazard at x = 0 rises by 1/(3r+3), 2/(r+3), 1 on days 1, 6, 9.
    book = pd.DataFrame({"exit": [9, 1, 1, 6, 6, 8], "event": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})
    fit = cox("Event(exit, event) ~ x", book, ties="breslow")
    r = (3 + np.sqrt(33)) / 2
    first, second = 1 / (3 * r + 3), 2 / (r + 3)
    found = predicted_curve(fit, pd.DataFrame({"x": [0, 1]})).at([0, 1, 7, 9])
    hazard = np.array([0, first, first + second, first + second + 1])
    np.testing.assert_allclose(found["estimate"], np.exp(-np.concatenate([hazard, r * hazard])), atol=1e-9)
    # At x = 0 the drift is the sum of increments times mean x: r/(r+1) on day 1, r/(r+3) on day 6, 0 on day 9.
    drift = first * r / (r + 1) + second * r / (r + 3)
    variance = first**2 + 2 / (r + 3) ** 2 + drift**2 * fit.vcov.iloc[0, 0]
    assert found["std_error"].iloc[2] == pytest.approx(np.exp(-first - second) * np.sqrt(variance))


def test_without_an_effect_it_is_nelson_aalens_curve(veteran: pd.DataFrame) -> None:
    # The covariate is balanced within each tied set by construction: every row twice, once with x = 0 and once 1.
    twice = pd.concat([veteran.assign(x=0), veteran.assign(x=1)], ignore_index=True)
    fit = cox("Event(time, status) ~ x", twice, ties="breslow")
    assert fit.tidy()["estimate"].item() == pytest.approx(0, abs=1e-12)
    curve = predicted_curve(fit, pd.DataFrame({"x": [0.5]})).tidy()
    plain = nelson_aalen(twice, exit="time", event="status").tidy()
    np.testing.assert_allclose(-np.log(curve["estimate"]), plain["estimate"], atol=1e-12)
    np.testing.assert_allclose(curve["std_error"] / curve["estimate"], plain["std_error"], atol=1e-12)
    counts = kaplan_meier(twice, exit="time", event="status").tidy()
    names = ["time", "n_at_risk", "n_event", "n_censored"]
    pd.testing.assert_frame_equal(curve[names], counts[names])


def test_one_stratum_is_no_strata(veteran: pd.DataFrame) -> None:
    plain = predicted_curve(cox(MONTHS, veteran), NEW).tidy().drop(columns="stratum")
    one = predicted_curve(cox(MONTHS, veteran.assign(site="a"), strata="site"), NEW).tidy()
    assert one["stratum"].unique().tolist() == ["0, a", "1, a", "2, a"]
    pd.testing.assert_frame_equal(plain, one.drop(columns="stratum"))


def test_a_stratum_without_events_stays_at_one(veteran: pd.DataFrame) -> None:
    quiet = veteran.head(5).assign(celltype="rare", status=0)
    fit = cox(MONTHS, pd.concat([veteran, quiet], ignore_index=True), strata="celltype")
    found = predicted_curve(fit, NEW.head(1).assign(celltype="rare")).tidy()
    assert (found["estimate"] == 1).all()
    assert found["n_at_risk"].iloc[0] == 5


def test_covariates_that_vary_need_a_word(cgd: pd.DataFrame) -> None:
    varying = cgd.assign(participant_id=cgd["id"], visit=cgd["tstart"] > 0)
    fit = cox("Event(tstart, tstop, status) ~ age + visit", varying)
    rows = pd.DataFrame({"age": [10], "visit": [False]})
    with pytest.raises(NotEstimable, match="hold_fixed=True"):
        predicted_curve(fit, rows)
    held = predicted_curve(fit, rows, hold_fixed=True)
    assert "held at the given values" in held.checks[0].sentence
    strata = cox("Event(tstart, tstop, status) ~ age", varying, strata="visit")
    with pytest.raises(NotEstimable, match="Covariates or strata changed"):
        predicted_curve(strata, rows)


def test_rows_and_fits_that_give_no_curve_are_refused(veteran: pd.DataFrame) -> None:
    fit = cox(MONTHS, veteran, strata="celltype")
    with pytest.raises(DefinitionError, match="no stratum 'other'"):
        predicted_curve(fit, NEW.assign(celltype="other"))
    with pytest.raises(DefinitionError, match="lacks a covariate"):
        predicted_curve(fit, NEW.assign(karno=[30, np.nan, 60]))
    with pytest.raises(DefinitionError, match="same label"):
        predicted_curve(fit, NEW.set_axis([1, 1, 2]))
    with pytest.raises(DefinitionError, match="no row"):
        predicted_curve(fit, NEW.head(0))
    with pytest.raises(DefinitionError, match="gives no curve"):
        predicted_curve(cox(MONTHS, veteran, ties="exact"), NEW)
    with pytest.raises(DefinitionError, match="not a Cox model"):
        predicted_curve(frailty(MONTHS, veteran.assign(site=veteran.index % 12)), NEW)
    one_cause = cause_specific(
        "Event(time, cause) ~ karno", veteran.assign(cause=veteran["status"] * (1 + veteran["prior"] // 10))
    )
    with pytest.raises(DefinitionError, match="other causes"):
        predicted_curve(one_cause, NEW)
    two = cox(MONTHS, veteran, strata=["celltype", "prior"])
    with pytest.raises(DefinitionError, match="some strata"):
        predicted_curve(two, NEW.assign(prior=0))
