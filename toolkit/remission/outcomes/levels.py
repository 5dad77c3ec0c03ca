"""Named levels of engagement."""

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


def level_of(scores: pd.Series, levels: Sequence[LevelLike]) -> pd.Series:
    """Name the level of each score; missing where the score is, or lies below the lowest level."""
    starts = np.array([level.at_least for level in levels])
    names = np.array([None, *[level.name for level in levels]], dtype=object)
    values = scores.to_numpy(dtype=float)
    place = np.where(np.isnan(values), 0, np.searchsorted(starts, values, side="right"))
    return pd.Series(names[place], index=scores.index, dtype=object)
