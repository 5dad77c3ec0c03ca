"""The likelihood of a generalised mixed model by adaptive Gauss-Hermite quadrature, with its exact gradient.

Group ``i`` has standard normal random effects ``u``; a row's linear predictor is ``x'beta + z'Lambda u``.
The nodes of each group lie around the mode of its integrand, spread by its curvature there (Pinheiro and
Bates 1995, doi:10.1080/10618600.1995.10474663); one node is Laplace's approximation. As nodes move with
the parameters, the gradient is that of the approximation itself: the chain rule goes back through mode,
Cholesky factor and nodes (Smith 1995, doi:10.1080/10618600.1995.10474671).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from remission.estimate.kernels.conditional_modes import find_modes, information
from remission.estimate.kernels.group_layout import Layout, Piece
from remission.estimate.kernels.profiled_deviance import Pattern
from remission.estimate.kernels.row_likelihood import AtMode, AtNodes, RowLaw
from remission.estimate.kernels.small_systems import apply, cholesky, inverse_of_lower, times, turned


@dataclass(frozen=True, slots=True)
class Rule:
    """Nodes of the standard normal law.

    Attributes
    ----------
    points : int
        Nodes of one random effect.
    z : numpy.ndarray, shape (q, nodes)
    log_weight : numpy.ndarray, shape (nodes,)
        Logarithm of the weight over the standard normal density, up to the constant of the density.
    """

    points: int
    z: np.ndarray
    log_weight: np.ndarray


@dataclass(frozen=True, slots=True)
class Parameters:
    """Fixed effects, factor of the random effects' covariance, log dispersion.

    Attributes
    ----------
    beta : numpy.ndarray, shape (p,)
    factor : numpy.ndarray, shape (q, q)
        Lower-triangular ``Lambda``.
    kappa : float
    """

    beta: np.ndarray
    factor: np.ndarray
    kappa: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The log-likelihood at one set of parameters.

    Attributes
    ----------
    value : float
        Minus infinity where it cannot be computed.
    gradient : numpy.ndarray, shape (p + k + 1,)
        By fixed effects, free entries of ``Lambda`` and log dispersion.
    outer : numpy.ndarray, shape (p + k + 1, p + k + 1)
        Sum over groups of the outer products of their gradients.
    modes : tuple of numpy.ndarray, each of shape (q, groups of the piece)
    """

    value: float
    gradient: np.ndarray
    outer: np.ndarray
    modes: tuple[np.ndarray, ...]


def gauss_hermite(points: int, q: int) -> Rule:
    """Return the product grid of ``points`` nodes for each of ``q`` random effects."""
    z, weight = np.polynomial.hermite_e.hermegauss(points)
    log_weight = np.log(weight / weight.sum()) + z**2 / 2
    grid = np.array(list(product(range(points), repeat=q))).T
    return Rule(points, z[grid], log_weight[grid].sum(axis=0))


def evaluate(
    at: Parameters, layout: Layout, pattern: Pattern, law: RowLaw, rule: Rule, modes: tuple[np.ndarray, ...]
) -> Evaluation:
    """Compute the log-likelihood and its gradient.

    Parameters
    ----------
    at : Parameters
    layout : Layout
    pattern : Pattern
        Which entries of ``Lambda`` are free.
    law : RowLaw
    rule : Rule
    modes : tuple of numpy.ndarray
        Where the search for the modes starts, as ``Evaluation.modes``.
    """
    size = layout.p + pattern.rows.size + 1
    value, gradient, outer = 0.0, np.zeros(size), np.zeros((size, size))
    found = []
    for piece, start in zip(layout.pieces, modes, strict=True):
        height, scores, u = _piece(at, piece, pattern, law, rule, start)
        found.append(u)
        value += float(height.sum())
        gradient += scores.sum(axis=1)
        outer += scores @ scores.T
        if not np.isfinite(value):
            return Evaluation(-np.inf, np.zeros(size), outer, modes)
    return Evaluation(value, gradient, outer, tuple(found))


def no_effects(layout: Layout) -> tuple[np.ndarray, ...]:
    """Return modes of 0."""
    return tuple(np.zeros((layout.q, piece.groups.size)) for piece in layout.pieces)


@dataclass(frozen=True, slots=True)
class _Integral:
    """What the nodes of a piece gave: heights, posterior weights and slopes."""

    height: np.ndarray
    share: np.ndarray
    u: np.ndarray
    at: AtNodes
    by_z: np.ndarray


def _piece(
    at: Parameters, piece: Piece, pattern: Pattern, law: RowLaw, rule: Rule, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log-likelihoods (groups,), gradients (parameters, groups) and modes (q, groups)."""
    base = piece.linear(at.beta)
    v = np.einsum("ba,bmg->amg", at.factor, piece.z)
    modes = find_modes(piece, base, v, law, at.kappa, start)
    u = modes.u
    there = law.mode(base + (v * u[:, None]).sum(axis=0), piece.rows, at.kappa)
    root = cholesky(information(v, there.second))
    size = len(at.beta) + pattern.rows.size + 1
    if not (modes.found and np.isfinite(root).all()):
        return np.full(u.shape[1], -np.inf), np.zeros((size, u.shape[1])), start
    inverse = inverse_of_lower(root)
    spread = turned(inverse)
    constant, constant_by_kappa = law.constant(piece.rows, at.kappa)
    integral = _integrate(at, piece, law, rule, base, u, spread)
    height = integral.height - np.log(np.diagonal(root).T).sum(axis=0) + constant.sum(axis=0)
    scores = _gradient(at, piece, pattern, law, rule, (v, u, there, root, inverse), integral)
    scores[-1] += constant_by_kappa.sum(axis=0)
    return height, scores, u


def _integrate(
    at: Parameters, piece: Piece, law: RowLaw, rule: Rule, base: np.ndarray, mode: np.ndarray, spread: np.ndarray
) -> _Integral:
    q = len(mode)
    u = mode[:, None] + np.einsum("abg,bk->akg", spread, rule.z)
    effect = np.einsum("ba,akg->bkg", at.factor, u)
    eta = piece.z[0] * effect[0][:, None]
    for b in range(1, q):
        eta += piece.z[b] * effect[b][:, None]
    eta += base
    nodes = law.nodes(eta, piece.rows, at.kappa)
    slope, factor = law.slope(piece.rows), law.factor(piece.rows, at.kappa)
    by_z = np.empty_like(u)
    height = (slope * base).sum(axis=0) + rule.log_weight[:, None] - (u**2).sum(axis=0) / 2
    for b in range(q):
        linear = (slope * piece.z[b]).sum(axis=0)
        height += linear * effect[b]
        by_z[b] = linear - np.einsum("kmg,mg->kg", nodes.f_slope, factor * piece.z[b])
    height -= np.einsum("kmg,mg->kg", nodes.f, factor)
    largest = height.max(axis=0)
    share = np.exp(height - largest)
    total = share.sum(axis=0)
    return _Integral(largest + np.log(total), share / total, u, nodes, by_z)


def _gradient(
    at: Parameters,
    piece: Piece,
    pattern: Pattern,
    law: RowLaw,
    rule: Rule,
    centre: tuple[np.ndarray, np.ndarray, AtMode, np.ndarray, np.ndarray],
    integral: _Integral,
) -> np.ndarray:
    """Go back from the integral to the parameters, one gradient a group."""
    v, mode, there, root, inverse = centre
    share, factor = integral.share, law.factor(piece.rows, at.kappa)
    by_u = np.einsum("ba,bkg->akg", at.factor, integral.by_z) - integral.u
    by_mode = (share * by_u).sum(axis=1)
    by_information = _through_cholesky(root, inverse, np.einsum("kg,akg,bk->abg", share, by_u, rule.z))
    reach = np.einsum("abg,bmg->amg", by_information, v)
    bend = (v * reach).sum(axis=0)
    through_eta = -there.third * bend
    by_mode += (through_eta * v).sum(axis=1)
    pulled = apply(times(turned(inverse), inverse), by_mode)
    along = (v * pulled[:, None]).sum(axis=0)
    shift = through_eta + there.second * along
    at_nodes = law.slope(piece.rows) - factor * np.einsum("kg,kmg->mg", share, integral.at.f_slope)

    scores = np.zeros((len(at.beta) + pattern.rows.size + 1, mode.shape[1]))
    weight = at_nodes + shift
    for j, column in enumerate(piece.x):
        scores[j] = (column * weight).sum(axis=0)
    for j, (b, a) in enumerate(zip(pattern.rows, pattern.columns, strict=True), start=len(at.beta)):
        by_v = shift * mode[a] + there.first * pulled[a] - 2 * there.second * reach[a]
        scores[j] = (share * integral.by_z[b] * integral.u[a]).sum(axis=0) + (piece.z[b] * by_v).sum(axis=0)
    if integral.at.by_kappa is not None and there.first_by_kappa is not None and there.second_by_kappa is not None:
        inside = np.einsum("kg,kmg->g", share, integral.at.by_kappa)
        scores[-1] = inside + (there.first_by_kappa * along - there.second_by_kappa * bend).sum(axis=0)
    return scores


def _through_cholesky(root: np.ndarray, inverse: np.ndarray, by_spread: np.ndarray) -> np.ndarray:
    """Turn the derivative by the nodes' spread, and by its log determinant, into that by the information.

    The spread is the transposed inverse of ``root``; ``root`` is the Cholesky factor of the information.
    """
    spread = turned(inverse)
    by_root = -times(times(spread, turned(by_spread)), spread)
    inner = times(turned(root), by_root)
    for j in range(len(root)):
        inner[j, j] = (inner[j, j] - 1) / 2
        inner[j, j + 1 :] = 0
    whole = times(times(spread, inner), inverse)
    return np.asarray((whole + turned(whole)) / 2)


def conditional_effects(
    at: Parameters, layout: Layout, law: RowLaw, modes: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return each group's conditional modes and their standard deviations, both of shape (groups, q).

    Parameters
    ----------
    at : Parameters
    layout : Layout
    law : RowLaw
    modes : tuple of numpy.ndarray
        As ``Evaluation.modes``.
    """
    effects, errors = np.empty((layout.n_groups, layout.q)), np.empty((layout.n_groups, layout.q))
    for piece, u in zip(layout.pieces, modes, strict=True):
        v = np.einsum("ba,bmg->amg", at.factor, piece.z)
        eta = piece.linear(at.beta) + (v * u[:, None]).sum(axis=0)
        inverse = inverse_of_lower(cholesky(information(v, law.curvature(eta, piece.rows, at.kappa)[1])))
        half = np.einsum("ba,cag->bcg", at.factor, inverse)
        effects[piece.groups] = (at.factor @ u).T
        errors[piece.groups] = np.sqrt((half**2).sum(axis=1)).T
    return effects, errors
