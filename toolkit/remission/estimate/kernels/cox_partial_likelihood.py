"""Cox's partial likelihood with tied event times, delayed entry, strata and weights.

The information needs no sum of outer products over risk sets: summed over event times, each row's
outer product is weighted by the hazard it was exposed to, so the whole is one weighted
cross-product and the cost grows with rows times covariates.
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.risk_sets import RiskSets

HALVINGS = 20
STALLED = 1e-6
# A smaller sum over a risk set has lost its digits: such a step goes too far.
SMALLEST = 1e-200
BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class CoxKernel:
    """A maximised partial likelihood.

    Attributes
    ----------
    beta : numpy.ndarray, shape (k,)
    information : numpy.ndarray, shape (k, k)
        Minus the second derivative at ``beta``.
    log_likelihood, log_likelihood_null : float
    score_test : float
        Rao's statistic at 0.
    iterations : tuple of (float, float)
        Log-likelihood and largest step of each iteration.
    converged : bool
    """

    beta: np.ndarray
    information: np.ndarray
    log_likelihood: float
    log_likelihood_null: float
    score_test: float
    iterations: tuple[tuple[float, float], ...]
    converged: bool


@dataclass(frozen=True, slots=True)
class Ties:
    """The events of each event time laid out one after another.

    Attributes
    ----------
    at : numpy.ndarray of int, shape (events,)
        Event time of each.
    fraction : numpy.ndarray, shape (events,)
        Efron: share of the tied events already taken out, 0, 1/d, 2/d, …; Breslow: 0.
    weight : numpy.ndarray, shape (events,)
        Mean weight of the events at that time.
    """

    at: np.ndarray
    fraction: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, slots=True)
class Pieces:
    """The partial likelihood at one beta, with what the residuals need."""

    log_likelihood: float
    risk: np.ndarray
    denominator: np.ndarray
    mean: np.ndarray


@dataclass(frozen=True, slots=True)
class Start:
    """The partial likelihood at 0, from which Newton's method sets out.

    Attributes
    ----------
    pieces : Pieces
    score : numpy.ndarray, shape (k,)
    information : numpy.ndarray, shape (k, k)
    """

    pieces: Pieces
    score: np.ndarray
    information: np.ndarray


def lay_out_ties(sets: RiskSets, weights: np.ndarray, ties: str) -> Ties:
    """Order the events of every event time and give each its Efron fraction."""
    tied = np.bincount(sets.died_at, minlength=sets.count)
    at = np.repeat(np.arange(sets.count), tied)
    position = np.arange(at.size) - np.repeat(np.cumsum(tied) - tied, tied)
    fraction = position / tied[at] if ties == "efron" else np.zeros(at.size)
    mean_weight = np.bincount(sets.died_at, weights[sets.event_rows], sets.count) / np.maximum(tied, 1)
    return Ties(at, fraction, mean_weight[at])


def evaluate(beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties) -> Pieces:
    """Compute the log partial likelihood and the risk-set means at ``beta``.

    Where risks are too far apart for floating-point numbers, the log-likelihood is given as minus infinity.
    """
    predictor = x @ beta
    predictor -= predictor.max(initial=0.0)
    risk = weights * np.exp(predictor)
    at_risk, of_events = sets.sum_at_risk(risk), sets.sum_of_events(risk)
    denominator = at_risk[ties.at] - ties.fraction * of_events[ties.at]
    mean = np.empty((ties.at.size, x.shape[1]))
    # Column by column: a product of the whole matrix costs more in fresh memory than in sums.
    for j, column in enumerate(x.T):
        weighted = risk * column
        mean[:, j] = sets.sum_at_risk(weighted)[ties.at] - ties.fraction * sets.sum_of_events(weighted)[ties.at]
    rows = sets.event_rows
    gained = float(weights[rows] @ predictor[rows])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        in_range = denominator.min(initial=1.0) > SMALLEST
        value = gained - float(ties.weight @ np.log(denominator)) if in_range else -np.inf
        mean /= denominator[:, None]
    return Pieces(value, risk, denominator, mean)


def gradient(pieces: Pieces, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties) -> np.ndarray:
    """Return the score vector, shape (k,)."""
    rows = sets.event_rows
    return np.asarray(weights[rows] @ x[rows] - ties.weight @ pieces.mean)


def information(pieces: Pieces, x: np.ndarray, sets: RiskSets, ties: Ties) -> np.ndarray:
    """Return the observed information, shape (k, k)."""
    exposed = sets.gather(_by_time(ties.weight / pieces.denominator, sets, ties))
    taken = _by_time(ties.fraction * ties.weight / pieces.denominator, sets, ties)
    exposed[sets.event_rows] -= taken[sets.died_at]
    second = _weighted_cross_product(x, pieces.risk * exposed)
    return np.asarray(second - (pieces.mean * ties.weight[:, None]).T @ pieces.mean)


def begin(x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties) -> Start:
    """Evaluate the partial likelihood at 0.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, k)
        Covariates, best centred and of similar size.
    weights : numpy.ndarray, shape (rows,)
    sets : RiskSets
    ties : Ties
    """
    pieces = evaluate(np.zeros(x.shape[1]), x, weights, sets, ties)
    return Start(pieces, gradient(pieces, x, weights, sets, ties), information(pieces, x, sets, ties))


def maximise(
    start: Start,
    x: np.ndarray,
    weights: np.ndarray,
    sets: RiskSets,
    ties: Ties,
    max_iterations: int = 50,
    tolerance: float = 1e-11,
) -> CoxKernel:
    """Maximise the partial likelihood by Newton's method with step halving, from 0.

    Parameters
    ----------
    start : Start
        Its information must be invertible.
    x, weights, sets, ties
        As in ``begin``.
    """
    beta, trace, converged = np.zeros(x.shape[1]), [], False
    pieces, score, info = start.pieces, start.score, start.information
    null, score_test = pieces.log_likelihood, float(score @ np.linalg.solve(info, score))
    for _ in range(max_iterations):
        step = _newton_step(info, score)
        promised = float(score @ step)
        beta, better = _halve_until_better(beta, step, pieces, (x, weights, sets, ties))
        change = better.log_likelihood - pieces.log_likelihood
        pieces = better
        score, info = gradient(pieces, x, weights, sets, ties), information(pieces, x, sets, ties)
        trace.append((pieces.log_likelihood, float(np.abs(step).max(initial=0.0))))
        if change <= tolerance * (abs(pieces.log_likelihood) + 1e-3):
            converged = promised <= STALLED * (abs(pieces.log_likelihood) + 1.0)
            break
    return CoxKernel(beta, info, pieces.log_likelihood, null, score_test, tuple(trace), converged)


def score_residuals(beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties) -> np.ndarray:
    """Return each row's contribution to the score at ``beta``, shape (rows, k), times its weight.

    Lin and Wei (1989), doi:10.1080/01621459.1989.10478874; for tied events the average over
    Efron's partial removals, so that the rows sum to the score.
    """
    pieces = evaluate(beta, x, weights, sets, ties)
    rate = ties.weight / pieces.denominator
    hazard = sets.gather(_by_time(rate, sets, ties))
    pulled = sets.gather(_by_time(rate[:, None] * pieces.mean, sets, ties))
    rows, at = sets.event_rows, sets.died_at
    hazard[rows] -= _by_time(ties.fraction * rate, sets, ties)[at]
    pulled[rows] -= _by_time((ties.fraction * rate)[:, None] * pieces.mean, sets, ties)[at]
    residuals = pulled
    residuals -= x * hazard[:, None]
    residuals *= pieces.risk[:, None]
    tied = np.bincount(at, minlength=sets.count)
    average = _by_time(pieces.mean, sets, ties) / np.maximum(tied, 1)[:, None]
    residuals[rows] += weights[rows, None] * (x[rows] - average[at])
    return np.asarray(residuals)


def _weighted_cross_product(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sum the outer products of rows times their weights, in blocks that fit the processor's cache."""
    total = np.zeros((x.shape[1], x.shape[1]))
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        total += (block * weight[start : start + BLOCK, None]).T @ block
    return total


def _by_time(values: np.ndarray, sets: RiskSets, ties: Ties) -> np.ndarray:
    if values.ndim == 2:
        return np.column_stack([_by_time(column, sets, ties) for column in values.T])
    return np.bincount(ties.at, values, sets.count)


def _newton_step(info: np.ndarray, score: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(info, score)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(info, score, rcond=None)[0])


def _halve_until_better(
    beta: np.ndarray,
    step: np.ndarray,
    pieces: Pieces,
    data: tuple[np.ndarray, np.ndarray, RiskSets, Ties],
) -> tuple[np.ndarray, Pieces]:
    floor = pieces.log_likelihood - 1e-10 * abs(pieces.log_likelihood)
    for halving in range(HALVINGS):
        tried = evaluate(beta + step / 2**halving, *data)
        if np.isfinite(tried.log_likelihood) and tried.log_likelihood >= floor:
            return beta + step / 2**halving, tried
    return beta, pieces
