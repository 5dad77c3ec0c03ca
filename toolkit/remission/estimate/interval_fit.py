"""A fitted proportional hazards model of intervals: covariates scaled, baseline and coefficients maximised."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import NotEstimable
from remission.estimate.cox_checks import EVENTS_PER_TERM, RUNAWAY
from remission.estimate.cox_fit import inverse_information, require_covariates, require_information
from remission.estimate.formula import Design
from remission.estimate.interval_data import IntervalData
from remission.estimate.kernels.innermost_intervals import InnermostIntervals, innermost_intervals
from remission.estimate.kernels.interval_likelihood import (
    IntervalKernel,
    Rows,
    gradient,
    information,
    maximise,
)
from remission.estimate.kernels.interval_start import first_increments
from remission.estimate.result import Check

STATIONARY = 1e-5


@dataclass(frozen=True)
class IntervalFit:
    """What stays of a fit for tests and prediction.

    Attributes
    ----------
    data : IntervalData
    design : Design
    scale : numpy.ndarray, shape (terms,)
        Covariates were divided by it, after their means were taken off.
    spans : InnermostIntervals
    rows : Rows
    kernel : IntervalKernel
    log_likelihood_null : float
        With all coefficients 0.
    vcov : numpy.ndarray, shape (terms, terms)
    """

    data: IntervalData
    design: Design
    scale: np.ndarray
    spans: InnermostIntervals
    rows: Rows
    kernel: IntervalKernel
    log_likelihood_null: float
    vcov: np.ndarray

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows."""
        return self.design.design_for(table)

    def baseline(self) -> tuple[np.ndarray, np.ndarray]:
        """Return times and the cumulative hazard where all covariates are 0.

        It rises at the right ends of innermost intervals; in the last one, where finite, to infinity.
        """
        shift = self.design.matrix.mean(axis=0) @ (self.kernel.beta / self.scale)
        total = np.append(np.cumsum(self.kernel.increments), np.inf)
        rises = np.append(self.kernel.increments > 0, True) & np.isfinite(self.spans.right)
        return self.spans.right[rises], total[rises] * np.exp(-shift)


def fit_interval(data: IntervalData, design: Design) -> IntervalFit:
    """Maximise the likelihood of data that hold a finite interval.

    Raises
    ------
    NotEstimable
        No covariate, a covariate that never varies, or covariates that repeat one another.
    """
    if not design.terms:
        raise NotEstimable("The model has no covariate.", "Use turnbull for a curve without covariates.")
    require_covariates(design)
    centred = design.matrix - design.matrix.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    spans = innermost_intervals(data.left, data.right)
    rows = Rows(spans.first, spans.last, spans.left.size, np.ones(len(centred)), centred / scale)
    null = maximise(rows, np.zeros(len(scale)), first_increments(rows), hold=True)
    require_information(profile_information(rows, null), float(data.event.sum()), design.terms)
    kernel = maximise(rows, null.beta, null.increments)
    vcov = inverse_information(profile_information(rows, kernel)) / np.outer(scale, scale)
    return IntervalFit(data, design, scale, spans, rows, kernel, null.log_likelihood, vcov)


def profile_information(rows: Rows, kernel: IntervalKernel) -> np.ndarray:
    """Return the information about the coefficients when the baseline is unknown, shape (k, k)."""
    k = rows.x.shape[1]
    whole = information(rows, kernel.pieces, np.flatnonzero(kernel.increments > 0))
    size = np.sqrt(np.maximum(np.diag(whole), np.finfo(float).tiny))
    scaled = whole / size / size[:, None]
    taken = scaled[:k, k:] @ np.linalg.pinv(scaled[k:, k:], rcond=1e-12, hermitian=True) @ scaled[k:, :k]
    return np.asarray((scaled[:k, :k] - taken) * size[:k] * size[:k, None])


def interval_checks(fit: IntervalFit) -> tuple[Check, ...]:
    """Check convergence, the conditions of the maximum, that no estimate is infinite, and events enough."""
    return (_converged(fit), _conditions(fit), _finite(fit), _enough_events(fit))


def _converged(fit: IntervalFit) -> Check:
    kernel = fit.kernel
    words = f"The likelihood was maximised in {len(kernel.iterations)} iterations."
    return Check("converged", kernel.converged, words if kernel.converged else "The likelihood did not settle.")


def _conditions(fit: IntervalFit) -> Check:
    """Look at the slopes: 0 for coefficients and for what the baseline uses, not above 0 for the rest."""
    by_beta, by_increment = gradient(fit.rows, fit.kernel.pieces)
    increments = fit.kernel.increments
    used = increments > 0
    worst = max(
        float(np.abs(by_beta).max()),
        float(np.abs(by_increment[used] * increments[used]).max(initial=0.0)),
        float((by_increment[~used] * increments.max(initial=0.0)).max(initial=0.0)),
    )
    passed = worst <= STATIONARY
    words = "hold" if passed else "do not hold, so a more likely fit exists"
    return Check("Kuhn–Tucker conditions", passed, f"The conditions of the maximum {words} (missed by {worst:.1e}).")


def _finite(fit: IntervalFit) -> Check:
    error = np.sqrt(np.diag(fit.vcov)) * fit.scale
    tame = (np.abs(fit.kernel.beta) <= RUNAWAY) & (error <= RUNAWAY)
    wild = [term for term, good in zip(fit.design.terms, tame, strict=True) if not good]
    words = f"The estimate of {', '.join(wild)} runs away, as when a group has no event or all of them: merge groups."
    return Check("finite estimates", not wild, words if wild else "No estimate runs away.")


def _enough_events(fit: IntervalFit) -> Check:
    events, terms = int(fit.data.event.sum()), len(fit.design.terms)
    enough = events >= EVENTS_PER_TERM * terms
    words = "." if enough else f": fewer than {EVENTS_PER_TERM} a term, so intervals are unreliable."
    return Check("events per term", enough, f"{events} events for {terms} terms{words}")
