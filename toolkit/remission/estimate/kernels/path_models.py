"""The regressions behind a path diagram, fitted for many sets of counts at once."""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.weighted_logistic import cross_products, fit_weighted_logistic, row_products

# Least eigenvalue of the mean cross-products of scaled columns, below which a fit counts as not estimable.
LEAST_SPREAD = 1e-9


@dataclass(frozen=True, slots=True)
class PathLayout:
    """Order of the columns: 1, exposure, covariates, mediators, exposure times mediators (if asked), outcome.

    Attributes
    ----------
    covariates, mediators : int
        Numbers of columns.
    parallel : bool
        Mediators do not act on one another; otherwise each may act on those after it.
    interaction : bool
    """

    covariates: int
    mediators: int
    parallel: bool = False
    interaction: bool = False

    @property
    def base(self) -> int:
        """Number of columns before the mediators."""
        return 2 + self.covariates

    @property
    def columns(self) -> int:
        """Number of all columns."""
        return self.base + self.mediators * (2 if self.interaction else 1) + 1

    def parents(self, target: int) -> np.ndarray:
        """Return the columns on the right side of a mediator's equation, or the outcome's (``mediators``)."""
        if target == self.mediators:
            return np.arange(self.columns - 1)
        return np.arange(self.base + (0 if self.parallel else target))

    def column(self, target: int) -> int:
        """Return the column on the left side."""
        return self.columns - 1 if target == self.mediators else self.base + target


@dataclass(frozen=True, slots=True)
class PathRows:
    """Rows ready for many fits: scaled columns, shape (rows, columns), and the products of all pairs."""

    layout: PathLayout
    mean: np.ndarray
    size: np.ndarray
    scaled: np.ndarray
    products: np.ndarray
    logistic: bool


@dataclass(frozen=True, slots=True)
class PathFits:
    """Coefficients of all equations in the units of the data; the first axis is the fit.

    Attributes
    ----------
    base : numpy.ndarray, shape (fits, mediators, base)
        Of 1, exposure and covariates on each mediator.
    between : numpy.ndarray, shape (fits, mediators, mediators)
        Of the mediator in the row on the one in the column.
    outcome : numpy.ndarray, shape (fits, base)
        Of 1, exposure and covariates on the outcome.
    onto, product : numpy.ndarray, shape (fits, mediators)
        Of the mediators, and of exposure times mediators, on the outcome.
    residual : numpy.ndarray, shape (fits, mediators, mediators)
        Covariance of what the mediators' equations leave; diagonal in series.
    noise : numpy.ndarray, shape (fits,)
        Residual variance of a continuous outcome; NaN for a binary one.
    usable : numpy.ndarray of bool, shape (fits,)
    """

    base: np.ndarray
    between: np.ndarray
    outcome: np.ndarray
    onto: np.ndarray
    product: np.ndarray
    residual: np.ndarray
    noise: np.ndarray
    usable: np.ndarray


def path_rows(z: np.ndarray, layout: PathLayout, logistic: bool) -> PathRows:
    """Centre and scale the columns (not the constant, not a binary outcome) and multiply all pairs.

    Parameters
    ----------
    z : numpy.ndarray, shape (rows, columns)
        In the order of the layout; no column but the first is constant.
    """
    mean, size = z.mean(axis=0), z.std(axis=0)
    kept = [0, layout.columns - 1] if logistic else [0]
    mean[kept], size[kept] = 0.0, 1.0
    scaled = (z - mean) / size
    return PathRows(layout, mean, size, scaled, row_products(scaled), logistic)


def fit_paths(rows: PathRows, counts: np.ndarray, start: np.ndarray | None = None) -> PathFits:
    """Fit every equation for every set of counts.

    Parameters
    ----------
    rows : PathRows
    counts : numpy.ndarray, shape (fits, rows)
    start : numpy.ndarray, shape (columns - 1,), optional
        Scaled coefficients of a binary outcome to start from.
    """
    layout = rows.layout
    k, q = layout.mediators, layout.base
    gram = cross_products(rows.products, counts, layout.columns)
    usable = _spread(gram, counts, layout)
    gram = np.where(usable[:, None, None], gram, np.eye(layout.columns))
    base, between = np.zeros((len(counts), k, q)), np.zeros((len(counts), k, k))
    scaled = np.zeros((len(counts), k, layout.columns))
    for j in range(k):
        parents = layout.parents(j)
        scaled[:, j, parents] = solved(gram, parents, layout.column(j))
        raw = in_units(rows, scaled[:, j, parents], parents, layout.column(j))
        base[:, j], between[:, : len(parents) - q, j] = raw[:, :q], raw[:, q:]
    parents = layout.parents(k)
    if rows.logistic:
        found = fit_weighted_logistic(rows.scaled[:, :-1], rows.scaled[:, -1], counts, _given(start, layout))
        last, usable = found.beta, usable & found.settled
        noise = np.full(len(counts), np.nan)
    else:
        last = solved(gram, parents, layout.columns - 1)
        left = gram[:, -1, -1] - np.einsum("rp,rp->r", last, gram[:, -1, :-1])
        noise = np.maximum(left, 0) * rows.size[-1] ** 2 / (counts.sum(axis=1) - len(parents))
    raw = in_units(rows, last, parents, layout.columns - 1)
    onto = raw[:, q : q + k]
    product = raw[:, q + k :] if layout.interaction else np.zeros_like(onto)
    residual = _residual(rows, gram, scaled, counts.sum(axis=1))
    return PathFits(base, between, raw[:, :q], onto, product, residual, noise, usable)


def solved(gram: np.ndarray, parents: np.ndarray, target: int) -> np.ndarray:
    """Solve the normal equations of one target for all fits, shape (fits, parents)."""
    left = gram[:, parents[:, None], parents]
    return np.asarray(np.linalg.solve(left, gram[:, parents, target, None])[:, :, 0])


def in_units(rows: PathRows, scaled: np.ndarray, parents: np.ndarray, target: int) -> np.ndarray:
    """Turn coefficients of scaled columns into those of the data."""
    raw: np.ndarray = scaled * rows.size[target] / rows.size[parents]
    raw[:, 0] += rows.mean[target] - raw[:, 1:] @ rows.mean[parents[1:]]
    return raw


def _given(start: np.ndarray | None, layout: PathLayout) -> np.ndarray:
    return np.zeros(layout.columns - 1) if start is None else start


def _spread(gram: np.ndarray, counts: np.ndarray, layout: PathLayout) -> np.ndarray:
    """Tell which fits have columns that can be told apart; the outcome's equation holds those of all others."""
    whole = gram[:, :-1, :-1] / counts.sum(axis=1)[:, None, None]
    return np.asarray(np.linalg.eigvalsh(whole)[:, 0] > LEAST_SPREAD)


def _residual(rows: PathRows, gram: np.ndarray, scaled: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the residual covariance of the mediators in their units, over the degrees of freedom left."""
    layout, k = rows.layout, rows.layout.mediators
    own = np.arange(k)
    contrast = -scaled
    contrast[:, own, layout.base + own] += 1.0
    left = contrast @ gram @ contrast.transpose(0, 2, 1)
    unit = rows.size[layout.base : layout.base + k]
    used = np.array([len(layout.parents(j)) for j in range(k)])
    free = size[:, None, None] - np.maximum(used[:, None], used[None, :])
    covariance = left * unit[:, None] * unit[None, :] / free
    return np.asarray(covariance if layout.parallel else covariance * np.eye(k))
