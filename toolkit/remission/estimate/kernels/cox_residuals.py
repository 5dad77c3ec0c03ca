"""Residuals of a maximised partial likelihood."""

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import Ties, evaluate
from remission.estimate.kernels.risk_sets import RiskSets


def martingale_residuals(
    beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties
) -> np.ndarray:
    """Return events minus expected events of each row, shape (rows,); the weighted sum is 0.

    Under Efron's handling an event row is exposed to its own time's hazard in part only.
    """
    pieces = evaluate(beta, x, weights, sets, ties)
    rate = ties.weight / pieces.denominator
    exposed = sets.gather(np.bincount(ties.at, rate, sets.count))
    exposed[sets.event_rows] -= np.bincount(ties.at, ties.fraction * rate, sets.count)[sets.died_at]
    residuals = -pieces.risk / weights * exposed
    residuals[sets.event_rows] += 1
    return np.asarray(residuals)


def deviance_residuals(martingale: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Make martingale residuals more symmetric: the root of what each adds to the deviance, with its sign.

    Parameters
    ----------
    martingale : numpy.ndarray, shape (n,)
    events : numpy.ndarray, shape (n,)
        Observed number.
    """
    expected = np.maximum(events - martingale, np.finfo(float).tiny)
    gained = np.where(events > 0, events * np.log(np.where(events > 0, expected / np.maximum(events, 1), 1.0)), 0.0)
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(-2 * (martingale + gained), 0.0)))


def schoenfeld_residuals(
    beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties
) -> np.ndarray:
    """Return covariates minus their mean among those at risk, for each row of ``event_rows``, shape (events, k)."""
    pieces = evaluate(beta, x, weights, sets, ties)
    tied = np.maximum(np.bincount(ties.at, minlength=sets.count), 1)
    mean = np.column_stack([np.bincount(ties.at, column, sets.count) for column in pieces.mean.T]) / tied[:, None]
    return np.asarray(x[sets.event_rows] - mean[sets.died_at])
