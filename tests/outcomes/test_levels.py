"""Levels of engagement."""

from typing import NamedTuple

import pandas as pd

from remission.outcomes import level_of


class Level(NamedTuple):
    name: str
    at_least: float


LEVELS = (Level("none", 0), Level("some", 1), Level("engaged", 3))
NAN = float("nan")


def test_a_level_starts_at_its_lowest_score() -> None:
    levels = level_of(pd.Series([0.0, 0.99, 1.0, 2.5, 3.0, 5.0, -1.0, NAN]), LEVELS)
    assert levels.tolist() == ["none", "none", "some", "some", "engaged", "engaged", None, None]
