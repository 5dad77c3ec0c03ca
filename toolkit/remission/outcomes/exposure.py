"""Engagement over time: from what each interview reported to spells with a level."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd


class LevelLike(Protocol):
    """A named level that starts at a score."""

    @property
    def name(self) -> str:
        """Name of the level."""

    @property
    def at_least(self) -> float:
        """Lowest score of the level."""


def exposure(scores: pd.DataFrame, levels: Sequence[LevelLike]) -> pd.DataFrame:
    """Turn engagement scores into spells that start when the score was reported.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row is a participant at a wave: ``participant_id wave day score``.
    levels : sequence of levels
        With ``name`` and ``at_least``, lowest first.

    Returns
    -------
    pandas.DataFrame
        One row is a participant's engagement from one interview to the next:
        ``participant_id wave start_day value level``. Scores that are missing start no spell.
    """
    known = scores[scores["score"].notna()].sort_values(["participant_id", "day"])
    return pd.DataFrame(
        {
            "participant_id": known["participant_id"],
            "wave": known["wave"],
            "start_day": known["day"],
            "value": known["score"].astype(float),
            "level": level_of(known["score"], levels),
        }
    ).reset_index(drop=True)


def level_of(scores: pd.Series, levels: Sequence[LevelLike]) -> pd.Series:
    """Name the level of each score; missing where the score is, or lies below the lowest level."""
    starts = np.array([level.at_least for level in levels])
    names = np.array([None, *[level.name for level in levels]], dtype=object)
    values = scores.to_numpy(dtype=float)
    place = np.where(np.isnan(values), 0, np.searchsorted(starts, values, side="right"))
    return pd.Series(names[place], index=scores.index, dtype=object)
