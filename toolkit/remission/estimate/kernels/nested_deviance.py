"""The profiled deviance of a linear mixed model whose groups lie within larger groups, such as participants in sites.

``V = I + Z2 D2 Z2' + Z1 D1 Z1'`` with ``Z2`` of the inner groups. The inner effects are swept out first, which leaves
cross-products of each outer group weighted by ``R = (I + Z2 D2 Z2')^-1``; sweeping out the outer effects is then the
problem of one grouping factor. See ``profiled_deviance`` for the notation and the source.
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.profiled_deviance import (
    LOG_TWO_PI,
    Evaluation,
    forward,
    weigh,
)


@dataclass(frozen=True, slots=True)
class NestedProducts:
    """What the data say about the model, summed within groups.

    Attributes
    ----------
    inner : numpy.ndarray, shape (q2, q2 + q1 + p + 1, inner groups)
        ``Z2'[Z2, Z1, X, y]`` of each inner group, those of an outer group side by side.
    outer : numpy.ndarray, shape (q1, q1 + p + 1, outer groups)
        ``Z1'[Z1, X, y]`` of each outer group.
    within : numpy.ndarray of int, shape (inner groups,)
        The outer group of each inner one.
    starts : numpy.ndarray of int, shape (outer groups,)
        Where each outer group begins among the inner ones.
    place : numpy.ndarray of int, shape (inner groups,)
        Where each inner group stands, in the order of the caller's codes.
    total : numpy.ndarray, shape (p + 1, p + 1)
    n_rows : int
    """

    inner: np.ndarray
    outer: np.ndarray
    within: np.ndarray
    starts: np.ndarray
    place: np.ndarray
    total: np.ndarray
    n_rows: int

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Inner and outer random effects of a group, and fixed effects."""
        return len(self.inner), len(self.outer), len(self.total) - 1


@dataclass(frozen=True, slots=True)
class NestedWeights:
    """Each group's share of the weighted equations.

    Attributes
    ----------
    inner, outer : numpy.ndarray, shapes (q2, p + 1, inner groups) and (q1, p + 1, outer groups)
        ``Z'V^-1 [X, y]``.
    inner_gram, outer_gram : numpy.ndarray, shapes (q2, q2, inner groups) and (q1, q1, outer groups)
        ``Z'V^-1 Z``.
    left : numpy.ndarray, shape (p + 1, p + 1)
        ``[X, y]'V^-1 [X, y]``.
    log_det : float
    """

    inner: np.ndarray
    outer: np.ndarray
    inner_gram: np.ndarray
    outer_gram: np.ndarray
    left: np.ndarray
    log_det: float


def nested_products(
    z: tuple[np.ndarray, np.ndarray], x: np.ndarray, y: np.ndarray, codes: tuple[np.ndarray, np.ndarray]
) -> NestedProducts:
    """Sum the rows' products within inner and outer groups.

    Parameters
    ----------
    z : tuple of numpy.ndarray
        Random terms of the inner and of the outer groups, shapes (rows, q2) and (rows, q1).
    x : numpy.ndarray, shape (rows, p)
    y : numpy.ndarray, shape (rows,)
    codes : tuple of numpy.ndarray of int
        Inner and outer group of each row.
    """
    order = np.lexsort((codes[0], codes[1]))
    small, large = codes[0][order], codes[1][order]
    every = np.column_stack([z[0], z[1], x, y])[order]
    first = np.flatnonzero(np.diff(small, prepend=-1) | np.diff(large, prepend=-1))
    begin = np.flatnonzero(np.diff(large, prepend=-1))
    q2, q1 = z[0].shape[1], z[1].shape[1]
    inner = np.array([np.add.reduceat(every * every[:, [j]], first, axis=0).T for j in range(q2)])
    rest = every[:, q2:]
    outer = np.array([np.add.reduceat(rest * rest[:, [j]], begin, axis=0).T for j in range(q1)])
    outcome = np.column_stack([x, y])
    within = large[first]
    return NestedProducts(
        inner,
        outer,
        within,
        np.flatnonzero(np.diff(within, prepend=-1)),
        np.argsort(small[first], kind="stable"),
        outcome.T @ outcome,
        len(y),
    )


def nested_weights(products: NestedProducts, inner: np.ndarray, outer: np.ndarray) -> NestedWeights:
    """Sweep out the inner random effects, then the outer ones.

    Parameters
    ----------
    products : NestedProducts
    inner, outer : numpy.ndarray, shapes (q2, q2) and (q1, q1)
        ``Lambda`` of the inner and of the outer groups.
    """
    q2, q1, _ = products.sizes
    root2, solved2, beside = weigh(products.inner, inner)
    to_outer = solved2[:, q2 : q2 + q1]
    taken = np.array(
        [np.add.reduceat((to_outer[:, [j]] * solved2[:, q2:]).sum(axis=0), products.starts, axis=1) for j in range(q1)]
    )
    left = products.total - sum(layer[q2 + q1 :] @ layer[q2 + q1 :].T for layer in solved2)
    stack = products.outer - taken
    root1, solved1, weighted1 = weigh(stack, outer)
    left = left - sum(layer[q1:] @ layer[q1:].T for layer in solved1)
    gram1 = stack[:, :q1] - sum(layer[:q1, None] * layer[None, :q1] for layer in solved1)

    half = forward(root1, np.repeat(outer.T[:, :, None], stack.shape[2], axis=2))
    share = np.einsum("kag,kbg->abg", half, half)[:, :, products.within]
    along = np.einsum("abg,bcg->acg", beside[:, :q1], share)
    weighted2 = beside[:, q1:] - np.einsum("abg,bjg->ajg", along, stack[:, q1:][:, :, products.within])
    gram2 = products.inner[:, :q2] - sum(layer[:q2, None] * layer[None, :q2] for layer in solved2)
    gram2 = gram2 - np.einsum("abg,cbg->acg", along, beside[:, :q1])
    log_det = sum(2 * float(np.log(np.diagonal(root)).sum()) for root in (root2, root1))
    return NestedWeights(weighted2, weighted1, gram2, gram1, left, log_det)


def evaluate_nested(
    factor: np.ndarray, products: NestedProducts, reml: bool, free: tuple[np.ndarray, np.ndarray]
) -> Evaluation:
    """Compute the profiled deviance and its exact gradient.

    Parameters
    ----------
    factor : numpy.ndarray, shape (q2 + q1, q2 + q1)
        ``Lambda`` of the inner groups, then of the outer ones, along the diagonal.
    products : NestedProducts
    reml : bool
    free : tuple of numpy.ndarray of int
        Rows and columns of the entries to differentiate by.
    """
    q2, _, p = products.sizes
    weights = nested_weights(products, factor[:q2, :q2], factor[q2:, q2:])
    corner = np.linalg.cholesky(weights.left)
    unscaled_root = np.linalg.inv(corner[:p, :p]).T
    unscaled = unscaled_root @ unscaled_root.T
    beta = unscaled_root @ corner[p, :p]
    squares = float(corner[p, p] ** 2)
    df = products.n_rows - p if reml else products.n_rows
    log_det = weights.log_det + (2 * float(np.log(np.diag(corner)[:p]).sum()) if reml else 0.0)

    q = len(factor)
    outer, gram = np.zeros((q, p + 1, q, p + 1)), np.zeros((q, q))
    for part, wide, of_groups in (
        (slice(0, q2), weights.inner, weights.inner_gram),
        (slice(q2, q), weights.outer, weights.outer_gram),
    ):
        outer[part, :, part] = np.tensordot(wide, wide, axes=(2, 2))
        gram[part, part] = of_groups.sum(axis=2)
    away = np.append(-beta, 1.0)
    by_squares = -np.einsum("ajbk,j,k->ab", outer, away, away)
    by_factor = gram + by_squares * (df / squares)
    if reml:
        by_factor -= np.einsum("ajbk,jk->ab", outer[:, :p, :, :p], unscaled)
    return Evaluation(
        deviance=log_det + df * (1 + LOG_TWO_PI + float(np.log(squares / df))),
        gradient=2 * (by_factor @ factor)[free],
        beta=beta,
        unscaled=unscaled,
        squares=squares,
        squares_gradient=2 * (by_squares @ factor)[free],
        df=df,
        outer=outer,
    )


def nested_modes(
    products: NestedProducts, factor: np.ndarray, beta: np.ndarray, turn: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return conditional modes and standard deviations over sigma of inner and outer groups, each (groups, effects).

    Parameters
    ----------
    products : NestedProducts
    factor : numpy.ndarray, shape (q, q)
    beta : numpy.ndarray, shape (p,)
    turn : numpy.ndarray, shape (q, q)
        Puts random effects on the caller's scale.
    """
    q2 = products.sizes[0]
    weights = nested_weights(products, factor[:q2, :q2], factor[q2:, q2:])
    found = []
    for part, wide, gram in (
        (slice(0, q2), weights.inner, weights.inner_gram),
        (slice(q2, len(factor)), weights.outer, weights.outer_gram),
    ):
        back = turn[part, part] @ factor[part, part]
        covariance = back @ factor[part, part].T
        residual = wide[:, -1] - np.einsum("apg,p->ag", wide[:, :-1], beta)
        taken = np.einsum("ab,bcg,dc->adg", covariance, gram, covariance)
        variance = np.diag(back @ back.T)[:, None] - np.diagonal(taken).T
        found.append(((covariance @ residual).T, np.sqrt(np.maximum(variance, 0.0)).T))
    (inner, inner_errors), outer = found
    return (inner[products.place], inner_errors[products.place]), outer
