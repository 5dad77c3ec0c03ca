"""The stored figures are what the script gives, and intervals hold the truth as often as they say."""

import json
from dataclasses import fields
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
import simulated_cohorts as script

STORED: dict[str, Any] = json.loads((Path(__file__).parent / "figures.json").read_text())
WRONG_ERRORS = "Cox, engagement, model-based errors"
MODERATE = "Cox, engagement, robust errors"
OFF_THE_WAVES = "Turnbull off the waves, 180, visits up to 45 days off"
HONEST = [name for name in script.CASES if name != WRONG_ERRORS]
QUICK = [name for name in script.CASES if name != OFF_THE_WAVES]
# An honest 95 % interval strays further from 0.95 than this in one case of a hundred.
BAND = 2.6 * sqrt(script.NOMINAL * (1 - script.NOMINAL) / script.COHORTS)


def test_figures_are_stored_with_seed_truth_and_counts() -> None:
    assert (STORED["seed"], STORED["nominal"], STORED["first_cohorts"]) == (script.SEED, 0.95, script.FIRST)
    assert (STORED["part_cohorts"], STORED["command"]) == (script.PART, script.COMMAND)
    assert list(STORED["cases"]) == list(script.CASES)
    for name, figures in STORED["cases"].items():
        assert list(figures) == [field.name for field in fields(script.Figures)]
        assert figures["cohorts"] == script.COHORTS
        assert figures["truth"] == pytest.approx(script.CASES[name].truth, rel=1e-12)
        assert figures["participants"] == script.CASES[name].participants
        share = figures["covered"] / figures["cohorts"]
        assert figures["coverage"] == pytest.approx(share)
        assert figures["monte_carlo_error"] == pytest.approx(sqrt(share * (1 - share) / figures["cohorts"]))


@pytest.mark.parametrize("name", QUICK)
def test_the_first_cohorts_give_what_is_stored(name: str) -> None:
    inside = [script.holds(name, script.interval_of(name, number)) for number in range(script.FIRST)]
    assert sum(inside) == STORED["cases"][name]["first"]


@pytest.mark.parametrize("name", HONEST)
def test_intervals_hold_the_truth_as_often_as_they_say(name: str) -> None:
    figures = STORED["cases"][name]
    assert abs(figures["coverage"] - script.NOMINAL) <= BAND


@pytest.mark.parametrize("name", [name for name in script.CASES if name not in (WRONG_ERRORS, OFF_THE_WAVES)])
def test_estimates_centre_on_the_truth_and_errors_on_their_spread(name: str) -> None:
    figures = STORED["cases"][name]
    spread = figures["spread_of_estimates"]
    assert abs(figures["mean_estimate"] - figures["truth"]) <= 3 * spread / sqrt(script.COHORTS)
    # In a thousand cohorts the spread itself is known to 2 %.
    assert figures["mean_std_error"] == pytest.approx(spread, rel=0.05)


def test_between_waves_the_curve_leans_low_by_less_than_a_fifth_of_its_error() -> None:
    # It falls at the right end of each innermost interval, and never knows where inside.
    figures = STORED["cases"][OFF_THE_WAVES]
    assert -0.2 < (figures["mean_estimate"] - figures["truth"]) / figures["spread_of_estimates"] < 0


def test_robust_errors_of_a_few_hundred_participants_are_a_little_small() -> None:
    few, many = (STORED["cases"][name] for name in (MODERATE, f"{MODERATE}, 1,600 participants"))
    assert 0.92 <= few["coverage"] < script.NOMINAL
    assert few["mean_std_error"] / few["spread_of_estimates"] < many["mean_std_error"] / many["spread_of_estimates"]


def test_errors_that_take_rows_for_participants_hold_the_truth_too_seldom() -> None:
    figures = STORED["cases"][WRONG_ERRORS]
    assert figures["coverage"] < 0.85
    assert figures["mean_std_error"] < 0.7 * figures["spread_of_estimates"]


@pytest.mark.slow
@pytest.mark.parametrize("name", list(script.CASES))
def test_a_fifth_of_the_cohorts_gives_what_is_stored(name: str) -> None:
    found, stored = script.figures_of(name, script.PART), STORED["cases"][name]
    assert (found.covered, found.first) == (stored["part"], stored["first"])
    # The part's own mean lies as near to that of all cohorts as chance lets it.
    spread = stored["spread_of_estimates"]
    assert abs(found.mean_estimate - stored["mean_estimate"]) <= 3 * spread / sqrt(script.PART)
    assert found.mean_std_error == pytest.approx(stored["mean_std_error"], rel=0.02)
