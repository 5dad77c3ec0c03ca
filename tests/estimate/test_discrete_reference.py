"""Fixed days, life tables, hazards in periods and weights against stored results of R (tests/reference/discrete.R)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.estimate import censoring_weights, cox, discrete_time, fixed_day_difference, life_table
from remission.tables import person_period, split_at

HERE = Path(__file__).resolve().parents[1] / "reference"
# Closed forms on both sides.
TOLERANCE = 1e-9
# Maximised on both sides; R's glm and coxph stop at their own criterion, to which errors are most sensitive.
FITTED = 1e-6


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "discrete.json").read_text())
    return found


def lung() -> pd.DataFrame:
    return pd.read_csv(HERE / "textbook_lung.csv")


def veteran() -> pd.DataFrame:
    return pd.read_csv(HERE / "survival_veteran.csv")


@pytest.mark.parametrize(
    ("name", "table", "by", "event", "day"),
    [("lung", lung(), "sex", "died", 300), ("veteran", veteran(), "celltype", "status", 90)],
)
@pytest.mark.parametrize("scale", ["log-log", "plain", "log", "logit", "arcsine"])
def test_fixed_day(
    stored: dict[str, Any], name: str, table: pd.DataFrame, by: str, event: str, day: float, scale: str
) -> None:
    theirs = stored["fixed_day"][name]
    found = fixed_day_difference(table, by=by, day=day, exit="time", event=event, scale=scale)
    groups = found.table[found.table["term"] == "survival"]
    for column, key in (("estimate", "surv"), ("std_error", "se"), ("conf_low", "lower"), ("conf_high", "upper")):
        # Strata stand in the order of their names in R as well.
        assert groups[column].tolist() == pytest.approx(theirs[key], rel=TOLERANCE)
    test, glance = theirs["tests"][scale], found.glance().iloc[0]
    assert glance["chi_squared"] == pytest.approx(test["statistic"], rel=TOLERANCE)
    assert [glance["df"], glance["p_value"]] == pytest.approx([test["df"], test["p"]], rel=TOLERANCE)


def test_life_table(stored: dict[str, Any]) -> None:
    theirs = stored["life_table"]
    found = life_table(lung(), cuts=[90, 180, 270, 365, 545, 730], exit="time", event="died")
    ours = found.intervals
    for column, key in (
        ("n_entering", "nsubs"),
        ("n_censored", "nlost"),
        ("n_exposed", "nrisk"),
        ("n_event", "nevent"),
    ):
        assert ours[column].tolist() == theirs[key]
    # lifetab tells survival at the start of an interval, and takes the last one for open.
    assert found.table["estimate"].tolist()[:-1] == pytest.approx(theirs["surv"], rel=TOLERANCE)
    assert found.table["std_error"].tolist()[:-1] == pytest.approx(theirs["se.surv"], rel=TOLERANCE)
    for column, key in (
        ("hazard", "hazard"),
        ("hazard_std_error", "se.hazard"),
        ("density", "pdf"),
        ("density_std_error", "se.pdf"),
    ):
        assert ours[column].tolist()[:-1] == pytest.approx(theirs[key][:-1], rel=TOLERANCE)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_hazards_in_periods(stored: dict[str, Any], link: str) -> None:
    theirs, table = stored["hazards"][link], veteran()
    table["person"] = np.arange(1, len(table) + 1) % 20
    table["left"] = table["time"]
    table["right"] = table["time"].where(table["status"] == 1)
    periods = person_period(table, [15, 30, 60, 90, 120, 180, 400])
    assert len(periods) == theirs["rows"]
    formula = "Event(exit, event) ~ trt + karno + C(celltype)"
    found = discrete_time(formula, periods, link=link)
    assert found.table["estimate"].tolist() == pytest.approx(theirs["coef"], abs=FITTED)
    assert found.table["std_error"].tolist() == pytest.approx(theirs["se"], rel=FITTED)
    assert found.log_likelihood == pytest.approx(theirs["loglik"], abs=FITTED)
    robust = discrete_time(formula, periods, link=link, cluster="person")
    assert robust.table["std_error"].tolist() == pytest.approx(theirs["robust_se"], rel=FITTED)


def test_weights_for_being_lost(stored: dict[str, Any]) -> None:
    theirs, table = stored["weights"], lung()
    table["participant_id"] = np.arange(len(table))
    cut = split_at(table, list(range(50, 1001, 50)), exit="time", event="died")
    last = ~cut["participant_id"].duplicated(keep="last")
    cut["lost"] = ((cut["died"] == 0) & last).astype(int)
    raw = censoring_weights(cut, "age + sex", exit="time", stabilised=False)
    stable = censoring_weights(cut, "age + sex", exit="time")
    assert raw["censoring_weight"].tolist() == pytest.approx(theirs["raw"], rel=FITTED)
    assert stable["censoring_weight"].tolist() == pytest.approx(theirs["stable"], rel=FITTED)
    options = {"weights": "censoring_weight", "cluster": "participant_id"}
    fit = cox("Event(entry, time, died) ~ age + sex", stable, **options).table
    assert fit["estimate"].tolist() == pytest.approx(list(theirs["coef"].values()), rel=FITTED)
    assert fit["std_error"].tolist() == pytest.approx(theirs["se"], rel=FITTED)
