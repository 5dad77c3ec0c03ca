"""Gray's score for the equality of the incidence of one cause between groups, with its variance."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class GrayScore:
    """Sums over event times.

    Attributes
    ----------
    observed, expected : numpy.ndarray, shape (groups,)
        Weighted counts of the cause.
    variance : numpy.ndarray, shape (groups, groups)
        Of observed minus expected.
    """

    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray


def gray_score(at_risk: np.ndarray, own: np.ndarray, other: np.ndarray, rho: float) -> GrayScore:
    """Compare groups within one stratum; ties as in R's ``cmprsk``.

    A group's events are compared with those expected if the hazard of the subdistribution were the same in
    all groups. Risk sets count, beside those at risk, whoever had another cause and would still be there.

    Parameters
    ----------
    at_risk, own, other : numpy.ndarray, shape (times, groups)
        Who is at risk, has the cause, has another cause, at each time with an event.
    rho : float
        Power of one minus the pooled incidence as a weight.
    """
    n, d, dead = at_risk.astype(float), own.sum(axis=1), own + other
    present = n > 0
    safe = np.where(present, n, 1.0)
    after = np.cumprod(1 - np.where(present, dead / safe, 0.0), axis=0)
    before = _shift(after, 1.0)
    incidence = np.cumsum(before * own / safe, axis=0)
    # Without censoring this would be the number in each group at the origin.
    size = np.where(present, n / np.where(present, before, 1.0), 0.0)
    kept = size * (1 - _shift(incidence, 0.0))
    pooled = np.cumsum(d / size.sum(axis=1))
    free = 1 - _shift(pooled, 0.0)
    with np.errstate(all="ignore"):
        weight = np.where(d > 0, free**rho, 0.0)
        pace = np.where(d > 0, d / (size.sum(axis=1) * free), 0.0)
        expected = (weight * d / kept.sum(axis=1)) @ kept
    if not (np.isfinite(weight).all() and np.isfinite(pace).all()):
        unknown = np.full((n.shape[1], n.shape[1]), np.nan)
        return GrayScore(unknown[0], unknown[0], unknown)
    pull = weight[:, None, None] * _shares(size)
    drift = np.cumsum(pull * pace[:, None, None], axis=0)
    remaining = drift[-1] - drift
    spread_own, spread_other = _spread(n, before, size, d, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(after > 0, (1 - pooled)[:, None] / after, 0.0)
    variance = _squared(pull + (1 - ratio)[:, None, :] * remaining, spread_own)
    variance += _squared(ratio[:, None, :] * remaining, np.where(after > 0, spread_other, 0.0))
    return GrayScore(weight @ own, expected, variance)


def _shift(values: np.ndarray, start: float) -> np.ndarray:
    """Give the value just before each time."""
    return np.concatenate([np.full_like(values[:1], start), values[:-1]])


def _shares(size: np.ndarray) -> np.ndarray:
    """Spread of group membership at each time, shape (times, groups, groups)."""
    share = size / size.sum(axis=1, keepdims=True)
    return np.asarray(size[:, :, None] * (np.eye(size.shape[1]) - share[:, None, :]))


def _spread(
    n: np.ndarray, before: np.ndarray, size: np.ndarray, d: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Variance that the cause and other causes add in each group at each time, ties taken out once."""
    total = size.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        tied_own = np.where(d[:, None] > 1, 1 - (d[:, None] - 1) / (total[:, None] * before - 1), 1.0)
        own = tied_own * before * (d / total)[:, None] / n
        tied_other = np.where(other > 1, 1 - (other - 1) / (n - 1), 1.0)
        others = tied_other * before**2 * other / n**2
    return np.where(n > 0, own, 0.0), np.where(n > 0, others, 0.0)


def _squared(moved: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("tik,tjk,tk->ij", moved, moved, spread, optimize=True))
