"""Intervals from bootstrap replicates, and the p-value that goes with them."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """Limits, standard error and the level at which the interval just reaches 0."""

    std_error: float
    low: float
    high: float
    p_value: float


def bootstrap_interval(draws: np.ndarray, estimate: float, conf_level: float, corrected: bool) -> BootstrapInterval:
    """Take percentiles of the replicates, shifted for their bias about the estimate if asked.

    Order statistic k of B stands for the share k / (B + 1), and p counts the estimate with the replicates, so
    that it is never 0.

    Parameters
    ----------
    draws : numpy.ndarray, shape (replicates,)
    estimate : float
    conf_level : float
    corrected : bool
        Bias-corrected (Efron 1987, doi:10.1080/01621459.1987.10478410, without acceleration).
    """
    size = len(draws)
    shift = _bias(draws, estimate) if corrected else 0.0
    tail = norm.ppf((1 - conf_level) / 2)
    low, high = np.quantile(draws, norm.cdf([2 * shift + tail, 2 * shift - tail]), method="weibull")
    below, above = ((draws <= 0).sum() + 1) / (size + 1), ((draws >= 0).sum() + 1) / (size + 1)
    if corrected:
        below = norm.cdf(norm.ppf(min(below, size / (size + 1))) - 2 * shift)
        above = norm.cdf(norm.ppf(min(above, size / (size + 1))) + 2 * shift)
    p = min(1.0, 2 * float(min(below, above)))
    return BootstrapInterval(float(np.std(draws, ddof=1)), float(low), float(high), p)


def _bias(draws: np.ndarray, estimate: float) -> float:
    """Return the normal quantile of the share of replicates below the estimate, ties counted half."""
    share = ((draws < estimate).sum() + 0.5 * (draws == estimate).sum()) / len(draws)
    least = 1 / (len(draws) + 1)
    return float(norm.ppf(np.clip(share, least, 1 - least)))
