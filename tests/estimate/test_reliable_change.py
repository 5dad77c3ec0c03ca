"""Reliable change: one person by hand, Jacobson and Truax's own example, base R's intervals, invariants."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import reliable_change
from remission.estimate.kernels.reliable_change import (
    cutoff_between,
    error_of_difference,
    error_of_measurement,
    reliable_change_index,
)
from remission.estimate.reliable_change import ReliableChange

STORED = Path(__file__).parents[1] / "reference" / "psychometrics.json"
TOLERANCE = 1e-9
RANGES = {"functional": (60.0, 7.5), "dysfunctional": (40.0, 7.5)}
# sd 10 and reliability .8: error of a difference 10 * sqrt(.4) = 6.32, so 12.40 points are reliable. Cutoff 50.
# a 30 -> 55 recovered; b 30 -> 45 improved; c 30 -> 40 unchanged; d 45 -> 30 deteriorated;
# e 52 -> 70 improved, functional before; f 40 -> 52 crosses by 12 points, unchanged; g lacks a score.
PEOPLE = pd.DataFrame(
    {
        "participant_id": list("abcdefg"),
        "intake": [30, 30, 30, 45, 52, 40, 40],
        "month_6": [55, 45, 40, 30, 70, 52, None],
    }
)


def fit(table: pd.DataFrame = PEOPLE, **options: object) -> ReliableChange:
    known = {"before": "intake", "after": "month_6", "sd": 10.0, "reliability": 0.8, "higher_is": "better"}
    return reliable_change(table, **(known | options))


def shares(result: ReliableChange) -> pd.DataFrame:
    return result.tidy().query("contrast == 'share'").set_index("term")


def test_one_person_by_hand() -> None:
    # SE = 10 * sqrt(1 - .84) = 4; difference 4 * sqrt(2); 32 -> 48 is 16 / (4 * sqrt(2)) = 2 * sqrt(2).
    assert error_of_measurement(10, 0.84) == pytest.approx(4)
    assert error_of_difference(10, 0.84) == pytest.approx(4 * np.sqrt(2))
    assert float(reliable_change_index(32, 48, 10, 0.84)) == pytest.approx(2 * np.sqrt(2))
    # 30 is two spreads of 5 above 20 and two spreads of 10 below 50: (5 * 50 + 10 * 20) / 15.
    assert cutoff_between((20, 5), (50, 10)) == pytest.approx(30)


def test_against_the_published_example(reference: Path) -> None:
    expected = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["rci"]["jacobson_truax"]
    result = fit(pd.DataFrame({"intake": [32.5], "month_6": [47.5]}), **RANGES)
    assert result.standard_error == pytest.approx(expected["SE"], abs=TOLERANCE)
    assert result.difference_error == pytest.approx(expected["Sdiff"], abs=TOLERANCE)
    assert result.people["index"].tolist() == pytest.approx([expected["RCI"]], abs=TOLERANCE)
    assert result.cutoff == pytest.approx(expected["cutoff_c"], abs=TOLERANCE)
    assert result.people["status"].tolist() == ["improved"]


def test_each_status_by_hand() -> None:
    result = fit(**RANGES)
    statuses = ["recovered", "improved", "unchanged", "deteriorated", "improved", "unchanged"]
    assert result.people["status"].tolist() == statuses
    assert result.people["participant_id"].tolist() == list("abcdef")
    assert shares(result)["count"].to_dict() == {"recovered": 1, "improved": 2, "unchanged": 2, "deteriorated": 1}
    assert shares(result)["estimate"].sum() == pytest.approx(1)
    assert result.sample.left_out == (("month_6 is missing", 1),)
    points = result.tidy().query("contrast == 'points'").set_index("term")["estimate"]
    assert points["smallest reliable change"] == pytest.approx(1.959963985 * 10 * np.sqrt(0.4))
    assert points["cutoff"] == 50
    assert "1 of 6 were in the functional range before" in result.checks[1].sentence


def test_without_a_cutoff_nobody_recovers() -> None:
    result = fit()
    assert result.cutoff is None
    assert result.people["status"].tolist()[0] == "improved"
    assert "recovered" not in shares(result).index
    assert "cutoff" not in result.table["term"].tolist()


def test_the_smallest_important_change_is_a_row_of_its_own() -> None:
    # Gains 25, 15, 10, -15, 18, 12: four reach 12.
    result = fit(mcid=12)
    assert shares(result).loc["reached the smallest important change", "count"] == 4
    assert result.people["important"].tolist() == [True, True, False, False, True, True]


def test_a_score_turned_round_gives_the_same_people() -> None:
    turned = PEOPLE.assign(intake=100 - PEOPLE["intake"], month_6=100 - PEOPLE["month_6"])
    ranges = {"functional": (40.0, 7.5), "dysfunctional": (60.0, 7.5)}
    result = fit(turned, higher_is="worse", mcid=12, **ranges)
    assert result.people["status"].tolist() == fit(**RANGES).people["status"].tolist()
    pd.testing.assert_frame_equal(shares(result), shares(fit(mcid=12, **RANGES)))


def test_order_and_unit_change_nothing() -> None:
    bigger = PEOPLE.assign(intake=PEOPLE["intake"] * 4, month_6=PEOPLE["month_6"] * 4).sample(frac=1, random_state=1)
    ranges = {"functional": (240.0, 30.0), "dysfunctional": (160.0, 30.0)}
    result = fit(bigger, sd=40.0, **ranges)
    pd.testing.assert_frame_equal(shares(result), shares(fit(**RANGES)))
    assert result.people.sort_index()["index"].tolist() == pytest.approx(fit().people["index"].tolist())


@pytest.mark.parametrize("place", range(3))
def test_intervals_against_base_r(place: int) -> None:
    expected = json.loads(STORED.read_text())["wilson"][place]
    gains = [30] * expected["count"] + [0] * (expected["n"] - expected["count"])
    row = shares(fit(pd.DataFrame({"intake": 20, "month_6": [20 + gain for gain in gains]}))).loc["improved"]
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(expected["interval"], abs=TOLERANCE)
    assert (row["count"], row["n"]) == (expected["count"], expected["n"])


def test_chance_alone_gives_the_level() -> None:
    # Unchanged people with error of SE at both times: 5 per cent exceed the limits, here within 4 Monte Carlo errors.
    random = np.random.default_rng(11)
    true = random.normal(50, 10, 20_000)
    error = random.normal(0, error_of_measurement(10, 0.8), (2, 20_000))
    result = fit(pd.DataFrame({"intake": true + error[0], "month_6": true + error[1]}))
    changed = 1 - shares(result).loc["unchanged", "estimate"]
    assert changed == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 20_000))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sd": 0}, "sd=0 is no standard deviation"),
        ({"reliability": 1}, "reliability=1 is none"),
        ({"reliability": float("nan")}, "reliability=nan"),
        ({"mcid": -3}, "mcid=-3 is no change"),
        ({"higher_is": "good"}, "higher_is='good'"),
        ({"functional": (60, 7)}, "Give both"),
        ({"functional": (40, 7), "dysfunctional": (60, 7)}, "not better than"),
        ({"functional": (60, 0), "dysfunctional": (40, 7)}, "not positive"),
        ({"before": "baseline"}, "no column baseline"),
        ({"conf_level": 0}, "conf_level=0"),
    ],
)
def test_a_wrong_call_is_refused(options: dict, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        fit(**options)


def test_two_rows_of_one_person_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Participant a has two rows"):
        fit(pd.concat([PEOPLE, PEOPLE.iloc[[0]]]))


@pytest.mark.parametrize(
    ("table", "said"),
    [(PEOPLE.iloc[[6]], "Nobody has both"), (PEOPLE.assign(month_6=np.inf), "infinite")],
)
def test_what_it_cannot_take_is_said(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        fit(table)
