"""The likelihood of a generalised mixed model as one function of one vector, for the search.

The vector holds fixed effects of an orthonormal design, entries of ``Lambda`` for random terms of unit mean
square, and a bounded log dispersion. Conditional modes are kept from call to call, so that the next
search for them starts close.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from remission.estimate.kernels.adaptive_quadrature import (
    Parameters,
    conditional_effects,
    evaluate,
    gauss_hermite,
    no_effects,
)
from remission.estimate.kernels.group_layout import lay_out
from remission.estimate.kernels.nested_laplace import evaluate_nested, nest, no_nested_effects
from remission.estimate.kernels.profiled_deviance import Pattern
from remission.estimate.kernels.row_likelihood import RowLaw, Rows

LARGEST_KAPPA = 12.0


@dataclass(frozen=True)
class MixedProblem:
    """A generalised mixed model, in the units of the search.

    Attributes
    ----------
    law : RowLaw
    x : numpy.ndarray, shape (rows, p)
        Orthonormal columns times the root of the number of rows.
    z : numpy.ndarray, shape (rows, q)
        Random terms of unit mean square; ones for nested groups.
    offset : numpy.ndarray, shape (rows,)
    rows : Rows
    codes : tuple of numpy.ndarray of int
        Group of each row, outermost grouping first.
    pattern : Pattern
        Free entries of ``Lambda``; for nested groups one standard deviation a level.
    """

    law: RowLaw
    x: np.ndarray
    z: np.ndarray
    offset: np.ndarray
    rows: Rows
    codes: tuple[np.ndarray, ...]
    pattern: Pattern

    @property
    def p(self) -> int:
        """Fixed effects."""
        return int(self.x.shape[1])

    @cached_property
    def largest_kappa(self) -> float:
        """Log dispersion at which the law can no longer be told from the simpler one."""
        counts = self.law.name == "negative_binomial"
        return LARGEST_KAPPA + (max(float(np.log(np.mean(self.rows.y))), 0.0) if counts else 0.0)

    @property
    def k(self) -> int:
        """Parameters of the random effects."""
        return int(self.pattern.rows.size)

    @property
    def nested(self) -> bool:
        """Several grouping columns."""
        return len(self.codes) > 1


class MixedLikelihood(Protocol):
    """Log-likelihood, gradient and outer products of scores at a vector."""

    def __call__(self, at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Evaluate."""

    def effects(self, at: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Return conditional modes and standard deviations of each grouping, shape (groups, q)."""


def mixed_likelihood(problem: MixedProblem, points: int) -> MixedLikelihood:
    """Choose the nested approximation for several groupings, quadrature for one."""
    return NestedLikelihood(problem) if problem.nested else QuadratureLikelihood(problem, points)


def bounded(xi: float, largest: float) -> tuple[float, float]:
    """Return the log dispersion, which nears ``largest`` from below, and its derivative."""
    gap = largest - xi
    return largest - float(np.logaddexp(0.0, gap)), float(1 / (1 + np.exp(-min(gap, 500.0))))


def _chained(
    value: float, gradient: np.ndarray, outer: np.ndarray, rate: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """Put the last parameter on the scale of the search."""
    scale = np.ones(gradient.size)
    scale[-1] = rate
    return value, gradient * scale, outer * np.outer(scale, scale)


class QuadratureLikelihood:
    """One grouping, any number of quadrature points."""

    def __init__(self, problem: MixedProblem, points: int) -> None:
        self.problem = problem
        self.rule = gauss_hermite(points, problem.pattern.q)
        nodes = self.rule.log_weight.size
        self.layout = lay_out(problem.x, problem.z, problem.offset, problem.rows, problem.codes[0], nodes)
        self.modes = no_effects(self.layout)

    def _parameters(self, at: np.ndarray) -> tuple[Parameters, float]:
        p = self.problem.p
        kappa, rate = bounded(at[-1], self.problem.largest_kappa)
        return Parameters(at[:p], self.problem.pattern.factor(at[p:-1]), kappa), rate

    def __call__(self, at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Evaluate."""
        parameters, rate = self._parameters(at)
        found = evaluate(parameters, self.layout, self.problem.pattern, self.problem.law, self.rule, self.modes)
        self.modes = found.modes
        return _chained(found.value, found.gradient, found.outer, rate)

    def effects(self, at: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Return conditional modes and standard deviations."""
        self(at)
        return (conditional_effects(self._parameters(at)[0], self.layout, self.problem.law, self.modes),)


class NestedLikelihood:
    """Random intercepts of nested groupings by Laplace's approximation."""

    def __init__(self, problem: MixedProblem) -> None:
        self.problem = problem
        self.nest = nest(problem.x, problem.offset, problem.rows, problem.codes)
        self.modes = no_nested_effects(self.nest)

    def __call__(self, at: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Evaluate."""
        p = self.problem.p
        kappa, rate = bounded(at[-1], self.problem.largest_kappa)
        found = evaluate_nested(at[:p], at[p:-1], kappa, self.nest, self.problem.law, self.modes)
        self.modes = found.modes
        return _chained(found.value, found.gradient, found.outer, rate)

    def effects(self, at: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Return conditional modes and standard deviations of each level."""
        p = self.problem.p
        kappa = bounded(at[-1], self.problem.largest_kappa)[0]
        found = evaluate_nested(at[:p], at[p:-1], kappa, self.nest, self.problem.law, self.modes)
        return tuple(
            ((sd * u)[:, None], (abs(sd) * np.sqrt(variance))[:, None])
            for sd, u, variance in zip(at[p:-1], found.modes, found.variances, strict=True)
        )


def without_effects(problem: MixedProblem) -> MixedProblem:
    """Return the problem for the search without random effects, in which only one pass is needed."""
    if not problem.nested:
        return problem
    ones = np.ones((len(problem.offset), 1))
    single = Pattern(1, np.zeros(1, dtype=int), np.zeros(1, dtype=int))
    return replace(problem, codes=problem.codes[:1], z=ones, pattern=single)
