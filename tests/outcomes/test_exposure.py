"""Spells of engagement from scores at waves."""

from typing import NamedTuple

import pandas as pd

from remission.outcomes import exposure, level_of


class Level(NamedTuple):
    name: str
    at_least: float


LEVELS = (Level("none", 0), Level("some", 1), Level("engaged", 3))
NAN = float("nan")


def test_spells_by_hand() -> None:
    scores = pd.DataFrame(
        [
            ("b", "month_3", 95.0, 2.0),
            ("a", "month_3", 88.0, 3.0),
            ("a", "baseline", 0.0, 0.0),
            ("b", "baseline", 0.0, NAN),
        ],
        columns=["participant_id", "wave", "day", "score"],
    )
    spells = exposure(scores, LEVELS)
    # The baseline of b was not answered, so its first spell starts on day 95.
    assert spells[["participant_id", "start_day", "value", "level"]].to_numpy().tolist() == [
        ["a", 0.0, 0.0, "none"],
        ["a", 88.0, 3.0, "engaged"],
        ["b", 95.0, 2.0, "some"],
    ]


def test_a_level_starts_at_its_lowest_score() -> None:
    levels = level_of(pd.Series([0.0, 0.99, 1.0, 2.5, 3.0, 5.0, -1.0, NAN]), LEVELS)
    assert levels.tolist() == ["none", "none", "some", "some", "engaged", "engaged", None, None]
