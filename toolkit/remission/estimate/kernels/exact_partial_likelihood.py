"""The exact (discrete, conditional logistic) partial likelihood for tied event times.

Given that d of those at risk had the event, the likelihood is the chance that it was these d: their joint risk
over the sum of joint risks of all subsets of size d. The sum is built up one row at a time (Gail, Lubin and
Rubinstein 1981, doi:10.1093/biomet/68.3.703): a subset either has the row or not. What is carried along is the
log of each sum with the mean and the variance of the subsets' covariate totals under it, mixed from two
parts; everything added is positive, so no digits are lost however far apart the risks are.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from remission.estimate.kernels.cox_partial_likelihood import CoxKernel
from remission.estimate.kernels.curved_climb import climb
from remission.estimate.kernels.risk_sets import RiskSets


@dataclass(frozen=True, slots=True)
class Layer:
    """One stratum's event times, from the last to the first.

    Attributes
    ----------
    sizes : tuple of int
        Events at each.
    joining : tuple of numpy.ndarray of int
        Rows to include before the subsets of each are read.
    nested : bool
        Whether each risk set holds the one before it in this order; otherwise every one is built anew.
    """

    sizes: tuple[int, ...]
    joining: tuple[np.ndarray, ...]
    nested: bool


class Subsets(NamedTuple):
    """Subsets of 0, 1, ..., d rows: log of the summed risks, mean and variance of covariate totals."""

    log_sum: np.ndarray
    mean: np.ndarray
    spread: np.ndarray


def lay_out_layers(sets: RiskSets) -> tuple[Layer, ...]:
    """Say which rows join at which event time, for each stratum."""
    tied = np.bincount(sets.died_at, minlength=sets.count)
    bounds = np.flatnonzero(np.diff(sets.strata, prepend=-1, append=sets.strata[-1] + 1))
    layers = []
    for low, high in pairwise(bounds):
        inside = np.flatnonzero((sets.first < high) & (sets.last > low) & (sets.first < sets.last))
        first, last = sets.first[inside], sets.last[inside]
        nested = bool((first == low).all())
        backwards = range(high - 1, low - 1, -1)
        joining = tuple(inside[(last == t + 1) if nested else (first <= t) & (t < last)] for t in backwards)
        layers.append(Layer(tuple(int(tied[t]) for t in backwards), joining, nested))
    return tuple(layers)


def exact_value(
    beta: np.ndarray, x: np.ndarray, sets: RiskSets, layers: tuple[Layer, ...]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Compute log-likelihood, score and information at ``beta``.

    Parameters
    ----------
    beta : numpy.ndarray, shape (k,)
    x : numpy.ndarray, shape (rows, k)
    sets : RiskSets
    layers : tuple of Layer
    """
    predictor = x @ beta
    value, score = float(predictor[sets.event_rows].sum()), x[sets.event_rows].sum(axis=0)
    information = np.zeros((beta.size, beta.size))
    for layer in layers:
        most = max(layer.sizes)
        subsets, held = _none(most, beta.size), 0
        for size, rows in zip(layer.sizes, layer.joining, strict=True):
            if not layer.nested:
                subsets, held = _none(size, beta.size), 0
            for row in rows:
                held += 1
                _include(subsets, min(held, len(subsets.log_sum) - 1), predictor[row], x[row])
            value -= float(subsets.log_sum[size])
            score = score - subsets.mean[size]
            information += subsets.spread[size]
    return value, score, information


def maximise_exact(
    x: np.ndarray, sets: RiskSets, layers: tuple[Layer, ...], start: tuple[float, np.ndarray, np.ndarray]
) -> CoxKernel:
    """Maximise from 0.

    Parameters
    ----------
    x, sets, layers
        As in ``exact_value``.
    start : tuple
        What ``exact_value`` gives at 0; its information must be invertible.
    """
    value, score, information = start
    top = climb(lambda beta: exact_value(beta, x, sets, layers), np.zeros(x.shape[1]))
    score_test = float(score @ np.linalg.solve(information, score))
    return CoxKernel(top.at, top.information, top.value, value, score_test, top.path, top.converged)


def _none(most: int, k: int) -> Subsets:
    log_sum = np.full(most + 1, -np.inf)
    log_sum[0] = 0.0
    return Subsets(log_sum, np.zeros((most + 1, k)), np.zeros((most + 1, k, k)))


def _include(subsets: Subsets, largest: int, log_risk: float, row: np.ndarray) -> None:
    """Let each subset have the row or not, in place, up to subsets of size ``largest``."""
    log_sum, mean, spread = subsets
    without, smaller = slice(1, largest + 1), slice(0, largest)
    gained = log_sum[smaller] + log_risk
    total = np.logaddexp(log_sum[without], gained)
    share = np.exp(gained - total)[:, None]
    apart = mean[smaller] + row - mean[without]
    across = (share * (1 - share))[:, :, None] * (apart[:, :, None] * apart[:, None, :])
    spread[without] = (1 - share)[:, :, None] * spread[without] + share[:, :, None] * spread[smaller] + across
    mean[without] += share * apart
    log_sum[without] = total
