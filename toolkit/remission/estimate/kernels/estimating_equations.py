"""Generalised estimating equations with a working correlation, all clusters of one pattern at a time.

Liang KY, Zeger SL (1986), doi:10.1093/biomet/73.1.13. Scale and correlation are moments as R's geepack takes them:
Yan J, Fine J (2004), doi:10.1002/sim.1650.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

MOST_ITERATIONS = 200
SETTLED = 1e-10
FURTHEST = 700.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """Clusters whose rows stand at the same positions.

    Attributes
    ----------
    rows : numpy.ndarray of int, shape (clusters, k)
    position : numpy.ndarray of int, shape (k,)
    cluster : numpy.ndarray of int, shape (clusters,)
    """

    rows: np.ndarray
    position: np.ndarray
    cluster: np.ndarray


@dataclass(frozen=True, slots=True)
class Equations:
    """What the equations are made of; rows sorted by cluster and position.

    Attributes
    ----------
    x : numpy.ndarray, shape (rows, p)
    y, offset, weight : numpy.ndarray, shape (rows,)
    patterns : tuple of Pattern
    family : {"gaussian", "binomial", "poisson"}
    structure : {"independence", "exchangeable", "ar1", "unstructured"}
    clusters, positions : int
        Number of clusters, and of positions that occur.
    """

    x: np.ndarray
    y: np.ndarray
    offset: np.ndarray
    weight: np.ndarray
    patterns: tuple[Pattern, ...]
    family: str
    structure: str
    clusters: int
    positions: int

    def mean(self, beta: np.ndarray) -> np.ndarray:
        """Return the mean of each row."""
        eta = np.clip(self.x @ beta + self.offset, -FURTHEST, FURTHEST)
        if self.family == "binomial":
            return np.asarray(expit(eta))
        return np.asarray(np.exp(eta)) if self.family == "poisson" else np.asarray(eta)

    def variance(self, mean: np.ndarray) -> np.ndarray:
        """Return the variance function at means, which is the slope of the mean for these canonical links too."""
        if self.family == "binomial":
            return np.asarray(np.maximum(mean * (1 - mean), 1e-300))
        return np.asarray(np.maximum(mean, 1e-300)) if self.family == "poisson" else np.ones_like(mean)


@dataclass(frozen=True, slots=True)
class Solution:
    """Where the equations hold.

    Attributes
    ----------
    beta : numpy.ndarray, shape (p,)
    scale : float
    alpha : numpy.ndarray
        None, one, or one for each pair of positions, by rows of the upper triangle.
    bread : numpy.ndarray, shape (p, p)
        Inverse of the sum of D'V^-1 D with the scale in V: the model-based variance.
    pairs : numpy.ndarray
        Pairs of rows behind each entry of ``alpha``.
    converged : bool
    path : tuple of float
        Largest change of each iteration.
    """

    beta: np.ndarray
    scale: float
    alpha: np.ndarray
    bread: np.ndarray
    pairs: np.ndarray
    converged: bool
    path: tuple[float, ...]


def patterns_of(cluster: np.ndarray, position: np.ndarray, matter: bool) -> tuple[Pattern, ...]:
    """Group clusters by the positions of their rows, or by size alone where positions do not matter.

    Parameters
    ----------
    cluster, position : numpy.ndarray of int, shape (rows,)
        Sorted by cluster, then by position.
    matter : bool
    """
    sizes = np.bincount(cluster)
    starts = np.cumsum(sizes) - sizes
    found: list[Pattern] = []
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        rows = starts[members][:, None] + np.arange(size)
        if not matter:
            found.append(Pattern(rows, np.arange(size), members))
            continue
        kinds, which = np.unique(position[rows], axis=0, return_inverse=True)
        found += [Pattern(rows[which == k], kinds[k], members[which == k]) for k in range(len(kinds))]
    return tuple(found)


def correlation(structure: str, position: np.ndarray, alpha: np.ndarray, positions: int) -> np.ndarray:
    """Return the working correlation at some positions."""
    apart = np.abs(position[:, None] - position[None, :])
    if structure == "independence" or position.size == 1:
        return np.eye(position.size)
    if structure == "exchangeable":
        return np.where(apart == 0, 1.0, alpha[0])
    if structure == "ar1":
        return np.asarray(np.power(float(alpha[0]), apart))
    whole = np.eye(positions)
    upper = np.triu_indices(positions, 1)
    whole[upper] = alpha
    whole.T[upper] = alpha
    return np.asarray(whole[np.ix_(position, position)])


def solve(equations: Equations, start: np.ndarray) -> Solution:
    """Turn to and fro between coefficients and working correlation until both stay.

    Parameters
    ----------
    equations : Equations
    start : numpy.ndarray, shape (p,)
        Coefficients, usually those under independence.
    """
    beta, path, converged = start, [], False
    alpha, scale, pairs = _moments(equations, beta)
    for _ in range(MOST_ITERATIONS):
        gradient, information = _totals(equations, beta, alpha, scale)
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        beta = beta + step
        alpha, scale, pairs = _moments(equations, beta, alpha)
        path.append(float(np.abs(step).max(initial=0.0)))
        if not np.isfinite(beta).all() or path[-1] <= SETTLED * (1 + float(np.abs(beta).max(initial=0.0))):
            converged = bool(np.isfinite(beta).all())
            break
    information = _totals(equations, beta, alpha, scale)[1]
    return Solution(beta, scale, alpha, np.linalg.pinv(information), pairs, converged, tuple(path))


def scores(equations: Equations, solution: Solution, corrected: bool = False) -> np.ndarray:
    """Return each cluster's part of the equations, shape (clusters, p).

    With ``corrected`` residuals are first divided by one minus the cluster's leverage (Mancl and DeRouen 2001,
    doi:10.1111/j.0006-341X.2001.00126.x).
    """
    out = np.zeros((equations.clusters, equations.x.shape[1]))
    for pattern, d, inverse, residual in _pieces(equations, solution.beta, solution.alpha, solution.scale):
        left = np.einsum("ckp,ckl->cpl", d, inverse)
        if corrected:
            leverage = np.einsum("ckp,pq,cql->ckl", d, solution.bread, left)
            residual = np.linalg.solve(np.eye(d.shape[1]) - leverage, residual[:, :, None])[:, :, 0]
        out[pattern.cluster] = np.einsum("cpl,cl->cp", left, residual)
    return out


def _pieces(
    equations: Equations, beta: np.ndarray, alpha: np.ndarray, scale: float
) -> Iterator[tuple[Pattern, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield for each pattern the slopes D, V^-1 and the residuals."""
    mean = equations.mean(beta)
    spread = equations.variance(mean)
    residual = equations.y - mean
    for pattern in equations.patterns:
        held = correlation(equations.structure, pattern.position, alpha, equations.positions)
        inverse = np.linalg.inv(held)
        root = np.sqrt(equations.weight[pattern.rows] / (scale * spread[pattern.rows]))
        d = equations.x[pattern.rows] * spread[pattern.rows][:, :, None]
        yield pattern, d, root[:, :, None] * inverse * root[:, None, :], residual[pattern.rows]


def _totals(equations: Equations, beta: np.ndarray, alpha: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    p = beta.size
    gradient, information = np.zeros(p), np.zeros((p, p))
    for _, d, inverse, residual in _pieces(equations, beta, alpha, scale):
        left = np.einsum("ckp,ckl->cpl", d, inverse)
        gradient += np.einsum("cpl,cl->p", left, residual)
        information += np.einsum("cpl,clq->pq", left, d)
    return gradient, information


def _moments(
    equations: Equations, beta: np.ndarray, before: np.ndarray | None = None
) -> tuple[np.ndarray, float, np.ndarray]:
    """Return correlation parameters, scale, and how many pairs stand behind each parameter."""
    mean = equations.mean(beta)
    pearson = (equations.y - mean) / np.sqrt(equations.variance(mean))
    weight = equations.weight
    scale = float(weight @ pearson**2 / weight.sum())
    if equations.structure == "independence":
        return np.zeros(0), scale, np.zeros(0)
    products, counts, numbers = _pair_sums(equations, pearson, scale)
    if equations.structure == "exchangeable":
        total = counts.sum()
        alpha = np.array([products.sum() / total if total > 0 else 0.0])
        return alpha, scale, np.array([numbers.sum()])
    if equations.structure == "ar1":
        start = 0.0 if before is None or not before.size else float(before[0])
        return np.array([_decay(products, counts, start)]), scale, np.array([numbers.sum()])
    upper = np.triu_indices(equations.positions, 1)
    seen = counts[upper] > 0
    alpha = np.where(seen, products[upper] / np.where(seen, counts[upper], 1.0), 0.0)
    return alpha, scale, numbers[upper]


def _pair_sums(equations: Equations, pearson: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum products of standardised residuals over pairs, by the two positions; with weights, and plainly counted."""
    size = equations.positions
    products, counts, numbers = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    for pattern in equations.patterns:
        root = np.sqrt(equations.weight[pattern.rows])
        held = pearson[pattern.rows] * root
        place = np.ix_(pattern.position, pattern.position)
        products[place] += np.triu(held.T @ held, 1) / scale
        counts[place] += np.triu(root.T @ root, 1)
        numbers[place] += np.triu(np.full((len(pattern.position),) * 2, float(len(pattern.cluster))), 1)
    return products, counts, numbers


def _decay(products: np.ndarray, counts: np.ndarray, start: float) -> float:
    """Fit alpha ** distance to the products of all pairs by least squares, as geepack does."""
    apart = np.abs(np.subtract.outer(np.arange(len(counts)), np.arange(len(counts))))
    upper = np.triu_indices(len(counts), 1)
    lag = apart[upper]
    total = np.bincount(lag, products[upper])[1:]
    count = np.bincount(lag, counts[upper])[1:]
    lags = np.arange(1, total.size + 1)
    if not count.any():
        return 0.0
    alpha = start or float(np.clip(total[0] / count[0] if count[0] else 0.1, -0.9, 0.9)) or 0.1
    for _ in range(100):
        slope = lags * np.power(alpha, lags - 1)
        step = float(slope @ (total - count * np.power(alpha, lags)) / (count @ slope**2))
        alpha = float(np.clip(alpha + step, -0.999, 0.999))
        if abs(step) < 1e-13:
            break
    return alpha
