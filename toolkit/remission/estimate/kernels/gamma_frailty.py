"""Cox's partial likelihood with a gamma frailty shared within groups.

For a given variance the log frailties are penalised parameters of the partial likelihood, with the
estimates of the EM algorithm at its maximum; a correction gives the likelihood with the frailties
integrated out (Therneau, Grambsch and Pankratz 2003, doi:10.1198/1061860031365).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln

from remission.estimate.kernels.cox_partial_likelihood import Pieces, Ties, evaluate
from remission.estimate.kernels.risk_sets import RiskSets

MOST_ITERATIONS = 200
MOST_HALVINGS = 30
SETTLED = 1e-12
# Up to so many groups every Newton step uses the whole information; beyond, that of frailties one by one.
FEW_GROUPS = 400
MOST_SHARES = 30_000_000
VARIANCES = np.exp(np.linspace(np.log(1e-5), np.log(50.0), 32))


@dataclass(frozen=True, slots=True)
class FrailtyRows:
    """What the likelihood needs of the rows.

    Attributes
    ----------
    x : numpy.ndarray, shape (rows, k)
    weights : numpy.ndarray, shape (rows,)
    group : numpy.ndarray of int from 0, shape (rows,)
    count : int
        Number of groups.
    events : numpy.ndarray, shape (count,)
    sets : RiskSets
    ties : Ties
    """

    x: np.ndarray
    weights: np.ndarray
    group: np.ndarray
    count: int
    events: np.ndarray
    sets: RiskSets
    ties: Ties


@dataclass(frozen=True, slots=True)
class Penalised:
    """The penalised partial likelihood maximised at one variance.

    Attributes
    ----------
    theta : float
        Variance of the frailty.
    beta : numpy.ndarray, shape (k,)
    omega : numpy.ndarray, shape (count,)
        Log frailties.
    partial : float
        Log partial likelihood given the frailties.
    log_likelihood : float
        With the frailties integrated out.
    slope : float
        Derivative of ``log_likelihood`` by the logarithm of ``theta``.
    converged : bool
    """

    theta: float
    beta: np.ndarray
    omega: np.ndarray
    partial: float
    log_likelihood: float
    slope: float
    converged: bool


def maximise_at(rows: FrailtyRows, theta: float, beta: np.ndarray, omega: np.ndarray) -> Penalised:
    """Maximise over coefficients and log frailties at one variance, from a start."""
    at = np.concatenate([beta, omega])
    k, converged = beta.size, False
    pieces = _evaluate(rows, at)
    value = _penalised(pieces, at[k:], theta)
    for _ in range(MOST_ITERATIONS):
        score = _score(rows, pieces, at[k:], theta)
        step = _step(rows, pieces, at[k:], theta, score)
        gain = float(score @ step)
        at, pieces, moved = _search(rows, at, step, (value, pieces), theta)
        value = _penalised(pieces, at[k:], theta)
        converged = gain <= SETTLED * (1 + abs(value))
        if converged or not moved:
            break
    log_likelihood, slope = _integrated(rows, at[k:], pieces.log_likelihood, theta)
    return Penalised(theta, at[:k], at[k:], pieces.log_likelihood, log_likelihood, slope, converged)


def maximise_variance(rows: FrailtyRows, beta: np.ndarray) -> tuple[Penalised | None, list[Penalised]]:
    """Find the variance of the largest integrated likelihood.

    Returns
    -------
    best : Penalised or None
        None where the likelihood falls from a variance of 0 on.
    path : list of Penalised
        What was tried.
    """
    path: list[Penalised] = []

    def tried(log_theta: float) -> float:
        before = min(path, key=lambda p: abs(np.log(p.theta) - log_theta), default=None)
        start = (beta, np.zeros(rows.count)) if before is None else (before.beta, before.omega)
        path.append(maximise_at(rows, float(np.exp(log_theta)), *start))
        return path[-1].slope

    slopes = [tried(float(np.log(theta))) for theta in VARIANCES]
    peaks = [i for i in range(len(slopes) - 1) if slopes[i] > 0 >= slopes[i + 1]]
    if not peaks:
        return (path[-1] if slopes[-1] > 0 else None), path
    found = []
    for i in peaks:
        brentq(tried, float(np.log(VARIANCES[i])), float(np.log(VARIANCES[i + 1])), xtol=1e-12, rtol=1e-14)
        found.append(min(path[len(VARIANCES) :], key=lambda p: abs(p.slope)))
    best = max(path, key=lambda p: p.log_likelihood)
    return max(found, key=lambda p: p.log_likelihood) if best.theta >= VARIANCES[1] else None, path


def whole_information(rows: FrailtyRows, at: Penalised) -> np.ndarray:
    """Return the penalised information about coefficients and log frailties, shape (k + count, k + count).

    Where events times groups pass ``MOST_SHARES``, frailties are taken as if they shared no risk set.
    """
    pieces = _evaluate(rows, np.concatenate([at.beta, at.omega]))
    upper, cross, alone = _blocks(rows, pieces)
    lower = np.diag(alone + np.exp(at.omega) / at.theta)
    if rows.ties.at.size * rows.count <= MOST_SHARES:
        lower -= _shared(rows, pieces)
    return np.block([[upper, cross], [cross.T, lower]])


def _evaluate(rows: FrailtyRows, at: np.ndarray) -> Pieces:
    k = rows.x.shape[1]
    wide = np.column_stack([rows.x, at[k:][rows.group]])
    return evaluate(np.append(at[:k], 1.0), wide, rows.weights, rows.sets, rows.ties)


def _penalised(pieces: Pieces, omega: np.ndarray, theta: float) -> float:
    return float(pieces.log_likelihood + (omega - np.exp(omega)).sum() / theta)


def _exposed(rows: FrailtyRows, pieces: Pieces) -> np.ndarray:
    """Return the expected events of each row, shape (rows,)."""
    sets, ties = rows.sets, rows.ties
    rate = ties.weight / pieces.denominator
    hazard = sets.gather(np.bincount(ties.at, rate, sets.count))
    hazard[sets.event_rows] -= np.bincount(ties.at, ties.fraction * rate, sets.count)[sets.died_at]
    return np.asarray(pieces.risk * hazard)


def _score(rows: FrailtyRows, pieces: Pieces, omega: np.ndarray, theta: float) -> np.ndarray:
    surprise = -_exposed(rows, pieces)
    surprise[rows.sets.event_rows] += rows.weights[rows.sets.event_rows]
    by_group = np.bincount(rows.group, surprise, rows.count) + (1 - np.exp(omega)) / theta
    return np.concatenate([surprise @ rows.x, by_group])


def _blocks(rows: FrailtyRows, pieces: Pieces) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the information about coefficients, across, and about each frailty without the risk sets it shares."""
    k, expected = rows.x.shape[1], _exposed(rows, pieces)
    mean, weight = pieces.mean[:, :k], rows.ties.weight
    upper = (rows.x * expected[:, None]).T @ rows.x - (mean * weight[:, None]).T @ mean
    alone = np.bincount(rows.group, expected, rows.count)
    surprise = rows.x * expected[:, None] - _pulled(rows, pieces, mean)
    cross = np.array([np.bincount(rows.group, column, rows.count) for column in surprise.T])
    return upper, cross.reshape(k, rows.count), alone


def _pulled(rows: FrailtyRows, pieces: Pieces, mean: np.ndarray) -> np.ndarray:
    """Return each row's share of the risk at each event times the mean covariates there, summed, shape (rows, k)."""
    sets, ties = rows.sets, rows.ties
    rate = (ties.weight / pieces.denominator)[:, None] * mean
    by_time = np.array([np.bincount(ties.at, column, sets.count) for column in rate.T]).T
    taken = np.array([np.bincount(ties.at, column * ties.fraction, sets.count) for column in rate.T]).T
    out = sets.gather(by_time)
    out[sets.event_rows] -= taken[sets.died_at]
    return np.asarray(pieces.risk[:, None] * out)


def _shares(rows: FrailtyRows, pieces: Pieces) -> np.ndarray:
    """Return each group's share of the risk at each event, shape (events, count)."""
    sets, ties, size = rows.sets, rows.ties, rows.sets.count + 1
    flat = np.bincount(sets.last * rows.count + rows.group, pieces.risk, size * rows.count)
    flat = flat - np.bincount(sets.first * rows.count + rows.group, pieces.risk, size * rows.count)
    at_risk = np.cumsum(flat.reshape(size, rows.count)[:0:-1], axis=0)[::-1]
    died = np.bincount(
        sets.died_at * rows.count + rows.group[sets.event_rows],
        pieces.risk[sets.event_rows],
        sets.count * rows.count,
    ).reshape(sets.count, rows.count)
    return np.asarray((at_risk[ties.at] - ties.fraction[:, None] * died[ties.at]) / pieces.denominator[:, None])


def _shared(rows: FrailtyRows, pieces: Pieces) -> np.ndarray:
    shares = _shares(rows, pieces)
    return np.asarray((shares * rows.ties.weight[:, None]).T @ shares)


def _step(rows: FrailtyRows, pieces: Pieces, omega: np.ndarray, theta: float, score: np.ndarray) -> np.ndarray:
    """Return Newton's step; with many groups frailties are taken as if they shared no risk set."""
    k = rows.x.shape[1]
    upper, cross, alone = _blocks(rows, pieces)
    diagonal = alone + np.exp(omega) / theta
    if rows.count <= FEW_GROUPS:
        lower = np.diag(diagonal) - _shared(rows, pieces)
        return np.linalg.solve(np.block([[upper, cross], [cross.T, lower]]), score)
    carried = cross / diagonal
    beta = np.linalg.solve(upper - carried @ cross.T, score[:k] - carried @ score[k:])
    return np.concatenate([beta, (score[k:] - cross.T @ beta) / diagonal])


def _search(
    rows: FrailtyRows, at: np.ndarray, step: np.ndarray, now: tuple[float, Pieces], theta: float
) -> tuple[np.ndarray, Pieces, bool]:
    k, (value, pieces) = rows.x.shape[1], now
    for halving in range(MOST_HALVINGS):
        tried = at + step / 2**halving
        found = _evaluate(rows, tried)
        reached = _penalised(found, tried[k:], theta)
        if np.isfinite(reached) and reached >= value - 1e-12 * (1 + abs(value)):
            return tried, found, True
    return at, pieces, False


def _integrated(rows: FrailtyRows, omega: np.ndarray, partial: float, theta: float) -> tuple[float, float]:
    """Return the integrated log-likelihood and its derivative by the logarithm of the variance."""
    nu, d = 1 / theta, rows.events
    # Written so that large nu cancels before it is added up.
    spread = (omega - np.expm1(omega)).sum()
    gained = gammaln(nu + d) - gammaln(nu) - d * np.log(nu + d) + d - nu * np.log1p(d * theta)
    by_nu = spread + (digamma(nu + d) - digamma(nu) - np.log1p(d * theta)).sum()
    return float(partial + nu * spread + gained.sum()), float(-nu * by_nu)
