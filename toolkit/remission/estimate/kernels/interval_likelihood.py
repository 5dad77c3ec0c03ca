"""The likelihood of interval-censored events under proportional hazards with a free baseline.

The baseline is a cumulative hazard that rises at the innermost intervals only; in the last of them
it rises without bound. Without covariates the same likelihood gives Turnbull's curve. For fixed
coefficients it is concave in the increments, which must not be negative: every step maximises the
quadratic that fits at the point under that constraint, over the increments there are and the most
promising between each two of them (Wang 2008, doi:10.1016/j.csda.2007.10.018).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

MOST_ITERATIONS = 200
MOST_HALVINGS = 40
SETTLED = 1e-9
RIDGE = 1e-11
LONGEST_STEP = 5.0
# A hazard ratio beyond exp of this is no estimate, and its square would overflow.
FURTHEST = 150.0


@dataclass(frozen=True, slots=True)
class Rows:
    """What the likelihood needs of the rows.

    Attributes
    ----------
    first, last : numpy.ndarray of int, shape (rows,)
        The innermost intervals ``first .. last - 1`` that each row covers.
    count : int
        Number of innermost intervals; the last has no finite increment.
    weights : numpy.ndarray, shape (rows,)
    x : numpy.ndarray, shape (rows, k)
        Covariates; k may be 0.
    """

    first: np.ndarray
    last: np.ndarray
    count: int
    weights: np.ndarray
    x: np.ndarray

    @property
    def unbounded(self) -> np.ndarray:
        """Whether a row reaches into the last innermost interval, shape (rows,)."""
        return np.asarray(self.last >= self.count)

    def covers(self, places: np.ndarray) -> np.ndarray:
        """Whether each row covers each of some innermost intervals, shape (rows, places)."""
        inside = (self.first[:, None] <= places) & (places < self.last[:, None])
        return np.asarray(inside & ~self.unbounded[:, None])


@dataclass(frozen=True, slots=True)
class Pieces:
    """Likelihood and its derivatives by row, at one point.

    Attributes
    ----------
    each : numpy.ndarray, shape (rows,)
        Log-likelihood of each row.
    risk : numpy.ndarray, shape (rows,)
        Hazard ratio against the baseline.
    before, within : numpy.ndarray, shape (rows,)
        Cumulative hazard of the row up to its interval, and inside it where that is finite.
    odds : numpy.ndarray, shape (rows,)
        Probability of passing the interval over that of an event in it; 0 where it never ends.
    """

    each: np.ndarray
    risk: np.ndarray
    before: np.ndarray
    within: np.ndarray
    odds: np.ndarray


@dataclass(frozen=True, slots=True)
class IntervalKernel:
    """A maximised likelihood.

    Attributes
    ----------
    beta : numpy.ndarray, shape (k,)
    increments : numpy.ndarray, shape (count - 1,)
    log_likelihood : float
    pieces : Pieces
    iterations : tuple of (float, float)
        Log-likelihood and expected further gain of each iteration.
    converged : bool
    """

    beta: np.ndarray
    increments: np.ndarray
    log_likelihood: float
    pieces: Pieces
    iterations: tuple[tuple[float, float], ...]
    converged: bool

    def masses(self) -> np.ndarray:
        """Return the baseline probability of each innermost interval, shape (count,)."""
        survival = np.concatenate([[1.0], np.exp(-np.cumsum(self.increments)), [0.0]])
        return np.asarray(survival[:-1] - survival[1:])


def evaluate(rows: Rows, beta: np.ndarray, increments: np.ndarray) -> Pieces:
    """Compute the likelihood by row."""
    predictor = rows.x @ beta
    risk = np.exp(np.clip(predictor, -FURTHEST, FURTHEST))
    total = np.concatenate([[0.0], np.cumsum(increments)])
    start = total[rows.first]
    inside = np.where(rows.unbounded, 0.0, total[np.minimum(rows.last, rows.count - 1)] - start)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        before, within = risk * start, risk * inside
        fell = np.where(rows.unbounded, 0.0, np.log(-np.expm1(-within)))
        odds = np.where(rows.unbounded, 0.0, 1 / np.expm1(within))
        each = fell - before
    unusable = np.isnan(each) | (np.abs(predictor) > FURTHEST)
    return Pieces(np.where(unusable, -np.inf, each), risk, before, within, odds)


def gradient(rows: Rows, pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Return the derivatives by coefficient, shape (k,), and by increment, shape (count - 1,)."""
    by_predictor = rows.weights * (pieces.odds * np.where(pieces.odds > 0, pieces.within, 0.0) - pieces.before)
    risk = rows.weights * pieces.risk
    size = rows.count + 1
    passed = np.bincount(rows.first, risk, size)
    exposed = np.cumsum(passed[::-1])[::-1]
    gained = risk * pieces.odds
    hit = np.cumsum(np.bincount(rows.first, gained, size) - np.bincount(rows.last, gained, size))
    places = np.arange(rows.count - 1)
    return by_predictor @ rows.x, hit[places] - exposed[places + 1]


def information(rows: Rows, pieces: Pieces, places: np.ndarray) -> np.ndarray:
    """Return minus the second derivatives by coefficients and the increments at ``places``."""
    k = rows.x.shape[1]
    w, q = rows.weights, pieces.odds
    u = np.where(q > 0, pieces.within, 0.0)
    bend = q * (1 + q)
    covers = rows.covers(places).astype(float)
    passed = (places < rows.first[:, None]).astype(float)
    out = np.empty((k + places.size, k + places.size))
    out[:k, :k] = (rows.x * (w * (pieces.before - q * u + bend * u**2))[:, None]).T @ rows.x
    mixed = passed - (q - u * bend)[:, None] * covers
    out[:k, k:] = (rows.x * (w * pieces.risk)[:, None]).T @ mixed
    out[k:, :k] = out[:k, k:].T
    out[k:, k:] = (covers * (w * pieces.risk**2 * bend)[:, None]).T @ covers
    return out


def maximise(rows: Rows, beta: np.ndarray, increments: np.ndarray, hold: bool = False) -> IntervalKernel:
    """Maximise over coefficients and increments together.

    Parameters
    ----------
    rows : Rows
    beta : numpy.ndarray, shape (k,)
        Where to start.
    increments : numpy.ndarray, shape (count - 1,)
        Where to start.
    hold : bool
        Leave the coefficients as they are: the profile likelihood.
    """
    pieces = evaluate(rows, beta, increments)
    trace, converged = [], False
    for _ in range(MOST_ITERATIONS):
        step_beta, step, gain = _newton_step(rows, pieces, increments, hold)
        value = float(rows.weights @ pieces.each)
        trace.append((value, gain))
        beta, increments, pieces, moved = _search(rows, (beta, increments, pieces), (step_beta, step), gain)
        # The step after is taken too: Newton's method doubles the digits with it.
        converged = gain <= SETTLED * (1 + abs(value))
        if converged or not moved:
            break
    return IntervalKernel(beta, increments, float(rows.weights @ pieces.each), pieces, tuple(trace), converged)


def _newton_step(
    rows: Rows, pieces: Pieces, increments: np.ndarray, hold: bool
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the steps of coefficients and increments, and the gain they promise."""
    k = rows.x.shape[1]
    slope_beta, slope = gradient(rows, pieces)
    places = candidates(increments, slope)
    info = information(rows, pieces, places)
    along = np.concatenate([slope_beta, slope[places]])
    if hold:
        info[:k, :] = info[:, :k] = 0.0
        info[np.arange(k), np.arange(k)] = 1.0
        along[:k] = 0.0
    found = _solve(info, along, increments[places], k)
    found *= min(1.0, LONGEST_STEP / max(float(np.abs(found[:k]).max(initial=0.0)), LONGEST_STEP))
    step = np.zeros_like(increments)
    step[places] = found[k:]
    return found[:k], step, float(along @ found)


def candidates(increments: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return the increments there are, and between each two of them the one that promises most."""
    there = increments > 0
    gap = np.cumsum(there)
    order = np.lexsort((-slope, there, gap))
    best = order[np.concatenate([[True], np.diff(gap[order]) != 0])] if order.size else order
    return np.union1d(np.flatnonzero(there), best[(slope[best] > 0) & ~there[best]])


def _solve(info: np.ndarray, along: np.ndarray, increments: np.ndarray, k: int) -> np.ndarray:
    """Maximise the quadratic that fits here, no increment below 0.

    Where it bends the wrong way, coefficients and increments are taken apart.
    """
    size = np.sqrt(np.maximum(np.diag(info), 1e-300))
    scaled = info / size / size[:, None]
    slope = along / size
    for matrix in (scaled, _apart(scaled, k)):
        try:
            np.linalg.cholesky(matrix + RIDGE * np.eye(len(matrix)))
        except np.linalg.LinAlgError:
            continue
        return np.asarray(_constrained(matrix, slope, increments * size[k:], k) / size)
    return np.asarray(slope / size)


def _constrained(matrix: np.ndarray, slope: np.ndarray, now: np.ndarray, k: int) -> np.ndarray:
    """Solve the quadratic programme: coefficients drop out, the rest is least squares without negatives."""
    carry = np.linalg.solve(matrix[:k, :k], np.column_stack([matrix[:k, k:], slope[:k]]))
    rest = matrix[k:, k:] - matrix[k:, :k] @ carry[:, :-1]
    target = slope[k:] - matrix[k:, :k] @ carry[:, -1]
    if not now.size:
        return carry[:, -1]
    upper = np.linalg.cholesky(rest + RIDGE * np.eye(now.size)).T
    wanted = np.linalg.solve(upper.T, target + rest @ now + RIDGE * now)
    step = nnls(upper, wanted)[0] - now
    return np.concatenate([carry[:, -1] - carry[:, :-1] @ step, step])


def _apart(matrix: np.ndarray, k: int) -> np.ndarray:
    out = matrix + 1e-6 * np.eye(len(matrix))
    out[:k, k:] = out[k:, :k] = 0.0
    return out


def _search(
    rows: Rows,
    at: tuple[np.ndarray, np.ndarray, Pieces],
    step: tuple[np.ndarray, np.ndarray],
    gain: float,
) -> tuple[np.ndarray, np.ndarray, Pieces, bool]:
    """Halve the step until the likelihood rises by a fair share of what was promised."""
    beta, increments, pieces = at
    value = float(rows.weights @ pieces.each)
    for halving in range(MOST_HALVINGS):
        share = 0.5**halving
        moved = beta + share * step[0], np.maximum(increments + share * step[1], 0.0)
        tried = evaluate(rows, *moved)
        reached_value = float(rows.weights @ tried.each)
        if np.isfinite(reached_value) and reached_value >= value + 1e-4 * share * gain - 1e-13 * abs(value):
            return *moved, tried, True
    return beta, increments, pieces, False
