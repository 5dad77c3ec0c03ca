"""Words from days: a calendar of use becomes one mark a week."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.frames import FrameShape
from remission.outcomes.use_pattern import BOTH, MISSED, NO_USE, USE

USE_CALENDAR = FrameShape(
    "a participant on a day, with the amount used (0 none, missing: no entry)",
    ("participant_id", "day", "amount"),
    ("participant_id", "day"),
)


def weekly_words(calendar: pd.DataFrame, participants: Iterable[str], weeks: int, *, known_days: int = 1) -> pd.Series:
    """Turn a daily calendar into one word a participant: a mark for each week after day 0.

    Week k holds days 7k - 6 to 7k. No day of use gives ``-``, one gives ``*``, two or more give ``+``. A
    day without an entry is no day of no use: a week with fewer days known than ``known_days`` gives ``o``.

    Parameters
    ----------
    calendar : pandas.DataFrame
        One row is a participant on a day: ``participant_id day amount``; 0 is no use, missing no entry.
    participants : iterable of str
        Who gets a word; one without any entry gets a word of missed weeks.
    weeks : int
        Length of the words.
    known_days : int
        How many days of a week must be known; two days of use are ``+`` whatever the others were.

    Returns
    -------
    pandas.Series
        Words by ``participant_id``.

    Raises
    ------
    DefinitionError
        A day stands twice, a day is no whole number, or an amount is below 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.outcomes import weekly_words
    >>> days = pd.DataFrame({"participant_id": "a", "day": [1, 3, 8, 9, 15], "amount": [0, 4, 1, 2, None]})
    >>> weekly_words(days, ["a"], 3)["a"]
    '*+o'
    """
    known = known_entries(calendar)
    people = pd.Index(list(participants), name="participant_id")
    week = (known["day"].to_numpy(dtype=int) + 6) // 7
    within = (week >= 1) & (week <= weeks) & known["participant_id"].isin(people).to_numpy()
    row = people.get_indexer(pd.Index(known.loc[within, "participant_id"]))
    column = week[within] - 1
    entries, used = np.zeros((len(people), weeks), dtype=int), np.zeros((len(people), weeks), dtype=int)
    np.add.at(entries, (row, column), 1)
    np.add.at(used, (row, column), (known.loc[within, "amount"] > 0).to_numpy(dtype=int))
    marks = np.select([used >= 2, entries < max(known_days, 1), used == 1], [USE, MISSED, BOTH], NO_USE)
    return pd.Series(["".join(line) for line in marks], index=people, dtype=object, name="word")


def known_entries(calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the days with an entry, or name the participant whose calendar is wrong.

    Raises
    ------
    DefinitionError
        A day stands twice, a day is no whole number, or an amount is below 0.
    """
    USE_CALENDAR.check(calendar)
    day, amount = calendar["day"].astype(float), calendar["amount"].astype(float)
    for wrong, what in ((~(day % 1 == 0), "a day that is no whole number"), (amount < 0, "an amount below 0")):
        if wrong.any():
            who = calendar.loc[wrong.to_numpy(), "participant_id"].iloc[0]
            raise DefinitionError(f"The calendar of participant {who} has {what}.", "Correct the entry.")
    kept = calendar[amount.notna().to_numpy()]
    return kept.assign(day=kept["day"].astype(int), amount=kept["amount"].astype(float))
