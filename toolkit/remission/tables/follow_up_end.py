"""Until when reports of a participant were awaited."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.cohort.reading_follow_up import answers_by_response
from remission.cohort.windows import windows


@dataclass(frozen=True)
class FollowUpEnd:
    """By row of an outcome table: what was awaited after the last report.

    Attributes
    ----------
    complete : pandas.Series of bool
        No interview was to come any more, or the next one's window is still open.
    reach : pandas.Series of float
        Last day of the next interview's window: nothing was missed up to there; infinite where none was to come.
    last_seen : pandas.Series
        By participant: day of the last interview with any answer.
    """

    complete: pd.Series
    reach: pd.Series
    last_seen: pd.Series


def follow_up_end(study: Study, outcomes: pd.DataFrame) -> FollowUpEnd:
    """Tell what was awaited of every participant after their last report.

    Parameters
    ----------
    study : Study
    outcomes : pandas.DataFrame
        One row is a participant: ``participant_id exit``.
    """
    rows = outcomes[["participant_id", "exit"]].reset_index(names="row")
    planned = windows(study).dropna(subset=["first_day"]).merge(rows, on="participant_id")
    ahead = planned[planned["first_day"] > planned["exit"]].sort_values("first_day", kind="stable")
    following = ahead.drop_duplicates("row").set_index("row")
    reach = following["last_day"].reindex(outcomes.index).fillna(np.inf)
    closes = following["origin_date"] + pd.to_timedelta(following["last_day"], unit="D")
    looked = looked_on(study)
    waiting = closes >= pd.Timestamp(looked) if looked else closes != closes
    still_open = waiting.reindex(outcomes.index, fill_value=False).astype(bool)
    seen = answers_by_response(study)
    last_seen = seen[seen["n_answered"] > 0].groupby("participant_id")["day"].max()
    return FollowUpEnd(np.isinf(reach) | still_open, reach, last_seen)


def looked_on(study: Study) -> date | None:
    """Return the day on which the data are looked at: the as-of day, or today; None once data collection has ended."""
    looked = study.as_of.date() if study.as_of else date.today()
    closed = study.protocol.closed_on
    return looked if closed is None or looked <= closed else None
