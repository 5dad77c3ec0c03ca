"""Risk sets of the subdistribution, and the variance that estimated censoring weights add."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import Ties, evaluate, score_residuals
from remission.estimate.kernels.product_limit import kaplan_meier, life_table
from remission.estimate.kernels.risk_sets import RiskSets, build_risk_sets


@dataclass(frozen=True, slots=True)
class SubdistributionSets(RiskSets):
    """Risk sets in which whoever had another cause stays, with the probability of not being censored since.

    After its exit X such a row weighs G(t-) / G(X-), where G is the probability of no censoring yet. The
    ratio splits into a factor of the row and one of the time, so all sums stay running sums.

    Attributes
    ----------
    kept : numpy.ndarray, shape (rows,)
        1 / G(X-) where another cause ended the row, else 0.
    uncensored : numpy.ndarray, shape (count,)
        G(t-) at each event time.
    stratum : numpy.ndarray of int from 0, shape (rows,)
        Each stratum has a censoring curve of its own.
    until : numpy.ndarray of int, shape (rows,)
        One past the last event time of the row's stratum.
    """

    kept: np.ndarray
    uncensored: np.ndarray
    stratum: np.ndarray
    until: np.ndarray

    def sum_at_risk(self, values: np.ndarray) -> np.ndarray:
        """Sum a row quantity over the weighted risk set of every event time; shapes as ``RiskSets``."""
        if values.ndim == 2:
            return np.column_stack([self.sum_at_risk(column) for column in values.T])
        size, staying = self.count + 1, self.kept * values
        past = np.cumsum(np.bincount(self.last, staying, size) - np.bincount(self.until, staying, size))[:-1]
        return np.asarray(RiskSets.sum_at_risk(self, values) + self.uncensored * past)

    def gather(self, increments: np.ndarray) -> np.ndarray:
        """Sum increments over each row's weighted stretch at risk; shapes as ``RiskSets``."""
        if increments.ndim == 2:
            return np.column_stack([self.gather(column) for column in increments.T])
        later = np.append(np.cumsum((self.uncensored * increments)[::-1])[::-1], 0.0)
        return np.asarray(RiskSets.gather(self, increments) + self.kept * (later[self.last] - later[self.until]))


def build_subdistribution_sets(
    exit_time: np.ndarray, own: np.ndarray, other: np.ndarray, stratum: np.ndarray | None = None
) -> SubdistributionSets:
    """Find each row's stretch of event times and its weight after another cause.

    Parameters
    ----------
    exit_time : numpy.ndarray, shape (rows,)
    own, other : numpy.ndarray of bool, shape (rows,)
        Whether the row ended with the cause, with another one; neither: censored.
    stratum : numpy.ndarray of int from 0, shape (rows,), or None
    """
    plain = build_risk_sets(exit_time, own, None, stratum)
    layer = np.zeros(exit_time.size, dtype=np.int64) if stratum is None else stratum
    kept, uncensored = np.zeros(exit_time.size), np.zeros(plain.count)
    for code in range(layer.max(initial=-1) + 1):
        rows, bins = layer == code, plain.strata == code
        counts = life_table(exit_time[rows], ~(own | other)[rows], None)
        before = np.concatenate([[1.0], kaplan_meier(counts).estimate[:-1]])
        kept[rows] = other[rows] / before[np.searchsorted(counts.time, exit_time[rows])]
        uncensored[bins] = before[np.searchsorted(counts.time, plain.times[bins])]
    return SubdistributionSets(
        first=plain.first,
        last=plain.last,
        died_at=plain.died_at,
        event_rows=plain.event_rows,
        count=plain.count,
        times=plain.times,
        strata=plain.strata,
        kept=kept,
        uncensored=uncensored,
        stratum=layer,
        until=np.searchsorted(plain.strata, layer, side="right"),
    )


def subdistribution_residuals(
    beta: np.ndarray, x: np.ndarray, sets: SubdistributionSets, ties: Ties, exit_time: np.ndarray, censored: np.ndarray
) -> np.ndarray:
    """Return each row's contribution to the score, its share in the censoring weights included.

    Fine and Gray (1999), doi:10.1080/01621459.1999.10474144: the sum of their eta and psi; ties between
    censoring and events as in R's ``cmprsk::crr``.

    Parameters
    ----------
    beta : numpy.ndarray, shape (k,)
    x : numpy.ndarray, shape (rows, k)
    sets : SubdistributionSets
    ties : Ties
    exit_time : numpy.ndarray, shape (rows,)
    censored : numpy.ndarray of bool, shape (rows,)

    Returns
    -------
    numpy.ndarray, shape (rows, k)
    """
    ones = np.ones(exit_time.size)
    eta = score_residuals(beta, x, ones, sets, ties)
    pieces = evaluate(beta, x, ones, sets, ties)
    hazard = np.bincount(ties.at, 1 / pieces.denominator, sets.count) * sets.uncensored
    mean = np.zeros((sets.count, x.shape[1]))
    mean[ties.at] = pieces.mean
    rate = np.column_stack([hazard, hazard[:, None] * mean])
    kept = np.column_stack([sets.kept * pieces.risk, (sets.kept * pieces.risk)[:, None] * x])
    psi = np.zeros_like(eta)
    for code in range(sets.stratum.max(initial=-1) + 1):
        rows, bins = sets.stratum == code, sets.strata == code
        psi[rows] = _through_weights(exit_time[rows], censored[rows], kept[rows], sets.times[bins], rate[bins])
    return np.asarray(eta + psi)


def _through_weights(
    exit_time: np.ndarray, censored: np.ndarray, kept: np.ndarray, times: np.ndarray, rate: np.ndarray
) -> np.ndarray:
    """Return what each row of a stratum does to the score through the stratum's censoring curve (psi)."""
    days, place = np.unique(exit_time, return_inverse=True)
    ahead = _tail_sums(rate)[np.searchsorted(times, days, side="left")]
    past = np.column_stack([np.bincount(place, column, days.size) for column in kept.T])
    past = np.cumsum(past, axis=0) - past
    pull = past[:, 1:] * ahead[:, :1] - past[:, :1] * ahead[:, 1:]
    at_risk = np.cumsum(np.bincount(place, minlength=days.size)[::-1])[::-1][:, None]
    lost = np.bincount(place, censored, days.size)[:, None]
    return np.asarray(censored[:, None] * (pull / at_risk)[place] - np.cumsum(pull * lost / at_risk**2, axis=0)[place])


def _tail_sums(values: np.ndarray) -> np.ndarray:
    """Sum from each row on, with a row of zeros after the last."""
    return np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], np.zeros((1, values.shape[1]))])
