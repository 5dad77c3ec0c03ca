"""Use patterns of weeks, from everything exact that a timeline and tests say."""

import numpy as np
import pandas as pd

from remission.outcomes.period_words import weekly_words
from remission.outcomes.spans import about
from remission.outcomes.timeline import TIMELINE
from remission.outcomes.use_pattern import BOTH, MISSED, NO_USE, USE


def week_words(timeline: pd.DataFrame, tests: pd.DataFrame, weeks: pd.Series, substance: str = "any") -> pd.Series:
    """Write one mark a week: what days told, or where no day was told what tests showed.

    Parameters
    ----------
    timeline : pandas.DataFrame
        As from ``timeline``; where days are told both free and used, use counts.
    tests : pandas.DataFrame
        ``participant_id day substance result``. A week of which no day is known is ``+`` where its tests were
        positive, ``-`` where negative, ``*`` where both. A positive test makes a week told free ``*``.
    weeks : pandas.Series
        How many weeks each participant's word has.
    substance : str

    Returns
    -------
    pandas.Series
        A word a participant, in the order of ``weeks``; a week about which nothing is known is ``o``.
    """
    longest = int(weeks.max()) if len(weeks) else 0
    words = weekly_words(_days(about(TIMELINE.check(timeline), substance), 7 * longest), weeks.index, longest)
    if longest == 0:
        return words
    marks = np.array([list(word) for word in words])
    shown = tests[tests["result"].isin(["positive", "negative"])].rename(columns={"result": "state"})
    shown = about(shown.assign(state=shown["state"].map({"positive": "used", "negative": "abstinent"})), substance)
    seen = {state: _weeks(shown[shown["state"] == state], words.index, longest) for state in ("used", "abstinent")}
    positive, negative = seen["used"], seen["abstinent"]
    silent = marks == MISSED
    tested = np.select([positive & negative, positive, negative], [BOTH, USE, NO_USE], MISSED)
    told = np.where(silent, tested, np.where((marks == NO_USE) & positive, BOTH, marks))
    cut = ["".join(line[:length]) for line, length in zip(told, weeks.astype(int), strict=True)]
    return pd.Series(cut, index=words.index, dtype=object, name="word")


def _weeks(shown: pd.DataFrame, people: pd.Index, weeks: int) -> np.ndarray:
    found = np.zeros((len(people), weeks), dtype=bool)
    week = (shown["day"].to_numpy(dtype=int) + 6) // 7
    row = people.get_indexer(pd.Index(shown["participant_id"]))
    within = (week >= 1) & (week <= weeks) & (row >= 0)
    found[row[within], week[within] - 1] = True
    return found


def _days(spans: pd.DataFrame, last_day: int) -> pd.DataFrame:
    """One row is a participant's day that is known exactly, 1 to ``last_day``, with the amount used."""
    exact = spans[(spans["state"] != "some") & (spans["end_day"] >= 1) & (spans["start_day"] <= last_day)]
    first = exact["start_day"].clip(lower=1).to_numpy(dtype=int)
    length = exact["end_day"].clip(upper=last_day).to_numpy(dtype=int) - first + 1
    amount = np.where(exact["state"] == "used", exact["quantity"].fillna(1.0), 0.0)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    days = pd.DataFrame(
        {
            "participant_id": np.repeat(exact["participant_id"].to_numpy(), length),
            "day": np.repeat(first, length) + place,
            "amount": np.repeat(amount, length),
        }
    )
    return days.groupby(["participant_id", "day"], sort=False)["amount"].max().reset_index()
