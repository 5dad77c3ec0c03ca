"""Maximising a log-likelihood whose gradient and sum of outer products of scores are known.

The outer products stand for the curvature at the start; steps then follow Broyden, Fletcher, Goldfarb and
Shanno, and the end is made exact by Newton steps on a differenced curvature (Nocedal and Wright 2006,
Numerical Optimization, doi:10.1007/978-0-387-40065-5).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Objective = Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]]

MOST_STEPS = 300
MOST_HALVINGS = 40
LONGEST_STEP = 2.0
NEAR = 1e-13
SETTLED = 1e-14
DIFFERENCE = 1e-4
MOST_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the search ended.

    Attributes
    ----------
    at : numpy.ndarray, shape (k,)
    value : float
    gradient : numpy.ndarray, shape (k,)
    information : numpy.ndarray, shape (k, k)
        Minus the second derivative.
    distance : float
        How far, in standard errors, a Newton step would still go.
    converged : bool
        The distance is negligible and no direction curves upwards.
    path : tuple of (float, float)
        Value and largest gradient entry of each iteration.
    """

    at: np.ndarray
    value: float
    gradient: np.ndarray
    information: np.ndarray
    distance: float
    converged: bool
    path: tuple[tuple[float, float], ...]


def maximise(objective: Objective, start: np.ndarray) -> Maximum:
    """Climb from ``start``, then prove the top by its curvature.

    Parameters
    ----------
    objective : callable
        Gives value, gradient and the sum of outer products of the scores; value minus infinity where
        there is none.
    start : numpy.ndarray, shape (k,)
    """
    if start.size == 0:
        return Maximum(start, objective(start)[0], start, np.zeros((0, 0)), 0.0, converged=True, path=())
    at, path = climb(objective, start, None)
    converged, distance = False, np.inf
    for _ in range(MOST_ROUNDS):
        curved = curvature(objective, at)
        at, value, gradient, distance, steps = _polish(objective, at, curved)
        path += steps
        values, axes = np.linalg.eigh(curved)
        saddle = values[0] < -1e-6 * max(1.0, float(values[-1]))
        if distance < np.sqrt(SETTLED) and not saddle:
            converged = True
            break
        away = at + 0.1 * axes[:, 0] if saddle else at
        at, more = climb(objective, away, positive(curved))
        path += more
    value, gradient, _ = objective(at)
    return Maximum(at, value, gradient, curved, distance, converged, tuple(path))


def climb(
    objective: Objective, start: np.ndarray, information: np.ndarray | None
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Go up by quasi-Newton steps until they promise next to nothing.

    Parameters
    ----------
    objective : callable
    start : numpy.ndarray, shape (k,)
    information : numpy.ndarray, shape (k, k), or None
        Curvature to start with; None takes the outer products of the scores.
    """
    at = start
    value, gradient, outer = objective(at)
    inverse = np.linalg.inv(positive(outer if information is None else information))
    path = [(value, float(np.abs(gradient).max()))]
    for _ in range(MOST_STEPS):
        step = inverse @ gradient
        if float(gradient @ step) < NEAR:
            break
        step *= min(1.0, LONGEST_STEP / float(np.abs(step).max()))
        new, new_value, new_gradient, new_outer = _search(objective, at, value, gradient, step)
        if new is at:
            break
        moved, turn = new - at, gradient - new_gradient
        if moved @ turn > 1e-8 * float(np.linalg.norm(moved) * np.linalg.norm(turn)):
            inverse = _updated(inverse, moved, turn)
        else:
            inverse = np.linalg.inv(positive(new_outer))
        at, value, gradient = new, new_value, new_gradient
        path.append((value, float(np.abs(gradient).max())))
    return at, path


def curvature(objective: Objective, at: np.ndarray) -> np.ndarray:
    """Difference the gradient centrally: minus the second derivative, shape (k, k)."""
    shifts = DIFFERENCE * np.eye(at.size)
    rows = np.array([(objective(at - h)[1] - objective(at + h)[1]) / (2 * DIFFERENCE) for h in shifts])
    return np.asarray((rows + rows.T) / 2)


def positive(matrix: np.ndarray) -> np.ndarray:
    """Return a symmetric matrix with its eigenvalues made positive and bounded away from 0."""
    values, axes = np.linalg.eigh(matrix)
    size = np.abs(values)
    bounded = np.maximum(size, max(1e-4 * float(size.max()), 1e-6))
    return np.asarray((axes * bounded) @ axes.T)


def _polish(
    objective: Objective, at: np.ndarray, curved: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, float, list[tuple[float, float]]]:
    """Take Newton steps with one curvature for as long as they shrink."""
    value, gradient, _ = objective(at)
    inverse: np.ndarray = np.linalg.inv(_safe(curved))
    steps: list[tuple[float, float]] = []
    distance = float(np.sqrt(gradient @ inverse @ gradient))
    for _ in range(MOST_ROUNDS):
        if distance < np.sqrt(SETTLED):
            break
        step = inverse @ gradient
        step *= min(1.0, LONGEST_STEP / float(np.abs(step).max()))
        tried, slope, _ = objective(at + step)
        left = float(np.sqrt(max(slope @ inverse @ slope, 0.0)))
        if not np.isfinite(tried) or tried < value - 1e-9 * (1 + abs(value)) or left > 0.5 * distance:
            break
        at, value, gradient, distance = at + step, tried, slope, left
        steps.append((value, float(np.abs(gradient).max())))
    return at, value, gradient, distance, steps


def _safe(matrix: np.ndarray) -> np.ndarray:
    values, axes = np.linalg.eigh(matrix)
    size = np.abs(values)
    return np.asarray((axes * np.maximum(size, max(1e-12 * float(size.max()), 1e-12))) @ axes.T)


def _search(
    objective: Objective, at: np.ndarray, value: float, gradient: np.ndarray, step: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Shorten the step until the value rises enough; returns ``at`` itself where none does."""
    promised, share = float(gradient @ step), 1.0
    slack = 1e-13 * max(1.0, abs(value))
    for _ in range(MOST_HALVINGS):
        tried, slope, outer = objective(at + share * step)
        if tried >= value + 1e-4 * share * promised - slack:
            return at + share * step, tried, slope, outer
        short = value + share * promised - tried
        best = share * promised / (2 * short) if np.isfinite(short) and short > 0 else 0.25
        share *= float(np.clip(best, 0.1, 0.5))
    return at, value, gradient, np.eye(at.size)


def _updated(inverse: np.ndarray, moved: np.ndarray, turn: np.ndarray) -> np.ndarray:
    scale = 1 / float(moved @ turn)
    left = np.eye(moved.size) - scale * np.outer(moved, turn)
    return np.asarray(left @ inverse @ left.T + scale * np.outer(moved, moved))
