"""A fitted Cox model: covariates scaled, partial likelihood maximised, variances."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.event_data import EventData
from remission.estimate.formula import Design
from remission.estimate.kernels.cox_partial_likelihood import (
    CoxKernel,
    Ties,
    begin,
    lay_out_ties,
    maximise,
    score_residuals,
)
from remission.estimate.kernels.risk_sets import RiskSets, build_risk_sets

# Below this share of a covariate's spread, what is left to learn from is rounding.
NOTHING_LEFT = 1e-11


@dataclass(frozen=True)
class CoxFit:
    """What stays of a fit for residuals, tests and prediction.

    Attributes
    ----------
    data : EventData
    design : Design
    x : numpy.ndarray, shape (rows, terms)
        Covariates, centred and scaled to a standard deviation of 1.
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


def fit_cox(data: EventData, design: Design, layers: list[str], weights: np.ndarray, ties: str) -> CoxFit:
    """Maximise the partial likelihood of data that hold an event.

    Parameters
    ----------
    data : EventData
    design : Design
    layers : list of str
        Columns that stratify.
    weights : numpy.ndarray, shape (rows,)
    ties : {"efron", "breslow"}

    Raises
    ------
    NotEstimable
        No covariate, a covariate that never varies among those at risk, or covariates that
        repeat one another.
    """
    _require_covariates(design)
    centred = design.matrix - design.matrix.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    x = centred / scale
    stratum = data.table.groupby(layers, sort=False, observed=True).ngroup().to_numpy() if layers else None
    sets = build_risk_sets(data.exit, data.event, data.entry, stratum)
    laid = lay_out_ties(sets, weights, ties)
    start = begin(x, weights, sets, laid)
    _require_information(start.information, float(weights[data.event].sum()), design.terms)
    kernel = maximise(start, x, weights, sets, laid)
    naive = _inverse(kernel.information) / np.outer(scale, scale)
    return CoxFit(data, design, x, scale, weights, sets, laid, kernel, naive)


def case_weights(table: pd.DataFrame, weights: str | None) -> np.ndarray:
    """Return the weight of each row, 1 where no column is named.

    Raises
    ------
    DefinitionError
        A weight is no positive number.
    """
    if weights is None:
        return np.ones(len(table))
    found = pd.to_numeric(table[weights], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(found) & (found > 0)).all():
        raise DefinitionError(
            f"Column '{weights}' holds weights that are no positive numbers.", "Leave out rows without weight."
        )
    return found


def robust_variance(fit: CoxFit, codes: np.ndarray) -> np.ndarray:
    """Sum the influence of each cluster's rows, and its outer products over clusters.

    Parameters
    ----------
    fit : CoxFit
    codes : numpy.ndarray of int from 0, shape (rows,)
        Cluster of each row.

    Returns
    -------
    numpy.ndarray, shape (terms, terms)
    """
    residuals = score_residuals(fit.kernel.beta, fit.x, fit.weights, fit.sets, fit.ties) * fit.scale
    summed = np.column_stack([np.bincount(codes, column) for column in residuals.T])
    influence = summed @ fit.naive
    return np.asarray(influence.T @ influence)


def _require_covariates(design: Design) -> None:
    if not design.terms:
        raise NotEstimable("The model has no covariate.", "Use kaplan_meier for a curve without covariates.")
    constant = np.flatnonzero(np.ptp(design.matrix, axis=0) == 0)
    if constant.size:
        raise NotEstimable(
            f"'{design.terms[constant[0]]}' has the same value in all {len(design.matrix)} rows.",
            "Leave it out of the model.",
        )


def _require_information(information: np.ndarray, events: float, terms: tuple[str, ...]) -> None:
    """Refuse covariates about which the risk sets say nothing, looking from the first to the last."""
    spread = np.diag(information)
    for j, term in enumerate(terms):
        if spread[j] <= NOTHING_LEFT * events:
            raise NotEstimable(
                f"'{term}' never varies among those at risk at the same time.", "Leave it out of the model."
            )
        size = np.sqrt(spread[: j + 1])
        correlation = information[: j + 1, : j + 1] / np.outer(size, size)
        if np.linalg.eigvalsh(correlation)[0] < NOTHING_LEFT:
            raise NotEstimable(f"'{term}' repeats what the other covariates say.", "Leave it out of the model.")


def _inverse(information: np.ndarray) -> np.ndarray:
    """Invert the information; where an estimate runs away and nothing is left of it, give infinity."""
    size = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            inverse = np.linalg.inv(information / size / size[:, None]) / size / size[:, None]
        except np.linalg.LinAlgError:
            inverse = np.full_like(information, np.nan)
    lost = ~(np.diag(inverse) > 0)
    inverse[lost, :] = inverse[:, lost] = np.nan
    inverse[lost, lost] = np.inf
    return np.asarray(inverse)
