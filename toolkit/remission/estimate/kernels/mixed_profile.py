"""Profile likelihood of a linear mixed model: the deviance with one parameter held, at its best in all others.

Limits are where it has risen by the quantile of chi-squared on 1 df. Maximum likelihood throughout; variance
parameters are standard deviations and correlations, in the caller's coordinates.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from remission.estimate.kernels.linear_mixed_solution import Standard, evaluate_at, standardise
from remission.estimate.kernels.nested_deviance import NestedProducts, evaluate_nested
from remission.estimate.kernels.newton import Objective, minimise
from remission.estimate.kernels.profiled_deviance import (
    LOG_TWO_PI,
    CrossProducts,
    block_pattern,
    evaluate_factor,
)

FURTHEST = 60
LIMIT = 1e-10
EDGE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class MixedArrays:
    """The model's arrays, as for ``solve_linear_mixed``."""

    blocks: tuple[np.ndarray, ...]
    x: np.ndarray
    y: np.ndarray
    codes: tuple[np.ndarray, ...]
    levels: tuple[int, ...]


def fixed_limits(arrays: MixedArrays, place: int, rise: float, estimate: float, error: float) -> tuple[float, float]:
    """Return the profile limits of one fixed effect.

    Parameters
    ----------
    arrays : MixedArrays
    place : int
        Its column.
    rise : float
        By how much the deviance may rise.
    estimate, error : float
        Maximum likelihood estimate and standard error, for a first guess.
    """
    others = [j for j in range(arrays.x.shape[1]) if j != place]
    x = arrays.x[:, [*others, place]]
    standard = standardise(arrays.blocks, x, arrays.y, arrays.codes, arrays.levels)
    pattern = block_pattern(tuple(block.shape[1] for block in arrays.blocks))
    warm = [(pattern.rows == pattern.columns).astype(float)]

    def deviance(value: float) -> float:
        # Offset of the outcome along what the column has beyond the others.
        away = (standard.offset[-1] - value) / (standard.scale * standard.from_x[-1, -1])
        products = _without_last(standard.products, float(away))

        def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
            found = evaluate_at(theta, products, pattern, reml=False)
            return found.deviance, found.gradient

        found = minimise(objective, warm[0])
        warm[0] = found.at
        return found.value

    least = deviance(estimate)
    first = warm[0]
    limits = []
    for way in (-1.0, 1.0):
        warm[0] = first
        limits.append(_toward(lambda value: deviance(value) - least - rise, estimate, way * 2 * error, way * np.inf))
    return limits[0], limits[1]


def _without_last(products: CrossProducts | NestedProducts, away: float) -> CrossProducts | NestedProducts:
    """Leave the last fixed effect out and add so much of it to the outcome."""
    p = len(products.total) - 1
    mix = np.zeros((p + 1, p))
    mix[: p - 1, : p - 1] = np.eye(p - 1)
    mix[p - 1 :, p - 1] = away, 1.0
    total = mix.T @ products.total @ mix

    def narrowed(stack: np.ndarray) -> np.ndarray:
        before = stack.shape[1] - p - 1
        return np.concatenate([stack[:, :before], np.einsum("ajg,jk->akg", stack[:, before:], mix)], axis=1)

    if isinstance(products, NestedProducts):
        return replace(products, inner=narrowed(products.inner), outer=narrowed(products.outer), total=total)
    return replace(products, stack=narrowed(products.stack), total=total)


@dataclass(frozen=True, slots=True)
class _Held:
    """A variance parameter that is held: ``kind`` is ``sd``, ``cor`` or ``sigma``."""

    kind: str
    block: int = 0
    first: int = 0
    second: int = 0


class VarianceProfile:
    """Deviance as a function of covariances in the caller's coordinates and of sigma, with one thing held.

    Parameters
    ----------
    arrays : MixedArrays
    covariances : tuple of numpy.ndarray
        Maximum likelihood estimates, a block each, for the start.
    sigma : float
    """

    def __init__(self, arrays: MixedArrays, covariances: tuple[np.ndarray, ...], sigma: float) -> None:
        self.standard: Standard = standardise(arrays.blocks, arrays.x, arrays.y, arrays.codes, arrays.levels)
        self.covariances = tuple(held / self.standard.scale**2 for held in covariances)
        self.sigma = sigma / self.standard.scale
        ends = np.cumsum([len(held) for held in covariances])
        self.spans = [slice(int(end) - len(held), int(end)) for end, held in zip(ends, covariances, strict=True)]
        self.back = np.linalg.inv(self.standard.from_z)
        self.least = self._deviance_at_estimate()

    def limits(self, held: tuple[str, int, int, int], rise: float) -> tuple[float, float]:
        """Return the profile limits of ``(kind, block, first, second)``."""
        asked = _Held(*held)
        order, start, estimate = self._start(asked)
        scale = self.standard.scale if asked.kind != "cor" else 1.0
        ends = {"sd": (0.0, np.inf), "cor": (-EDGE, EDGE), "sigma": (0.0, np.inf)}[asked.kind]
        found = []
        for end, way in zip(ends, (-1.0, 1.0), strict=True):
            warm = [start]

            def over(value: float, warm: list[np.ndarray] = warm) -> float:
                best = minimise(self._objective(asked, value, order), warm[0])
                warm[0] = best.at
                return best.value - self.least - rise

            step = 0.1 * (estimate if asked.kind != "cor" else 1.0)
            found.append(_toward(over, estimate, way * step, end) * scale)
        return found[0], found[1]

    def _deviance_at_estimate(self) -> float:
        asked = _Held("sigma")
        order, start, value = self._start(asked)
        return minimise(self._objective(asked, value, order), start).value

    def _start(self, asked: _Held) -> tuple[list[list[int]], np.ndarray, float]:
        """Return the order of each block's effects, free parameters at the estimate, and the value held."""
        order = [list(range(len(held))) for held in self.covariances]
        if asked.kind != "sigma":
            front = [asked.first] + ([asked.second] if asked.kind == "cor" else [])
            order[asked.block] = front + [i for i in order[asked.block] if i not in front]
        free: list[float] = [] if asked.kind == "sigma" else [float(np.log(self.sigma))]
        value = self.sigma
        for number, (held, places) in enumerate(zip(self.covariances, order, strict=True)):
            turned = held[np.ix_(places, places)]
            root = np.linalg.cholesky(turned + 1e-10 * np.diag(np.maximum(np.diag(turned), 1e-8)))
            entries = root[np.tril_indices(len(root))].tolist()
            if number == asked.block and asked.kind == "sd":
                value = entries.pop(0)
            if number == asked.block and asked.kind == "cor":
                spread = float(np.sqrt(turned[1, 1]))
                value = float(np.clip(root[1, 0] / spread, -EDGE, EDGE))
                entries = [entries[0], spread, *entries[3:]]
            free += entries
        return order, np.array(free), value

    def _objective(self, asked: _Held, value: float, order: list[list[int]]) -> Objective:
        def objective(at: np.ndarray) -> tuple[float, np.ndarray]:
            log_sigma, rest = (np.log(value), at) if asked.kind == "sigma" else (at[0], at[1:])
            sigma = float(np.exp(log_sigma))
            roots, slopes = self._roots(asked, value, order, rest)
            deviance, by_root, by_log_sigma = self._deviance(roots, sigma)
            gradient = np.array([float((by_root * slope).sum()) for slope in slopes])
            return deviance, gradient if asked.kind == "sigma" else np.append(by_log_sigma, gradient)

        return objective

    def _roots(
        self, asked: _Held, value: float, order: list[list[int]], rest: np.ndarray
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return a root of the covariance in the caller's coordinates, and its derivative by each free parameter."""
        size = self.spans[-1].stop
        root, slopes, taken = np.zeros((size, size)), [], 0
        for number, (span, places) in enumerate(zip(self.spans, order, strict=True)):
            rows, columns = np.tril_indices(len(places))
            cells = list(zip(rows.tolist(), columns.tolist(), strict=True))
            mine = number == asked.block
            at = np.arange(span.start, span.stop)[places]
            begin = np.arange(span.start, span.stop)
            if mine and asked.kind == "sd":
                root[at[0], begin[0]] = value
                cells = cells[1:]
            if mine and asked.kind == "cor":
                spread, other = rest[taken + 1], float(np.sqrt(1 - value**2))
                root[at[0], begin[0]] = rest[taken]
                root[at[1], begin[0]], root[at[1], begin[1]] = value * spread, other * spread
                for cell in ([(0, 0, 1.0)], [(1, 0, value), (1, 1, other)]):
                    slope = np.zeros((size, size))
                    for i, j, by in cell:
                        slope[at[i], begin[j]] = by
                    slopes.append(slope)
                taken, cells = taken + 2, cells[3:]
            for i, j in cells:
                root[at[i], begin[j]] = rest[taken]
                slope = np.zeros((size, size))
                slope[at[i], begin[j]] = 1.0
                slopes.append(slope)
                taken += 1
        return root, slopes

    def _deviance(self, root: np.ndarray, sigma: float) -> tuple[float, np.ndarray, float]:
        """Return the deviance, and its derivatives by the root and by the logarithm of sigma."""
        products = self.standard.products
        factor = self.back @ root / sigma
        every = tuple(np.indices(factor.shape).reshape(2, -1))
        rows, columns = every
        if isinstance(products, NestedProducts):
            found = evaluate_nested(factor, products, False, (rows, columns))
        else:
            found = evaluate_factor(factor, products, False, (rows, columns))
        n, squares = products.n_rows, found.squares
        log_det = found.deviance - n * (1 + LOG_TWO_PI + float(np.log(squares / n)))
        by_squares = found.squares_gradient.reshape(factor.shape)
        by_factor = found.gradient.reshape(factor.shape) - n / squares * by_squares + by_squares / sigma**2
        deviance = log_det + n * (LOG_TWO_PI + 2 * float(np.log(sigma))) + squares / sigma**2
        by_log_sigma = 2 * n - 2 * squares / sigma**2 - float((by_factor * factor).sum())
        return deviance, self.back.T @ by_factor / sigma, by_log_sigma


def _toward(over: Callable[[float], float], start: float, step: float, end: float) -> float:
    """Walk towards ``end``; return it where the deviance does not rise far enough on the way."""
    inside, outside = start, start
    for _ in range(FURTHEST):
        outside = outside + step
        outside = min(outside, end) if step > 0 else max(outside, end)
        if over(outside) > 0:
            return float(brentq(over, inside, outside, xtol=LIMIT * max(abs(start), abs(step)), rtol=1e-12))
        if outside == end:
            return float(np.round(end))
        inside, step = outside, 1.6 * step
    return float("inf") if step > 0 else float("-inf")
