"""The partial likelihood with Firth's penalty: half the logarithm of the determinant of the information.

The penalty is Jeffreys' prior, which keeps coefficients finite where a group has no event (Heinze and Schemper 2001,
doi:10.1111/j.0006-341X.2001.00114.x). Its derivative needs third central moments of the covariates among those at
risk, but only in one contraction with the inverse information.
"""

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import Pieces, Ties, evaluate, gradient, information
from remission.estimate.kernels.risk_sets import RiskSets


def firth_value(beta: np.ndarray, x: np.ndarray, sets: RiskSets, ties: Ties) -> tuple[float, np.ndarray, np.ndarray]:
    """Compute the penalised log-likelihood and its gradient at ``beta``, with the information.

    Parameters
    ----------
    beta : numpy.ndarray, shape (k,)
    x : numpy.ndarray, shape (rows, k)
    sets : RiskSets
    ties : Ties
        Laid out without case weights.

    Returns
    -------
    value : float
        Minus infinity where the information is singular.
    gradient : numpy.ndarray, shape (k,)
    information : numpy.ndarray, shape (k, k)
        Of the partial likelihood alone.
    """
    weights = np.ones(len(x))
    pieces = evaluate(beta, x, weights, sets, ties)
    if not np.isfinite(pieces.log_likelihood):
        return -np.inf, np.zeros(beta.size), np.eye(beta.size)
    info = information(pieces, x, sets, ties)
    sign, size = np.linalg.slogdet(info)
    if sign <= 0 or not np.isfinite(size):
        return -np.inf, np.zeros(beta.size), info
    bent = _contracted_third_moments(pieces, x, sets, ties, np.linalg.inv(info))
    return pieces.log_likelihood + size / 2, gradient(pieces, x, weights, sets, ties) + bent / 2, info


def _contracted_third_moments(
    pieces: Pieces, x: np.ndarray, sets: RiskSets, ties: Ties, inverse: np.ndarray
) -> np.ndarray:
    """Return the trace of ``inverse`` times the derivative of the information by each coefficient, shape (k,)."""

    def mean_of(values: np.ndarray) -> np.ndarray:
        top = pieces.risk * values
        left = sets.sum_at_risk(top)[ties.at] - ties.fraction * sets.sum_of_events(top)[ties.at]
        return np.asarray(left / pieces.denominator)

    squared = np.einsum("ij,jk,ik->i", x, inverse, x)
    turned = pieces.mean @ inverse
    level = 2 * (turned * pieces.mean).sum(axis=1) - mean_of(squared)
    found = np.empty(x.shape[1])
    for j, column in enumerate(x.T):
        crossed = np.column_stack([mean_of(column * other) for other in x.T])
        third = mean_of(squared * column) + level * pieces.mean[:, j] - 2 * (crossed * turned).sum(axis=1)
        found[j] = ties.weight @ third
    return found
