"""Linear mixed models whose residuals are correlated in time within a participant."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice, require_level
from remission.estimate.formula import complete_rows, variables_of
from remission.estimate.kernels.covariance_structures import Decay, Serial
from remission.estimate.kernels.marginal_solution import MarginalSolution, solve_marginal
from remission.estimate.kernels.profiled_deviance import block_pattern
from remission.estimate.kernels.random_effect_modes import conditional_modes
from remission.estimate.linear_mixed_serial_fit import (
    SerialData,
    SerialMixedFit,
    in_order,
    random_effect_table,
    serial_checks,
    variance_table,
)
from remission.estimate.mixed_data import mixed_data
from remission.estimate.mixed_groups import SPACED
from remission.estimate.mmrm_checks import COLLAPSED, smallest_eigenvalue
from remission.estimate.mmrm_data import days_apart, shortest_gap
from remission.estimate.mmrm_fit import MarginalPredictor, coefficient_table
from remission.estimate.result import Estimand, Method

CORRELATIONS = ("car1", "ar1")
DF_KINDS = ("satterthwaite", "normal", "residual")
REFERENCE = (
    "Laird and Ware 1982, doi:10.2307/2529876, residuals as in Jones and Ackerson 1990, doi:10.1093/biomet/77.4.721"
)


def linear_mixed_serial(
    formula: str,
    table: pd.DataFrame,
    *,
    time: str = "day",
    correlation: str = "car1",
    reml: bool = True,
    df: str = "satterthwaite",
    conf_level: float = 0.95,
) -> SerialMixedFit:
    """Differences in the mean of a repeated measure, with random effects and residuals that remember for a while.

    The residuals of a participant have correlation ``phi`` to the power of the distance in ``time``: what lifts a score
    today still lifts it tomorrow, and less so in three months. Random effects and residuals are taken as normal.
    Missing outcomes must be missing at random, given the observed outcomes and the covariates.

    Parameters
    ----------
    formula : str
        As for ``linear_mixed``: ``"score ~ months * C(group) + (1 | participant_id)"``.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    time : str
        Column of real interview days for ``car1`` (any unit will do; ``phi`` is per unit), or of whole numbers, such
        as the number of the wave, for ``ar1``.
    correlation : {"car1", "ar1"}
        Continuous in time and never negative; or of whole steps, which may be negative.
    reml : bool
        Restricted likelihood. Compare models with different fixed effects only with ``reml=False``.
    df : {"satterthwaite", "normal", "residual"}
        Reference law of the statistics, as for ``linear_mixed``.
    conf_level : float
        Between 0 and 1.

    Returns
    -------
    SerialMixedFit
        As of ``linear_mixed``, and ``phi``, the correlation of residuals one unit of ``time`` apart.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong, or a participant has two rows at one time.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.

    References
    ----------
    Laird NM, Ware JH (1982). Random-effects models for longitudinal data. doi:10.2307/2529876. Jones RH,
    Ackerson LM (1990). Serial correlation in unequally spaced longitudinal data. doi:10.1093/biomet/77.4.721
    """
    require_choice("correlation", correlation, CORRELATIONS)
    require_choice("df", df, DF_KINDS)
    require_level(conf_level)
    data = _data(formula, table, time, correlation)
    structure, from_z = _structure(data, correlation)
    key = np.column_stack([data.at, structure.z])
    solution = _solved(data, structure, key, reml)
    options = {
        "formula": formula,
        "time": time,
        "correlation": correlation,
        "reml": reml,
        "df": df,
        "conf_level": conf_level,
    }
    return _result(data, solution, structure, from_z, options, table.attrs.get("time_origin", ""))


def _data(formula: str, table: pd.DataFrame, time: str, correlation: str) -> SerialData:
    """Take the rows that are complete in the formula and in the time, sorted by group and time."""
    called = {part for name in variables_of(formula) for part in (name, *SPACED.split(name))}
    names = [name for name in sorted(called) if name in table.columns and name != time]
    frame = complete_rows(table, [*names, time])
    rows = frame.table.copy()
    rows.attrs = {**table.attrs, "left_out": frame.left_out}
    data = mixed_data(formula, rows)
    if len(data.codes) > 1:
        raise DefinitionError(
            f"The random terms name several grouping columns ({', '.join(data.groups[::-1])}).",
            "Keep the participants, whose residuals remember; enter the other as a fixed effect.",
        )
    at = days_apart(rows[time], data.codes[0], data.groups[0])
    if correlation == "ar1" and (at != np.floor(at)).any():
        raise DefinitionError(
            f"'{time}' holds values that are no whole numbers, which ar1 needs.",
            "Number the waves, or use correlation='car1'.",
        )
    return in_order(data, at)


def _structure(data: SerialData, correlation: str) -> tuple[Serial, np.ndarray]:
    """Return the covariance with random terms at unit scale, and what turns random effects back."""
    root_n = np.sqrt(len(data.y))
    turned = [np.linalg.qr(block.matrix) for block in data.blocks]
    z = np.column_stack([q for q, _ in turned]) * root_n
    signed = correlation == "ar1"
    shortest = shortest_gap(data.at, data.codes)
    decay = Decay(data.at, 1.0 if signed else shortest, signed)
    pattern = block_pattern(tuple(len(block.terms) for block in data.blocks))
    back = block_diag(*[np.linalg.inv(r) * root_n for _, r in turned])
    return Serial(decay, np.zeros(len(data.y), dtype=int), 1, z, pattern), back


def _solved(data: SerialData, structure: Serial, key: np.ndarray, reml: bool) -> MarginalSolution:
    collapsed = NotEstimable(
        f"Random effects and serial correlation together leave no spread of '{data.outcome}' within participants.",
        "Check that the outcome was measured anew at each wave, or use a simpler random term.",
    )
    try:
        solution = solve_marginal(data.x, data.y, data.codes, key, structure, reml)
    except (np.linalg.LinAlgError, FloatingPointError):
        raise collapsed from None
    if not solution.search.converged and smallest_eigenvalue(solution) < COLLAPSED:
        raise collapsed
    return solution


def _result(
    data: SerialData,
    solution: MarginalSolution,
    structure: Serial,
    from_z: np.ndarray,
    options: dict[str, Any],
    time_origin: str,
) -> SerialMixedFit:
    terms, reml, theta = list(data.design.terms), bool(options["reml"]), solution.search.at
    fixed = {"normal": np.inf, "residual": float(len(data.y) - len(terms))}
    predictor = MarginalPredictor(data.design, fixed.get(options["df"], solution.satterthwaite))
    freedom = predictor.degrees_of_freedom(np.eye(len(terms)))
    sigma = float(np.exp(theta[-2])) * solution.scale
    factor = from_z @ structure.pattern.factor(theta[:-2]) * sigma
    modes, mode_errors = conditional_modes(solution, structure.z, from_z, factor)
    neighbour, _ = structure.decay.neighbour(float(theta[-1]))
    shift = solution.criterion - solution.at.value
    name = "REML" if reml else "maximum likelihood"
    return SerialMixedFit(
        estimand=Estimand(
            "difference in the mean",
            event=data.outcome,
            contrast="unit, or category against the first",
            time_origin=time_origin,
        ),
        method=Method(f"Linear mixed model with {options['correlation']} residuals by {name}", REFERENCE, options),
        sample=data.sample,
        table=coefficient_table(terms, solution.beta, solution.vcov, freedom, options["conf_level"]),
        checks=serial_checks(data, solution, structure, factor @ factor.T, sigma),
        trace=pd.DataFrame(
            [(value + shift, slope) for value, slope in solution.search.iterations],
            columns=["deviance", "largest_gradient"],
        ),
        vcov=pd.DataFrame(solution.vcov, index=terms, columns=terms),
        log_likelihood=-solution.criterion / 2,
        fitted=predictor,
        variance_table=variance_table(data, factor @ factor.T, sigma),
        random_effect_table=random_effect_table(data, modes, mode_errors),
        n_groups=len(data.levels),
        degrees_of_freedom=pd.DataFrame({"term": terms, "df": freedom}),
        sigma=sigma,
        reml=reml,
        n_parameters=len(terms) + theta.size,
        phi=float(neighbour ** (1 / structure.decay.shortest)) if neighbour >= 0 else neighbour,
    )
