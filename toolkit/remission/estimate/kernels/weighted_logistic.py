"""Many logistic regressions on the same rows, each with its own counts, by Newton's method on all at once."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

# From a start near the top a fit settles within eight steps; where outcomes are told apart, the gain shrinks by a
# factor of e a step only, and is still far above SETTLED after this many.
MOST_STEPS = 16
SETTLED = 1e-11
# Columns are of about unit size: log odds beyond this are on their way to infinity.
FARTHEST = 50.0


@dataclass(frozen=True, slots=True)
class WeightedLogistic:
    """Coefficients, shape (fits, p), 0 where the fit did not settle, and whether it did."""

    beta: np.ndarray
    settled: np.ndarray


def row_products(z: np.ndarray) -> np.ndarray:
    """Return the products of all pairs of columns, upper triangle, shape (rows, p (p + 1) / 2)."""
    first, second = np.triu_indices(z.shape[1])
    return np.asarray(z[:, first] * z[:, second])


def cross_products(products: np.ndarray, weights: np.ndarray, columns: int) -> np.ndarray:
    """Sum weighted products over rows: shape (fits, columns, columns) from weights of shape (fits, rows)."""
    upper = weights @ products
    first, second = np.triu_indices(columns)
    full = np.empty((len(weights), columns, columns))
    full[:, first, second] = upper
    full[:, second, first] = upper
    return full


def fit_weighted_logistic(x: np.ndarray, y: np.ndarray, weights: np.ndarray, start: np.ndarray) -> WeightedLogistic:
    """Maximise each Bernoulli likelihood.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
        Columns of about unit size.
    y : numpy.ndarray, shape (rows,)
        0 or 1.
    weights : numpy.ndarray, shape (fits, rows)
    start : numpy.ndarray, shape (p,)
        Near the maximum; that of all rows is.
    """
    fits, p = len(weights), x.shape[1]
    products = row_products(x)
    beta = np.tile(start, (fits, 1))
    settled, climbing = np.zeros(fits, dtype=bool), np.ones(fits, dtype=bool)
    for _ in range(MOST_STEPS):
        at = np.flatnonzero(climbing)
        if not at.size:
            break
        held = weights[at]
        probability = expit(beta[at] @ x.T)
        gradient = (held * (y - probability)) @ x
        curvature = cross_products(products, held * probability * (1 - probability), p)
        # The ridge keeps a singular system solvable; it changes the path, not where the gradient is 0.
        ridge = 1e-10 * np.trace(curvature, axis1=1, axis2=2)[:, None, None] + 1e-300
        step = np.linalg.solve(curvature + ridge * np.eye(p), gradient[:, :, None])[:, :, 0]
        settled[at] = np.einsum("rp,rp->r", gradient, step) < SETTLED
        moved = beta[at] + step
        near = np.abs(moved).max(axis=1) < FARTHEST
        settled[at] &= near
        beta[at[near]] = moved[near]
        climbing[at] = near & ~settled[at]
    beta[~settled] = 0.0
    return WeightedLogistic(beta, settled)
