"""Where a nonparametric curve can fall when events are known only to lie within intervals.

Peto (1973), doi:10.2307/2346307; Turnbull (1976), doi:10.1111/j.2517-6161.1976.tb01597.x.
"""

from dataclasses import dataclass

import numpy as np

# At one and the same time an exact event opens first, then intervals close, then intervals open.
EXACT_OPENS, CLOSES, OPENS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class InnermostIntervals:
    """Maximal intersections in order of time, and the stretch of them that each row covers.

    Attributes
    ----------
    left, right : numpy.ndarray, shape (m,)
        The event time lies in ``(left, right]``, or is ``left`` where both are the same.
    first, last : numpy.ndarray of int, shape (rows,)
        A row covers the intersections ``first .. last - 1``.
    """

    left: np.ndarray
    right: np.ndarray
    first: np.ndarray
    last: np.ndarray


def innermost_intervals(left: np.ndarray, right: np.ndarray) -> InnermostIntervals:
    """Find the maximal intersections of intervals ``(left, right]``, or ``[left, left]`` where both agree.

    Parameters
    ----------
    left, right : numpy.ndarray, shape (rows,)
        ``right`` may be infinite.
    """
    opening = np.where(left == right, EXACT_OPENS, OPENS)
    times = np.concatenate([left, right])
    kind = np.concatenate([opening, np.full(right.size, CLOSES)])
    order = np.lexsort((kind, times))
    opens = kind[order] != CLOSES
    place = np.flatnonzero(opens[:-1] & ~opens[1:])
    start, end = order[place], order[place + 1]
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = _ranks(times[order], kind[order])
    first = np.searchsorted(rank[start], rank[: left.size], side="left")
    last = np.searchsorted(rank[end], rank[left.size :], side="right")
    return InnermostIntervals(times[start], times[end], first, last)


def _ranks(times: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Give the ends numbers in their order, equal ends the same."""
    same_time = times[1:] == times[:-1]
    return np.concatenate([[0], np.cumsum(~(same_time & (kind[1:] == kind[:-1])))])
