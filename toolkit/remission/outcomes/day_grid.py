"""Calendars as grids: one row a participant, one column a day of the participant's own window."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remission.errors import DefinitionError
from remission.outcomes.period_words import known_entries


@dataclass(frozen=True)
class DayGrid:
    """Days of a window, counted from the window's own start.

    Attributes
    ----------
    people : pandas.Index
        One row each.
    length : numpy.ndarray
        Days in each window; 0 where the window has no start or no end.
    amount : numpy.ndarray
        Participants by days; missing without an entry and outside the window.
    within : numpy.ndarray
        Whether a day belongs to the window.
    """

    people: pd.Index
    length: NDArray[np.int64]
    amount: NDArray[np.float64]
    within: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Days of the window with an entry."""
        return ~np.isnan(self.amount)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Days of the window with use."""
        return self.amount > 0

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Days of the window without an entry."""
        return self.within & np.isnan(self.amount)


def day_grid(calendar: pd.DataFrame, start: pd.Series, end: pd.Series) -> DayGrid:
    """Lay out each participant's days from ``start`` up to the day before ``end``.

    Parameters
    ----------
    calendar : pandas.DataFrame
        One row is a participant on a day: ``participant_id day amount``.
    start, end : pandas.Series
        Days by participant, of one index; missing where the visit that sets them was missed.

    Raises
    ------
    DefinitionError
        A window ends before it starts, a participant stands twice, or the calendar is wrong.
    """
    known = known_entries(calendar)
    if start.index.has_duplicates or not start.index.equals(end.index):
        raise DefinitionError(
            "The starts and ends of the windows are not those of the same participants, one each.",
            "Give both as Series with one index of participants.",
        )
    first, last = start.to_numpy(dtype=float), end.to_numpy(dtype=float)
    turned = last < first
    if turned.any():
        raise DefinitionError(
            f"The window of participant {start.index[turned][0]} ends before it starts.", "Correct its days."
        )
    length = np.nan_to_num(last - first, nan=0.0).astype(np.int64)
    within = np.arange(length.max(initial=0))[None, :] < length[:, None]
    amount = np.full(within.shape, np.nan)
    row = start.index.get_indexer(pd.Index(known["participant_id"]))
    place = known["day"].to_numpy(dtype=float) - first[row]
    inside = (row >= 0) & (place >= 0) & (place < length[row])
    amount[row[inside], place[inside].astype(int)] = known["amount"].to_numpy()[inside]
    return DayGrid(start.index, length, amount, within)
