"""Cox regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_checks import cox_checks, global_tests
from remission.estimate.cox_fit import CoxFit, case_weights, fit_cox, robust_variance
from remission.estimate.curves import require_choice, require_level
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.formula import Response, build_design, required, split_sides
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients, Estimand, Method


@dataclass(frozen=True, kw_only=True)
class CoxCoefficients(Coefficients):
    """Log hazard ratios, with the three global tests in ``glance()``."""

    log_likelihood_null: float
    tests: dict[str, float]

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood_null": self.log_likelihood_null, **self.tests}


def cox(
    formula: str,
    table: pd.DataFrame,
    *,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> CoxCoefficients:
    """Log hazard ratios under proportional hazards.

    Censoring must not depend on the event to come, given the covariates. With rows
    ``Event(entry, exit, event)`` covariates may change over time; they must be known at entry.

    Parameters
    ----------
    formula : str
        ``"Event(exit, event) ~ ..."`` or ``"Event(entry, exit, event) ~ ..."``; the right side in
        formulaic's grammar, without random terms.
    table : pandas.DataFrame
        One row is a participant, or a stretch of one.
    strata : str or list of str, optional
        Columns whose combinations have baseline hazards of their own.
    cluster : str, optional
        Column within which rows may depend; gives Lin–Wei robust errors.
    weights : str, optional
        Column of positive case weights. Whole numbers count as repeated rows; with others errors are
        robust, by participant where ``participant_id`` is there and by row otherwise.
    ties : {"efron", "breslow"}
    conf_level : float

    Returns
    -------
    CoxCoefficients
        Estimates are logs of hazard ratios.

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
    Cox DR (1972). Regression models and life-tables. doi:10.1111/j.2517-6161.1972.tb00899.x.
    Efron B (1977). doi:10.1080/01621459.1977.10480613. Lin DY, Wei LJ (1989).
    doi:10.1080/01621459.1989.10478874
    """
    require_choice("ties", ties, ("efron", "breslow"))
    z = require_level(conf_level)
    response, right = split_sides(formula)
    exit, event, entry = _event_names(response, formula)
    layers = [strata] if isinstance(strata, str) else list(strata or ())
    explaining = [*sorted(required(right)), *layers]
    extra = [name for name in (cluster, weights) if name]
    data = event_data(table, exit, event, entry, [*explaining, *extra])
    refuse_the_future(table, explaining, data.entry)
    if not data.event.any():
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    design = build_design(right, data.table, intercept=False)
    fit = fit_cox(data, design, layers, case_weights(data.table, weights), ties)
    together = cluster or _implied_cluster(fit)
    vcov = robust_variance(fit, _clusters(data.table, together)) if together else fit.naive
    options = {"ties": ties, "strata": layers, "cluster": cluster, "weights": weights, "conf_level": conf_level}
    return _result(fit, vcov, table, {**options, "robust_by": together, "z": z})


def _implied_cluster(fit: CoxFit) -> str | None:
    """Weights that are no counts make the model-based error wrong, so R and we turn to the robust one."""
    if (fit.weights % 1 == 0).all():
        return None
    return "participant_id" if "participant_id" in fit.data.table.columns else "row"


def _clusters(table: pd.DataFrame, name: str) -> np.ndarray:
    if name == "row" and name not in table.columns:
        return np.arange(len(table))
    codes, groups = pd.factorize(table[name])
    if len(groups) < 2:
        raise NotEstimable(
            f"All rows share one value of '{name}', so robust errors cannot be computed.", "Leave cluster out."
        )
    return np.asarray(codes)


def _event_names(response: Response, formula: str) -> tuple[str, str, str | None]:
    if response.kind == "Event" and len(response.names) == 3:
        return response.names[1], response.names[2], response.names[0]
    if response.kind == "Event" and len(response.names) == 2:
        return response.names[0], response.names[1], None
    raise DefinitionError(
        f"The left side of {formula!r} is no event.", "Write Event(exit, event) or Event(entry, exit, event)."
    )


def _result(fit: CoxFit, vcov: np.ndarray, table: pd.DataFrame, options: dict[str, Any]) -> CoxCoefficients:
    beta = fit.kernel.beta / fit.scale
    terms = list(fit.design.terms)
    return CoxCoefficients(
        estimand=Estimand(
            "log hazard ratio",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Cox regression", "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x", options),
        sample=fit.data.sample,
        table=_tidy(fit, beta, np.sqrt(np.diag(vcov)), options["z"]),
        checks=cox_checks(fit),
        trace=pd.DataFrame(fit.kernel.iterations, columns=["log_likelihood", "largest_step"]),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.kernel.log_likelihood_null,
        tests=global_tests(fit, beta, vcov),
    )


def _tidy(fit: CoxFit, beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    statistic = beta / error
    return pd.DataFrame(
        {
            "term": fit.design.terms,
            "contrast": "log hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]
