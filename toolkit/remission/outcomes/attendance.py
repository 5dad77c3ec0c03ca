"""The meeting calendar rolled up over a stretch of days."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

COLUMNS = ("participant_id", "meetings", "meeting_days", "weeks_with_meeting", "longest_gap", "service", "sponsor")


def attendance(
    events: pd.DataFrame, participants: Iterable[str], first_day: int, last_day: int, groups: Iterable[str] = ()
) -> pd.DataFrame:
    """Count meetings in a window of days, both ends included.

    Whose calendar was not kept is not at zero meetings but unknown, so the caller names whose was.

    Parameters
    ----------
    events : pandas.DataFrame
        One row is a kind of event on a day: ``participant_id day kind group_name format count``.
    participants : iterable of str
        Whose calendar was kept over the whole window.
    first_day, last_day : int
    groups : iterable of str
        Count these groups alone; all where empty.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id meetings meeting_days weeks_with_meeting longest_gap
        service sponsor``. A first meeting in company counts as a meeting. ``weeks_with_meeting`` counts
        whole weeks from ``first_day``; a last stretch of less than seven days is no week.
        ``longest_gap`` is the longest run of days without a meeting.

    Raises
    ------
    ValueError
        The window ends before it starts.
    """
    if last_day < first_day:
        raise ValueError("the window ends before it starts")
    wanted = set(groups)
    within = events[events["day"].between(first_day, last_day)]
    if wanted:
        within = within[within["group_name"].isin(wanted)]
    rows = [_row(str(who), within[within["participant_id"] == who], first_day, last_day) for who in participants]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(who: str, mine: pd.DataFrame, first_day: int, last_day: int) -> tuple[str, int, int, int, int, int, int]:
    met = mine[mine["kind"].isin(["meeting", "accompanied_meeting"])]
    days = np.unique(met["day"].to_numpy(dtype=int))
    week = (days - first_day) // 7
    whole = week[week < (last_day - first_day + 1) // 7]
    ends = np.concatenate([[first_day - 1], days, [last_day + 1]])
    counts = mine.groupby("kind")["count"].sum()
    return (
        who,
        int(met["count"].sum()),
        len(days),
        len(np.unique(whole)),
        int(np.diff(ends).max() - 1),
        int(counts.get("service", 0)),
        int(counts.get("sponsor_contact", 0)),
    )
