"""Newton's method for a smooth function of a few parameters whose gradient is known exactly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

MOST_ITERATIONS = 200
MOST_HALVINGS = 40
LONGEST_STEP = 4.0
DIFFERENCE = 1e-5
SETTLED = 1e-10
NEGATIVE = -1e-6


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where the search ended.

    Attributes
    ----------
    at : numpy.ndarray, shape (k,)
    value : float
    gradient : numpy.ndarray, shape (k,)
    hessian : numpy.ndarray, shape (k, k)
    converged : bool
        The expected further gain is below ``SETTLED`` and no direction curves downwards.
    iterations : tuple of (float, float)
        Value and largest gradient entry of each iteration.
    """

    at: np.ndarray
    value: float
    gradient: np.ndarray
    hessian: np.ndarray
    converged: bool
    iterations: tuple[tuple[float, float], ...]


def minimise(objective: Objective, start: np.ndarray) -> Minimum:
    """Minimise by Newton steps whose curvature is made positive, each checked by a line search.

    A stationary point that curves downwards in some direction is left along that direction, so the
    search does not rest on a saddle.

    Parameters
    ----------
    objective : callable
        Gives value and gradient.
    start : numpy.ndarray, shape (k,)
    """
    at = start
    value, gradient = objective(at)
    path = [(value, float(np.abs(gradient).max()))]
    converged = False
    for _ in range(MOST_ITERATIONS):
        curvature, axes = np.linalg.eigh(central_hessian(objective, at))
        step, gain = _newton_step(at, gradient, curvature, axes)
        settled = gain < SETTLED
        saddle = curvature[0] < NEGATIVE * max(1.0, float(np.abs(curvature).max()))
        if settled and saddle:
            step = 0.1 * axes[:, 0]
        at, value, gradient, moved = _search(objective, at, value, gradient, step)
        path.append((value, float(np.abs(gradient).max())))
        converged = settled and not saddle
        if converged or not moved:
            break
    hessian = central_hessian(objective, at)
    return Minimum(at, value, gradient, hessian, converged, tuple(path))


def central_hessian(objective: Objective, at: np.ndarray) -> np.ndarray:
    """Difference the gradient centrally, shape (k, k)."""
    shifts = DIFFERENCE * np.eye(at.size)
    rows = [(objective(at + h)[1] - objective(at - h)[1]) / (2 * DIFFERENCE) for h in shifts]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2)


def _newton_step(
    at: np.ndarray, gradient: np.ndarray, curvature: np.ndarray, axes: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the step, of bounded length, and the gain in value that a full one promises."""
    size = np.abs(curvature)
    positive = np.maximum(size, 1e-9 * max(1.0, float(size.max())))
    along = axes.T @ gradient / positive
    step = -(axes @ along)
    gain = float(-(gradient @ step)) / 2
    reach = LONGEST_STEP * (1 + float(np.linalg.norm(at)))
    return step * min(1.0, reach / max(float(np.linalg.norm(step)), 1e-300)), gain


def _search(
    objective: Objective, at: np.ndarray, value: float, gradient: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, bool]:
    """Halve the step until the value falls; rounding in the value is allowed for."""
    slack = 1e-13 * max(1.0, abs(value))
    promised = float(gradient @ step)
    for halving in range(MOST_HALVINGS):
        share = 0.5**halving
        tried, slope = objective(at + share * step)
        if tried <= value + 1e-4 * share * min(promised, 0.0) + slack:
            return at + share * step, tried, slope, True
    return at, value, gradient, False
