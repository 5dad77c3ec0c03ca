"""Cox regression with Firth's penalty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from remission.estimate.cox_checks import cox_checks
from remission.estimate.cox_data import cox_rows
from remission.estimate.cox_fit import LaidOut, lay_out, require_information
from remission.estimate.cox_result import CoxCoefficients, hazard_ratio_estimand, wald_table
from remission.estimate.curves import require_choice, require_level
from remission.estimate.kernels.cox_partial_likelihood import CoxKernel
from remission.estimate.kernels.firth_likelihood import firth_value
from remission.estimate.kernels.profile_limits import profile_limits
from remission.estimate.kernels.quasi_newton import Maximum, maximise
from remission.estimate.result import Check, Method


@dataclass(frozen=True)
class Profile:
    """Limits of each coefficient, and what the penalised likelihood reaches with it held at 0; shape (terms,)."""

    low: np.ndarray
    high: np.ndarray
    without: np.ndarray
    found: bool


def cox_firth(
    formula: str,
    table: pd.DataFrame,
    *,
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> CoxCoefficients:
    """Log hazard ratios that stay finite where a group has no event, with less bias where events are few.

    The log-likelihood is raised by half the logarithm of the determinant of the information. Limits and p-values
    come from the profile of what results, for the estimates do not scatter evenly.

    Parameters
    ----------
    formula, table, strata, conf_level
        As in ``cox``.
    ties : {"efron", "breslow"}

    Returns
    -------
    CoxCoefficients
        ``conf_low`` and ``conf_high`` are profile limits; ``statistic`` is the signed root of the penalised
        likelihood ratio, ``p_value`` from its square. ``std_error`` is that of the inverse information at the
        solution. ``log_likelihood`` holds the penalty.

    Raises
    ------
    NotEstimable
        No event, a covariate that never varies, or covariates that repeat one another.
    ImmortalTime
        A covariate or stratum was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Firth D (1993). doi:10.1093/biomet/80.1.27. Heinze G, Schemper M (2001). A solution to the problem of monotone
    likelihood in Cox regression. doi:10.1111/j.0006-341X.2001.00114.x
    """
    require_choice("ties", ties, ("efron", "breslow"))
    z = require_level(conf_level)
    rows = cox_rows(formula, table, strata, [])
    laid = lay_out(rows.data, rows.design, rows.layers, np.ones(len(rows.data.exit)), ties)
    origin = np.zeros(len(laid.scale))
    start = firth_value(origin, laid.x, laid.sets, laid.ties)
    require_information(start[2], float(rows.data.event.sum()), rows.design.terms)
    top = maximise(lambda beta: firth_value(beta, laid.x, laid.sets, laid.ties), origin)
    fit = laid.fit(rows.data, rows.design, _kernel(laid, top, start), penalised=True)
    profile = _profile(laid, top, z)
    ratio = 2 * (top.value - start[0])
    terms = list(rows.design.terms)
    return CoxCoefficients(
        estimand=hazard_ratio_estimand(table),
        method=Method(
            "Cox regression with Firth's penalty",
            "Heinze and Schemper 2001, doi:10.1111/j.0006-341X.2001.00114.x",
            {"ties": ties, "strata": list(rows.layers), "conf_level": conf_level, "z": z, "limits": "profile"},
        ),
        sample=rows.data.sample,
        table=_table(rows.design.terms, fit.kernel.beta / laid.scale, np.sqrt(np.diag(fit.naive)), top, profile),
        checks=(*cox_checks(fit), _found(profile)),
        trace=pd.DataFrame(top.path, columns=["log_likelihood", "largest_slope"]),
        vcov=pd.DataFrame(fit.naive, index=terms, columns=terms),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.kernel.log_likelihood_null,
        tests={
            "df": len(terms),
            "likelihood_ratio": ratio,
            "likelihood_ratio_p_value": float(chdtrc(len(terms), max(ratio, 0.0))),
        },
    )


def _kernel(laid: LaidOut, top: Maximum, start: tuple[float, np.ndarray, np.ndarray]) -> CoxKernel:
    """Give likelihoods with the penalty on the scale of the covariates as they came."""
    null, score, info = start
    shift = float(np.log(laid.scale).sum())
    at_top = firth_value(top.at, laid.x, laid.sets, laid.ties)[2]
    score_test = float(score @ np.linalg.solve(info, score))
    return CoxKernel(top.at, at_top, top.value + shift, null + shift, score_test, top.path, top.converged)


def _profile(laid: LaidOut, top: Maximum, z: float) -> Profile:
    low, high, without, found = [], [], [], True
    for j in range(len(laid.scale)):
        contrast = np.eye(len(laid.scale))[j]
        ends = profile_limits(lambda b: firth_value(b, laid.x, laid.sets, laid.ties), top, contrast, z)
        low.append(ends[0] / laid.scale[j])
        high.append(ends[1] / laid.scale[j])
        found = found and ends[2]
        without.append(_held_at_zero(laid, top, j))
    return Profile(np.array(low), np.array(high), np.array(without), found)


def _held_at_zero(laid: LaidOut, top: Maximum, j: int) -> float:
    def rest(free: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        value, slope, info = firth_value(np.insert(free, j, 0.0), laid.x, laid.sets, laid.ties)
        kept = np.delete(np.arange(len(slope)), j)
        return value, slope[kept], info[np.ix_(kept, kept)]

    return maximise(rest, np.delete(top.at, j)).value


def _table(terms: tuple[str, ...], beta: np.ndarray, error: np.ndarray, top: Maximum, profile: Profile) -> pd.DataFrame:
    ratio = np.maximum(2 * (top.value - profile.without), 0.0)
    return wald_table(terms, beta, error, 0.0).assign(
        conf_low=profile.low,
        conf_high=profile.high,
        statistic=np.sign(beta) * np.sqrt(ratio),
        p_value=chdtrc(1, ratio),
    )


def _found(profile: Profile) -> Check:
    words = "Both limits of every coefficient were found." if profile.found else "A limit was not found: none is given."
    return Check("profile limits", profile.found, words)
