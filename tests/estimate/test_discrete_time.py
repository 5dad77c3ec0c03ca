"""Hazards in periods: by hand, the interval model on a common grid, published relapse data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import discrete_time, interval_cox
from remission.tables import person_period

# Both are maximised to the last digits.
TOLERANCE = 1e-6


def test_by_hand_odds_and_hazards_in_one_period() -> None:
    # x = 0: 2 of 8 had the event; x = 1: 5 of 10.
    table = pd.DataFrame({"exit": 1, "event": [1] * 2 + [0] * 6 + [1] * 5 + [0] * 5, "x": [0] * 8 + [1] * 10})
    logit = discrete_time("Event(exit, event) ~ x", table).table
    assert logit["estimate"].tolist() == pytest.approx([np.log(2 / 6), np.log(1) - np.log(2 / 6)], abs=TOLERANCE)
    assert logit["std_error"].iloc[1] == pytest.approx(np.sqrt(1 / 2 + 1 / 6 + 1 / 5 + 1 / 5), abs=TOLERANCE)
    cloglog = discrete_time("Event(exit, event) ~ x", table, link="cloglog").table
    level = np.log(-np.log(6 / 8))
    assert cloglog["estimate"].tolist() == pytest.approx([level, np.log(-np.log(0.5)) - level], abs=TOLERANCE)


def grid_data(rows: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(11)
    x, group = random.normal(size=rows), random.choice(["12-step", "secular"], rows)
    time = random.exponential(15 / np.exp(0.5 * x - 0.3 * (group == "secular")))
    waves = np.array([0, 6, 12, 18, 24])
    stop = random.choice([12, 18, 24], rows)
    seen = time <= stop
    place = np.searchsorted(waves, time, side="left").clip(max=4)
    left, right = np.where(seen, waves[place - 1], stop), np.where(seen, waves[place], np.inf)
    return pd.DataFrame({"left": left, "right": right, "x": x, "group": group})


def test_on_a_common_grid_cloglog_is_the_interval_model() -> None:
    table = grid_data()
    periods = discrete_time("Event(exit, event) ~ x + group", person_period(table), link="cloglog")
    intervals = interval_cox("Interval(left, right) ~ x + group", table)
    ours = periods.table.iloc[-2:]
    assert ours["estimate"].tolist() == pytest.approx(intervals.table["estimate"].tolist(), abs=TOLERANCE)
    assert periods.log_likelihood == pytest.approx(intervals.log_likelihood, abs=TOLERANCE)
    # One takes the expected information, the other the observed one.
    assert ours["std_error"].tolist() == pytest.approx(intervals.table["std_error"].tolist(), rel=0.02)
    # Likelihood ratio by two closed routes.
    theirs = intervals.glance()["likelihood_ratio"].item()
    assert periods.glance()["likelihood_ratio"].item() == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_cocaine_relapse_of_singer_and_willett(reference: Path, link: str) -> None:
    stored = json.loads((reference / "results" / "survival_core.json").read_text())["alda"]
    table = pd.read_csv(reference / "data" / "alda_cocaine_relapse_1.csv")
    table["left"] = table["weeks"] - (1 - table["censor"])
    table["right"] = table["weeks"].where(table["censor"] == 0)
    periods = person_period(table, list(range(1, 13)))
    assert len(periods) == stored["cocaine1_pp_rows"]
    found = discrete_time("Event(exit, event) ~ needle", periods, link=link)
    theirs = stored[f"cocaine1_discrete_{link}"]
    # R's glm stopped there before its last digits, as it does by default; the likelihood is flat at the top.
    assert found.table["estimate"].tolist() == pytest.approx(list(theirs["coef"].values()), abs=1e-5)
    assert found.table["std_error"].tolist() == pytest.approx(list(theirs["se"].values()), rel=1e-4)
    assert found.glance()["deviance"].item() == pytest.approx(theirs["deviance"], abs=TOLERANCE)


def test_periods_that_tell_nothing_change_nothing() -> None:
    table = person_period(grid_data())
    quiet = table[table["exit"] == 6].assign(exit=30.0, event=0)
    alone = discrete_time("Event(exit, event) ~ x", table)
    found = discrete_time("Event(exit, event) ~ x", pd.concat([table, quiet], ignore_index=True))
    pd.testing.assert_frame_equal(found.table, alone.table)
    assert found.sample.left_out == (("nobody or everybody had the event in the period", len(quiet)),)
    assert not found.checks[2].passed


def test_prediction_is_the_linear_predictor_of_a_period() -> None:
    table = person_period(grid_data())
    fit = discrete_time("Event(exit, event) ~ x + group", table)
    estimate = dict(zip(fit.table["term"], fit.table["estimate"], strict=True))
    rows = pd.DataFrame({"exit": [12.0], "x": [0.5], "group": ["secular"]})
    wanted = estimate["period to 12"] + 0.5 * estimate["x"] + estimate["group[T.secular]"]
    assert fit.predict(rows)["estimate"].item() == pytest.approx(wanted)


def test_clusters_of_one_row_give_the_usual_sandwich_and_repeated_rows_do_not_sharpen_it() -> None:
    table = person_period(grid_data()).reset_index(names="row")
    once = discrete_time("Event(exit, event) ~ x", table, cluster="row").table["std_error"]
    twice = discrete_time("Event(exit, event) ~ x", pd.concat([table, table]), cluster="row").table["std_error"]
    assert twice.tolist() == pytest.approx(once.tolist(), rel=TOLERANCE)


def test_bad_requests_are_refused() -> None:
    table = person_period(grid_data())
    with pytest.raises(NotEstimable, match="repeats"):
        discrete_time("Event(exit, event) ~ exit", table)
    with pytest.raises(NotEstimable, match="runs away"):
        discrete_time("Event(exit, event) ~ sure", table.assign(sure=table["event"]))
    with pytest.raises(NotEstimable, match="In no period"):
        discrete_time("Event(exit, event) ~ x", table.assign(event=0))
    with pytest.raises(DefinitionError, match="link"):
        discrete_time("Event(exit, event) ~ x", table, link="probit")
    table.attrs["measured_day"] = {"x": 6}
    with pytest.raises(ImmortalTime):
        discrete_time("Event(exit, event) ~ x", table)
