"""Curves of a Cox model averaged over participants, with the covariance of the averages."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.cox_baseline import CoxBaseline


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everyone's covariates, shape (n, k), and stratum, shape (n,), under one level of the exposure."""

    x: np.ndarray
    stratum: np.ndarray


@dataclass(frozen=True, slots=True)
class Averages:
    """Average survival, shape (times, scenarios), and its covariance, shape (times, scenarios, scenarios)."""

    survival: np.ndarray
    covariance: np.ndarray


def standardise(
    scenarios: list[Scenario],
    baselines: tuple[CoxBaseline, ...],
    beta: np.ndarray,
    vcov: np.ndarray,
    cluster: np.ndarray,
) -> Averages:
    """Average the predicted survival of all rows under each scenario.

    The covariance has three parts: of the baseline hazards, of the coefficients (both by the delta method), and of
    the participants' covariates as a sample. Given the covariates the errors of the fit have mean 0, so that the
    last part adds to the others without a product term.

    Parameters
    ----------
    scenarios : list of Scenario
    baselines : tuple of CoxBaseline
        One a stratum, all read at the same times.
    beta : numpy.ndarray, shape (k,)
    vcov : numpy.ndarray, shape (k, k)
    cluster : numpy.ndarray of int from 0, shape (n,)
        Rows of one cluster were sampled together.
    """
    times, count, n = len(baselines[0].time), len(scenarios), len(cluster)
    hazard, variance = (np.array([getattr(b, name) for b in baselines]) for name in ("hazard", "variance"))
    drift = np.array([b.drift for b in baselines])
    risks = [np.exp(scenario.x @ beta) for scenario in scenarios]
    survival, covariance = np.empty((times, count)), np.empty((times, count, count))
    for t in range(times):
        by_baseline, by_beta = np.empty((count, len(baselines))), np.empty((count, len(beta)))
        spread = np.empty((cluster.max() + 1, count))
        for j, (scenario, risk) in enumerate(zip(scenarios, risks, strict=True)):
            held = hazard[scenario.stratum, t]
            own = np.exp(-risk * held)
            survival[t, j] = own.mean()
            pull = own * risk / n
            by_baseline[j] = np.bincount(scenario.stratum, pull, len(baselines))
            by_beta[j] = (pull * held) @ scenario.x - by_baseline[j] @ drift[:, t]
            spread[:, j] = np.bincount(cluster, own - survival[t, j]) / n
        covariance[t] = (by_baseline * variance[:, t]) @ by_baseline.T + by_beta @ vcov @ by_beta.T + spread.T @ spread
    return Averages(survival, covariance)
