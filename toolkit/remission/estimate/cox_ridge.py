"""Cox regression with a ridge penalty."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from remission.errors import DefinitionError
from remission.estimate.cox_checks import cox_checks
from remission.estimate.cox_data import cox_rows
from remission.estimate.cox_fit import LaidOut, lay_out
from remission.estimate.cox_result import CoxCoefficients, hazard_ratio_estimand, wald_table
from remission.estimate.curves import require_choice, require_level
from remission.estimate.formula import Design
from remission.estimate.kernels.cox_partial_likelihood import CoxKernel, evaluate, gradient, information
from remission.estimate.kernels.curved_climb import climb
from remission.estimate.result import Check, Method

REFERENCE = "Verweij and Van Houwelingen 1994, doi:10.1002/sim.4780132307"


@dataclass(frozen=True, kw_only=True)
class RidgeCoefficients(CoxCoefficients):
    """Shrunken log hazard ratios.

    Attributes
    ----------
    penalty : float
        What was taken off the log-likelihood at the solution.
    effective_terms : float
        Degrees of freedom that the shrunken coefficients use up.
    sampling_error : numpy.ndarray, shape (terms,)
        How far estimates would scatter about what they shrink to; smaller than the standard error, which
        reads the penalty as prior knowledge.
    """

    penalty: float
    effective_terms: float
    sampling_error: np.ndarray

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "penalty": self.penalty, "effective_terms": self.effective_terms}


def cox_ridge(
    formula: str,
    table: pd.DataFrame,
    theta: float,
    *,
    only: Sequence[str] | None = None,
    scaled: bool = True,
    strata: str | Sequence[str] | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> RidgeCoefficients:
    """Log hazard ratios drawn towards 0, for many small groups.

    The log-likelihood is lowered by ``theta / 2`` times the sum of squared coefficients. A coefficient becomes
    less variable at the price of bias, so that limits and p-values are no honest tests; ``cox_firth`` is for those.

    Parameters
    ----------
    formula, table, strata, conf_level
        As in ``cox``.
    theta : float
        Strength: 0 shrinks nothing. ``1 / theta`` is the variance that coefficients are thought to have.
    only : sequence of str, optional
        Terms of the formula to shrink, such as ``"C(group)"``; all where not given.
    scaled : bool
        Whether coefficients count per standard deviation of their covariate.
    ties : {"efron", "breslow"}

    Returns
    -------
    RidgeCoefficients
        ``log_likelihood`` is without the penalty. As R's ``coxph`` with ``ridge(..., theta=)``.

    Raises
    ------
    NotEstimable
        No event, or a covariate that never varies.
    ImmortalTime
        A covariate or stratum was measured after observation starts.
    DefinitionError
        The formula, a column, a term or theta is wrong.

    References
    ----------
    Verweij PJM, Van Houwelingen HC (1994). Penalized likelihood in Cox regression. doi:10.1002/sim.4780132307.
    Gray RJ (1992), for degrees of freedom. doi:10.1080/01621459.1992.10476248
    """
    require_choice("ties", ties, ("efron", "breslow"))
    z = require_level(conf_level)
    _require_strength(theta)
    rows = cox_rows(formula, table, strata, [])
    laid = lay_out(rows.data, rows.design, rows.layers, np.ones(len(rows.data.exit)), ties)
    spread = rows.design.matrix.var(axis=0, ddof=1) if scaled else np.ones(len(laid.scale))
    strength = theta * _shrunken(rows.design, only) * spread / laid.scale**2
    kernel, info = _maximise(laid, strength)
    fit = laid.fit(rows.data, rows.design, kernel, penalised=True)
    told = info * np.outer(laid.scale, laid.scale)
    sampling = fit.naive @ told @ fit.naive
    used = float(np.trace(fit.naive @ told))
    ratio = 2 * (kernel.log_likelihood - kernel.log_likelihood_null)
    options = {"theta": theta, "only": only, "scaled": scaled, "ties": ties, "strata": list(rows.layers)}
    beta = kernel.beta / laid.scale
    return RidgeCoefficients(
        estimand=replace(hazard_ratio_estimand(table), quantity="log hazard ratio, drawn towards 0"),
        method=Method("Cox regression with a ridge penalty", REFERENCE, {**options, "conf_level": conf_level, "z": z}),
        sample=rows.data.sample,
        table=wald_table(rows.design.terms, beta, np.sqrt(np.diag(fit.naive)), z),
        checks=(*cox_checks(fit), _honest(theta)),
        trace=pd.DataFrame(kernel.iterations, columns=["log_likelihood", "largest_step"]),
        vcov=pd.DataFrame(fit.naive, index=list(rows.design.terms), columns=list(rows.design.terms)),
        log_likelihood=kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=kernel.log_likelihood_null,
        tests={"likelihood_ratio": ratio, "likelihood_ratio_p_value": float(chdtrc(used, max(ratio, 0.0)))},
        penalty=float(strength @ kernel.beta**2) / 2,
        effective_terms=used,
        sampling_error=np.sqrt(np.diag(sampling)),
    )


def _require_strength(theta: float) -> None:
    if not 0 <= theta < np.inf:
        raise DefinitionError(f"theta={theta} is no strength of a penalty.", "Give a number from 0 on.")


def _shrunken(design: Design, only: Sequence[str] | None) -> np.ndarray:
    """Mark the columns that the penalty is about."""
    by_term = design.columns_by_term()
    unknown = [term for term in only or () if term not in by_term]
    if unknown:
        raise DefinitionError(f"The formula has no term '{unknown[0]}'.", f"It has {', '.join(by_term)}.")
    marked = np.zeros(len(design.terms))
    for term in by_term if only is None else only:
        marked[by_term[term]] = 1.0
    return marked


def _maximise(laid: LaidOut, strength: np.ndarray) -> tuple[CoxKernel, np.ndarray]:
    """Maximise; gives the kernel with the penalised information, and the information of the data alone."""

    def unpenalised(beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        pieces = evaluate(beta, laid.x, laid.weights, laid.sets, laid.ties)
        score = gradient(pieces, laid.x, laid.weights, laid.sets, laid.ties)
        return pieces.log_likelihood, score, information(pieces, laid.x, laid.sets, laid.ties)

    def lowered(beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        value, score, info = unpenalised(beta)
        return value - float(strength @ beta**2) / 2, score - strength * beta, info + np.diag(strength)

    origin = np.zeros(len(strength))
    null, score, info = unpenalised(origin)
    top = climb(lowered, origin)
    value, _, at_top = unpenalised(top.at)
    score_test = float(score @ np.linalg.lstsq(info, score, rcond=None)[0])
    return CoxKernel(top.at, top.information, value, null, score_test, top.path, top.converged), at_top


def _honest(theta: float) -> Check:
    words = "Estimates are drawn towards 0: read limits and p-values as a description, not as a test."
    return Check("penalty said", passed=True, sentence=words if theta else "The penalty is 0: this is Cox's model.")
