"""The random effects at which each group's penalised likelihood is largest."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.group_layout import Piece
from remission.estimate.kernels.row_likelihood import RowLaw
from remission.estimate.kernels.small_systems import apply, cholesky, inverse_of_lower, times, turned

MOST_STEPS = 100
SMALL_STEP = 1e-7
LONGEST = 3.0


@dataclass(frozen=True, slots=True)
class Modes:
    """Where the search ended.

    Attributes
    ----------
    u : numpy.ndarray, shape (q, groups)
        Random effects in units of their standard deviation.
    found : bool
        Every group's step became negligible.
    """

    u: np.ndarray
    found: bool


def find_modes(piece: Piece, base: np.ndarray, v: np.ndarray, law: RowLaw, kappa: float, start: np.ndarray) -> Modes:
    """Climb by Newton's method from ``start``, all groups at once.

    A step that lowers a group's penalised likelihood is halved for that group.

    Parameters
    ----------
    piece : Piece
    base : numpy.ndarray, shape (m, groups)
        Fixed part of the linear predictor.
    v : numpy.ndarray, shape (q, m, groups)
        Design of the standardised random effects.
    law : RowLaw
    kappa : float
    start : numpy.ndarray, shape (q, groups)
    """
    u = start
    for _ in range(MOST_STEPS):
        eta = base + (v * u[:, None]).sum(axis=0)
        first, second = law.curvature(eta, piece.rows, kappa)
        slope = (v * first).sum(axis=1) - u
        step = _step(slope, v, second)
        size = np.sqrt((step**2).sum(axis=0))
        furthest = float(size.max())
        if not np.isfinite(furthest):
            return Modes(u, found=False)
        step *= np.minimum(1.0, LONGEST / np.maximum(size, 1e-300))
        if furthest > 0.05:
            step *= _shares(piece, base, v, law, kappa, u, step, slope)
        u = u + step
        if furthest < SMALL_STEP:
            return Modes(u, found=True)
    return Modes(u, found=False)


def information(v: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return minus the second derivative of the penalised likelihood, shape (q, q, groups)."""
    q, _, groups = v.shape
    found = np.empty((q, q, groups))
    for a in range(q):
        for b in range(a + 1):
            found[a, b] = found[b, a] = (a == b) - (v[a] * v[b] * second).sum(axis=0)
    return found


def _step(slope: np.ndarray, v: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Newton's step; rows that curve upwards are left out where the whole would do so."""
    inner = information(v, second)
    bad = _upward(inner)
    if bad.any():
        inner = np.where(bad, information(v, np.minimum(second, 0.0)), inner)
    inverse = inverse_of_lower(cholesky(inner))
    return apply(times(turned(inverse), inverse), slope)


def _upward(inner: np.ndarray) -> np.ndarray:
    if len(inner) == 1:
        return np.asarray(inner[0, 0] <= 0.1)
    return np.asarray(np.linalg.eigvalsh(np.moveaxis(inner, 2, 0))[:, 0] <= 0.1)


def _shares(
    piece: Piece,
    base: np.ndarray,
    v: np.ndarray,
    law: RowLaw,
    kappa: float,
    u: np.ndarray,
    step: np.ndarray,
    slope: np.ndarray,
) -> np.ndarray:
    """Halve each group's step until its penalised likelihood no longer falls."""
    before = _height(piece, base, v, law, kappa, u)
    share = np.ones(u.shape[1])
    for _ in range(30):
        after = _height(piece, base, v, law, kappa, u + share * step)
        falls = ~(after >= before + 1e-4 * share * (slope * step).sum(axis=0) - 1e-10 * (1 + np.abs(before)))
        if not falls.any():
            break
        share = np.where(falls, share / 2, share)
    return share


def _height(piece: Piece, base: np.ndarray, v: np.ndarray, law: RowLaw, kappa: float, u: np.ndarray) -> np.ndarray:
    eta = base + (v * u[:, None]).sum(axis=0)
    at = law.nodes(eta, piece.rows, kappa)
    rows = law.slope(piece.rows) * eta - law.factor(piece.rows, kappa) * at.f
    return np.asarray(rows.sum(axis=0) - (u**2).sum(axis=0) / 2)
