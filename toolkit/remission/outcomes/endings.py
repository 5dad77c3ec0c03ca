"""How observation ended for those in whom the outcome was not seen."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

# What study.yaml and files may call a change of standing, and the ending that it is.
ENDINGS: Mapping[str, str] = {
    "death": "death",
    "incarceration": "incarceration",
    "withdrawal": "withdrawal",
    "lost": "lost",
    "relocation": "lost",
}
OPEN = "last report"


def with_endings(
    outcomes: pd.DataFrame, status_events: pd.DataFrame, complete: pd.Series, last_seen: pd.Series
) -> pd.DataFrame:
    """Tell endings apart: death, incarceration, withdrawal, lost, unreported, administrative.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        ``participant_id exit event ending``; an ending ``last report`` is told more closely, others stay.
    status_events : pandas.DataFrame
        ``participant_id kind day``, the day missing where unknown.
    complete : pandas.Series
        By row: whether nobody waits for a later report, because follow-up is over or the next one is not due yet.
    last_seen : pandas.Series
        By participant: the last day on which they were seen at all.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``ending`` and ``ending_day``: ``administrative`` where follow-up was complete, else the
        first death, incarceration or withdrawal after the last report with its day (one of an unknown day comes
        after those with one), else ``unreported`` where the participant was seen later without a word on use that
        leaves no gap, else ``lost``. A change of standing before the last report ended nothing.
    """
    told = status_events[status_events["kind"].isin(list(ENDINGS))]
    told = told.merge(outcomes[["participant_id", "exit"]], on="participant_id")
    after = told[told["day"].isna() | (told["day"] >= told["exit"])]
    first = after.sort_values("day", kind="stable").drop_duplicates("participant_id").set_index("participant_id")
    kind = outcomes["participant_id"].map(first["kind"]).map(dict(ENDINGS))
    day = outcomes["participant_id"].map(first["day"]).astype(float)
    waiting = outcomes["ending"] == OPEN
    complete = waiting & complete
    named = waiting & ~complete & kind.notna()
    seen = waiting & (outcomes["participant_id"].map(last_seen).astype(float) > outcomes["exit"])
    ending = np.select(
        [complete, named, seen, waiting],
        ["administrative", kind.fillna(""), "unreported", "lost"],
        outcomes["ending"],
    )
    told_more = outcomes.assign(ending=ending.astype(object), ending_day=day.where(named))
    told_more.attrs = outcomes.attrs
    return told_more


def causes(outcomes: pd.DataFrame, competing: tuple[str, ...], reach: pd.Series, outcome: str = "use") -> pd.DataFrame:
    """Tell what came first: the outcome, or an ending after which it cannot be seen any more.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        As from ``with_endings``.
    competing : tuple of str
        Endings that count as causes of their own, such as ``death``.
    reach : pandas.Series
        By row: the last day up to which an ending may lie so that nothing was missed between it and the last
        report. A later one, or one of an unknown day, leaves the participant censored at the last report.
    outcome : str
        Name of the cause that is the outcome.

    Returns
    -------
    pandas.DataFrame
        With ``cause``, empty where censored, and ``exit`` moved to the day of a competing cause.
    """
    ended = outcomes["ending"].isin(competing) & (outcomes["ending_day"] <= reach)
    cause = np.select([outcomes["event"] == 1, ended], [outcome, outcomes["ending"]], "")
    exit = np.where(ended, outcomes["ending_day"], outcomes["exit"])
    told = outcomes.assign(exit=exit.astype(float), cause=cause.astype(object))
    told.attrs = outcomes.attrs
    return told
