"""The Aalen–Johansen estimator of cumulative incidences and its variances.

A change of the hazard of cause j at time s by h moves the incidence of cause k at a later time t by

    S(s-) * (1 where j is k, else 0, less a(s, t)) * h,      a(s, t) = (F_k(t) - F_k(s)) / S(s):

who has the event now can no longer have it later. All variances below are sums of squares of that.
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.cause_table import CauseTable

MOST_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class Incidence:
    """Survival and incidences just after each time.

    Attributes
    ----------
    before, survival : numpy.ndarray, shape (times,)
        Probability of no event of any cause just before and just after.
    estimate : numpy.ndarray, shape (times, causes)
    """

    before: np.ndarray
    survival: np.ndarray
    estimate: np.ndarray


def incidence(table: CauseTable) -> Incidence:
    """Sum the survival just before each time times the share of those at risk who have each event then."""
    n = table.n_at_risk.astype(float)
    survival = np.cumprod((n - table.n_event.sum(axis=1)) / n)
    before = np.concatenate([[1.0], survival[:-1]])
    return Incidence(before, survival, np.cumsum(before[:, None] * table.n_event / n[:, None], axis=0))


def jackknife_variance(table: CauseTable, curve: Incidence) -> np.ndarray:
    """Sum the squared influence of each participant, all of whom are at risk from the origin on.

    Then influences at different times are orthogonal, and those at one time have the multinomial
    covariance; with one cause this is Greenwood's formula.

    Returns
    -------
    numpy.ndarray, shape (times, causes)
    """
    n = table.n_at_risk.astype(float)[:, None]
    d, total = table.n_event, table.n_event.sum(axis=1, keepdims=True)
    return _delta(curve, d * (n - d) / n**3, d * (n - total) / n**3, total * (n - total) / n**3)


def aalen_variance(table: CauseTable, curve: Incidence) -> np.ndarray:
    """Add up the martingale variances of each cause and of all others, as R's ``cmprsk::cuminc``.

    Returns
    -------
    numpy.ndarray, shape (times, causes)
    """
    n = table.n_at_risk.astype(float)[:, None]
    own = _hypergeometric(table.n_event, n)
    others = _hypergeometric(table.n_event.sum(axis=1, keepdims=True) - table.n_event, n)
    return _delta(curve, own, own, own + others)


def _hypergeometric(d: np.ndarray, n: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(d > 1, (n - d) / (n - 1), 1.0) * d / n**2)


def _delta(curve: Incidence, own: np.ndarray, shared: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Carry variances of hazards over to incidences.

    Parameters
    ----------
    curve : Incidence
    own, shared, total : numpy.ndarray, shape (times, causes)
        Variance of the hazard of a cause, its covariance with the hazard of all causes, variance of that.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        later = np.where(curve.survival > 0, 1 / curve.survival, 0.0)[:, None]
    square, f = (curve.before**2)[:, None], curve.estimate
    constant = np.cumsum(square * (own + 2 * f * later * shared + (f * later) ** 2 * total), axis=0)
    linear = np.cumsum(square * later * (shared + f * later * total), axis=0)
    quadratic = np.cumsum(square * later**2 * total, axis=0)
    return np.asarray(np.maximum(constant - 2 * f * linear + f**2 * quadratic, 0.0))


def participant_variance(
    table: CauseTable,
    curve: Incidence,
    exit_time: np.ndarray,
    code: np.ndarray,
    entry: np.ndarray,
    participant: np.ndarray,
) -> np.ndarray:
    """Sum the squared influence of each participant, for delayed entry or several rows a participant.

    Parameters
    ----------
    table, curve
        Of the same rows.
    exit_time, code, entry : numpy.ndarray, shape (rows,)
    participant : numpy.ndarray of int from 0, shape (rows,)

    Returns
    -------
    numpy.ndarray, shape (times, causes)
    """
    order = np.argsort(participant, kind="stable")
    starts = np.append(np.flatnonzero(np.diff(participant[order], prepend=-1)), order.size)
    people = starts.size - 1
    block = max(1, MOST_CELLS * people // (table.time.size * order.size))
    variance = np.zeros_like(curve.estimate)
    for first in range(0, people, block):
        bounds = starts[first : first + block + 1]
        rows = order[bounds[0] : bounds[-1]]
        variance += _squared_influence(table, curve, exit_time[rows], code[rows], entry[rows], bounds[:-1] - bounds[0])
    return variance


def _squared_influence(
    table: CauseTable, curve: Incidence, exit_time: np.ndarray, code: np.ndarray, entry: np.ndarray, heads: np.ndarray
) -> np.ndarray:
    """Sum over the participants whose rows start at ``heads``, shape (times, causes)."""
    n = table.n_at_risk.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        later = np.where(curve.survival > 0, curve.before / curve.survival, 0.0) / n
    at_risk = (entry[:, None] < table.time) & (exit_time[:, None] >= table.time)
    here = exit_time[:, None] == table.time
    total = np.add.reduceat((here & (code > 0)[:, None]) - at_risk * (table.n_event.sum(axis=1) / n), heads, axis=0)
    gone = np.cumsum(total * later, axis=1)
    found = np.empty_like(curve.estimate)
    for k in range(curve.estimate.shape[1]):
        own = np.add.reduceat((here & (code == k + 1)[:, None]) - at_risk * (table.n_event[:, k] / n), heads, axis=0)
        f = curve.estimate[:, k]
        influence = np.cumsum(own * (curve.before / n) + total * (later * f), axis=1) - f * gone
        found[:, k] = (influence**2).sum(axis=0)
    return found
