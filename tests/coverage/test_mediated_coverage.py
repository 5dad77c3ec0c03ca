"""Bootstrap intervals of indirect effects hold the truth about as often as they say, and the figures are stored."""

import json
from math import sqrt
from typing import Any

import mediated_cohorts as script
import pytest

STORED: dict[str, Any] = json.loads(script.FIGURES.read_text())
NOMINAL = 0.95
# An honest interval strays further in one case of a hundred.
BAND = 2.6 * sqrt(NOMINAL * (1 - NOMINAL) / script.COHORTS)
NULLS = [name for name, (truth, _) in script.CASES.items() if truth == 0]
EFFECTS = [name for name in script.CASES if name not in NULLS]


def test_figures_are_stored_with_seed_and_truth() -> None:
    assert (STORED["seed"], STORED["replicates"]) == (script.SEED, script.REPLICATES)
    assert list(STORED["cases"]) == list(script.CASES)
    for name, figures in STORED["cases"].items():
        assert figures["cohorts"] == script.COHORTS
        assert figures["truth"] == pytest.approx(script.CASES[name][0], rel=1e-9)
        assert figures["coverage"] == pytest.approx(figures["covered"] / script.COHORTS)


@pytest.mark.parametrize("name", list(script.CASES))
def test_the_first_cohorts_give_what_is_stored(name: str) -> None:
    assert script.figures_of(name, script.FIRST)["covered"] == STORED["cases"][name]["first"]


@pytest.mark.parametrize("name", EFFECTS)
def test_intervals_of_effects_hold_the_truth(name: str) -> None:
    figures = STORED["cases"][name]
    assert abs(figures["coverage"] - NOMINAL) <= BAND
    assert abs(figures["mean_estimate"] - figures["truth"]) <= 3 * figures["spread_of_estimates"] / sqrt(script.COHORTS)
    assert figures["mean_std_error"] == pytest.approx(figures["spread_of_estimates"], rel=0.06)


@pytest.mark.parametrize("name", NULLS)
def test_a_path_that_is_null_is_seldom_found(name: str) -> None:
    # Where several steps are 0 their product hardly strays from 0, so intervals hold it nearly always.
    assert STORED["cases"][name]["coverage"] >= NOMINAL - BAND


@pytest.mark.slow
@pytest.mark.parametrize("name", list(script.CASES))
def test_all_cohorts_drawn_anew_give_what_is_stored(name: str) -> None:
    assert script.figures_of(name, script.COHORTS)["covered"] == STORED["cases"][name]["covered"]
