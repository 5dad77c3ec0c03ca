"""A linear mixed model with one grouping factor, or one within another, from arrays to estimates.

Fixed effects, random terms and outcome are first brought to unit scale and made orthogonal, so that
neither the unit of time nor a far-away origin costs accuracy; results are turned back at the end.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag

from remission.estimate.kernels.kenward_roger import KenwardRoger
from remission.estimate.kernels.mixed_kenward_roger import kenward_roger
from remission.estimate.kernels.nested_deviance import (
    NestedProducts,
    evaluate_nested,
    nested_modes,
    nested_products,
)
from remission.estimate.kernels.newton import Minimum, Objective, minimise
from remission.estimate.kernels.profiled_deviance import (
    CrossProducts,
    Evaluation,
    Pattern,
    block_pattern,
    cross_products,
    evaluate_factor,
    forward,
    weigh,
)
from remission.estimate.kernels.satterthwaite import Satterthwaite, satterthwaite

START_SCALES = (0.25, 1.0, 4.0)
NEARLY_ZERO = 1e-3
MANY_GROUPS = 5000
SAME_DEVIANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Standard:
    """The same model on a well-behaved scale.

    Attributes
    ----------
    products : CrossProducts or NestedProducts
    some : CrossProducts or None
        Of a share of the groups where they are many, for the first steps of the search.
    from_x : numpy.ndarray, shape (p, p)
        ``beta = from_x @ gamma * scale + offset``.
    from_z : numpy.ndarray, shape (q, q)
        Turns random effects back, before ``scale``.
    offset : numpy.ndarray, shape (p,)
        Least-squares coefficients.
    scale : float
        Standard deviation of the least-squares residuals.
    """

    products: CrossProducts | NestedProducts
    some: CrossProducts | None
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
    modes, mode_errors : tuple of numpy.ndarray, each of shape (groups, effects)
        Conditional modes of the random effects of each grouping and their conditional standard deviations.
    satterthwaite : Satterthwaite
    kenward_roger : KenwardRoger or None
        If it was asked for.
    search : Minimum
    """

    beta: np.ndarray
    vcov: np.ndarray
    sigma: float
    covariance: np.ndarray
    relative: np.ndarray
    criterion: float
    modes: tuple[np.ndarray, ...]
    mode_errors: tuple[np.ndarray, ...]
    satterthwaite: Satterthwaite
    kenward_roger: KenwardRoger | None
    search: Minimum


def solve_linear_mixed(
    blocks: tuple[np.ndarray, ...],
    x: np.ndarray,
    y: np.ndarray,
    codes: tuple[np.ndarray, ...],
    reml: bool,
    *,
    levels: tuple[int, ...] | None = None,
    adjusted: bool = False,
) -> LinearMixedSolution:
    """Fit the model by maximum likelihood or REML.

    Parameters
    ----------
    blocks : tuple of numpy.ndarray, each of shape (rows, block size)
        Random terms; correlated within a block, independent between blocks.
    x : numpy.ndarray, shape (rows, p)
        Of full column rank.
    y : numpy.ndarray, shape (rows,)
    codes : tuple of numpy.ndarray of int, each of shape (rows,)
        Group of each row, 0 to groups - 1; of two groupings the inner one first.
    reml : bool
    levels : tuple of int, optional
        The grouping of each block, 0 first; all of the first where not given.
    adjusted : bool
        Compute Kenward and Roger's variance (one grouping).
    """
    pattern = block_pattern(tuple(block.shape[1] for block in blocks))
    standard = standardise(blocks, x, y, codes, levels or (0,) * len(blocks))
    search = _search(standard, pattern, reml)
    at = evaluate_at(search.at, standard.products, pattern, reml)
    factor = pattern.factor(search.at)
    back = standard.from_x * standard.scale
    small = satterthwaite(at, factor, search.hessian, pattern, back)
    modes, errors = _modes(at, factor, standard)
    full = standard.from_z @ factor * at.sigma * standard.scale
    determinant = -2 * float(np.log(np.abs(np.diag(standard.from_x))).sum()) if reml else 0.0
    single = standard.products if adjusted and isinstance(standard.products, CrossProducts) else None
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
        kenward_roger=kenward_roger(single, factor, at.sigma, pattern, back) if single else None,
        search=search,
    )


def standardise(
    blocks: tuple[np.ndarray, ...],
    x: np.ndarray,
    y: np.ndarray,
    codes: tuple[np.ndarray, ...],
    levels: tuple[int, ...],
) -> Standard:
    """Make the columns orthogonal with mean square 1, and the outcome its scaled least-squares residual."""
    root_n = np.sqrt(len(y))
    basis, upper = np.linalg.qr(x)
    along = basis.T @ y
    residual = y - basis @ along
    residual -= basis @ (basis.T @ residual)
    scale = float(np.sqrt(residual @ residual / (len(y) - x.shape[1])))
    turned = [np.linalg.qr(block) for block in blocks]
    z = [
        np.column_stack([q for (q, _), level in zip(turned, levels, strict=True) if level == place]) * root_n
        for place in range(len(codes))
    ]
    turned_x, turned_y = basis * root_n, residual / scale
    nested = len(codes) > 1
    return Standard(
        nested_products((z[0], z[1]), turned_x, turned_y, (codes[0], codes[1]))
        if nested
        else cross_products(z[0], turned_x, turned_y, codes[0]),
        None if nested else _some(z[0], turned_x, turned_y, codes[0]),
        np.linalg.inv(upper) * root_n,
        block_diag(*[np.linalg.inv(r) * root_n for _, r in turned]),
        np.linalg.solve(upper, along),
        scale,
    )


def evaluate_at(
    theta: np.ndarray, products: CrossProducts | NestedProducts, pattern: Pattern, reml: bool
) -> Evaluation:
    """Compute the profiled deviance for one grouping factor or for one within another."""
    free = (pattern.rows, pattern.columns)
    if isinstance(products, NestedProducts):
        return evaluate_nested(pattern.factor(theta), products, reml, free)
    return evaluate_factor(pattern.factor(theta), products, reml, free)


def _some(z: np.ndarray, x: np.ndarray, y: np.ndarray, codes: np.ndarray) -> CrossProducts | None:
    """Sum the products of every so many-th group, if there are many."""
    step = int(codes.max() + 1) // MANY_GROUPS
    if step < 2:
        return None
    chosen = codes % step == 0
    if np.linalg.matrix_rank(x[chosen]) < x.shape[1]:
        return None
    return cross_products(z[chosen], x[chosen], y[chosen], codes[chosen] // step)


def _objective(products: CrossProducts | NestedProducts, pattern: Pattern, reml: bool) -> Objective:
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        found = evaluate_at(theta, products, pattern, reml)
        return found.deviance, found.gradient

    return objective


def _search(standard: Standard, pattern: Pattern, reml: bool) -> Minimum:
    objective = _objective(standard.products, pattern, reml)
    first = objective if standard.some is None else _objective(standard.some, pattern, reml)
    unit = (pattern.rows == pattern.columns).astype(float)
    start = min((scale * unit for scale in START_SCALES), key=lambda theta: first(theta)[0])
    found = minimise(objective, *_near(standard, first, start))
    snapped = np.where((np.abs(found.at) < NEARLY_ZERO) & (unit > 0), 0.0, found.at)
    if (snapped != found.at).any() and objective(snapped)[0] <= found.value + SAME_DEVIANCE:
        value, gradient = objective(snapped)
        return Minimum(snapped, value, gradient, found.hessian, found.converged, found.iterations)
    return found


def _near(standard: Standard, first: Objective, start: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Find where to begin among all groups, and the curvature there, from a share of the groups."""
    if standard.some is None:
        return start, None
    found = minimise(first, start)
    return found.at, found.hessian * standard.products.n_rows / standard.some.n_rows


def _relative(factor: np.ndarray, blocks: tuple[np.ndarray, ...]) -> np.ndarray:
    ends = np.cumsum([block.shape[1] for block in blocks])
    starts = ends - [block.shape[1] for block in blocks]
    values = [np.linalg.svd(factor[a:b, a:b], compute_uv=False) for a, b in zip(starts, ends, strict=True)]
    return np.array([(v[-1] / max(v[0], 1.0)) ** 2 for v in values])


def _modes(
    at: Evaluation, factor: np.ndarray, standard: Standard
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Conditional modes ``D Z'V^-1 (y - X beta)`` and the square roots of their conditional variances."""
    turn, sigma = standard.scale * standard.from_z, at.sigma
    if isinstance(standard.products, NestedProducts):
        inner, outer = nested_modes(standard.products, factor, at.beta, turn)
        return (inner[0], outer[0]), (sigma * inner[1], sigma * outer[1])
    root, _, weighted = weigh(standard.products.stack, factor)
    residual = weighted[:, -1] - np.einsum("apg,p->ag", weighted[:, :-1], at.beta)
    back = turn @ factor
    half = forward(root, np.repeat(back.T[:, :, None], residual.shape[1], axis=2))
    return ((back @ factor.T @ residual).T,), (sigma * np.sqrt((half**2).sum(axis=0)).T,)
