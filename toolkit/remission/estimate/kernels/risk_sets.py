"""Who is at risk at which event time, for all event times of all strata at once."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Event times in order (stratum, then time) and the stretch of them that each row is at risk for.

    A row is at risk for the event times ``first .. last - 1``: those after its entry, up to and
    including its exit, within its stratum.

    Attributes
    ----------
    first, last : numpy.ndarray of int, shape (rows,)
    died_at : numpy.ndarray of int, shape (events,)
        Index of the event time of each event row.
    event_rows : numpy.ndarray of int, shape (events,)
    count : int
        Number of distinct event times, strata apart.
    times : numpy.ndarray, shape (count,)
    strata : numpy.ndarray of int, shape (count,)
    """

    first: np.ndarray
    last: np.ndarray
    died_at: np.ndarray
    event_rows: np.ndarray
    count: int
    times: np.ndarray
    strata: np.ndarray

    def sum_at_risk(self, values: np.ndarray) -> np.ndarray:
        """Sum a row quantity over the risk set of every event time.

        The sum runs backwards from the last time. Without delayed entry it only adds, so small risk
        sets after large ones lose no digits.

        Parameters
        ----------
        values : numpy.ndarray, shape (rows,) or (rows, k)

        Returns
        -------
        numpy.ndarray, shape (count,) or (count, k)
        """
        if values.ndim == 2:
            return np.column_stack([self.sum_at_risk(column) for column in values.T])
        size = self.count + 1
        change = np.bincount(self.last, values, size) - np.bincount(self.first, values, size)
        return np.cumsum(change[:0:-1])[::-1]

    def sum_of_events(self, values: np.ndarray) -> np.ndarray:
        """Sum a row quantity over the event rows of every event time; shapes as ``sum_at_risk``."""
        if values.ndim == 2:
            return np.column_stack([self.sum_of_events(column) for column in values.T])
        return np.bincount(self.died_at, values[self.event_rows], self.count)

    def gather(self, increments: np.ndarray) -> np.ndarray:
        """Sum increments at event times over each row's stretch at risk.

        Parameters
        ----------
        increments : numpy.ndarray, shape (count,) or (count, k)

        Returns
        -------
        numpy.ndarray, shape (rows,) or (rows, k)
        """
        start = np.zeros((1, *increments.shape[1:]))
        total = np.concatenate([start, np.cumsum(increments, axis=0)])
        return np.asarray(total[self.last] - total[self.first])


def build_risk_sets(
    exit_time: np.ndarray, event: np.ndarray, entry: np.ndarray | None, stratum: np.ndarray | None
) -> RiskSets:
    """Find each row's stretch of event times.

    Parameters
    ----------
    exit_time : numpy.ndarray, shape (rows,)
    event : numpy.ndarray of bool, shape (rows,)
    entry : numpy.ndarray, shape (rows,), or None
        None: under observation from before the first event time.
    stratum : numpy.ndarray of int from 0, shape (rows,), or None
    """
    times = np.unique(exit_time[event])
    width = times.size + 1
    base = np.zeros(exit_time.size, dtype=np.int64) if stratum is None else stratum.astype(np.int64) * width
    left = base + np.searchsorted(times, exit_time, side="right")
    event_rows = np.flatnonzero(event)
    bins, died_at = np.unique(left[event_rows], return_inverse=True)
    came = base if entry is None else base + np.searchsorted(times, entry, side="right")
    # Without strata each time is an event time, so places are ranks already.
    first, last = (came, left) if stratum is None else (np.searchsorted(bins, at, side="right") for at in (came, left))
    return RiskSets(
        first=first,
        last=last,
        died_at=died_at.reshape(-1),
        event_rows=event_rows,
        count=bins.size,
        times=times[bins % width - 1] if bins.size else times,
        strata=bins // width,
    )
