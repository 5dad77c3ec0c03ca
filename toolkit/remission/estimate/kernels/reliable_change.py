"""Jacobson and Truax: how large a change must be to exceed error, and where the functional range begins."""

import numpy as np


def error_of_measurement(sd: float, reliability: float) -> float:
    """Spread of one person's scores around the true score: ``sd * sqrt(1 - reliability)``."""
    return float(sd * np.sqrt(1 - reliability))


def error_of_difference(sd: float, reliability: float) -> float:
    """Spread of the difference of two scores of one unchanged person."""
    return float(np.sqrt(2) * error_of_measurement(sd, reliability))


def reliable_change_index(
    before: float | np.ndarray, after: float | np.ndarray, sd: float, reliability: float
) -> np.ndarray:
    """Change in units of the error of a difference, in the direction of the score."""
    change = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    return np.asarray(change / error_of_difference(sd, reliability))


def cutoff_between(functional: tuple[float, float], dysfunctional: tuple[float, float]) -> float:
    """Cutoff c: as many standard deviations from one mean as from the other; each is (mean, sd)."""
    (mean_f, sd_f), (mean_d, sd_d) = functional, dysfunctional
    return (sd_f * mean_d + sd_d * mean_f) / (sd_f + sd_d)


def statuses(index: np.ndarray, critical: float, crossed: np.ndarray) -> np.ndarray:
    """Name each person's change from an index that is positive for the better.

    Parameters
    ----------
    index : numpy.ndarray, shape (people,)
    critical : float
        1.96 for a level of 0.95; an index must exceed it.
    crossed : numpy.ndarray of bool, shape (people,)
        Left the dysfunctional range for the functional one.
    """
    named = np.where(index > critical, "improved", np.where(index < -critical, "deteriorated", "unchanged"))
    return np.where((index > critical) & crossed, "recovered", named)
