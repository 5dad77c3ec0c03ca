"""A fitted Fine–Gray model: weighted risk sets, pseudo-likelihood maximised, robust variance."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cause_data import CauseData, require_events_on_both_sides
from remission.estimate.cox_fit import CoxFit, inverse_information, require_covariates, require_information
from remission.estimate.formula import Design
from remission.estimate.kernels.cox_partial_likelihood import begin, evaluate, lay_out_ties, maximise
from remission.estimate.kernels.subdistribution import build_subdistribution_sets, subdistribution_residuals


@dataclass(frozen=True)
class SubdistributionFit:
    """What stays of a fit for prediction.

    Attributes
    ----------
    cox : CoxFit
        The maximised pseudo-likelihood; its risk sets keep whoever had another cause.
    influence : numpy.ndarray, shape (rows, terms)
        Of each row on the coefficients.
    strata : str or None
        Column that stratifies.
    strata_values : tuple
        Its values, by their codes.
    """

    cox: CoxFit
    influence: np.ndarray
    strata: str | None = None
    strata_values: tuple[object, ...] = ()

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Return the design of new rows."""
        return self.cox.design_for(table)

    def variance(self, codes: np.ndarray) -> np.ndarray:
        """Sum the influence of each cluster's rows, and its outer products over clusters.

        Parameters
        ----------
        codes : numpy.ndarray of int from 0, shape (rows,)
            Cluster of each row.
        """
        summed = np.column_stack([np.bincount(codes, column) for column in self.influence.T])
        return np.asarray(summed.T @ summed)

    def stratum_of(self, table: pd.DataFrame) -> np.ndarray:
        """Return the code of each new row's stratum.

        Raises
        ------
        DefinitionError
            The column is absent, or holds a value that the model has not seen.
        """
        if self.strata is None:
            return np.zeros(len(table), dtype=int)
        if self.strata not in table.columns:
            raise DefinitionError(f"The table has no column '{self.strata}'.", "Add it: the model is stratified by it.")
        codes = pd.Index(self.strata_values).get_indexer(pd.Index(table[self.strata]))
        if (codes < 0).any():
            unseen = table[self.strata].iloc[int(np.flatnonzero(codes < 0)[0])]
            raise DefinitionError(
                f"'{unseen}' of '{self.strata}' was not among the model's strata.", "Predict for strata of the data."
            )
        return np.asarray(codes)

    def baseline(self, stratum: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return event times and the cumulative subdistribution hazard of a stratum where all covariates are 0."""
        cox = self.cox
        pieces = evaluate(cox.kernel.beta, cox.x, cox.weights, cox.sets, cox.ties)
        # The likelihood is computed with covariates centred and the largest risk taken as 1.
        beta = cox.kernel.beta / cox.scale
        shift = cox.design.matrix.mean(axis=0) @ beta + (cox.x @ cox.kernel.beta).max(initial=0.0)
        steps = np.bincount(cox.ties.at, 1 / pieces.denominator, cox.sets.count)
        here = cox.sets.strata == stratum
        return cox.sets.times[here], np.cumsum(steps[here]) * np.exp(-shift)

    def last_exit(self, stratum: int) -> float:
        """Return the day to which a stratum was followed."""
        return float(self.cox.data.exit[self.cox.stratum == stratum].max())


def fit_subdistribution(found: CauseData, code: int, design: Design, strata: str | None = None) -> SubdistributionFit:
    """Maximise the pseudo-likelihood of the cause with a code, with a baseline and censoring of each stratum's own.

    Raises
    ------
    NotEstimable
        No covariate, one that never varies, some that repeat one another, or a group without the cause.
    """
    if not design.terms:
        raise NotEstimable("The model has no covariate.", "Use aalen_johansen for curves without covariates.")
    require_covariates(design)
    own, other = found.code == code, (found.code != code) & (found.code > 0)
    require_events_on_both_sides(design, own, found.causes[code - 1])
    centred = design.matrix - design.matrix.mean(axis=0)
    scale = np.sqrt((centred**2).mean(axis=0))
    x, weights = centred / scale, np.ones(len(centred))
    stratum, values = pd.factorize(found.data.table[strata]) if strata else (np.zeros(len(x), dtype=int), ())
    sets = build_subdistribution_sets(found.data.exit, own, other, stratum if strata else None)
    ties = lay_out_ties(sets, weights, "breslow")
    start = begin(x, weights, sets, ties)
    require_information(start.information, float(own.sum()), design.terms)
    kernel = maximise(start, x, weights, sets, ties)
    naive = inverse_information(kernel.information) / np.outer(scale, scale)
    residuals = subdistribution_residuals(kernel.beta, x, sets, ties, found.data.exit, found.code == 0) * scale
    data = replace(found.data, event=own, sample=replace(found.data.sample, events=int(own.sum())))
    layers = (strata,) if strata else ()
    cox = CoxFit(data, design, x, scale, weights, sets, ties, kernel, naive, "breslow", layers, np.asarray(stratum))
    return SubdistributionFit(cox, residuals @ naive, strata, tuple(values))
