"""One common factor by least squares on the correlations off the diagonal (minimum residuals, minres)."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-13
SWEEPS = 20_000
OUTWARD = 1e-8


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Loadings of one factor.

    Attributes
    ----------
    loadings : numpy.ndarray, shape (items,)
        Within [-1, 1]; their sum is not negative.
    improper : numpy.ndarray of bool, shape (items,)
        The best loading lies beyond 1, so the item's own variance would be negative (Heywood case).
    converged : bool
    squares : tuple of float
        Sum of squared residuals below the diagonal, at the start and after each sweep over the items.
    """

    loadings: np.ndarray
    improper: np.ndarray
    converged: bool
    squares: tuple[float, ...]


def one_factor(correlation: np.ndarray) -> OneFactor:
    """Fit by coordinate descent: each loading in turn is the best one for the others as they stand.

    Parameters
    ----------
    correlation : numpy.ndarray, shape (items, items)
        Three items at least; two leave their loadings undetermined.
    """
    outside = np.array(correlation, dtype=float)
    np.fill_diagonal(outside, 0.0)
    loadings = _principal_axis(correlation)
    squares, converged = [_squares(outside, loadings)], False
    while not converged and len(squares) <= SWEEPS:
        before = loadings.copy()
        for i in range(len(loadings)):
            loadings[i] = np.clip(_best(outside, loadings, i), -1.0, 1.0)
        squares.append(_squares(outside, loadings))
        converged = bool(np.abs(loadings - before).max() < TOLERANCE)
    best = np.array([_best(outside, loadings, i) for i in range(len(loadings))])
    sign = -1.0 if loadings.sum() < 0 else 1.0
    return OneFactor(sign * loadings, np.abs(best) > 1 + OUTWARD, converged, tuple(squares))


def omega_total(loadings: np.ndarray) -> float:
    """Share of the sum's variance that the factor makes, for standardised items."""
    common = float(loadings.sum()) ** 2
    return common / (common + float((1 - loadings**2).sum()))


def _principal_axis(correlation: np.ndarray) -> np.ndarray:
    values, axes = np.linalg.eigh(correlation)
    return np.asarray(np.clip(axes[:, -1] * np.sqrt(values[-1]), -1.0, 1.0))


def _best(outside: np.ndarray, loadings: np.ndarray, i: int) -> float:
    others = float(loadings @ loadings - loadings[i] ** 2)
    return float(outside[i] @ loadings) / others if others > 0 else 0.0


def _squares(outside: np.ndarray, loadings: np.ndarray) -> float:
    return float((np.tril(outside - np.outer(loadings, loadings), -1) ** 2).sum())
