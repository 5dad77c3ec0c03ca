"""The beta-binomial law of successes among trials whose chance differs from row to row.

With mean ``mu`` and ``exp(kappa)`` the sum of the beta law's parameters, these are ``a = exp(kappa) * mu`` and
``b = exp(kappa) * (1 - mu)`` (Prentice 1986, doi:10.1080/01621459.1986.10478275).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import polygamma, psi

from remission.estimate.kernels.row_likelihood import AtMode, AtNodes, Rows, log_rise

MOST_SUMMED = 200


@dataclass(frozen=True, slots=True)
class BetaBinomialLaw:
    """Successes among trials whose probability varies from row to row; ``kappa`` is ``log(a + b)``."""

    name: str = "beta_binomial"
    dispersed: bool = True

    def slope(self, rows: Rows) -> np.ndarray:
        """Return 0: nothing is linear."""
        return np.zeros_like(rows.y)

    def factor(self, rows: Rows, kappa: float) -> np.ndarray:
        """Return weights."""
        return rows.weight

    def nodes(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtNodes:
        """Return minus the log-likelihood and its derivatives."""
        parts = _BetaParts.of(eta, rows, kappa)
        y, failures = rows.y, rows.trials - rows.y
        f = -log_rise(parts.a, y) - log_rise(parts.b, failures)
        up, down = psi(y + parts.a) - psi(parts.a), psi(failures + parts.b) - psi(parts.b)
        return AtNodes(f, -parts.spread * (up - down), rows.weight * (parts.a * up + parts.b * down))

    def curvature(self, eta: np.ndarray, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the first two derivatives."""
        at = self.mode(eta, rows, kappa)
        return at.first, at.second

    def mode(self, eta: np.ndarray, rows: Rows, kappa: float) -> AtMode:
        """Return the derivatives of each row, by the chain rule through ``a`` and ``b``."""
        parts = _BetaParts.of(eta, rows, kappa)
        a, b, y, failures = parts.a, parts.b, rows.y, rows.trials - rows.y
        up, down = _rises(a, y), _rises(b, failures)
        one, two, three = up[0] - down[0], up[1] + down[1], up[2] - down[2]
        mean = parts.mean
        d = parts.spread
        d2, d3 = d * (1 - 2 * mean), d * (1 - 6 * mean * (1 - mean))
        one_by_kappa = a * up[1] - b * down[1]
        two_by_kappa = a * up[2] + b * down[2]
        weight = rows.weight
        return AtMode(
            weight * one * d,
            weight * (two * d**2 + one * d2),
            weight * (three * d**3 + 3 * two * d * d2 + one * d3),
            weight * (one_by_kappa + one) * d,
            weight * ((two_by_kappa + 2 * two) * d**2 + (one_by_kappa + one) * d2),
        )

    def constant(self, rows: Rows, kappa: float) -> tuple[np.ndarray, np.ndarray]:
        """Return binomial coefficient and the gamma functions of ``a + b``."""
        total = np.exp(kappa)
        value = rows.log_choose - rows.weight * log_rise(total, rows.trials)
        return value, rows.weight * total * (psi(total) - psi(rows.trials + total))


@dataclass(frozen=True, slots=True)
class _BetaParts:
    mean: np.ndarray
    a: np.ndarray
    b: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, eta: np.ndarray, rows: Rows, kappa: float) -> "_BetaParts":
        bounded = np.clip(eta, -30.0, 30.0)
        mean, rest = 1.0 / (1.0 + np.exp(-bounded)), 1.0 / (1.0 + np.exp(bounded))
        total = np.exp(kappa)
        return cls(mean, total * mean, total * rest, total * mean * rest)


def _rises(start: np.ndarray, steps: np.ndarray) -> list[np.ndarray]:
    """Return the rise over whole steps of the digamma function and of its first two derivatives.

    Few steps are summed, which is faster than polygamma functions and does not cancel.
    """
    most = int(steps.max(initial=0))
    if most > MOST_SUMMED:
        return [polygamma(k, start + steps) - polygamma(k, start) for k in range(3)]
    sums = np.zeros((3, *np.broadcast_shapes(start.shape, steps.shape)))
    for k in range(most):
        part = (steps > k) / (start + k)
        square = part * part
        sums += part, square, square * part
    return [sums[0], -sums[1], 2 * sums[2]]
