"""Residuals of Cox models: by hand, their sums, and against R's residuals.coxph (tests/reference/cox_family.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, frailty, residuals

STORED = Path(__file__).resolve().parents[1] / "reference"
# Both Newton iterations are run to the last digits; residuals reach some hundred, so that much rounding is left.
CLOSED = 1e-9
NAMES = {
    "martingale": "martingale",
    "deviance": "deviance",
    "score": "score",
    "schoenfeld": "schoenfeld",
    "scaled_schoenfeld": "scaledsch",
    "dfbeta": "dfbeta",
    "dfbetas": "dfbetas",
}
MONTHS = "Event(month, status) ~ trt + karno"
INFECTIONS = "Event(tstart, tstop, status) ~ treat + age + inherit"
BOOK = pd.DataFrame({"exit": [9, 1, 1, 6, 6, 8], "event": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "cox_family.json").read_text())["residuals"]


@pytest.fixture(scope="module")
def veteran() -> pd.DataFrame:
    return pd.read_csv(STORED / "survival_veteran.csv").assign(month=lambda t: np.ceil(t["time"] / 30))


@pytest.fixture(scope="module")
def fits(veteran: pd.DataFrame) -> dict[str, Any]:
    cgd = pd.read_csv(STORED / "survival_cgd.csv")
    return {
        "efron": cox(MONTHS, veteran),
        "breslow": cox(MONTHS, veteran, ties="breslow"),
        "one": cox("Event(month, status) ~ karno", veteran),
        "weighted": cox(MONTHS, veteran, weights="weight"),
        "late_strata": cox("Event(entry, time, status) ~ trt + karno", veteran, strata="celltype"),
        "cgd": cox(INFECTIONS, cgd),
        "cgd_robust": cox(INFECTIONS, cgd, cluster="id"),
    }


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("key", ["efron", "breslow", "one", "weighted", "late_strata", "cgd", "cgd_robust"])
def test_against_r(r: dict[str, Any], fits: dict[str, Any], veteran: pd.DataFrame, key: str, kind: str) -> None:
    ours, theirs = residuals(fits[key], kind), r[key][NAMES[kind]]
    if "schoenfeld" in kind:
        if key == "late_strata":  # R has its strata in the order of the alphabet
            ours = ours.assign(cell=ours["row"].map(veteran["celltype"])).sort_values(["cell", "time"], kind="stable")
        np.testing.assert_allclose(ours["time"].iloc[:: ours["term"].nunique()], theirs["time"])
    np.testing.assert_allclose(ours["residual"], np.array(theirs["value"]).reshape(-1), rtol=CLOSED, atol=CLOSED)


@pytest.mark.parametrize("kind", ["martingale", "deviance", "score", "dfbeta", "dfbetas"])
def test_added_up_within_participants_against_r(r: dict[str, Any], fits: dict[str, Any], kind: str) -> None:
    ours = residuals(fits["cgd"], kind, collapse="id")
    theirs = np.array(r["cgd_collapsed"][kind], dtype=float)
    assert ours["row"].nunique() == len(theirs) == 128
    known = np.ones(len(ours), dtype=bool)
    if kind == "deviance":
        # R's formula holds for at most one event a participant; for more it is no deviance and partly no number.
        known = (fits["cgd"].fitted.data.table.groupby("id")["status"].sum() <= 1).to_numpy()
        assert 100 < known.sum() < 128
    np.testing.assert_allclose(ours["residual"][known], theirs.reshape(-1)[known], rtol=CLOSED, atol=CLOSED)


def test_deviance_of_a_participant_with_two_events_is_poissons(fits: dict[str, Any]) -> None:
    martingale = residuals(fits["cgd"], collapse="id")
    deviance = residuals(fits["cgd"], "deviance", collapse="id")["residual"]
    events = fits["cgd"].fitted.data.table.groupby("id")["status"].sum().to_numpy()
    left = martingale["residual"].to_numpy()
    twice = np.flatnonzero(events == 2)
    expected = events[twice] - left[twice]
    assert twice.size
    np.testing.assert_allclose(deviance.iloc[twice] ** 2, 2 * (2 * np.log(2 / expected) - (2 - expected)))


def test_martingale_and_schoenfeld_by_hand() -> None:
    # Breslow: r = (3 + sqrt 33) / 2; the hazard rises by 1/(3r+3), 2/(r+3) and 1 on days 1, 6, 9.
    fit = cox("Event(exit, event) ~ x", BOOK, ties="breslow")
    r = (3 + np.sqrt(33)) / 2
    first, second = 1 / (3 * r + 3), 2 / (r + 3)
    expected = [-first - second, 1 - r * first, -r * first, 1 - r * (first + second), 1 - first - second]
    found = residuals(fit)
    np.testing.assert_allclose(found["residual"], [*expected, -first - second], atol=1e-9)
    assert found["time"].tolist() == BOOK["exit"].tolist()
    schoenfeld = residuals(fit, "schoenfeld")
    assert schoenfeld[["row", "time"]].to_numpy().tolist() == [[1, 1], [3, 6], [4, 6], [0, 9]]
    mean = r / (r + 3)
    np.testing.assert_allclose(schoenfeld["residual"], [1 / (r + 1), 1 - mean, -mean, 0], atol=1e-9)


def test_sums(fits: dict[str, Any]) -> None:
    for fit in fits.values():
        weights = fit.fitted.weights
        assert weights @ residuals(fit)["residual"].to_numpy() == pytest.approx(0, abs=1e-9)
        table = residuals(fit, "dfbeta").pivot_table(index="row", columns="term", values="residual", sort=False)
        np.testing.assert_allclose(table.sum(), 0, atol=1e-9)
    robust = residuals(fits["cgd_robust"], "dfbeta", collapse="id").groupby("term", sort=False)["residual"]
    np.testing.assert_allclose(
        robust.apply(lambda column: np.sqrt((column**2).sum())), fits["cgd_robust"].table["std_error"], rtol=1e-9
    )


def test_dfbeta_is_near_the_change_when_a_row_is_left_out(veteran: pd.DataFrame) -> None:
    fit = cox("Event(time, status) ~ karno", veteran)
    found = residuals(fit, "dfbeta")["residual"].to_numpy()
    whole = fit.tidy()["estimate"].item()
    without = [cox("Event(time, status) ~ karno", veteran.drop(index=row)) for row in range(40)]
    left = [whole - fit.tidy()["estimate"].item() for fit in without]
    assert np.corrcoef(found[:40], left)[0, 1] > 0.995
    np.testing.assert_allclose(found[:40], left, atol=3e-4)


def test_labels_are_those_of_the_table(veteran: pd.DataFrame) -> None:
    named = veteran.set_index(pd.Index([f"p{i}" for i in range(len(veteran))]))
    named.iloc[0, named.columns.get_loc("karno")] = np.nan
    found = residuals(cox(MONTHS, named), "dfbeta")
    assert found.columns.tolist() == ["row", "time", "term", "residual"]
    assert found["row"].iloc[:4].tolist() == ["p1", "p1", "p2", "p2"]


def test_what_has_no_residuals_is_refused(fits: dict[str, Any], veteran: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="kind"):
        residuals(fits["efron"], "cox_snell")
    with pytest.raises(DefinitionError, match="exact ties"):
        residuals(cox(MONTHS, veteran, ties="exact"))
    with pytest.raises(DefinitionError, match="belong to events"):
        residuals(fits["cgd"], "schoenfeld", collapse="id")
    with pytest.raises(DefinitionError, match="no column nobody"):
        residuals(fits["cgd"], collapse="nobody")
    with pytest.raises(DefinitionError, match="not a Cox model"):
        residuals(frailty(MONTHS, veteran.assign(site=veteran.index % 12)))
    split = pd.DataFrame({"exit": range(1, 41), "event": [1, 0] * 20, "quiet": [0, 1] * 20})
    with pytest.raises(NotEstimable, match="quiet"):
        residuals(cox("Event(exit, event) ~ quiet", split))
