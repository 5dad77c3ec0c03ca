"""Time cut into pieces, so that a slope may change on declared days."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.formula import require_columns


def piecewise_time(table: pd.DataFrame, knots: Sequence[float], *, time: str = "day") -> pd.DataFrame:
    """Add columns whose coefficients are the slopes before, between and after knots (a spline of degree one).

    With one knot at day 90 the columns are ``day_to_90``, which grows until then and stays, and ``day_from_90``,
    which is 0 until then and grows; put both into a formula. Declare the knots before looking at the outcome: the
    day of a discharge or a quit date, not the day on which the curve bends.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant at a wave.
    knots : sequence of float
        Times, rising, within the range of the column.
    time : str

    Returns
    -------
    pandas.DataFrame
        The table with one column more than there are knots, named by ``piecewise_columns``. Missing times stay missing.

    Raises
    ------
    DefinitionError
        A knot is outside the times of the table, knots do not rise, or the column is absent or holds no numbers.

    References
    ----------
    Naumova EN, Must A, Laird NM (2001). Evaluating the impact of critical periods in longitudinal studies of growth
    using piecewise mixed effects models. doi:10.1093/ije/30.6.1332
    """
    require_columns(table, [time])
    at = pd.to_numeric(table[time].astype(object), errors="coerce").astype(float)
    if (at.isna() & table[time].notna()).any():
        raise DefinitionError(f"'{time}' holds values that are no numbers.", "Give times as numbers.")
    cuts = [float(knot) for knot in knots]
    if not cuts or not (np.diff(cuts) > 0).all():
        raise DefinitionError("The knots do not rise, or there is none.", "Give them in order, like [90, 365].")
    outside = [cut for cut in cuts if not at.min() < cut < at.max()]
    if outside:
        raise DefinitionError(
            f"The knot {outside[0]:g} is not between the times of '{time}' ({at.min():g} to {at.max():g}).",
            "Choose knots with observations on both sides.",
        )
    low = [-np.inf, *cuts]
    high = [*cuts, np.inf]
    names = piecewise_columns(cuts, time)
    pieces = {
        name: at.clip(upper=b) if a == -np.inf else at.clip(a, b) - a
        for name, a, b in zip(names, low, high, strict=True)
    }
    return table.assign(**pieces)


def piecewise_columns(knots: Sequence[float], time: str = "day") -> tuple[str, ...]:
    """Name the columns that ``piecewise_time`` adds: ``day_to_90 day_90_to_365 day_from_365``."""
    names = [f"{knot:g}".replace(".", "_").replace("-", "minus_") for knot in knots]
    inner = [f"{time}_{a}_to_{b}" for a, b in pairwise(names)]
    return (f"{time}_to_{names[0]}", *inner, f"{time}_from_{names[-1]}")
