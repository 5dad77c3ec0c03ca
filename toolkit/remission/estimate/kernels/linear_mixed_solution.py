"""A linear mixed model with one grouping factor, from arrays to estimates.

Fixed effects, random terms and outcome are first brought to unit scale and made orthogonal, so that
neither the unit of time nor a far-away origin costs accuracy; results are turned back at the end.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from remission.estimate.kernels.newton import Minimum, minimise
from remission.estimate.kernels.profiled_deviance import (
    CrossProducts,
    Evaluation,
    Pattern,
    block_pattern,
    cross_products,
    evaluate,
    forward,
    precision_root,
)
from remission.estimate.kernels.satterthwaite import Satterthwaite, satterthwaite

START_SCALES = (0.25, 1.0, 4.0)
NEARLY_ZERO = 1e-3
SAME_DEVIANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Standard:
    """The same model on a well-behaved scale.

    Attributes
    ----------
    products : CrossProducts
    from_x : numpy.ndarray, shape (p, p)
        ``beta = from_x @ gamma * scale + offset``.
    from_z : numpy.ndarray, shape (q, q)
        Turns random effects back, before ``scale``.
    offset : numpy.ndarray, shape (p,)
        Least-squares coefficients.
    scale : float
        Standard deviation of the least-squares residuals.
    """

    products: CrossProducts
    from_x: np.ndarray
    from_z: np.ndarray
    offset: np.ndarray
    scale: float


@dataclass(frozen=True, slots=True)
class LinearMixedSolution:
    """Estimates on the caller's scale.

    Attributes
    ----------
    beta : numpy.ndarray, shape (p,)
    vcov : numpy.ndarray, shape (p, p)
    sigma : float
    covariance : numpy.ndarray, shape (q, q)
        Of the random effects of a group; zero between blocks.
    relative : numpy.ndarray of float, shape (blocks,)
        Smallest over largest eigenvalue of each block in units of the data; 0 on the boundary.
    criterion : float
        Deviance, restricted for REML.
    modes, mode_errors : numpy.ndarray, shape (groups, q)
        Conditional modes of the random effects and their conditional standard deviations.
    satterthwaite : Satterthwaite
    search : Minimum
    """

    beta: np.ndarray
    vcov: np.ndarray
    sigma: float
    covariance: np.ndarray
    relative: np.ndarray
    criterion: float
    modes: np.ndarray
    mode_errors: np.ndarray
    satterthwaite: Satterthwaite
    search: Minimum


def solve_linear_mixed(
    blocks: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray, codes: np.ndarray, reml: bool
) -> LinearMixedSolution:
    """Fit the model by maximum likelihood or REML.

    Parameters
    ----------
    blocks : tuple of numpy.ndarray, each of shape (rows, block size)
        Random terms; correlated within a block, independent between blocks.
    x : numpy.ndarray, shape (rows, p)
        Of full column rank.
    y : numpy.ndarray, shape (rows,)
    codes : numpy.ndarray of int, shape (rows,)
        Group of each row, 0 to groups - 1.
    reml : bool
    """
    pattern = block_pattern(tuple(block.shape[1] for block in blocks))
    standard = standardise(blocks, x, y, codes)
    search = _search(standard.products, pattern, reml)
    at = evaluate(search.at, standard.products, pattern, reml)
    factor = pattern.factor(search.at)
    small = satterthwaite(at, factor, search.hessian, pattern, standard.from_x * standard.scale)
    modes, errors = _modes(at, factor, standard)
    full = standard.from_z @ factor * at.sigma * standard.scale
    determinant = -2 * float(np.log(np.abs(np.diag(standard.from_x))).sum()) if reml else 0.0
    return LinearMixedSolution(
        beta=standard.offset + standard.scale * (standard.from_x @ at.beta),
        vcov=small.vcov,
        sigma=at.sigma * standard.scale,
        covariance=full @ full.T,
        relative=_relative(factor, blocks),
        criterion=at.deviance + 2 * at.df * float(np.log(standard.scale)) + determinant,
        modes=modes,
        mode_errors=errors,
        satterthwaite=small,
        search=search,
    )


def standardise(blocks: tuple[np.ndarray, ...], x: np.ndarray, y: np.ndarray, codes: np.ndarray) -> Standard:
    """Make the columns orthogonal with mean square 1, and the outcome its scaled least-squares residual."""
    root_n = np.sqrt(len(y))
    basis, upper = np.linalg.qr(x)
    along = basis.T @ y
    residual = y - basis @ along
    residual -= basis @ (basis.T @ residual)
    scale = float(np.sqrt(residual @ residual / (len(y) - x.shape[1])))
    turned = [np.linalg.qr(block) for block in blocks]
    z = np.column_stack([q for q, _ in turned]) * root_n
    return Standard(
        cross_products(z, basis * root_n, residual / scale, codes),
        np.linalg.inv(upper) * root_n,
        block_diag(*[np.linalg.inv(r) * root_n for _, r in turned]),
        np.linalg.solve(upper, along),
        scale,
    )


def _search(products: CrossProducts, pattern: Pattern, reml: bool) -> Minimum:
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        found = evaluate(theta, products, pattern, reml)
        return found.deviance, found.gradient

    unit = (pattern.rows == pattern.columns).astype(float)
    start = min((scale * unit for scale in START_SCALES), key=lambda theta: objective(theta)[0])
    found = minimise(objective, start)
    snapped = np.where((np.abs(found.at) < NEARLY_ZERO) & (unit > 0), 0.0, found.at)
    if (snapped != found.at).any() and objective(snapped)[0] <= found.value + SAME_DEVIANCE:
        value, gradient = objective(snapped)
        return Minimum(snapped, value, gradient, found.hessian, found.converged, found.iterations)
    return found


def _relative(factor: np.ndarray, blocks: tuple[np.ndarray, ...]) -> np.ndarray:
    ends = np.cumsum([block.shape[1] for block in blocks])
    starts = ends - [block.shape[1] for block in blocks]
    values = [np.linalg.svd(factor[a:b, a:b], compute_uv=False) for a, b in zip(starts, ends, strict=True)]
    return np.array([(v[-1] / max(v[0], 1.0)) ** 2 for v in values])


def _modes(at: Evaluation, factor: np.ndarray, standard: Standard) -> tuple[np.ndarray, np.ndarray]:
    """Conditional modes ``D Z'V^-1 (y - X beta)`` and the square roots of their conditional variances."""
    residual = at.weighted[:, -1] - np.einsum("apg,p->ag", at.weighted[:, :-1], at.beta)
    back = standard.scale * standard.from_z @ factor
    q, n_groups = residual.shape
    root = precision_root(standard.products.stack[:, :q], factor)
    half = forward(root, np.repeat(back.T[:, :, None], n_groups, axis=2))
    return (back @ factor.T @ residual).T, at.sigma * np.sqrt((half**2).sum(axis=0)).T
