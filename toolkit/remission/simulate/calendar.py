"""A simulated meeting calendar of the first year: referrals, and meetings week by week."""

import numpy as np
import pandas as pd

from remission.simulate.histories import Histories

WEEKS = 52
REFERRED = 0.6
# Meetings a week for each point of involvement (0 to 5) at the interview before.
PER_POINT = 0.45


def meeting_calendar(ids: np.ndarray, histories: Histories, random: np.random.Generator) -> pd.DataFrame:
    """Draw who was referred on the last day of treatment, and meetings while somebody was followed.

    Parameters
    ----------
    ids : numpy.ndarray of str, shape (participants,)
    histories : Histories
    random : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        ``participant_id day kind group_name format count``, one row a week with meetings.
    """
    start = 7 * np.arange(WEEKS)
    # The last interview before the week says how involved somebody is in it.
    wave = (histories.interview_day[:, None, :] <= start[None, :, None]).sum(axis=2) - 1
    involvement = np.take_along_axis(histories.involvement, wave, axis=1)
    last = np.where(histories.came, histories.interview_day, 0).max(axis=1)
    member = histories.group != "none"
    followed = start[None, :] + 6 <= last[:, None]
    count = random.poisson(PER_POINT * involvement) * (member[:, None] & followed)
    day = start[None, :] + random.integers(0, 7, count.shape)
    who, week = np.nonzero(count)
    meetings = pd.DataFrame(
        {
            "participant_id": ids[who],
            "day": day[who, week],
            "kind": "meeting",
            "group_name": histories.group[who],
            "format": "in_person",
            "count": count[who, week],
        }
    )
    told = ids[random.random(ids.size) < REFERRED]
    referrals = pd.DataFrame(
        {
            "participant_id": told,
            "day": 0,
            "kind": "referral",
            "group_name": "unknown",
            "format": "in_person",
            "count": 1,
        }
    )
    return pd.concat([referrals, meetings], ignore_index=True)
