"""Models of change hold the truth about as often as they say, and dropout does what theory says; figures are stored."""

import json
from math import sqrt
from typing import Any

import changing_cohorts as script
import pytest

STORED: dict[str, Any] = json.loads(script.FIGURES.read_text())
ALL: dict[str, dict[str, float]] = STORED["all"]
NOMINAL = 0.95
# An honest interval strays further in one case of a hundred; so does an unbiased mean.
BAND = 2.6 * sqrt(NOMINAL * (1 - NOMINAL) / script.COHORTS)
FAR = 2.6
SOUND = [
    *(f"mixed, {why}" for why in ("none", "completely at random", "at random")),
    *(f"averages, {why}" for why in ("none", "completely at random")),
    "imputed, at random",
    "conditional odds",
]
SPREADS = ["variance of intercepts", "variance of slopes", "residual variance", "spread of log odds"]


def bias(name: str) -> float:
    """Return how many Monte Carlo errors the mean lies from the truth."""
    return (ALL[name]["mean"] - ALL[name]["truth"]) / ALL[name]["monte_carlo_error"]


def test_figures_are_of_this_script() -> None:
    assert (STORED["seed"], STORED["cohorts"]) == (script.SEED, script.COHORTS)
    assert {name: row["truth"] for name, row in ALL.items()} == {name: script.truths()[name] for name in ALL}


@pytest.mark.parametrize("name", SOUND)
def test_unbiased_and_covered(name: str) -> None:
    assert abs(bias(name)) <= FAR
    assert abs(ALL[name]["covered"] / script.COHORTS - NOMINAL) <= BAND
    assert ALL[name]["mean_std_error"] == pytest.approx(ALL[name]["spread"], rel=0.15)


@pytest.mark.parametrize("name", SPREADS)
def test_spreads_are_found(name: str) -> None:
    # Maximum likelihood puts spreads a little low: each fixed effect costs a participant's worth.
    slack = 0.02 * ALL[name]["truth"] if name == "spread of log odds" else 0.0
    away = abs(ALL[name]["mean"] - ALL[name]["truth"])
    assert away <= FAR * ALL[name]["monte_carlo_error"] + slack


def test_averages_go_wrong_where_dropout_follows_what_was_seen() -> None:
    assert abs(bias("averages, at random")) > 10
    assert ALL["averages, at random"]["covered"] < 0.2 * script.COHORTS


@pytest.mark.parametrize("name", ["mixed", "averages", "imputed"])
def test_all_go_wrong_where_dropout_follows_what_was_not_seen(name: str) -> None:
    assert abs(bias(f"{name}, not at random")) > 10


def test_the_first_cohorts_give_what_is_stored() -> None:
    found = script.figures(script.FIRST)
    for name, row in STORED["first"].items():
        assert found[name]["mean"] == pytest.approx(row["mean"], rel=1e-5)


@pytest.mark.slow
def test_all_cohorts_drawn_anew_give_what_is_stored() -> None:
    found = script.figures(script.COHORTS)
    for name, row in ALL.items():
        assert found[name]["mean"] == pytest.approx(row["mean"], rel=1e-5)
