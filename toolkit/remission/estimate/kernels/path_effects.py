"""Direct and indirect effects from the coefficients of a path diagram."""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit

from remission.estimate.kernels.path_models import PathFits, PathLayout

Path = tuple[int, ...]
REACH = 6.0
WIDEST_STEP = 0.75
LEAST_POINTS = 9
MOST_HERMITE = 1.2


@dataclass(frozen=True, slots=True)
class Rule:
    """Points of a standard normal variable, and the share of each."""

    points: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, slots=True)
class NaturalEffects:
    """Effects of going from the low to the high exposure, each of shape (fits,).

    Attributes
    ----------
    total, direct, indirect : numpy.ndarray
        Direct: mediators stay as under the low exposure (pure). Indirect: the exposure is high (total).
    pure_indirect, total_direct : numpy.ndarray
        Indirect where the exposure is low; direct where mediators are as under the high exposure. NaN for a binary
        outcome unless the exposure acts with the mediator.
    ratio : numpy.ndarray
        Indirect effect as a risk ratio; NaN for a continuous outcome.
    """

    total: np.ndarray
    direct: np.ndarray
    indirect: np.ndarray
    pure_indirect: np.ndarray
    total_direct: np.ndarray
    ratio: np.ndarray


def specific_paths(layout: PathLayout) -> tuple[Path, ...]:
    """Name every way from the exposure to the outcome through mediators, shorter ones first."""
    most = 1 if layout.parallel else layout.mediators
    return tuple(path for length in range(1, most + 1) for path in combinations(range(layout.mediators), length))


def path_products(fits: PathFits, paths: tuple[Path, ...]) -> np.ndarray:
    """Multiply the coefficients along each path, shape (fits, paths)."""
    return np.stack([_product(fits, path) for path in paths], axis=1)


def _product(fits: PathFits, path: Path) -> np.ndarray:
    found = fits.base[:, path[0], 1] * fits.onto[:, path[-1]]
    for before, after in pairwise(path):
        found = found * fits.between[:, before, after]
    return np.asarray(found)


def reduced(fits: PathFits) -> np.ndarray:
    """Return the effects of 1, exposure and covariates on each mediator by all ways, shape (fits, mediators, base)."""
    found = fits.base.copy()
    for j in range(found.shape[1]):
        found[:, j] += np.einsum("ri,riq->rq", fits.between[:, :j, j], found[:, :j])
    return found


def linear_effects(
    fits: PathFits, paths: tuple[Path, ...], contrast: tuple[float, float], centre: np.ndarray
) -> NaturalEffects:
    """Give the effects on a continuous outcome.

    Parameters
    ----------
    fits : PathFits
    paths : tuple of tuple of int
    contrast : (float, float)
    centre : numpy.ndarray, shape (fits, base)
        Mean of 1, exposure and covariates in each replicate.
    """
    low, high = contrast
    step = high - low
    through = path_products(fits, paths).sum(axis=1) * step
    own = fits.outcome[:, 1] * step
    mean_low, mean_high = (_mean_mediators(fits, centre, level) for level in (low, high))
    moved = (fits.product * (mean_high - mean_low)).sum(axis=1)
    direct = own + step * (fits.product * mean_low).sum(axis=1)
    total_direct = own + step * (fits.product * mean_high).sum(axis=1)
    indirect, pure = through + high * moved, through + low * moved
    return NaturalEffects(direct + indirect, direct, indirect, pure, total_direct, np.full(len(own), np.nan))


def _mean_mediators(fits: PathFits, centre: np.ndarray, level: float) -> np.ndarray:
    at = centre.copy()
    at[:, 1] = level
    return np.asarray(np.einsum("rjq,rq->rj", reduced(fits), at))


def spread_of_predictor(fits: PathFits, level: float) -> np.ndarray:
    """Return the standard deviation that the mediators' residuals give the log odds, shape (fits,)."""
    k = fits.onto.shape[1]
    carried = np.linalg.inv(np.eye(k) - fits.between.transpose(0, 2, 1))
    pull = np.einsum("ri,rij->rj", fits.onto + level * fits.product, carried)
    return np.asarray(np.sqrt(np.maximum(np.einsum("ri,rij,rj->r", pull, fits.residual, pull), 0)))


def risk_effects(
    fits: PathFits, contrast: tuple[float, float], covariates: np.ndarray, weights: np.ndarray, rule: Rule
) -> NaturalEffects:
    """Give the effects on the risk of a binary outcome, averaged over participants.

    The mediators' residuals are normal, so the log odds given exposure and covariates are too: one integral, whatever
    the number of mediators.

    Parameters
    ----------
    fits : PathFits
    contrast : (float, float)
    covariates : numpy.ndarray, shape (patterns, covariates)
        Distinct rows.
    weights : numpy.ndarray, shape (fits, patterns)
        How many rows have each.
    rule : Rule
    """
    low, high = contrast
    neither, mixed, both = (
        _risk(fits, world, covariates, weights, rule) for world in ((low, low), (high, low), (high, high))
    )
    crossed = np.full_like(both, np.nan)
    if fits.product.any():
        crossed = _risk(fits, (low, high), covariates, weights, rule)
    return NaturalEffects(
        both - neither, mixed - neither, both - mixed, crossed - neither, both - crossed, both / mixed
    )


def normal_rule(spread: float) -> Rule:
    """Return points and shares that average a logistic curve over a normal variable, errors below 1e-7.

    Gauss-Hermite's error falls with exp(-2 pi sqrt(points) / spread), that of equal steps with
    exp(-2 pi^2 / (spread step)): the first needs fewer points where the spread is small, the second where it is large.

    Parameters
    ----------
    spread : float
        Of the log odds. Replicates may go half as far again.
    """
    wide = 1.5 * spread
    if wide <= MOST_HERMITE:
        points, mass = hermegauss(max(LEAST_POINTS, int(np.ceil((3.5 * wide) ** 2))))
        return Rule(points, mass / mass.sum())
    step = min(WIDEST_STEP, 1 / wide)
    half = int(np.ceil(REACH / step))
    even = step * np.arange(-half, half + 1)
    density = np.exp(-0.5 * even**2)
    return Rule(even, density / density.sum())


def _risk(
    fits: PathFits, world: tuple[float, float], covariates: np.ndarray, weights: np.ndarray, rule: Rule
) -> np.ndarray:
    """Average the risk where the exposure is ``world[0]`` and the mediators are as under ``world[1]``."""
    exposure, seen = world
    pull = fits.onto + exposure * fits.product
    through = np.einsum("rj,rjq->rq", pull, reduced(fits))
    constant = fits.outcome[:, 0] + exposure * fits.outcome[:, 1] + through[:, 0] + seen * through[:, 1]
    predictor = (fits.outcome[:, 2:] + through[:, 2:]) @ covariates.T + constant[:, None]
    spread = spread_of_predictor(fits, exposure)
    risk, held = np.zeros_like(predictor), np.empty_like(predictor)
    for point, share in zip(rule.points, rule.shares, strict=True):
        np.add(predictor, (spread * point)[:, None], out=held)
        expit(held, out=held)
        held *= share
        risk += held
    return np.asarray((risk * weights).sum(axis=1) / weights.sum(axis=1))
