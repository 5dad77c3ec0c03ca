"""Maximum likelihood of a generalised mixed model: search, proof of the top, boundary, standard errors."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from remission.estimate.kernels.mixed_likelihood import (
    MixedLikelihood,
    MixedProblem,
    bounded,
    mixed_likelihood,
    without_effects,
)
from remission.estimate.kernels.quasi_newton import Maximum, Objective, climb, maximise
from remission.estimate.kernels.row_likelihood import Rows

VANISHED = 1e-3
ALIKE = 1e-6
SECOND_START = 0.4
MOST_FOR_CHECK = 61
FEWEST_FOR_CHECK = 15
MANY_GROUPS = 1000


@dataclass(frozen=True)
class GeneralizedSolution:
    """The top of the likelihood, in the units of the search.

    Attributes
    ----------
    problem : MixedProblem
    points : int
    vector : numpy.ndarray, shape (p + k + 1,)
    free : numpy.ndarray of int
        Places in ``vector`` that were estimated; others are fixed at a boundary or unused.
    top : Maximum
        Over the free parameters.
    null : Maximum
        Without random effects.
    null_at : numpy.ndarray, shape (p + k + 1,)
    vanished : tuple of int
        Random effects (columns of ``Lambda``) whose own spread is 0.
    second_gap : float
        How much lower a second search, from elsewhere, ended.
    likelihood : MixedLikelihood
    """

    problem: MixedProblem
    points: int
    vector: np.ndarray
    free: np.ndarray
    top: Maximum
    null: Maximum
    null_at: np.ndarray
    vanished: tuple[int, ...]
    second_gap: float
    likelihood: MixedLikelihood

    @property
    def kappa(self) -> float:
        """Log dispersion."""
        return bounded(self.vector[-1], self.problem.largest_kappa)[0]

    def covariance(self) -> np.ndarray:
        """Return the variance matrix of all parameters of the search; 0 for those not estimated.

        NaN where the likelihood does not curve downwards in every direction.
        """
        whole = np.zeros((self.vector.size, self.vector.size))
        curved = self.top.information
        proper = curved.size == 0 or np.linalg.eigvalsh(curved)[0] > 0
        inverse = np.linalg.inv(curved) if proper else np.full_like(curved, np.nan)
        whole[np.ix_(self.free, self.free)] = inverse
        rate = bounded(self.vector[-1], self.problem.largest_kappa)[1]
        whole[-1] *= rate
        whole[:, -1] *= rate
        return whole

    def objective(self) -> Objective:
        """Return the likelihood of the free parameters."""
        return restricted(self.likelihood, self.vector, self.free)


def solve_null(problem: MixedProblem) -> tuple[Maximum, np.ndarray]:
    """Fit the model without random effects; also returns its whole vector."""
    likelihood = mixed_likelihood(without_effects(problem), 1)
    short = np.zeros(problem.p + without_effects(problem).k + 1)
    short[: problem.p] = _first_guess(problem)
    short[-1] = 1.0
    free = _places(problem.p, short.size, problem.law.dispersed, random=False)
    top = maximise(restricted(likelihood, short, free), short[free])
    at = np.zeros(problem.p + problem.k + 1)
    at[: problem.p] = top.at[: problem.p]
    at[-1] = top.at[-1] if problem.law.dispersed else short[-1]
    return top, at


def solve_generalized(problem: MixedProblem, points: int, null: Maximum, null_at: np.ndarray) -> GeneralizedSolution:
    """Maximise the likelihood from two starts and settle what lies on the boundary.

    Parameters
    ----------
    problem : MixedProblem
    points : int
        Quadrature points of one random effect.
    null : Maximum
    null_at : numpy.ndarray
        From ``solve_null``.
    """
    likelihood = mixed_likelihood(problem, points)
    free = _places(problem.p, null_at.size, problem.law.dispersed, random=True)
    objective = restricted(likelihood, null_at, free)
    some = _some(problem)
    first = None if some is None else restricted(mixed_likelihood(some, points), null_at, free)
    start = _start(problem, null_at, 1.0)[free]
    top = maximise(objective, start if first is None else climb(first, start, None)[0])
    other = _start(problem, null_at, SECOND_START if _scale(problem, top.at) > 1 else 1 / SECOND_START)[free]
    begun = other if first is None else climb(first, other, None)[0]
    elsewhere, _ = climb(objective, begun, top.information if top.converged else None)
    gap = top.value - objective(elsewhere)[0]
    if gap < -ALIKE:
        top = maximise(objective, elsewhere)
    at = null_at.copy()
    at[free] = top.at
    at, free, top, vanished = _settle_boundary(problem, likelihood, at, free, top, (null, null_at))
    return GeneralizedSolution(problem, points, at, free, top, null, null_at, vanished, gap, likelihood)


def movement_with_more_points(solution: GeneralizedSolution) -> float:
    """Return how far the estimates would move with about twice the points, in standard errors."""
    problem = solution.problem
    if problem.nested:
        return float("nan")
    q = problem.pattern.q
    fewest = FEWEST_FOR_CHECK if q == 1 else 9
    points = max(fewest, min(2 * solution.points + 1, MOST_FOR_CHECK))
    _, gradient, _ = mixed_likelihood(problem, points)(solution.vector)
    inverse = np.linalg.pinv(solution.top.information, hermitian=True)
    error = np.sqrt(np.maximum(np.diag(inverse), 1e-300))
    return float(np.abs(inverse @ gradient[solution.free] / error).max()) if solution.free.size else 0.0


def restricted(
    likelihood: Callable[..., tuple[float, np.ndarray, np.ndarray]], at: np.ndarray, free: np.ndarray
) -> Objective:
    """Return the likelihood as a function of the free places alone."""

    def objective(chosen: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        whole = at.copy()
        whole[free] = chosen
        value, gradient, outer = likelihood(whole)
        return value, gradient[free], outer[np.ix_(free, free)]

    return objective


def _some(problem: MixedProblem) -> MixedProblem | None:
    """Take every so many-th group where they are many, to come near the top at little cost."""
    codes = problem.codes[-1]
    step = int(codes.max() + 1) // MANY_GROUPS
    if problem.nested or step < 2:
        return None
    chosen = codes % step == 0
    if np.linalg.matrix_rank(problem.x[chosen]) < problem.p:
        return None
    held = problem.rows
    rows = Rows(held.y[chosen], held.trials[chosen], held.weight[chosen])
    return replace(
        problem,
        x=problem.x[chosen],
        z=problem.z[chosen],
        offset=problem.offset[chosen],
        rows=rows,
        codes=(codes[chosen] // step,),
    )


def _places(p: int, size: int, dispersed: bool, random: bool) -> np.ndarray:
    chosen = np.arange(size - 1) if random else np.arange(p)
    return np.append(chosen, size - 1) if dispersed else chosen


def _first_guess(problem: MixedProblem) -> np.ndarray:
    """Regress a roughly linked outcome on the design."""
    rows = problem.rows
    if problem.law.name in ("binomial", "beta_binomial"):
        linked = np.log((rows.y + 0.5) / (rows.trials - rows.y + 0.5))
    else:
        linked = np.log(rows.y + 0.5) - problem.offset
    return np.asarray(problem.x.T @ linked / len(linked))


def _start(problem: MixedProblem, null_at: np.ndarray, scale: float) -> np.ndarray:
    at = null_at.copy()
    diagonal = problem.pattern.rows == problem.pattern.columns
    at[problem.p : -1] = np.where(diagonal, scale * np.where(problem.pattern.rows == 0, 1.0, 0.5), 0.0)
    if problem.law.dispersed:
        at[-1] = min(at[-1] + 0.5, 5.0)
    return at


def _scale(problem: MixedProblem, at: np.ndarray) -> float:
    return float(np.abs(at[problem.p : problem.p + problem.k]).max())


def _settle_boundary(
    problem: MixedProblem,
    likelihood: MixedLikelihood,
    at: np.ndarray,
    free: np.ndarray,
    top: Maximum,
    null: tuple[Maximum, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, Maximum, tuple[int, ...]]:
    """Fix spreads that are nothing at exactly 0, and fit the rest again."""
    pattern, p = problem.pattern, problem.p
    factor = pattern.factor(at[p:-1])
    if problem.k == 1 and null[0].value >= top.value - 1e-9 * (1 + abs(top.value)):
        factor[:] = 0.0
        at = null[1].copy()
    empty = _empty_columns(factor)
    if not empty:
        return at, free, top, ()
    fixed = np.isin(pattern.columns, empty)
    factor[:, list(empty)] = 0.0
    at = at.copy()
    at[p:-1] = factor[pattern.rows, pattern.columns]
    free = free[~np.isin(free, p + np.flatnonzero(fixed))]
    top = maximise(restricted(likelihood, at, free), at[free])
    at[free] = top.at
    return at, free, top, tuple(empty)


def _empty_columns(factor: np.ndarray) -> list[int]:
    """Return the columns of ``Lambda`` that add nothing, after moving what they share to later ones."""
    empty = []
    for a in range(len(factor)):
        if abs(factor[a, a]) >= VANISHED:
            continue
        below = factor[a + 1 :, a]
        if below.any() and a + 1 < len(factor):
            factor[a + 1, a + 1] = np.hypot(factor[a + 1, a + 1], factor[a + 1, a])
        factor[a:, a] = 0.0
        empty.append(a)
    return empty
