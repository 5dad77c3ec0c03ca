"""The cumulative baseline hazard of a Cox model, and how sure it is at given covariates."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import Ties, evaluate
from remission.estimate.kernels.risk_sets import RiskSets


@dataclass(frozen=True, slots=True)
class CoxBaseline:
    """One stratum's cumulative hazard where all covariates are 0; the value at a time holds until the next.

    Attributes
    ----------
    time : numpy.ndarray, shape (times,)
    hazard : numpy.ndarray, shape (times,)
    variance : numpy.ndarray, shape (times,)
        Of the hazard, were the coefficients known.
    drift : numpy.ndarray, shape (times, k)
        Minus the derivative of the hazard by the coefficients: its increments times the mean covariates of
        those at risk, added up.
    """

    time: np.ndarray
    hazard: np.ndarray
    variance: np.ndarray
    drift: np.ndarray

    def at(self, times: np.ndarray) -> "CoxBaseline":
        """Read the hazard at given times."""
        place = np.searchsorted(self.time, times, side="right")
        read = [np.concatenate([np.zeros_like(part[:1]), part])[place] for part in self._parts()]
        return CoxBaseline(times, *read)

    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not self.time.size:
            return np.zeros(1), np.zeros(1), np.zeros((1, self.drift.shape[1]))
        return self.hazard, self.variance, self.drift


@dataclass(frozen=True, slots=True)
class Predicted:
    """The cumulative hazard at some covariates; arrays of shape (times,)."""

    hazard: np.ndarray
    std_error: np.ndarray


def cox_baselines(
    beta: np.ndarray, x: np.ndarray, weights: np.ndarray, sets: RiskSets, ties: Ties, count: int
) -> tuple[CoxBaseline, ...]:
    """Estimate the cumulative hazard of every stratum.

    Breslow's estimate where ties are Breslow's; with Efron's ties its like, in which the tied events leave one
    after another.

    Parameters
    ----------
    beta, x, weights, sets, ties
        As the model was fitted.
    count : int
        Number of strata; one without an event has a hazard of 0.
    """
    pieces = evaluate(beta, x, weights, sets, ties)
    at_zero = pieces.denominator * np.exp((x @ beta).max(initial=0.0))
    rate = ties.weight / at_zero
    parts = [np.bincount(ties.at, values, sets.count) for values in (rate, rate / at_zero, *(rate * pieces.mean.T))]
    found = []
    for stratum in range(count):
        own = sets.strata == stratum
        hazard, variance, *drift = (np.cumsum(part[own]) for part in parts)
        found.append(CoxBaseline(sets.times[own], hazard, variance, np.column_stack(drift)))
    return tuple(found)


def predicted_hazard(baseline: CoxBaseline, beta: np.ndarray, x: np.ndarray, vcov: np.ndarray) -> Predicted:
    """Give the cumulative hazard at covariates ``x``, with its standard error.

    Tsiatis (1981, doi:10.1214/aos/1176345333), in the form of Therneau and Grambsch (2000,
    doi:10.1007/978-1-4757-3294-8, chapter 10).

    Parameters
    ----------
    baseline : CoxBaseline
    beta, x : numpy.ndarray, shape (k,)
    vcov : numpy.ndarray, shape (k, k)
        Variance of ``beta``.
    """
    risk = float(np.exp(x @ beta))
    toward = x * baseline.hazard[:, None] - baseline.drift
    variance = baseline.variance + np.einsum("tj,jk,tk->t", toward, vcov, toward)
    return Predicted(risk * baseline.hazard, risk * np.sqrt(variance))
