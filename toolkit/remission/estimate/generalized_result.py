"""From a fitted logistic or count mixed model to its result."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from remission.estimate.generalized_checks import generalized_checks
from remission.estimate.generalized_data import GeneralizedData
from remission.estimate.generalized_fit import GeneralizedMixedFit, GeneralizedPredictor
from remission.estimate.generalized_model import ScaledSolution, coefficient_rows, profile_intervals
from remission.estimate.result import Check, Estimand, Method

REFERENCE = "Pinheiro and Bates 1995, doi:10.1080/10618600.1995.10474663"


def generalized_result(
    data: GeneralizedData,
    scaled: ScaledSolution,
    options: dict[str, Any],
    words: tuple[str, str],
    limit: tuple[str, Check] | None = None,
) -> GeneralizedMixedFit:
    """Lay out coefficients, variances, random effects and checks.

    Parameters
    ----------
    data : GeneralizedData
    scaled : ScaledSolution
    options : dict
    words : (str, str)
        Name of the model, and ``odds`` or ``rate``.
    limit : (str, Check), optional
        Family asked for and what is said where its dispersion ran off to that of the simpler law.
    """
    solution, measure = scaled.solution, words[1]
    terms, z = list(data.fixed.terms), float(options["z"])
    limits, spread_limits, found = None, None, True
    if options["intervals"] == "profile":
        limits, spread_limits, found = profile_intervals(scaled, z)
    statistic = max(2 * (solution.top.value - solution.null.value), 0.0)
    test = statistic, _p_of_no_effect(statistic, solution.problem.k)
    checks = generalized_checks(data, scaled, test)
    checks += (_profiled(found),) if limits is not None else ()
    p, pattern = solution.problem.p, solution.problem.pattern
    dispersion = float(np.exp(solution.kappa)) if solution.problem.law.dispersed else None
    return GeneralizedMixedFit(
        estimand=Estimand(
            f"conditional log {measure}", event=data.outcome, contrast="unit, or category against the first"
        ),
        method=Method(words[0], REFERENCE, options),
        sample=data.sample,
        table=coefficient_rows(terms, scaled, z, limits, measure),
        checks=checks + ((limit[1],) if limit else ()),
        trace=pd.DataFrame(solution.top.path, columns=["log_likelihood", "largest_gradient"]),
        vcov=pd.DataFrame(scaled.covariance[:p, :p], index=terms, columns=terms),
        log_likelihood=solution.top.value,
        fitted=GeneralizedPredictor(
            data.fixed, data.blocks, scaled.factor, (pattern.rows, pattern.columns), scaled.covariance, measure
        ),
        variance_table=_variances(data, scaled),
        random_effect_table=_random_effects(data, scaled),
        n_groups=len(data.levels[-1]),
        family=limit[0] if limit else solution.problem.law.name,
        quadrature=solution.points,
        n_parameters=p + pattern.rows.size + int(solution.problem.law.dispersed or limit is not None),
        dispersion=np.inf if limit else dispersion,
        null_log_likelihood=solution.null.value,
        no_effect_test=test,
        spread_table=_spreads(data, scaled, z, spread_limits),
    )


def _p_of_no_effect(statistic: float, k: int) -> float:
    """Self and Liang's mixture for one variance (doi:10.1080/01621459.1987.10478472), else an upper bound."""
    if statistic <= 0:
        return 1.0
    return float(chdtrc(1, statistic) / 2 if k == 1 else chdtrc(k, statistic))


def _profiled(found: bool) -> Check:
    return Check(
        "profile intervals",
        found,
        "Both ends of every interval were found."
        if found
        else "Some end of an interval was not found and is shown as infinite.",
    )


def _names(data: GeneralizedData) -> list[tuple[str, str]]:
    return [(block.group, term) for block in data.blocks for term in block.design.terms]


def _variances(data: GeneralizedData, scaled: ScaledSolution) -> pd.DataFrame:
    covariance = scaled.factor @ scaled.factor.T
    rows: list[tuple[str, str, str, float]] = []
    start = 0
    for block in data.blocks:
        terms = block.design.terms
        pairs = [(i, i) for i in range(len(terms))] + list(zip(*np.triu_indices(len(terms), 1), strict=True))
        rows += [(block.group, terms[i], terms[j], float(covariance[start + i, start + j])) for i, j in pairs]
        start += len(terms)
    return pd.DataFrame(rows, columns=["group", "term", "other", "covariance"])


def _spreads(
    data: GeneralizedData, scaled: ScaledSolution, z: float, profiled: tuple[float, float] | None
) -> pd.DataFrame:
    """Give standard deviations, with Wald's limits on the logarithm unless profiled."""
    problem = scaled.solution.problem
    k, pattern = problem.k, problem.pattern
    covariance = scaled.covariance[problem.p : problem.p + k, problem.p : problem.p + k]
    rows = []
    for a, (group, term) in enumerate(_names(data)):
        spread = float(np.sqrt((scaled.factor[a] ** 2).sum()))
        if spread == 0:
            rows.append((group, term, 0.0, np.nan, np.nan, np.nan))
            continue
        slope = np.where(pattern.rows == a, scaled.factor[pattern.rows, pattern.columns], 0.0) / spread
        error = float(np.sqrt(slope @ covariance @ slope))
        reach = np.exp(z * error / spread)
        low, high = (spread / reach, spread * reach) if profiled is None else profiled
        rows.append((group, term, spread, error, low, high))
    return pd.DataFrame(rows, columns=["group", "term", "estimate", "std_error", "conf_low", "conf_high"])


def _random_effects(data: GeneralizedData, scaled: ScaledSolution) -> pd.DataFrame:
    names = _names(data)
    nested = len(data.groups) > 1
    pieces = []
    for level, (modes, errors) in enumerate(scaled.effects):
        held = names[level : level + 1] if nested else names
        pieces.append(
            pd.DataFrame(
                {
                    "group": np.tile([group for group, _ in held], len(modes)),
                    "level": np.repeat(data.levels[level], len(held)),
                    "term": np.tile([term for _, term in held], len(modes)),
                    "estimate": modes.ravel(),
                    "std_error": errors.ravel(),
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)
