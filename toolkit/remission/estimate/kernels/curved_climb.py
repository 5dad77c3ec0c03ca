"""Newton's method with step halving for a smooth log-likelihood whose second derivative is known exactly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Curved = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]]

MOST_ITERATIONS = 100
MOST_HALVINGS = 30
SETTLED = 1e-16
# Once a step promises less than rounding in the value can show, halving only stops the climb short.
ROUNDING = 1e-10


@dataclass(frozen=True, slots=True)
class Top:
    """Where the climb ended.

    Attributes
    ----------
    at : numpy.ndarray, shape (k,)
    value : float
    information : numpy.ndarray, shape (k, k)
        Minus the second derivative at ``at``.
    path : tuple of (float, float)
        Value and largest step of each iteration.
    converged : bool
    """

    at: np.ndarray
    value: float
    information: np.ndarray
    path: tuple[tuple[float, float], ...]
    converged: bool


def climb(objective: Curved, start: np.ndarray) -> Top:
    """Climb from ``start`` until a step promises next to nothing.

    Parameters
    ----------
    objective : callable
        Gives value, gradient and minus the second derivative.
    start : numpy.ndarray, shape (k,)
    """
    at, path, converged = start, [], False
    value, gradient, information = objective(at)
    before = np.inf
    for _ in range(MOST_ITERATIONS):
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        promised = float(gradient @ step)
        # Steps stop shrinking where rounding rules: nothing more is to be had there.
        if promised <= SETTLED or (promised <= ROUNDING and promised >= before):
            converged = True
            break
        before = promised
        found = _shorten(objective, at, value, step)
        if found is None:
            break
        at, (value, gradient, information) = found
        path.append((value, float(np.abs(step).max(initial=0.0))))
    return Top(at, value, information, tuple(path), converged)


def _shorten(
    objective: Curved, at: np.ndarray, value: float, step: np.ndarray
) -> tuple[np.ndarray, tuple[float, np.ndarray, np.ndarray]] | None:
    floor = value - ROUNDING * (1 + abs(value))
    for halving in range(MOST_HALVINGS):
        tried = at + step / 2**halving
        found = objective(tried)
        if np.isfinite(found[0]) and found[0] >= floor:
            return tried, found
    return None
