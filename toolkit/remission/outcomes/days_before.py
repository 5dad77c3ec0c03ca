"""What all sources together say about the days right before an interview."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.outcomes.spans import about


def abstinent_before(spans: pd.DataFrame, visits: pd.DataFrame, days: int = 30, substance: str = "any") -> pd.Series:
    """Tell for each interview whether its participant used on the days before it.

    Use that any source tells of counts; abstinence needs every day told free by some source.

    Parameters
    ----------
    spans : pandas.DataFrame
        As from ``timeline``.
    visits : pandas.DataFrame
        One row is an interview: ``participant_id day``. Its own day is not part of the window.
    days : int
        Length of the window.
    substance : str
        ``any`` is all.

    Returns
    -------
    pandas.Series
        1 abstinent, 0 not, missing where the sources do not tell; index as in ``visits``.

    Raises
    ------
    DefinitionError
        The window is below one day.
    """
    if days < 1:
        raise DefinitionError(f"Abstinence over {days} days is none.", "Name at least one day.")
    asked = pd.DataFrame(
        {
            "row": np.arange(len(visits)),
            "participant_id": visits["participant_id"].to_numpy(),
            "last": visits["day"].to_numpy(dtype=float) - 1,
        }
    )
    told = about(spans, substance).merge(asked, on="participant_id")
    told = told[(told["end_day"] > told["last"] - days) & (told["start_day"] <= told["last"])]
    first = told["last"] - days + 1
    outside = (first - told["start_day"]).clip(lower=0) + (told["end_day"] - told["last"]).clip(lower=0)
    used = (told["state"] == "used") | ((told["state"] == "some") & (told["days_used"].fillna(1) > outside))
    free = told[told["state"] == "abstinent"]
    covered = _days_covered(free["row"], free["start_day"].clip(lower=first), free["end_day"].clip(upper=free["last"]))
    answer = pd.Series(np.nan, index=np.arange(len(visits)))
    answer[covered.index[covered.to_numpy() >= days]] = 1.0
    answer[told.loc[used, "row"].unique()] = 0.0
    return answer.set_axis(visits.index)


def _days_covered(row: pd.Series, start: pd.Series, end: pd.Series) -> pd.Series:
    """Count the days of the union of spans, by row."""
    ordered = pd.DataFrame({"row": row, "start": start, "end": end}).sort_values(["row", "start"], kind="stable")
    reached = ordered.groupby("row")["end"].cummax().groupby(ordered["row"]).shift()
    fresh = (ordered["end"] - np.fmax(ordered["start"] - 1, reached)).clip(lower=0)
    return fresh.groupby(ordered["row"]).sum()
