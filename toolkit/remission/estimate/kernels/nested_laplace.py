"""Laplace's approximation for random intercepts of nested groups: site, participant within site, and so on.

The information about all random intercepts is a forest: an intercept meets only those above and below
it. Systems and determinants then come from one pass upwards and one downwards. With intercepts ``u`` in units
of their standard deviation, a group of weight ``w`` (its rows' curvature, or what its subgroups pass
up) has pivot ``d = 1 + sd**2 * w`` and passes ``w / d`` up.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from remission.estimate.kernels.row_likelihood import RowLaw, Rows

MOST_STEPS = 200
SMALL_STEP = 1e-9


@dataclass(frozen=True)
class Nest:
    """Rows and the groups they lie in, outermost first.

    Attributes
    ----------
    x : numpy.ndarray, shape (p, rows)
    offset : numpy.ndarray, shape (rows,)
    rows : Rows
    codes : tuple of numpy.ndarray of int, each of shape (rows,)
        Group of each row at each level.
    parents : tuple of numpy.ndarray of int
        Group above each group; of the outermost, all 0.
    """

    x: np.ndarray
    offset: np.ndarray
    rows: Rows
    codes: tuple[np.ndarray, ...]
    parents: tuple[np.ndarray, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Groups of each level."""
        return tuple(len(parent) for parent in self.parents)

    def gather(self, values: np.ndarray, level: int) -> np.ndarray:
        """Sum values of rows within the groups of a level."""
        return np.asarray(np.bincount(self.codes[level], values, self.counts[level]))


@dataclass(frozen=True, slots=True)
class NestedEvaluation:
    """The approximate log-likelihood at one set of parameters.

    Attributes
    ----------
    value : float
    gradient : numpy.ndarray, shape (p + levels + 1,)
    outer : numpy.ndarray
        Sum over outermost groups of the outer products of their gradients.
    modes : tuple of numpy.ndarray
        Standardised conditional modes of each level.
    variances : tuple of numpy.ndarray
        Their conditional variances.
    """

    value: float
    gradient: np.ndarray
    outer: np.ndarray
    modes: tuple[np.ndarray, ...]
    variances: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class _Pivots:
    """Weights and pivots of each level."""

    weight: list[np.ndarray]
    pivot: list[np.ndarray]


def nest(x: np.ndarray, offset: np.ndarray, rows: Rows, codes: tuple[np.ndarray, ...]) -> Nest:
    """Lay out rows; ``x`` has shape (rows, p), ``codes`` name the groups, outermost first."""
    parents = [np.zeros(int(codes[0].max()) + 1, dtype=int)]
    for above, below in pairwise(codes):
        parent = np.zeros(int(below.max()) + 1, dtype=int)
        parent[below] = above
        parents.append(parent)
    return Nest(np.ascontiguousarray(x.T), offset, rows, codes, tuple(parents))


def evaluate_nested(
    beta: np.ndarray, sd: np.ndarray, kappa: float, data: Nest, law: RowLaw, start: tuple[np.ndarray, ...]
) -> NestedEvaluation:
    """Compute the log-likelihood and its exact gradient.

    Parameters
    ----------
    beta : numpy.ndarray, shape (p,)
    sd : numpy.ndarray, shape (levels,)
        Standard deviations, outermost first; the sign is free.
    kappa : float
    data : Nest
    law : RowLaw
    start : tuple of numpy.ndarray
        Where the search for the modes starts.
    """
    size = len(beta) + len(sd) + 1
    base = beta @ data.x + data.offset
    modes = _find_modes(base, sd, kappa, data, law, start)
    failed = NestedEvaluation(-np.inf, np.zeros(size), np.eye(size), start, ())
    if modes is None:
        return failed
    eta = base + _path(modes, sd, data)
    at = law.mode(eta, data.rows, kappa)
    pivots = _pivots(-at.second, sd, data)
    if not all(np.isfinite(pivot).all() and (pivot > 0).all() for pivot in pivots.pivot):
        return failed
    nodes = law.nodes(eta[None], data.rows, kappa)
    constant, constant_by_kappa = law.constant(data.rows, kappa)
    heights = law.slope(data.rows) * eta - law.factor(data.rows, kappa) * nodes.f[0] + constant
    value = (
        float(heights.sum())
        - sum(float(u @ u) + float(np.log(d).sum()) for u, d in zip(modes, pivots.pivot, strict=True)) / 2
    )
    variances, reach, spread = _spreads(pivots, sd, data)

    last = data.codes[-1]
    bend = -spread[last] / 2
    through_eta = -at.third * bend
    pulled = _solve([s * data.gather(through_eta, level) for level, s in enumerate(sd)], pivots, sd, data)
    along = _path(pulled, sd, data)
    shift = through_eta + at.second * along
    scores = np.empty((size, len(eta)))
    scores[: len(beta)] = data.x * (at.first + shift)
    for level in range(len(sd)):
        code = data.codes[level]
        by_v = (at.first + shift) * modes[level][code] + at.first * pulled[level][code]
        scores[len(beta) + level] = by_v + at.second * reach[level][last]
    scores[-1] = 0.0
    if nodes.by_kappa is not None and at.first_by_kappa is not None and at.second_by_kappa is not None:
        scores[-1] = nodes.by_kappa[0] + constant_by_kappa + at.first_by_kappa * along - at.second_by_kappa * bend
    by_group = np.array([data.gather(score, 0) for score in scores])
    return NestedEvaluation(value, by_group.sum(axis=1), by_group @ by_group.T, modes, variances)


def no_nested_effects(data: Nest) -> tuple[np.ndarray, ...]:
    """Return modes of 0."""
    return tuple(np.zeros(count) for count in data.counts)


def _path(effects: tuple[np.ndarray, ...] | list[np.ndarray], sd: np.ndarray, data: Nest) -> np.ndarray:
    """Sum the random intercepts above each row."""
    total = np.zeros(len(data.offset))
    for level, s in enumerate(sd):
        total += s * effects[level][data.codes[level]]
    return total


def _find_modes(
    base: np.ndarray, sd: np.ndarray, kappa: float, data: Nest, law: RowLaw, start: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, ...] | None:
    """Climb by Newton's method; one step length for all, halved where the whole would fall."""
    modes = list(start)
    for _ in range(MOST_STEPS):
        eta = base + _path(modes, sd, data)
        first, second = law.curvature(eta, data.rows, kappa)
        slope = [s * data.gather(first, level) - modes[level] for level, s in enumerate(sd)]
        step = _solve(slope, _pivots(np.maximum(-second, 0.0), sd, data), sd, data)
        furthest = max(float(np.abs(one).max()) for one in step)
        if not np.isfinite(furthest):
            return None
        share = 1.0
        if furthest > 0.05:
            promised = sum(float(a @ b) for a, b in zip(slope, step, strict=True))
            before = _height(base, modes, sd, kappa, data, law)
            while share > 1e-6:
                tried = [u + share * one for u, one in zip(modes, step, strict=True)]
                if _height(base, tried, sd, kappa, data, law) >= before + 1e-4 * share * promised:
                    break
                share /= 2
        modes = [u + share * one for u, one in zip(modes, step, strict=True)]
        if furthest < SMALL_STEP * 1e2 and share == 1.0:
            return tuple(modes)
    return None


def _height(base: np.ndarray, modes: list[np.ndarray], sd: np.ndarray, kappa: float, data: Nest, law: RowLaw) -> float:
    eta = base + _path(modes, sd, data)
    f = law.nodes(eta[None], data.rows, kappa).f[0]
    rows = float((law.slope(data.rows) * eta - law.factor(data.rows, kappa) * f).sum())
    return rows - sum(float(u @ u) for u in modes) / 2


def _pivots(weights: np.ndarray, sd: np.ndarray, data: Nest) -> _Pivots:
    weight: list[np.ndarray] = [np.empty(0)] * len(sd)
    pivot: list[np.ndarray] = [np.empty(0)] * len(sd)
    for level in reversed(range(len(sd))):
        if level == len(sd) - 1:
            weight[level] = data.gather(weights, level)
        else:
            passed = weight[level + 1] / pivot[level + 1]
            weight[level] = np.bincount(data.parents[level + 1], passed, data.counts[level])
        pivot[level] = 1 + sd[level] ** 2 * weight[level]
    return _Pivots(weight, pivot)


def _solve(right: list[np.ndarray], pivots: _Pivots, sd: np.ndarray, data: Nest) -> list[np.ndarray]:
    """Solve the system of the information."""
    levels = len(sd)
    held: list[np.ndarray] = [np.zeros(count) for count in data.counts]
    for level in reversed(range(levels)):
        if level < levels - 1:
            below = level + 1
            own = sd[below] * pivots.weight[below] * right[below] + held[below]
            held[level] = np.bincount(data.parents[below], own / pivots.pivot[below], data.counts[level])
    solved: list[np.ndarray] = []
    above = np.zeros(1)
    for level in range(levels):
        path = above[data.parents[level]]
        rest = right[level] - sd[level] * (held[level] + pivots.weight[level] * path)
        solved.append(rest / pivots.pivot[level])
        above = path + sd[level] * solved[level]
    return solved


def _spreads(
    pivots: _Pivots, sd: np.ndarray, data: Nest
) -> tuple[tuple[np.ndarray, ...], list[np.ndarray], np.ndarray]:
    """Return each intercept's variance, its covariance with the innermost path, and that path's variance."""
    variances: list[np.ndarray] = []
    reach: list[np.ndarray] = []
    above = np.zeros(1)
    for level, s in enumerate(sd):
        parent, d, w = data.parents[level], pivots.pivot[level], pivots.weight[level]
        path = above[parent]
        reach = [covariance[parent] / d for covariance in reach]
        reach.append(s / d - s * w * path / d**2)
        variances.append(1 / d + (s * w / d) ** 2 * path)
        above = path / d**2 + s**2 / d
    return tuple(variances), reach, above
