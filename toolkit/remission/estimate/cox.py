"""Cox regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr, ndtri

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.formula import Design, Response, build_design, required, split_sides
from remission.estimate.kernels.cox_partial_likelihood import (
    CoxKernel,
    Ties,
    lay_out_ties,
    maximise,
    score_residuals,
)
from remission.estimate.kernels.risk_sets import RiskSets, build_risk_sets
from remission.estimate.result import COEFFICIENT_COLUMNS, Check, Coefficients, Estimand, Method

RUNAWAY = 15.0


@dataclass(frozen=True)
class CoxFit:
    """What stays of a fit for residuals and prediction.

    Attributes
    ----------
    data : EventData
    design : Design
    x : numpy.ndarray, shape (rows, terms)
        Scaled covariates.
    scale : numpy.ndarray, shape (terms,)
    weights : numpy.ndarray, shape (rows,)
    sets : RiskSets
    ties : Ties
    kernel : CoxKernel
    naive : numpy.ndarray, shape (terms, terms)
        Inverse information on the scale of the covariates.
    """

    data: EventData
    design: Design
    x: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    sets: RiskSets
    ties: Ties
    kernel: CoxKernel
    naive: np.ndarray

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows."""
        return self.design.design_for(table)


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
        Column of case weights; errors stay model-based unless ``cluster`` is given.
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
        A covariate was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Cox DR (1972). Regression models and life-tables. doi:10.1111/j.2517-6161.1972.tb00899.x.
    Efron B (1977). doi:10.1080/01621459.1977.10480613. Lin DY, Wei LJ (1989).
    doi:10.1080/01621459.1989.10478874
    """
    require_choice("ties", ties, ("efron", "breslow"))
    response, right = split_sides(formula)
    exit, event, entry = _event_names(response, formula)
    layers = [strata] if isinstance(strata, str) else list(strata or ())
    extra = [*layers, *([cluster] if cluster else []), *([weights] if weights else [])]
    data = event_data(table, exit, event, entry, [*sorted(required(right)), *extra])
    refuse_the_future(table, sorted(required(right)), data.entry if entry else None)
    if not data.event.any():
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    design = build_design(right, data.table, intercept=False)
    _require_estimable(design)
    fit = _fit(data, design, layers, weights, ties)
    vcov = _robust(fit, data, cluster) if cluster else fit.naive
    return _result(
        fit,
        data,
        vcov,
        table,
        conf_level,
        {
            "ties": ties,
            "strata": layers,
            "cluster": cluster,
            "weights": weights,
            "conf_level": conf_level,
        },
    )


def _event_names(response: Response, formula: str) -> tuple[str, str, str | None]:
    if response.kind == "Event" and len(response.names) == 3:
        return response.names[1], response.names[2], response.names[0]
    if response.kind == "Event" and len(response.names) == 2:
        return response.names[0], response.names[1], None
    raise DefinitionError(
        f"The left side of {formula!r} is no event.", "Write Event(exit, event) or Event(entry, exit, event)."
    )


def _require_estimable(design: Design) -> None:
    if not design.terms:
        raise NotEstimable("The model has no covariate.", "Use kaplan_meier for a curve without covariates.")
    constant = np.flatnonzero(np.ptp(design.matrix, axis=0) == 0)
    if constant.size:
        raise NotEstimable(
            f"'{design.terms[constant[0]]}' has the same value in all {len(design.matrix)} rows.",
            "Leave it out of the model.",
        )


def _fit(data: EventData, design: Design, layers: list[str], weights: str | None, ties: str) -> CoxFit:
    centred = design.matrix - design.matrix.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    x = centred / scale
    weight = np.ones(len(x)) if weights is None else data.table[weights].to_numpy(dtype=float)
    stratum = data.table.groupby(layers, sort=False).ngroup().to_numpy() if layers else None
    sets = build_risk_sets(data.exit, data.event, data.entry, stratum)
    laid = lay_out_ties(sets, weight, ties)
    try:
        kernel = maximise(x, weight, sets, laid)
        inverse = np.linalg.inv(kernel.information)
    except np.linalg.LinAlgError:
        raise _repeated(x, design) from None
    if np.linalg.cond(np.corrcoef(x, rowvar=False)) > 1e12 if x.shape[1] > 1 else False:
        raise _repeated(x, design)
    return CoxFit(data, design, x, scale, weight, sets, laid, kernel, inverse / np.outer(scale, scale))


def _repeated(x: np.ndarray, design: Design) -> NotEstimable:
    ranks = [np.linalg.matrix_rank(x[:, : j + 1]) for j in range(x.shape[1])]
    redundant = [term for j, term in enumerate(design.terms) if ranks[j] < j + 1]
    named = redundant[0] if redundant else design.terms[-1]
    return NotEstimable(
        f"'{named}' repeats what the other covariates say, or never varies among those at risk.",
        "Leave it out of the model.",
    )


def _robust(fit: CoxFit, data: EventData, cluster: str) -> np.ndarray:
    residuals = score_residuals(fit.kernel.beta, fit.x, fit.weights, fit.sets, fit.ties) * fit.scale
    codes, groups = pd.factorize(data.table[cluster])
    if len(groups) < 2:
        raise NotEstimable(
            f"All rows share one value of '{cluster}', so robust errors cannot be computed.",
            "Leave cluster out.",
        )
    summed = np.column_stack([np.bincount(codes, column, len(groups)) for column in residuals.T])
    influence = summed @ fit.naive
    return np.asarray(influence.T @ influence)


def _result(
    fit: CoxFit,
    data: EventData,
    vcov: np.ndarray,
    table: pd.DataFrame,
    conf_level: float,
    options: dict[str, Any],
) -> CoxCoefficients:
    beta = fit.kernel.beta / fit.scale
    error = np.sqrt(np.diag(vcov))
    z = float(ndtri(0.5 + conf_level / 2))
    tidy = pd.DataFrame(
        {
            "term": fit.design.terms,
            "contrast": "log hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": beta / error,
            "p_value": 2 * ndtr(-np.abs(beta / error)),
        }
    )[list(COEFFICIENT_COLUMNS)]
    terms = list(fit.design.terms)
    return CoxCoefficients(
        estimand=Estimand(
            "log hazard ratio",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Cox regression", "Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x", {**options, "z": z}),
        sample=data.sample,
        table=tidy,
        checks=_checks(fit),
        trace=pd.DataFrame(fit.kernel.iterations, columns=["log_likelihood", "largest_step"]),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.kernel.log_likelihood_null,
        tests=_global_tests(fit, beta, vcov),
    )


def _global_tests(fit: CoxFit, beta: np.ndarray, vcov: np.ndarray) -> dict[str, float]:
    k = len(beta)
    statistics = {
        "likelihood_ratio": 2 * (fit.kernel.log_likelihood - fit.kernel.log_likelihood_null),
        "wald": float(beta @ np.linalg.pinv(vcov, hermitian=True) @ beta),
        "score": fit.kernel.score_test,
    }
    p_values = {f"{name}_p_value": float(chdtrc(k, max(value, 0.0))) for name, value in statistics.items()}
    return {"df": k, **statistics, **p_values}


def _checks(fit: CoxFit) -> tuple[Check, ...]:
    size = np.abs(fit.kernel.beta)
    error = np.sqrt(np.diag(fit.naive)) * fit.scale
    wild = [term for term, b, e in zip(fit.design.terms, size, error, strict=True) if b > RUNAWAY or e > RUNAWAY]
    events, terms = fit.sets.event_rows.size, len(fit.design.terms)
    return (
        Check(
            "converged",
            fit.kernel.converged,
            f"The partial likelihood was maximised in {len(fit.kernel.iterations)} iterations."
            if fit.kernel.converged
            else "The partial likelihood did not settle: treat the numbers as unusable.",
        ),
        Check(
            "finite estimates",
            not wild,
            f"The estimate of {', '.join(wild)} runs away, as when a group has no event or all of them: "
            "merge groups or use a penalised model."
            if wild
            else "No estimate runs away.",
        ),
        Check(
            "events per term",
            events >= 5 * terms,
            f"{events} events for {terms} terms"
            + ("." if events >= 5 * terms else ": fewer than 5 a term, so intervals are unreliable."),
        ),
    )
