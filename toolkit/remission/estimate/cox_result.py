"""The result that Cox models share, and how one is recognised."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_checks import cluster_check, cox_checks, global_tests
from remission.estimate.cox_fit import CoxFit, cluster_codes, robust_variance
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients, Estimand, Method


@dataclass(frozen=True, kw_only=True)
class CoxCoefficients(Coefficients):
    """Log hazard ratios, with the global tests in ``glance()``."""

    log_likelihood_null: float
    tests: dict[str, float]

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood_null": self.log_likelihood_null, **self.tests}


def require_cox(fit: Coefficients) -> CoxFit:
    """Return what stays of a Cox model.

    Raises
    ------
    DefinitionError
        The fit is of another kind. One with a frailty is refused too: what is kept of it is the model without.
    """
    if not isinstance(fit, CoxCoefficients) or not isinstance(fit.fitted, CoxFit):
        raise DefinitionError("The fit is not a Cox model.", "Give a result of cox().")
    return fit.fitted


def require_sound(fit: Coefficients, purpose: str) -> None:
    """Refuse a fit that did not converge or whose estimates run away.

    Parameters
    ----------
    fit : Coefficients
    purpose : str
        What the model should serve for, in the words of the cure.

    Raises
    ------
    NotEstimable
    """
    broken = [check for check in fit.checks if not check.passed and check.name in ("converged", "finite estimates")]
    if broken:
        raise NotEstimable(broken[0].sentence, f"Mend the model before {purpose}.")


def hazard_ratio_estimand(table: pd.DataFrame) -> Estimand:
    """Say what a log hazard ratio from this table is about."""
    return Estimand(
        "log hazard ratio",
        event=table.attrs.get("definition", "the event"),
        contrast="per unit or against the first category",
        time_origin=table.attrs.get("time_origin", ""),
    )


def wald_table(terms: tuple[str, ...], beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    """Lay out estimates with limits and p-values from the normal distribution."""
    statistic = beta / error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": "log hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]


def cox_coefficients(fit: CoxFit, cluster: str | None, table: pd.DataFrame, options: dict[str, Any]) -> CoxCoefficients:
    """Make the result of a maximised partial likelihood.

    Parameters
    ----------
    fit : CoxFit
    cluster : str or None
        Column of the fitted table for robust errors, or ``row``.
    table : pandas.DataFrame
        As given; its ``attrs`` name the event and the origin.
    options : dict
        In force; ``z`` is the normal quantile of the limits.

    Raises
    ------
    NotEstimable
        There is one cluster only.
    """
    vcov, checks = fit.naive, cox_checks(fit)
    if cluster:
        codes = cluster_codes(fit.data.table, cluster)
        vcov, checks = robust_variance(fit, codes), (*checks, cluster_check(codes, cluster))
    beta = fit.kernel.beta / fit.scale
    terms = list(fit.design.terms)
    return CoxCoefficients(
        estimand=hazard_ratio_estimand(table),
        method=Method("Cox regression", "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x", options),
        sample=fit.data.sample,
        table=wald_table(fit.design.terms, beta, np.sqrt(np.diag(vcov)), options["z"]),
        checks=checks,
        trace=pd.DataFrame(fit.kernel.iterations, columns=["log_likelihood", "largest_step"]),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.kernel.log_likelihood_null,
        tests=global_tests(fit, beta, vcov),
    )
