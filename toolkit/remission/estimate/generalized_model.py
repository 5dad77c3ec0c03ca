"""Fitting a logistic or count mixed model: into the units of the search and back."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.generalized_data import GeneralizedData
from remission.estimate.kernels.generalized_solution import GeneralizedSolution, solve_generalized, solve_null
from remission.estimate.kernels.mixed_likelihood import MixedProblem
from remission.estimate.kernels.profile_limits import profile_limits
from remission.estimate.kernels.profiled_deviance import Pattern, block_pattern
from remission.estimate.kernels.row_likelihood import RowLaw, Rows
from remission.estimate.kernels.separation import separating_direction

FARTHEST_LIKELY = 10.0
MOST_NODES = 20_000
NO_MORE_SPREAD = 3.0


@dataclass(frozen=True)
class ScaledSolution:
    """A solution in the units of the table.

    Attributes
    ----------
    solution : GeneralizedSolution
    to_units : numpy.ndarray, shape (p + k + 1, p + k + 1)
        Turns the parameters of the search into those of the table.
    beta : numpy.ndarray, shape (p,)
    factor : numpy.ndarray, shape (q, q)
    covariance : numpy.ndarray
        Of fixed effects, entries of ``Lambda`` and log dispersion.
    effects : tuple of (numpy.ndarray, numpy.ndarray)
        Conditional modes and standard deviations of each grouping, shape (groups, q).
    """

    solution: GeneralizedSolution
    to_units: np.ndarray
    beta: np.ndarray
    factor: np.ndarray
    covariance: np.ndarray
    effects: tuple[tuple[np.ndarray, np.ndarray], ...]


def require_points(quadrature: int, q: int, nested: bool) -> None:
    """Refuse numbers of quadrature points that make no grid.

    Raises
    ------
    DefinitionError
    """
    if isinstance(quadrature, bool) or not isinstance(quadrature, int) or quadrature < 1 or quadrature > 100:
        raise DefinitionError(f"quadrature={quadrature!r} is no whole number from 1 to 100.", "Use 15, for example.")
    if quadrature**q > MOST_NODES:
        raise DefinitionError(
            f"{quadrature} points for each of {q} random effects are too many nodes.", "Use fewer points, or 1."
        )
    if nested and quadrature > 1:
        raise DefinitionError("Nested groupings are fitted by Laplace's approximation.", "Set quadrature=1.")


def fit_generalized(data: GeneralizedData, law: RowLaw, points: int) -> ScaledSolution:
    """Fit the model and put its parameters on the scale of the table.

    Raises
    ------
    NotEstimable
        Outcomes are separated by covariates, never change within groups, or the search fails.
    """
    _require_change(data, law)
    problem, to_units, size = _problem(data, law)
    null, null_at = solve_null(problem)
    _require_no_separation(data, problem, null_at)
    if not np.isfinite(null.value):
        raise NotEstimable(
            "The likelihood cannot be computed without random effects.", "Check the size of outcome and covariates."
        )
    solution = solve_generalized(problem, points, null, null_at)
    if not np.isfinite(solution.top.value):
        raise NotEstimable("The likelihood could not be maximised.", "Use a simpler random term, or fewer covariates.")
    return _in_units(solution, to_units, size)


def no_more_spread(scaled: ScaledSolution) -> bool:
    """Say whether the dispersion ran off to that of the simpler law."""
    problem = scaled.solution.problem
    return problem.law.dispersed and scaled.solution.kappa > problem.largest_kappa - NO_MORE_SPREAD


def profile_intervals(scaled: ScaledSolution, z: float) -> tuple[np.ndarray, tuple[float, float] | None, bool]:
    """Return limits of the fixed effects (p, 2), of a single standard deviation, and whether all were found."""
    solution, p = scaled.solution, len(scaled.beta)
    objective = solution.objective()
    limits, all_found = np.empty((p, 2)), True
    for j in range(p):
        low, high, found = profile_limits(objective, solution.top, scaled.to_units[j, solution.free], z)
        limits[j] = low, high
        all_found &= found
    if solution.problem.k > 1 or solution.vanished:
        return limits, None, all_found
    contrast = np.where(solution.free == p, scaled.to_units[p, p] * np.sign(solution.vector[p]), 0.0)
    low, high, found = profile_limits(objective, solution.top, contrast, z)
    reaches_zero = 2 * (solution.top.value - solution.null.value) <= z**2
    return limits, (0.0 if reaches_zero else low, high), all_found and (found or reaches_zero)


def _require_change(data: GeneralizedData, law: RowLaw) -> None:
    codes, name = data.codes[-1], data.groups[-1]
    alone = len(data.levels[-1]) == len(data.y)
    single = law.name == "binomial" and data.trials.max() == 1
    if alone and (single or law.dispersed):
        raise NotEstimable(
            f"Every value of '{name}' has one row, so spread between and within cannot be told apart.",
            "Use repeated measurements, or a model without random terms.",
        )
    if single:
        share = np.bincount(codes, data.y) / np.bincount(codes)
        if ((share == 0) | (share == 1)).all():
            raise NotEstimable(
                f"Within no value of '{name}' does '{data.outcome}' change, so its spread has no upper limit.",
                "Model one row a participant, without random terms.",
            )


def _problem(data: GeneralizedData, law: RowLaw) -> tuple[MixedProblem, np.ndarray, np.ndarray]:
    root_n = np.sqrt(len(data.y))
    q_matrix, r = np.linalg.qr(data.fixed.matrix)
    nested = len(data.codes) > 1
    z = np.ones((len(data.y), 1)) if nested else np.column_stack([block.design.matrix for block in data.blocks])
    size = np.sqrt((z**2).mean(axis=0))
    if nested:
        levels = np.arange(len(data.codes))
        pattern, size = Pattern(len(levels), levels, levels), np.ones(len(levels))
    else:
        pattern = block_pattern(tuple(len(block.design.terms) for block in data.blocks))
    problem = MixedProblem(
        law,
        q_matrix * root_n,
        z if nested else z / size,
        data.offset,
        Rows(data.y, data.trials, data.weight),
        data.codes,
        pattern,
    )
    p = data.fixed.matrix.shape[1]
    to_units = np.eye(p + pattern.rows.size + 1)
    to_units[:p, :p] = np.linalg.inv(r) * root_n
    at = np.arange(p, p + pattern.rows.size)
    to_units[at, at] = 1 / size[pattern.rows]
    return problem, to_units, size


def _require_no_separation(data: GeneralizedData, problem: MixedProblem, null_at: np.ndarray) -> None:
    """Look for separation where some row's linear predictor has gone far towards its outcome."""
    trials = problem.law.name in ("binomial", "beta_binomial")
    side = np.where(data.y == 0, -1, 0) + (np.where(data.y == data.trials, 1, 0) if trials else 0)
    used = (data.weight > 0) & ((data.trials > 0) if trials else True)
    eta = problem.x @ null_at[: problem.p]
    if not (side * eta > FARTHEST_LIKELY - (0 if trials else float(np.log(max(data.y.mean(), 1e-3)))))[used].any():
        return
    direction = separating_direction(data.fixed.matrix[used], side[used])
    if direction is None:
        return
    named = [term for term, part in zip(data.fixed.terms, direction, strict=True) if part and term != "Intercept"]
    raise NotEstimable(
        f"{' and '.join(map(repr, named)) or 'The intercept'} tells values of '{data.outcome}' apart "
        "without exception, so its coefficient has no finite estimate.",
        "Merge rare categories, or leave the term out.",
    )


def _in_units(solution: GeneralizedSolution, to_units: np.ndarray, size: np.ndarray) -> ScaledSolution:
    problem = solution.problem
    p, pattern = problem.p, problem.pattern
    factor = pattern.factor(solution.vector[p:-1]) / size[:, None]
    turn = np.where(np.diag(factor) < 0, -1.0, 1.0)
    signs = np.concatenate([np.ones(p), turn[pattern.columns], [1.0]])
    signed = to_units * signs[:, None]
    covariance = signed @ solution.covariance() @ signed.T
    effects = solution.likelihood.effects(solution.vector)
    if not problem.nested:
        effects = tuple((modes / size, errors / size) for modes, errors in effects)
    return ScaledSolution(
        solution, to_units, to_units[:p, :p] @ solution.vector[:p], factor * turn, covariance, effects
    )


def coefficient_rows(
    terms: list[str], scaled: ScaledSolution, z: float, limits: np.ndarray | None, measure: str
) -> pd.DataFrame:
    """Lay out the fixed effects; ``limits`` replaces Wald's intervals where given."""
    error = np.sqrt(np.diag(scaled.covariance))[: len(terms)]
    statistic = scaled.beta / error
    low, high = (scaled.beta - z * error, scaled.beta + z * error) if limits is None else limits.T
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": [
                f"conditional log {measure}" if term == "Intercept" else f"conditional log {measure} ratio"
                for term in terms
            ],
            "estimate": scaled.beta,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )
