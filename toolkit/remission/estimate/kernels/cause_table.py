"""Counts at each distinct time of one group when the event has several causes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class CauseTable:
    """Counts at each distinct exit time of one group.

    Attributes
    ----------
    time, n_at_risk, n_censored : numpy.ndarray, shape (times,)
    n_event : numpy.ndarray of int, shape (times, causes)
    """

    time: np.ndarray
    n_at_risk: np.ndarray
    n_event: np.ndarray
    n_censored: np.ndarray


def cause_table(exit_time: np.ndarray, code: np.ndarray, causes: int, entry: np.ndarray | None) -> CauseTable:
    """Count who is at risk, has an event of each cause and is censored at each distinct exit time.

    Parameters
    ----------
    exit_time : numpy.ndarray, shape (rows,)
    code : numpy.ndarray of int, shape (rows,)
        0 censored, then 1 to ``causes``.
    causes : int
    entry : numpy.ndarray, shape (rows,), or None
        Rows are at risk after it; None: from the origin on.
    """
    time, place = np.unique(exit_time, return_inverse=True)
    counts = np.bincount(place * (causes + 1) + code, minlength=time.size * (causes + 1))
    counts = counts.reshape(time.size, causes + 1)
    at_risk = np.cumsum(counts.sum(axis=1)[::-1])[::-1]
    if entry is not None:
        at_risk = at_risk - (entry.size - np.searchsorted(np.sort(entry), time, side="left"))
    return CauseTable(time, at_risk, counts[:, 1:], counts[:, 0])
