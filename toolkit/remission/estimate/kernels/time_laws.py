"""Laws of the error in log time, with the derivatives that maximum likelihood needs."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit, log_expit, log_ndtr, ndtri

LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


class Law(Protocol):
    """A standard law on the real line; every function takes and gives arrays of one shape."""

    symmetric: bool

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density."""

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density."""

    def bend(self, z: np.ndarray) -> np.ndarray:
        """Return the second derivative of the log density."""

    def log_above(self, z: np.ndarray) -> np.ndarray:
        """Return the log probability of more than z."""

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Return the value not exceeded with probability p."""


class SmallestExtreme:
    """Gumbel's law of the smallest value: log time of a Weibull or exponential law."""

    symmetric = False

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density."""
        return np.asarray(z - np.exp(z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density."""
        return np.asarray(1 - np.exp(z))

    def bend(self, z: np.ndarray) -> np.ndarray:
        """Return the second derivative of the log density."""
        return np.asarray(-np.exp(z))

    def log_above(self, z: np.ndarray) -> np.ndarray:
        """Return the log probability of more than z."""
        return np.asarray(-np.exp(z))

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Return the value not exceeded with probability p."""
        return np.asarray(np.log(-np.log1p(-p)))


class Logistic:
    """Log time of a log-logistic law."""

    symmetric = True

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density."""
        return np.asarray(log_expit(z) + log_expit(-z))

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density."""
        return -np.tanh(z / 2)

    def bend(self, z: np.ndarray) -> np.ndarray:
        """Return the second derivative of the log density."""
        return np.asarray(-2 * expit(z) * expit(-z))

    def log_above(self, z: np.ndarray) -> np.ndarray:
        """Return the log probability of more than z."""
        return np.asarray(log_expit(-z))

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Return the value not exceeded with probability p."""
        return np.asarray(np.log(p) - np.log1p(-p))


class Normal:
    """Log time of a log-normal law."""

    symmetric = True

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density."""
        return np.asarray(-(z**2) / 2 - LOG_ROOT_TWO_PI)

    def slope(self, z: np.ndarray) -> np.ndarray:
        """Return the derivative of the log density."""
        return -z

    def bend(self, z: np.ndarray) -> np.ndarray:
        """Return the second derivative of the log density."""
        return np.full_like(z, -1.0)

    def log_above(self, z: np.ndarray) -> np.ndarray:
        """Return the log probability of more than z."""
        return np.asarray(log_ndtr(-z))

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Return the value not exceeded with probability p."""
        return np.asarray(ndtri(p))


LAWS: dict[str, Law] = {
    "weibull": SmallestExtreme(),
    "exponential": SmallestExtreme(),
    "lognormal": Normal(),
    "loglogistic": Logistic(),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Log probability of an interval, with its derivatives by both ends; arrays of one shape."""

    value: np.ndarray
    by_low: np.ndarray
    by_high: np.ndarray
    low_low: np.ndarray
    low_high: np.ndarray
    high_high: np.ndarray


def span(law: Law, low: np.ndarray, high: np.ndarray) -> Span:
    """Compute the log probability of ``low < z <= high``; the ends may be infinite."""
    flip = (low + high < 0) if law.symmetric else np.zeros(low.shape, dtype=bool)
    near, far = np.where(flip, -high, low), np.where(flip, -low, high)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        above = law.log_above(near)
        value = above + np.log(-np.expm1(law.log_above(far) - above))
    a, a_slope = _density_share(law, low, value)
    b, b_slope = _density_share(law, high, value)
    return Span(value, -a, b, -a * a_slope - a**2, a * b, b * b_slope - b**2)


def _density_share(law: Law, z: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return density over probability, and the slope of the log density; 0 at an infinite end."""
    known = np.isfinite(z)
    at = np.where(known, z, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        share = np.where(known, np.exp(law.log_density(at) - value), 0.0)
        slope = np.where(share > 0, law.slope(at), 0.0)
    return share, slope
