"""A fitted Cox model: covariates scaled, partial likelihood maximised, variances."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from remission.estimate.kernels.exact_partial_likelihood import exact_value, lay_out_layers, maximise_exact
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
    handling : {"efron", "breslow", "exact"}
        Of tied events. With ``"exact"`` ``ties`` holds Breslow's lay-out, for the hazard.
    layers : tuple of str
        Columns that stratify.
    stratum : numpy.ndarray of int from 0, shape (rows,)
        In order of appearance; ``sets.strata`` counts in the same way.
    penalised : bool
        Whether ``kernel`` maximises something else than the partial likelihood.
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
    handling: str = "efron"
    layers: tuple[str, ...] = ()
    stratum: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    penalised: bool = False

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows."""
        return self.design.design_for(table)


def fit_cox(data: EventData, design: Design, layers: Sequence[str], weights: np.ndarray, ties: str) -> CoxFit:
    """Maximise the partial likelihood of data that hold an event.

    Parameters
    ----------
    data : EventData
    design : Design
    layers : sequence of str
        Columns that stratify.
    weights : numpy.ndarray, shape (rows,)
    ties : {"efron", "breslow", "exact"}
        ``"exact"`` knows no weights.

    Raises
    ------
    NotEstimable
        No covariate, a covariate that never varies among those at risk, or covariates that
        repeat one another.
    """
    laid = lay_out(data, design, layers, weights, ties)
    events = float(weights[data.event].sum())
    if ties == "exact":
        kernel = _exact_kernel(laid.x, laid.sets, events, design.terms)
    else:
        start = begin(laid.x, weights, laid.sets, laid.ties)
        require_information(start.information, events, design.terms)
        kernel = maximise(start, laid.x, weights, laid.sets, laid.ties)
    return laid.fit(data, design, kernel)


@dataclass(frozen=True)
class LaidOut:
    """Rows made ready for a partial likelihood; attributes as of ``CoxFit``."""

    x: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    sets: RiskSets
    ties: Ties
    handling: str
    layers: tuple[str, ...]
    stratum: np.ndarray

    def fit(self, data: EventData, design: Design, kernel: CoxKernel, penalised: bool = False) -> CoxFit:
        """Join what was laid out with a maximum."""
        naive = inverse_information(kernel.information) / np.outer(self.scale, self.scale)
        return CoxFit(
            data,
            design,
            self.x,
            self.scale,
            self.weights,
            self.sets,
            self.ties,
            kernel,
            naive,
            self.handling,
            self.layers,
            self.stratum,
            penalised,
        )


def lay_out(data: EventData, design: Design, layers: Sequence[str], weights: np.ndarray, ties: str) -> LaidOut:
    """Scale the covariates and find all risk sets; parameters as of ``fit_cox``.

    Raises
    ------
    NotEstimable
        No covariate, or one that never varies.
    """
    require_covariates(design)
    centred = design.matrix - design.matrix.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    stratum = np.zeros(len(centred), dtype=int)
    if layers:
        stratum = data.table.groupby(list(layers), sort=False, observed=True).ngroup().to_numpy()
    sets = build_risk_sets(data.exit, data.event, data.entry, stratum if layers else None)
    laid = lay_out_ties(sets, weights, ties)
    return LaidOut(centred / scale, scale, weights, sets, laid, ties, tuple(layers), stratum)


def _exact_kernel(x: np.ndarray, sets: RiskSets, events: float, terms: tuple[str, ...]) -> CoxKernel:
    layers = lay_out_layers(sets)
    start = exact_value(np.zeros(x.shape[1]), x, sets, layers)
    require_information(start[2], events, terms)
    return maximise_exact(x, sets, layers, start)


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


def cluster_codes(table: pd.DataFrame, name: str) -> np.ndarray:
    """Give each row the number of its cluster; ``row``, where no column is called so, makes each row one.

    Raises
    ------
    NotEstimable
        There is one cluster only.
    """
    if name == "row" and name not in table.columns:
        return np.arange(len(table))
    codes, groups = pd.factorize(table[name])
    if len(groups) < 2:
        raise NotEstimable(
            f"All rows share one value of '{name}', so robust errors cannot be computed.", "Leave cluster out."
        )
    return np.asarray(codes)


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


def require_covariates(design: Design) -> None:
    """Refuse a model without covariates, or with one that is the same in all rows.

    Raises
    ------
    NotEstimable
    """
    if not design.terms:
        raise NotEstimable("The model has no covariate.", "Use kaplan_meier for a curve without covariates.")
    constant = np.flatnonzero(np.ptp(design.matrix, axis=0) == 0)
    if constant.size:
        raise NotEstimable(
            f"'{design.terms[constant[0]]}' has the same value in all {len(design.matrix)} rows.",
            "Leave it out of the model.",
        )


def require_information(information: np.ndarray, events: float, terms: tuple[str, ...]) -> None:
    """Refuse covariates about which the risk sets say nothing, looking from the first to the last.

    Parameters
    ----------
    information : numpy.ndarray, shape (terms, terms)
        At 0, of covariates with a standard deviation of 1.
    events : float
    terms : tuple of str

    Raises
    ------
    NotEstimable
    """
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


def inverse_information(information: np.ndarray) -> np.ndarray:
    """Invert the information; where an estimate runs away and nothing is left of it, give infinity.

    Parameters
    ----------
    information : numpy.ndarray, shape (terms, terms)
    """
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
