"""Time at risk cut on given days, so that an effect may differ from one period to the next."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from remission.errors import DefinitionError


def split_at(
    table: pd.DataFrame,
    days: Sequence[float],
    *,
    entry: str = "entry",
    exit: str = "exit",
    event: str = "event",
    period: str = "period",
) -> pd.DataFrame:
    """One row is a stretch of a row's time at risk within one period.

    With ``C(period):x`` among the covariates, or ``period`` among the strata of ``cox``, the effect of ``x`` is a step
    function of time. Cutting alone changes no estimate.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant, or a stretch ``(entry, exit]`` of one.
    days : sequence of float
        Where to cut, on the scale of ``exit``. What happens on such a day belongs to the period that it ends.
    entry, exit, event : str
        Columns; where there is no ``entry``, all are watched from day 0 on.
    period : str
        Name of the new column: 1 up to the first day, 2 up to the second, and so on.

    Returns
    -------
    pandas.DataFrame
        The table's columns, ``entry`` and ``period``; only the last stretch of a row keeps its event. A row whose
        times are missing stays whole, without a period.

    Raises
    ------
    DefinitionError
        No day or one that is no number, a column that is absent, or a name that is taken.

    References
    ----------
    Therneau T, Crowson C, Atkinson E. Using time dependent covariates and time dependent coefficients in the Cox
    model (vignette of R's survival); as ``survSplit`` there.
    """
    cuts = np.unique(np.asarray(days, dtype=float))
    _require(table, cuts, (exit, event), period)
    starts = table[entry].to_numpy(dtype=float) if entry in table.columns else np.zeros(len(table))
    ends = table[exit].to_numpy(dtype=float)
    # Rows without time at risk, and those without times, are not cut.
    first = np.searchsorted(cuts, starts, side="right")
    last = np.maximum(np.searchsorted(cuts, ends, side="left"), first)
    whole = np.isnan(starts) | np.isnan(ends)
    last = np.where(whole, first, last)
    pieces = last - first + 1
    row = np.repeat(np.arange(len(table)), pieces)
    number = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    opening, closing = number == first[row], number == last[row]
    bounds = np.concatenate([[-np.inf], cuts, [np.inf]])
    found = table.iloc[row].reset_index(drop=True)
    found[entry] = np.where(opening, starts[row], bounds[number])
    found[exit] = np.where(closing, ends[row], bounds[number + 1])
    found[event] = found[event].where(closing, 0).astype(table[event].dtype)
    found[period] = pd.array(np.where(whole[row], 0, number + 1), dtype="Int64")
    if whole.any():
        found.loc[whole[row], period] = pd.NA
    else:
        found[period] = found[period].astype(np.int64)
    found.attrs = dict(table.attrs)
    return found


def _require(table: pd.DataFrame, cuts: np.ndarray, names: tuple[str, str], period: str) -> None:
    if not cuts.size or not np.isfinite(cuts).all():
        raise DefinitionError("The days to cut at are no numbers, or there is none.", "Give days such as [90, 180].")
    absent = [name for name in names if name not in table.columns]
    if absent:
        raise DefinitionError(f"The table has no column {absent[0]}.", f"It has {', '.join(map(str, table.columns))}.")
    if period in table.columns:
        raise DefinitionError(f"The table already has a column {period}.", "Name the new one with period=.")
    if table[names[1]].dtype.kind not in "biuf":
        raise DefinitionError(f"Column {names[1]} holds no numbers.", "Code the event as 1 and censoring as 0.")
