"""Observed minus expected events by group, with the hypergeometric variance, for any weight."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class LogRankSums:
    """Sums over event times.

    Attributes
    ----------
    observed, expected : numpy.ndarray, shape (groups,)
        Weighted counts.
    variance : numpy.ndarray, shape (groups, groups)
    spread : float
        Sum of the weighted spreads whose shares make up the variance: what a variance is small against.
    """

    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    spread: float


def log_rank_sums(
    exit_time: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray | None,
    group: np.ndarray,
    groups: int,
    weigh: Weigh,
) -> LogRankSums:
    """Sum within one stratum.

    Parameters
    ----------
    exit_time : numpy.ndarray, shape (rows,)
    event : numpy.ndarray of bool, shape (rows,)
    entry : numpy.ndarray, shape (rows,), or None
    group : numpy.ndarray of int from 0, shape (rows,)
    groups : int
    weigh : callable
        Takes the number at risk and of events at each event time, gives the weights.
    """
    times = np.unique(exit_time[event])
    at_risk = np.zeros((times.size, groups))
    died = np.zeros((times.size, groups))
    for code in range(groups):
        rows = group == code
        at_risk[:, code] = _count_from(exit_time[rows], times)
        if entry is not None:
            at_risk[:, code] -= _count_from(entry[rows], times)
        place = np.searchsorted(times, exit_time[rows & event])
        died[:, code] = np.bincount(place, minlength=times.size)
    n, d = at_risk.sum(axis=1), died.sum(axis=1)
    weight = weigh(n, d)
    share = at_risk / n[:, None]
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(spread @ share) - (share * spread[:, None]).T @ share
    return LogRankSums(weight @ died, (weight * d) @ share, variance, float(spread.sum()))


def _count_from(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    return values.size - np.searchsorted(np.sort(values), times, side="left")


def survival_before(n: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Pooled Kaplan–Meier estimate just before each event time."""
    return np.concatenate([[1.0], np.cumprod(1 - d / n)[:-1]]) if n.size else n
