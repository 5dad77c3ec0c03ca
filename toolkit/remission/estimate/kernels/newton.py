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
SHRINKING = 0.1


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


def minimise(objective: Objective, start: np.ndarray, hessian: np.ndarray | None = None) -> Minimum:
    """Minimise by Newton steps whose curvature is made positive, each checked by a line search.

    A stationary point that curves downwards in some direction is left along that direction, so the
    search does not rest on a saddle.

    Parameters
    ----------
    objective : callable
        Gives value and gradient.
    start : numpy.ndarray, shape (k,)
    hessian : numpy.ndarray, shape (k, k), optional
        About the curvature near ``start``; it is kept as long as each step promises far less than the one before.
    """
    at = start
    value, gradient = objective(at)
    path = [(value, float(np.abs(gradient).max()))]
    before = np.inf
    for _ in range(MOST_ITERATIONS):
        bent = _forward_hessian(objective, at, gradient) if hessian is None else hessian
        step, gain = _newton_step(at, gradient, *np.linalg.eigh(bent))
        if hessian is not None and gain > SHRINKING * before:
            hessian = None
            continue
        before = gain
        at, value, gradient, moved = _search(objective, at, value, gradient, step)
        path.append((value, float(np.abs(gradient).max())))
        if gain >= SETTLED and moved:
            continue
        # Whether it is a minimum is told from both sides.
        found = central_hessian(objective, at)
        hessian = None
        curvature, axes = np.linalg.eigh(found)
        _, gain = _newton_step(at, gradient, curvature, axes)
        saddle = curvature[0] < NEGATIVE * max(1.0, float(np.abs(curvature).max()))
        if gain < SETTLED and not saddle:
            return Minimum(at, value, gradient, found, True, tuple(path))
        if saddle:
            at, value, gradient, left = _search(objective, at, value, gradient, 0.1 * axes[:, 0])
            moved = moved or left
        if not moved:
            break
    return Minimum(at, value, gradient, central_hessian(objective, at), False, tuple(path))


def _forward_hessian(objective: Objective, at: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Difference the gradient to one side, at half the cost; near enough for a step."""
    rows = np.array([(objective(at + h)[1] - gradient) / DIFFERENCE for h in DIFFERENCE * np.eye(at.size)])
    return np.asarray((rows + rows.T) / 2)


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
