"""Turnbull's curve, and its spread over resamples of the rows."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.innermost_intervals import InnermostIntervals, innermost_intervals
from remission.estimate.kernels.interval_likelihood import (
    IntervalKernel,
    Rows,
    maximise,
)
from remission.estimate.kernels.interval_start import first_increments, reached

AT_THE_MAXIMUM = 1e-5


@dataclass(frozen=True, slots=True)
class TurnbullCurve:
    """The nonparametric maximum-likelihood curve of one stratum.

    Attributes
    ----------
    spans : InnermostIntervals
    masses : numpy.ndarray, shape (m,)
        Probability of each innermost interval.
    events : numpy.ndarray, shape (m,)
        Events to be expected in each, of the rows known to have had one.
    at_risk : numpy.ndarray, shape (m,)
        Rows to be expected free of the event and under observation as each opens.
    gone : numpy.ndarray, shape (m,)
        Rows last seen free of the event after it ended and before the next opens.
    gone_before : int
        Rows last seen free of the event before the first opens.
    excess : float
        By how much the Kuhn–Tucker conditions are missed: 0 at the maximum.
    kernel : IntervalKernel
    """

    spans: InnermostIntervals
    masses: np.ndarray
    events: np.ndarray
    at_risk: np.ndarray
    gone: np.ndarray
    gone_before: int
    excess: float
    kernel: IntervalKernel

    @property
    def watched(self) -> int:
        """Number of rows."""
        return int(self.spans.first.size)

    @property
    def survival(self) -> np.ndarray:
        """Probability of no event by the end of each innermost interval, shape (m,)."""
        after = np.cumsum(self.masses[::-1])[::-1]
        return np.append(after[1:], 0.0)


def turnbull_curve(left: np.ndarray, right: np.ndarray) -> TurnbullCurve:
    """Maximise the likelihood of intervals ``(left, right]``; equal ends are exact times."""
    spans = innermost_intervals(left, right)
    rows = _rows(spans, np.ones(left.size))
    kernel = maximise(rows, np.zeros(0), first_increments(rows))
    masses = kernel.masses()
    excess = float(np.abs(_missed(rows, masses)).max())
    finite = np.isfinite(right)
    known = Rows(spans.first[finite], spans.last[finite], rows.count, np.ones(finite.sum()), rows.x[finite])
    events = np.maximum(masses * reached(known, masses, known.weights), 0.0)
    left_at = np.bincount(spans.first[~finite], minlength=rows.count + 1)
    gone = left_at[1 : rows.count + 1]
    at_risk = np.cumsum((events + gone)[::-1])[::-1]
    return TurnbullCurve(spans, masses, events, at_risk, gone, int(left_at[0]), excess, kernel)


def resample(curve: TurnbullCurve, left: np.ndarray, right: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Fit the curve anew to rows drawn with replacement.

    Parameters
    ----------
    curve : TurnbullCurve
        Fitted to all rows: where the resampled curves are read.
    left, right : numpy.ndarray, shape (rows,)
    count : int
        Number of resamples.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (count, m)
        Survival by the end of each innermost interval of ``curve``; NaN where a fit did not settle.
    """
    random = np.random.default_rng(seed)
    out = np.full((count, curve.masses.size), np.nan)
    for b in range(count):
        drawn = np.bincount(random.integers(0, left.size, left.size), minlength=left.size)
        there = drawn > 0
        weights = drawn[there].astype(float)
        spans = innermost_intervals(left[there], right[there])
        rows = _rows(spans, weights)
        kernel = maximise(rows, np.zeros(0), first_increments(rows))
        masses = kernel.masses()
        if kernel.converged and np.abs(_missed(rows, masses)).max() <= AT_THE_MAXIMUM:
            falls = np.concatenate([[0.0], np.cumsum(masses)])
            out[b] = 1 - falls[np.searchsorted(spans.right, curve.spans.right, side="right")]
    return out


def _rows(spans: InnermostIntervals, weights: np.ndarray) -> Rows:
    return Rows(spans.first, spans.last, spans.left.size, weights, np.zeros((weights.size, 0)))


def _missed(rows: Rows, masses: np.ndarray) -> np.ndarray:
    """Return by how much each innermost interval misses its Kuhn–Tucker condition."""
    slope = reached(rows, masses, rows.weights / rows.weights.sum()) - 1
    return np.where(masses > 0, slope, np.maximum(slope, 0.0))
