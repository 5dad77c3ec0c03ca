"""Accelerated failure time models: log time is linear in covariates, with an error of a known law."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.time_laws import Law, span

MOST_ITERATIONS = 100
MOST_HALVINGS = 40
SETTLED = 1e-10
LONGEST_STEP = 5.0
FLAT = 1e-100


@dataclass(frozen=True, slots=True)
class LifeRows:
    """Times in logarithms; minus infinity stands for time 0.

    Attributes
    ----------
    low, high : numpy.ndarray, shape (rows,)
        The event was after ``low`` and not after ``high``, which may be infinite; equal: exactly then.
    entry : numpy.ndarray, shape (rows,)
        Whoever had the event before would not be among the rows.
    x : numpy.ndarray, shape (rows, k)
    """

    low: np.ndarray
    high: np.ndarray
    entry: np.ndarray
    x: np.ndarray


@dataclass(frozen=True, slots=True)
class LifeKernel:
    """A maximised likelihood.

    Attributes
    ----------
    parameters : numpy.ndarray, shape (k,) or (k + 1,)
        Coefficients, and the log scale where it is free.
    log_scale : float
    log_likelihood : float
    gradient : numpy.ndarray
    information : numpy.ndarray
        Minus the second derivatives.
    iterations : tuple of (float, float)
        Log-likelihood and expected further gain of each iteration.
    converged : bool
    """

    parameters: np.ndarray
    log_scale: float
    log_likelihood: float
    gradient: np.ndarray
    information: np.ndarray
    iterations: tuple[tuple[float, float], ...]
    converged: bool


def log_likelihood(law: Law, rows: LifeRows, at: np.ndarray, free: bool) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log-likelihood of the times, its gradient and minus its second derivatives.

    Parameters
    ----------
    law : Law
    rows : LifeRows
    at : numpy.ndarray, shape (k,) or (k + 1,)
    free : bool
        Whether the last entry of ``at`` is the log scale; else the scale is 1.
    """
    k = rows.x.shape[1]
    log_scale = float(at[k]) if free else 0.0
    predictor = rows.x @ at[:k]
    exact = rows.low == rows.high
    value, by, bends = 0.0, np.zeros((2, len(exact))), np.zeros((3, len(exact)))
    with np.errstate(over="ignore", invalid="ignore"):
        low, high, entry = ((t - predictor) * np.exp(-log_scale) for t in (rows.low, rows.high, rows.entry))
        value += _exact(law, exact, low, (rows.low, log_scale), by, bends)
        value += _within(law, ~exact, low, high, log_scale, by, bends, 1.0)
        value += _within(law, entry > -np.inf, entry, np.full_like(entry, np.inf), log_scale, by, bends, -1.0)
        wide = np.column_stack([rows.x, np.ones(len(exact))])
        gradient = np.append(by[0] @ rows.x, by[1].sum())
        information = -_second(wide, k, bends)
    size = k + int(free)
    return value, gradient[:size], information[:size, :size]


def _second(wide: np.ndarray, k: int, bends: np.ndarray) -> np.ndarray:
    x = wide[:, :k]
    out = np.empty((k + 1, k + 1))
    out[:k, :k] = (x * bends[0][:, None]).T @ x
    out[:k, k] = out[k, :k] = bends[1] @ x
    out[k, k] = bends[2].sum()
    return out


def _exact(
    law: Law, rows: np.ndarray, z: np.ndarray, time: tuple[np.ndarray, float], by: np.ndarray, bends: np.ndarray
) -> float:
    """Add the log density of exact times, by time and not by log time; return its sum."""
    if not rows.any():
        return 0.0
    log_time, log_scale = time
    at, per = z[rows], np.exp(-log_scale)
    slope, bend = law.slope(at), law.bend(at)
    by[:, rows] += [-per * slope, -slope * at - 1]
    bends[:, rows] += [per**2 * bend, per * (bend * at + slope), bend * at**2 + slope * at]
    return float((law.log_density(at) - log_scale - log_time[rows]).sum())


def _within(
    law: Law,
    rows: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    log_scale: float,
    by: np.ndarray,
    bends: np.ndarray,
    sign: float,
) -> float:
    """Add (or, with sign -1, take away) the log probability of intervals; return its sum."""
    if not rows.any():
        return 0.0
    part, per = span(law, low[rows], high[rows]), np.exp(-log_scale)
    a, b = (np.where(np.isfinite(end[rows]), end[rows], 0.0) for end in (low, high))
    both = part.by_low + part.by_high
    leaning = part.by_low * a + part.by_high * b
    by[:, rows] += sign * np.array([-per * both, -leaning])
    curved = part.low_low + 2 * part.low_high + part.high_high
    mixed = part.low_low * a + part.low_high * (a + b) + part.high_high * b
    scaled = part.low_low * a**2 + 2 * part.low_high * a * b + part.high_high * b**2
    bends[:, rows] += sign * np.array([per**2 * curved, per * (mixed + both), scaled + leaning])
    return sign * float(part.value.sum())


def maximise(law: Law, rows: LifeRows, start: np.ndarray, free: bool) -> LifeKernel:
    """Maximise by Newton's method, the curvature made positive and each step halved until it gains.

    Parameters
    ----------
    law : Law
    rows : LifeRows
    start : numpy.ndarray, shape (k,) or (k + 1,)
    free : bool
    """
    at, (value, slope, information) = start, log_likelihood(law, rows, start, free)
    trace, converged = [], False
    for _ in range(MOST_ITERATIONS):
        curvature, axes = np.linalg.eigh(information)
        size = np.maximum(np.abs(curvature), max(1e-10 * np.abs(curvature).max(), FLAT))
        step = axes @ (axes.T @ slope / size)
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), FLAT))
        gain = float(slope @ step)
        trace.append((value, gain))
        converged = gain <= SETTLED * (1 + abs(value)) and bool(curvature[0] > 0)
        moved = False
        for halving in range(MOST_HALVINGS):
            tried = at + step / 2**halving
            found = log_likelihood(law, rows, tried, free)
            usable = all(np.isfinite(part).all() for part in found)
            if usable and found[0] >= value + 1e-4 * gain / 2**halving - 1e-12 * (1 + abs(value)):
                at, (value, slope, information), moved = tried, found, True
                break
        if converged or not moved:
            break
    log_scale = float(at[-1]) if free else 0.0
    return LifeKernel(at, log_scale, value, slope, information, tuple(trace), converged)
