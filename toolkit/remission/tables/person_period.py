"""Follow-up seen at waves, as periods at risk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from remission.errors import DefinitionError


def person_period(
    table: pd.DataFrame,
    days: Sequence[float] | None = None,
    *,
    left: str = "left",
    right: str = "right",
    period: str = "period",
    nearest: float = 0.0,
) -> pd.DataFrame:
    """One row is a participant in a period at risk.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant whose event lies in ``(left, right]``; ``right`` is missing or infinite where none
        was seen by ``left``. With ``left`` and ``right`` both ``"exit"`` the day itself is known where ``event`` is 1;
        where it is 0, ``exit`` is the last day seen free of it.
    days : sequence of float, optional
        Ends of the periods, such as the waves; where not given all that occur in ``left`` and ``right``.
    left, right : str
    period : str
        Name of the new column of numbers from 1.
    nearest : float
        A look within so many days of a period's end counts as on it, since interviews fall around the planned day.

    Returns
    -------
    pandas.DataFrame
        The table's columns, the number of the period, its ``entry`` and ``exit``, and ``event``: 1 in the period in
        which the event lies. Those without it are at risk in the periods that they were seen to end without it.
        ``attrs["left_out"]`` counts who was not seen to the end of a first period, and whose event lies after the
        last.

    Raises
    ------
    DefinitionError
        A column is absent, times run backwards, an event lies in more than one period (``interval_cox`` takes those),
        or the days are no increasing numbers above 0.
    """
    absent = [name for name in (left, right) if name not in table.columns]
    if absent:
        raise DefinitionError(f"The table has no column {absent[0]}.", f"It has {', '.join(map(str, table.columns))}.")
    start = pd.to_numeric(table[left]).to_numpy(dtype=float)
    end = pd.to_numeric(table[right]).fillna(np.inf).to_numpy(dtype=float)
    if left == right:
        end = np.where(_happened(table, left), end, np.inf)
    if np.isnan(start).any() or (start < 0).any() or (end < start).any():
        raise DefinitionError("Some intervals start nowhere, before day 0 or after their end.", "Correct their times.")
    grid = _grid(days, start, end)
    start, end = (_onto(looks, grid, nearest) for looks in (start, end))
    first, last, happened = _places(start, end, grid, table.index)
    count = np.where(happened, last, first)
    row = np.repeat(np.arange(len(table)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    bounds = np.concatenate([[0.0], grid])
    found = table.iloc[row].reset_index(drop=True)
    found[period] = number
    found["entry"], found["exit"] = bounds[number - 1], bounds[number]
    found["event"] = (happened[row] & (number == last[row])).astype(int)
    found.attrs = dict(table.attrs)
    short, late = int((count == 0).sum()), int((np.isfinite(end) & ~happened).sum())
    told = (("not seen to the end of a first period", short), ("had the event after the last period", late))
    found.attrs["left_out"] = (*table.attrs.get("left_out", ()), *((words, n) for words, n in told if n))
    return found


def _onto(looks: np.ndarray, grid: np.ndarray, nearest: float) -> np.ndarray:
    """Move looks to the end of a period that is near enough."""
    if not nearest > 0:
        return looks
    after = np.minimum(np.searchsorted(grid, looks), grid.size - 1)
    before = np.maximum(after - 1, 0)
    closer = np.where(np.abs(grid[before] - looks) < np.abs(grid[after] - looks), grid[before], grid[after])
    return np.where(np.abs(closer - looks) <= nearest, closer, looks)


def _happened(table: pd.DataFrame, column: str) -> np.ndarray:
    if "event" not in table.columns or not table["event"].isin([0, 1]).all():
        raise DefinitionError(
            f"'{column}' alone does not tell on which days the event came and on which follow-up ended.",
            "Add a column event with 1 and 0, or name two columns for left and right.",
        )
    return np.asarray(table["event"] == 1)


def _grid(days: Sequence[float] | None, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    if days is None:
        seen = np.concatenate([start, end])
        return np.asarray(np.unique(seen[np.isfinite(seen) & (seen > 0)]))
    grid = np.asarray(days, dtype=float)
    if not grid.size or not np.isfinite(grid).all() or grid[0] <= 0 or (np.diff(grid) <= 0).any():
        raise DefinitionError("The days are no increasing numbers above 0.", "Give ends of periods such as [90, 180].")
    return grid


def _places(
    start: np.ndarray, end: np.ndarray, grid: np.ndarray, index: pd.Index
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find how many periods each was seen to end free, the period of the event, and whether it has one."""
    exact = (start == end) & np.isfinite(end)
    free = np.searchsorted(grid, start, side="right")
    last = np.maximum(np.searchsorted(grid, end, side="left") + 1, 1)
    happened = np.isfinite(end) & (last <= grid.size)
    free = np.where(exact, last - 1, free)
    several = happened & (last - free > 1)
    if several.any():
        raise DefinitionError(
            f"The event of row {index[np.flatnonzero(several)[0]]} lies in more than one period, "
            "as where a wave was missed.",
            "Take wider periods, nearest= where interviews fall around planned days, or interval_cox.",
        )
    return free, last, happened
