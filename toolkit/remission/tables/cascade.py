"""How far each participant came on the way from a referral to sustained attendance."""

import numpy as np
import pandas as pd

from remission.cohort import Study, reading
from remission.errors import NotEstimable
from remission.tables.follow_up_end import follow_up_end
from remission.tables.meetings import MET, REFERRED, calendar_of
from remission.tables.outcome import outcome_table

STEPS = ("enrolled", "referred", "first meeting", "sustained attendance")


def facilitation_steps(
    study: Study, *, within_days: int = 30, weeks: int = 12, meetings_at_least: int = 4
) -> pd.DataFrame:
    """One row is a participant: how far the way from a referral to sustained attendance led by a fixed day.

    Everything is counted by day ``within_days + 7 * weeks``, so that what follows may be read after it.

    Parameters
    ----------
    study : Study
    within_days : int
        A first meeting counts up to so many days after day 0 or the referral, whichever is later.
    weeks, meetings_at_least : int
        Sustained is who went to so many meetings in each of the four-week periods of so many weeks from the first
        meeting on.

    Returns
    -------
    pandas.DataFrame
        ``participant_id step reached known``: ``step`` is the furthest of ``STEPS``, ``reached`` its number from 0;
        ``known`` is False where observation ended before the day, so that a later step may have been missed.

    Raises
    ------
    NotEstimable
        No meeting or no referral is recorded, or nobody was referred by that day.
    """
    events = calendar_of(study)
    last = float(within_days + 7 * weeks)
    events = events[events["day"] <= last]
    people = pd.Index(reading.participants(study)["participant_id"], name="participant_id")
    referred = events[events["kind"].isin(REFERRED)].groupby("participant_id")["day"].min().reindex(people)
    if referred.isna().all():
        raise NotEstimable(
            f"No referral is recorded by day {last:g}.",
            "Record referrals in the calendar (`--as calendar`, kind `referral` or `linkage`).",
        )
    start = referred.clip(lower=0)
    first = _first_meeting(events, start, within_days)
    sustained = _sustained(events, first, weeks, meetings_at_least)
    reached = np.select([sustained, first.notna(), referred.notna()], [3, 2, 1], 0)
    seen = follow_up_end(study, outcome_table(study)).last_seen.reindex(people).fillna(0)
    table = pd.DataFrame({"participant_id": people, "reached": reached})
    steps = pd.CategoricalDtype(list(STEPS), ordered=True)
    return table.assign(
        step=pd.Categorical.from_codes(reached.tolist(), dtype=steps),
        known=((seen >= last).to_numpy() | (reached == 3)),
    )[["participant_id", "step", "reached", "known"]]


def _first_meeting(events: pd.DataFrame, start: pd.Series, within: int) -> pd.Series:
    met = events[events["kind"].isin(MET)]
    since = met["day"] - met["participant_id"].map(start)
    counted = met[(since >= 0) & (since <= within)]
    return counted.groupby("participant_id")["day"].min().reindex(start.index)


def _sustained(events: pd.DataFrame, first: pd.Series, weeks: int, at_least: int) -> pd.Series:
    met = events[events["kind"].isin(MET)]
    period = (met["day"] - met["participant_id"].map(first)) // 28
    counted = met.assign(period=period)[(period >= 0) & (period < weeks // 4)]
    totals = counted.groupby(["participant_id", "period"])["count"].sum()
    enough = (totals >= at_least).groupby("participant_id").sum()
    return (enough.reindex(first.index).fillna(0) == weeks // 4) & first.notna()
