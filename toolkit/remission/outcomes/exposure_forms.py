"""Engagement as it was known on a day: last, mean, cumulative, recent, weekly."""

from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

COLUMNS = ("participant_id", "day", "value")
ScoreForm = Literal["last", "mean", "cumulative", "at_least"]
CalendarForm = Literal["last_days", "cumulative", "recency", "weekly"]


def score_exposure(scores: pd.DataFrame, form: ScoreForm, threshold: float = 1.0, lag_waves: int = 0) -> pd.DataFrame:
    """Read an exposure off scores at interviews; each value counts from the day it was reported.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row is an interview: ``participant_id day score``; without a score it says nothing.
    form : {"last", "mean", "cumulative", "at_least"}
        The score; the mean or the sum of the scores so far; 1 where the score reaches ``threshold``, else 0.
    threshold : float
    lag_waves : int
        Take the value so many interviews before.

    Returns
    -------
    pandas.DataFrame
        One row is a day from which a value holds: ``participant_id day value``; missing while the lag lasts.
    """
    told = scores.dropna(subset="score").sort_values(["participant_id", "day"], kind="stable")
    people = told.groupby("participant_id")["score"]
    if form == "at_least":
        value = (told["score"] >= threshold).astype(float)
    elif form == "last":
        value = told["score"].astype(float)
    else:
        total = people.cumsum().astype(float)
        value = total if form == "cumulative" else total / (people.cumcount() + 1)
    lagged = value.groupby(told["participant_id"]).shift(lag_waves)
    return told.assign(value=lagged)[list(COLUMNS)].reset_index(drop=True)


def calendar_exposure(
    events: pd.DataFrame, until: float, form: CalendarForm, days: int = 30, weeks: int = 4, every: int = 7
) -> pd.DataFrame:
    """Read an exposure off a meeting calendar every few days, from day 0 on.

    Parameters
    ----------
    events : pandas.DataFrame
        One row is a kind of event on a day: ``participant_id day kind count``; meetings count, also those in company.
    until : float
        Last day that is needed.
    form : {"last_days", "cumulative", "recency", "weekly"}
        Meetings in the last ``days``, the day itself included; meetings from day 0 on; days since the last meeting,
        missing before the first; 1 where each of the last ``weeks`` weeks had a meeting, else 0.
    days, weeks, every : int

    Returns
    -------
    pandas.DataFrame
        One row is a day on which the value changed: ``participant_id day value``. Participants without any event
        are not in it: whose calendar was not kept is not at zero meetings. After the last entry of a calendar no
        entry is no meeting.
    """
    met = events[events["kind"].isin(["meeting", "accompanied_meeting"])]
    people = np.array(sorted(events["participant_id"].unique()), dtype=object)
    grid = np.arange(0, max(until, 0) + 1, every, dtype=float)
    count = _Counter(met, people, float(events["day"].min()) if len(events) else 0.0, until)
    who, day = np.repeat(np.arange(len(people)), len(grid)), np.tile(grid, len(people))
    if form == "last_days":
        value = count.upto(who, day) - count.upto(who, day - days)
    elif form == "cumulative":
        value = count.upto(who, day) - count.upto(who, np.full(len(day), -1.0))
    elif form == "recency":
        value = day - count.last(who, day)
    else:
        ends = [day - 7 * week for week in range(weeks + 1)]
        each = [count.upto(who, late) - count.upto(who, early) > 0 for late, early in pairwise(ends)]
        value = np.logical_and.reduce(each).astype(float)
    found = pd.DataFrame({"participant_id": people[who], "day": day, "value": value})
    same = (found["participant_id"] == found["participant_id"].shift()) & (
        (found["value"] == found["value"].shift()) | (found["value"].isna() & found["value"].shift().isna())
    )
    return found[~same].reset_index(drop=True)


class _Counter:
    """Meetings of every participant up to a day."""

    def __init__(self, met: pd.DataFrame, people: np.ndarray, first: float, until: float) -> None:
        self.low = min(first, 0.0) - 400.0
        self.width = max(until, float(met["day"].max()) if len(met) else 0.0) - self.low + 2.0
        code = np.searchsorted(people, met["participant_id"].to_numpy(dtype=object))
        day = met["day"].to_numpy(dtype=float)
        order = np.lexsort([day, code])
        self.code, self.day = code[order], day[order]
        self.key = self._keys(self.code, self.day)
        self.total = np.concatenate([[0.0], np.cumsum(met["count"].to_numpy(dtype=float)[order])])
        self.start = np.searchsorted(self.code, np.arange(len(people)))

    def _keys(self, code: np.ndarray, day: np.ndarray) -> np.ndarray:
        return np.asarray(code * self.width + np.clip(day - self.low, 0, self.width - 1))

    def _place(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.key, self._keys(who, day), side="right")

    def upto(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the number of meetings on or before a day."""
        return np.asarray(self.total[self._place(who, day)] - self.total[self.start[who]])

    def last(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the day of the last meeting on or before a day; missing where there was none."""
        place = self._place(who, day)
        had = place > self.start[who]
        held = self.day[np.clip(place - 1, 0, None)] if len(self.day) else np.zeros(len(place))
        return np.where(had, held, np.nan)
