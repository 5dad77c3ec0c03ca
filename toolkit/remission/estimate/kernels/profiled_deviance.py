"""The profiled deviance of a linear mixed model with one grouping factor.

The model is ``y = X beta + Z b + e`` with ``b = sigma * Lambda u`` and ``u``, ``e`` standard normal;
``theta`` are the free entries of the lower-triangular ``Lambda``. Given ``theta``, both ``beta`` and
``sigma`` have closed forms, so the search is over ``theta`` alone (Bates et al. 2015,
doi:10.18637/jss.v067.i01). Rows enter once, as cross-products of each group; an evaluation then costs
a few operations a group, laid out with groups along the last axis.
"""

from dataclasses import dataclass

import numpy as np

LOG_TWO_PI = float(np.log(2 * np.pi))
PIECE = 2000


@dataclass(frozen=True, slots=True)
class CrossProducts:
    """What the data say about the model, summed within groups.

    Attributes
    ----------
    stack : numpy.ndarray, shape (q, q + p + 1, groups)
        ``Z'Z``, ``Z'X`` and ``Z'y`` of each group, side by side.
    total : numpy.ndarray, shape (p + 1, p + 1)
        Cross-products of ``[X, y]`` over all rows.
    n_rows : int
    """

    stack: np.ndarray
    total: np.ndarray
    n_rows: int

    @property
    def q(self) -> int:
        """Random effects of a group."""
        return int(self.stack.shape[0])

    @property
    def p(self) -> int:
        """Fixed effects."""
        return int(self.total.shape[0]) - 1


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which entries of ``Lambda`` are free.

    Attributes
    ----------
    q : int
    rows, columns : numpy.ndarray of int, shape (k,)
        Position of each entry of ``theta``.
    """

    q: int
    rows: np.ndarray
    columns: np.ndarray

    def factor(self, theta: np.ndarray) -> np.ndarray:
        """Return ``Lambda``, shape (q, q)."""
        filled = np.zeros((self.q, self.q))
        filled[self.rows, self.columns] = theta
        return filled


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The profiled deviance at one ``theta`` and what it took to compute it.

    Attributes
    ----------
    deviance : float
        ``-2 log likelihood``, restricted for REML, with ``beta`` and ``sigma`` at their best.
    gradient : numpy.ndarray, shape (k,)
        Derivative of the deviance.
    beta : numpy.ndarray, shape (p,)
    unscaled : numpy.ndarray, shape (p, p)
        Variance matrix of ``beta`` divided by ``sigma`` squared.
    squares : float
        Penalised residual sum of squares.
    squares_gradient : numpy.ndarray, shape (k,)
        Its derivative.
    df : int
        Rows, less fixed effects for REML.
    outer : numpy.ndarray, shape (q, p + 1, q, p + 1)
        Outer products of ``Z'V^-1 [X, y]``, summed over groups.
    """

    deviance: float
    gradient: np.ndarray
    beta: np.ndarray
    unscaled: np.ndarray
    squares: float
    squares_gradient: np.ndarray
    df: int
    outer: np.ndarray

    @property
    def sigma(self) -> float:
        """Residual standard deviation."""
        return float(np.sqrt(self.squares / self.df))


def cross_products(z: np.ndarray, x: np.ndarray, y: np.ndarray, codes: np.ndarray) -> CrossProducts:
    """Sum the rows' products within groups.

    Parameters
    ----------
    z : numpy.ndarray, shape (rows, q)
    x : numpy.ndarray, shape (rows, p)
    y : numpy.ndarray, shape (rows,)
    codes : numpy.ndarray of int, shape (rows,)
        Group of each row, 0 to groups - 1, none of them empty.
    """
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    every = np.column_stack([z, x, y])[order]
    products = [np.add.reduceat(every * every[:, [j]], starts, axis=0).T for j in range(z.shape[1])]
    outcome = np.column_stack([x, y])
    return CrossProducts(np.ascontiguousarray(products), outcome.T @ outcome, len(y))


def block_pattern(sizes: tuple[int, ...]) -> Pattern:
    """Lay blocks of correlated random effects along the diagonal of ``Lambda``.

    Parameters
    ----------
    sizes : tuple of int
        Random effects of each block; blocks are independent of one another.
    """
    offsets = np.cumsum([0, *sizes[:-1]])
    corners = [np.tril_indices(size) for size in sizes]
    rows = np.concatenate([i + offset for (i, _), offset in zip(corners, offsets, strict=True)])
    columns = np.concatenate([j + offset for (_, j), offset in zip(corners, offsets, strict=True)])
    return Pattern(sum(sizes), rows, columns)


def evaluate(theta: np.ndarray, products: CrossProducts, pattern: Pattern, reml: bool) -> Evaluation:
    """Compute the profiled deviance and its exact gradient by the free entries of ``Lambda``."""
    return evaluate_factor(pattern.factor(theta), products, reml, (pattern.rows, pattern.columns))


def evaluate_factor(
    factor: np.ndarray, products: CrossProducts, reml: bool, free: tuple[np.ndarray, np.ndarray]
) -> Evaluation:
    """Compute the profiled deviance and its exact gradient at any root of the random effects' covariance.

    With ``V = I + Z D Z'`` and ``D = Lambda Lambda'``, the derivative by ``D`` is the sum over groups of
    ``Z'V^-1 Z`` less the outer products of ``Z'V^-1 X`` (REML) and of the weighted residuals; the chain
    rule through ``D`` gives twice that times ``Lambda``.

    Parameters
    ----------
    factor : numpy.ndarray, shape (q, q)
        ``Lambda``.
    products : CrossProducts
    reml : bool
    free : tuple of numpy.ndarray of int
        Rows and columns of the entries to differentiate by.
    """
    q, p = products.q, products.p
    sums = _sweep(products, factor)
    corner = np.linalg.cholesky(products.total - sums.rest)
    unscaled_root = np.linalg.inv(corner[:p, :p]).T
    beta = unscaled_root @ corner[p, :p]
    squares = float(corner[p, p] ** 2)
    df = products.n_rows - p if reml else products.n_rows
    log_det = sums.log_det + (2 * float(np.log(np.diag(corner)[:p]).sum()) if reml else 0.0)

    # Outer products over groups of Z'V^-1 [X, y], contracted to those of the weighted residuals.
    outer = sums.outer.reshape(q, p + 1, q, p + 1)
    away = np.append(-beta, 1.0)
    by_squares = -np.einsum("ajbk,j,k->ab", outer, away, away)
    by_factor = products.stack[:, :q].sum(axis=2) - sums.slopes + by_squares * (df / squares)
    if reml:
        by_factor -= np.einsum("ajbk,jk->ab", outer[:, :p, :, :p], unscaled_root @ unscaled_root.T)
    return Evaluation(
        deviance=log_det + df * (1 + LOG_TWO_PI + float(np.log(squares / df))),
        gradient=2 * (by_factor @ factor)[free],
        beta=beta,
        unscaled=unscaled_root @ unscaled_root.T,
        squares=squares,
        squares_gradient=2 * (by_squares @ factor)[free],
        df=df,
        outer=outer,
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """Over all groups: ``rest``, ``slopes`` and ``outer`` are Gram matrices."""

    rest: np.ndarray
    slopes: np.ndarray
    outer: np.ndarray
    log_det: float


def _sweep(products: CrossProducts, factor: np.ndarray) -> _Sums:
    """Go through the groups a piece at a time.

    Pieces of that size stay in the processor's cache and below where BLAS starts threads, which here cost more than
    they bring.
    """
    q, p = products.q, products.p
    rest, slopes = np.zeros((p + 1, p + 1)), np.zeros((q, q))
    outer, log_det = np.zeros((q * (p + 1), q * (p + 1))), 0.0
    for start in range(0, products.stack.shape[2], PIECE):
        stack = products.stack[:, :, start : start + PIECE]
        root, solved, weighted = weigh(stack, factor)
        for layer in solved:
            slopes += layer[:q] @ layer[:q].T
            rest += layer[q:] @ layer[q:].T
        flat = weighted.reshape(q * (p + 1), -1)
        outer += flat @ flat.T
        log_det += 2 * float(np.log(np.diagonal(root)).sum())
    return _Sums(rest, slopes, outer, log_det)


def weigh(stack: np.ndarray, factor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the root of each group's precision, ``root^-1 Lambda' stack``, and ``Z'V^-1 [X, y]``."""
    q = len(factor)
    root = precision_root(stack[:, :q], factor)
    turned = np.tensordot(factor.T, stack, axes=1)
    solved = forward(root, turned)
    weighted = stack[:, q:].copy()
    for layer in solved:
        weighted -= layer[:q, None] * layer[None, q:]
    return root, solved, weighted


def precision_root(zz: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return the Cholesky factor of ``Lambda'Z'Z Lambda + I`` of each group, shape (q, q, groups)."""
    q = len(factor)
    half = np.einsum("ka,kbg->abg", factor, zz)
    matrix = np.einsum("akg,kb->abg", half, factor)
    root: np.ndarray = np.zeros_like(matrix)
    for j in range(q):
        left = matrix[j, j] + 1.0 - (root[j, :j] ** 2).sum(axis=0)
        root[j, j] = np.sqrt(left)
        for i in range(j + 1, q):
            root[i, j] = (matrix[i, j] - (root[i, :j] * root[j, :j]).sum(axis=0)) / root[j, j]
    return root


def forward(root: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve each group's lower-triangular system; ``right`` has shape (q, m, groups)."""
    solved = np.empty_like(right)
    for j in range(len(root)):
        solved[j] = (right[j] - (root[j, :j, None] * solved[:j]).sum(axis=0)) / root[j, j]
    return solved
