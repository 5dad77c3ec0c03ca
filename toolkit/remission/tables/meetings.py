"""What the meeting calendar tells of each participant over a stretch of days."""

import pandas as pd

from remission.cohort import Study, mutual_help_events
from remission.errors import NotEstimable

MET = ("meeting", "accompanied_meeting")
REFERRED = ("referral", "linkage", "accompanied_meeting")


def calendar_of(study: Study) -> pd.DataFrame:
    """One row is a kind of event on a day, of whoever may be used.

    Raises
    ------
    NotEstimable
        The study has no meeting calendar.
    """
    events = mutual_help_events(study)
    if not events["kind"].isin(MET).any():
        raise NotEstimable(
            "No meeting is recorded in the calendar of this study.",
            "Record it with `remission record calendar.csv --as calendar`, one row a meeting or a count on a day.",
        )
    return events.assign(day=events["day"].astype(float))


def weeks_with_meeting(events: pd.DataFrame, first_day: float, last_day: float) -> pd.Series:
    """Count by participant the weeks, from a first day on, in which there was a meeting; who had none is not in it."""
    met = events[events["kind"].isin(MET) & events["day"].between(first_day, last_day)]
    week = ((met["day"] - first_day) // 7).rename("week")
    pairs = pd.DataFrame({"participant_id": met["participant_id"], "week": week}).drop_duplicates()
    return pairs.groupby("participant_id").size()


def band(weeks: pd.Series, starts: tuple[int, ...]) -> pd.Series:
    """Sort numbers of weeks into bands, named by their first and last week."""
    edges = [0, *starts]
    ends = [
        f"{low} to {high - 1} weeks" if high - 1 > low else f"{low} weeks"
        for low, high in zip(edges, starts, strict=False)
    ]
    names = [*ends, f"{edges[-1]} weeks or more"]
    codes = pd.cut(weeks, [*edges, float("inf")], right=False, labels=names, ordered=True)
    return pd.Series(codes, index=weeks.index)
