"""What one row adds to the log-likelihood of a generalised mixed model, and its derivatives.

A row with linear predictor ``eta`` adds ``weight * l(y; eta, kappa)``, where ``kappa`` is the logarithm
of a dispersion parameter or nothing. All laws are written as ``slope * eta - factor * f(eta)`` plus what
does not depend on ``eta``, so that the linear part need not be evaluated at every quadrature node.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import gammaln, psi

FARTHEST = 600.0
LARGE = 1e3


@dataclass(frozen=True)
class Rows:
    """Outcomes laid out in one array shape; a row of weight 0 fills a gap.

    Attributes
    ----------
    y : numpy.ndarray
        Successes or counts.
    trials : numpy.ndarray
        Number of trials; 1 where the law has none.
    weight : numpy.ndarray
    """

    y: np.ndarray
    trials: np.ndarray
    weight: np.ndarray

    @cached_property
    def weighted_y(self) -> np.ndarray:
        """Outcome times weight."""
        return np.asarray(self.weight * self.y)

    @cached_property
    def weighted_trials(self) -> np.ndarray:
        """Trials times weight."""
        return np.asarray(self.weight * self.trials)

    @cached_property
    def log_choose(self) -> np.ndarray:
        """Weighted logarithm of the binomial coefficient."""
        n, y = self.trials, self.y
        return np.asarray(self.weight * (gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)))

    @cached_property
    def log_factorial(self) -> np.ndarray:
        """Weighted logarithm of the factorial of the count."""
        return np.asarray(self.weight * gammaln(self.y + 1))


@dataclass(frozen=True, slots=True)
class AtMode:
    """Derivatives of each row's log-likelihood: three by ``eta``, and the first two of them by ``kappa``."""

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray
    first_by_kappa: np.ndarray | None = None
    second_by_kappa: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class AtNodes:
    """``f`` and its derivative at the nodes; ``by_kappa`` is the weighted derivative by ``kappa``."""

    f: np.ndarray
    f_slope: np.ndarray
    by_kappa: np.ndarray | None = None


class RowLaw(Protocol):
    """The law of an outcome given its linear predictor."""

    @property
    def name(self) -> str:
        """Name of the law."""

    @property
    def dispersed(self) -> bool:
        """Whether it has a dispersion."""

    def slope(self, rows: Rows) -> np.ndarray:
        """Return the factor of the linear part."""

    def factor(self, rows: Rows, kappa: float) -> np.ndarray:
        """Return the factor of ``f``."""

    def nodes(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtNodes:
        """Return ``f`` where ``eta`` has a leading axis of nodes."""

    def mode(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtMode:
        """Return the derivatives of each row."""

    def curvature(self, eta: np.ndarray, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the first two derivatives of each row by ``eta``."""

    def constant(self, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return what does not depend on ``eta``, and its derivative by ``kappa``."""


def log_rise(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return by how much the log gamma function rises over ``steps``, without cancellation for a large start."""
    start = np.asarray(start)
    if not (start > LARGE).any():
        return np.asarray(gammaln(start + steps) - gammaln(start))
    end = start + steps
    series = (1 / end - 1 / start) / 12 - (end**-3.0 - start**-3.0) / 360
    stirling = (end - 0.5) * np.log1p(steps / start) - steps + series + steps * np.log(start)
    return np.asarray(np.where(start > LARGE, stirling, gammaln(end) - gammaln(start)))


def softplus(eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ``log(1 + exp(eta))`` and its derivative, exact to 1e-16 in absolute terms."""
    raised = np.minimum(eta, FARTHEST)
    np.exp(raised, out=raised)
    more = raised + 1.0
    raised /= more
    np.log(more, out=more)
    return more, raised


@dataclass(frozen=True, slots=True)
class BinomialLaw:
    """Successes among trials with logit link; a single trial is a yes or no."""

    name: str = "binomial"
    dispersed: bool = False

    def slope(self, rows: Rows) -> np.ndarray:
        """Return successes."""
        return rows.weighted_y

    def factor(self, rows: Rows, kappa: float) -> np.ndarray:
        """Return trials."""
        return rows.weighted_trials

    def nodes(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtNodes:
        """Return softplus and the probability."""
        return AtNodes(*softplus(eta))

    def curvature(self, eta: np.ndarray, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return residual and minus the binomial variance."""
        mean = 1.0 / (1.0 + np.exp(-np.clip(eta, -FARTHEST, FARTHEST)))
        trials = rows.weighted_trials
        return rows.weighted_y - trials * mean, -trials * mean * (1 - mean)

    def mode(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtMode:
        """Return the derivatives of each row."""
        mean = 1.0 / (1.0 + np.exp(-np.clip(eta, -FARTHEST, FARTHEST)))
        second = -rows.weighted_trials * mean * (1 - mean)
        return AtMode(rows.weighted_y - rows.weighted_trials * mean, second, second * (1 - 2 * mean))

    def constant(self, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the logarithm of the binomial coefficient."""
        return rows.log_choose, np.zeros_like(rows.y)


@dataclass(frozen=True, slots=True)
class PoissonLaw:
    """Counts with log link."""

    name: str = "poisson"
    dispersed: bool = False

    def slope(self, rows: Rows) -> np.ndarray:
        """Return counts."""
        return rows.weighted_y

    def factor(self, rows: Rows, kappa: float) -> np.ndarray:
        """Return weights."""
        return rows.weight

    def nodes(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtNodes:
        """Return the mean twice: it is its own derivative."""
        mean = np.exp(np.minimum(eta, FARTHEST))
        return AtNodes(mean, mean)

    def curvature(self, eta: np.ndarray, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return residual and minus the mean."""
        mean = rows.weight * np.exp(np.minimum(eta, FARTHEST))
        return rows.weighted_y - mean, -mean

    def mode(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtMode:
        """Return the derivatives of each row."""
        first, second = self.curvature(eta, rows, kappa)
        return AtMode(first, second, second)

    def constant(self, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return minus the logarithm of the factorial."""
        return -rows.log_factorial, np.zeros_like(rows.y)


@dataclass(frozen=True, slots=True)
class NegativeBinomialLaw:
    """Counts with log link whose variance is ``mean + mean**2 / size``; ``kappa`` is ``log(size)``."""

    name: str = "negative_binomial"
    dispersed: bool = True

    def slope(self, rows: Rows) -> np.ndarray:
        """Return counts."""
        return rows.weighted_y

    def factor(self, rows: Rows, kappa: float) -> np.ndarray:
        """Return counts plus size."""
        return np.asarray(rows.weight * (rows.y + np.exp(kappa)))

    def nodes(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtNodes:
        """Return softplus of the mean over the size."""
        size = np.exp(kappa)
        f, share = softplus(eta - kappa)
        by_kappa = rows.weight * ((rows.y + size) * share - size * f)
        return AtNodes(f, share, by_kappa)

    def curvature(self, eta: np.ndarray, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the first two derivatives."""
        share = softplus(eta - kappa)[1]
        factor = self.factor(rows, kappa)
        return rows.weighted_y - factor * share, -factor * share * (1 - share)

    def mode(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtMode:
        """Return the derivatives of each row."""
        share = softplus(eta - kappa)[1]
        factor, size = self.factor(rows, kappa), rows.weight * np.exp(kappa)
        spread = share * (1 - share)
        bend = spread * (1 - 2 * share)
        return AtMode(
            rows.weighted_y - factor * share,
            -factor * spread,
            -factor * bend,
            factor * spread - size * share,
            factor * bend - size * spread,
        )

    def constant(self, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the part with gamma functions, and its derivative."""
        size, y = np.exp(kappa), rows.y
        value = rows.weight * (log_rise(size, y) - y * kappa) - rows.log_factorial
        return value, rows.weight * (size * (psi(y + size) - psi(size)) - y)
