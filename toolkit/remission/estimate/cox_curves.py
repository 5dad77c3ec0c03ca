"""What curves from a Cox model share: baselines, who is at risk, and whether covariates stay as they were."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_fit import CoxFit
from remission.estimate.cox_result import require_cox, require_sound
from remission.estimate.curves import label
from remission.estimate.event_data import first_entry
from remission.estimate.kernels.cox_baseline import CoxBaseline, cox_baselines
from remission.estimate.result import Check, Coefficients

COUNTS = ("n_at_risk", "n_event", "n_censored")


@dataclass(frozen=True)
class CoxCurves:
    """A Cox model made ready for curves.

    Attributes
    ----------
    model : CoxFit
    baselines : tuple of CoxBaseline
        One a stratum, in the model's scale of covariates.
    names : tuple of str
        Of the strata; one empty name without strata.
    vcov : numpy.ndarray, shape (terms, terms)
        In the model's scale of covariates; robust where the fit's is.
    """

    model: CoxFit
    baselines: tuple[CoxBaseline, ...]
    names: tuple[str, ...]
    vcov: np.ndarray

    def covariates(self, rows: pd.DataFrame) -> np.ndarray:
        """Lay out rows in the model's scale, shape (rows, terms).

        Raises
        ------
        DefinitionError
            A column is absent, a category unknown, or a value missing.
        """
        design = self.model.design_for(rows)
        missing = np.flatnonzero(~np.isfinite(design).all(axis=1))
        if missing.size:
            raise DefinitionError(f"Row {rows.index[missing[0]]} lacks a covariate.", "Leave it out, or fill it in.")
        return np.asarray((design - self.model.design.matrix.mean(axis=0)) / self.model.scale)

    def stratum_of(self, rows: pd.DataFrame) -> np.ndarray:
        """Find the stratum of each row.

        Raises
        ------
        DefinitionError
            A row is of a stratum that the model has not seen.
        """
        if not self.model.layers:
            return np.zeros(len(rows), dtype=int)
        asked = _names(rows, self.model.layers)
        unknown = [name for name in asked if name not in self.names]
        if unknown:
            raise DefinitionError(f"The model has no stratum '{unknown[0]}'.", f"It has {'; '.join(self.names)}.")
        return np.array([self.names.index(name) for name in asked], dtype=int)

    def times(self, stratum: int) -> np.ndarray:
        """List the origin and the distinct exit times of a stratum."""
        own = self.model.stratum == stratum
        entry = None if self.model.data.entry is None else self.model.data.entry[own]
        return np.union1d(self.model.data.exit[own], [first_entry(entry)])

    def counts(self, own: np.ndarray, times: np.ndarray) -> Mapping[str, np.ndarray]:
        """Count (by weight) who is at risk just before each time, and who had the event or was censored then.

        Parameters
        ----------
        own : numpy.ndarray of bool, shape (rows,)
            Rows of the fitted table that count.
        times : numpy.ndarray, shape (times,)
            The first is the origin, at which those entering then count already.
        """
        data, weights = self.model.data, self.model.weights[own]
        weights = weights.astype(int) if (weights % 1 == 0).all() else weights
        exit_time, event = data.exit[own], data.event[own]
        entry = np.full(exit_time.size, -np.inf) if data.entry is None else data.entry[own]
        gone = _total_before(exit_time, weights, times, "left")
        came = _total_before(entry, weights, times, "left")
        came[0] = _total_before(entry, weights, times[:1], "right")[0]
        happened = np.diff(_total_before(exit_time[event], weights[event], times, "right"), prepend=0)
        ended = np.diff(_total_before(exit_time[~event], weights[~event], times, "right"), prepend=0)
        return dict(zip(COUNTS, (came - gone, happened, ended), strict=True))


def cox_curves(fit: Coefficients) -> CoxCurves:
    """Estimate the baselines of a fitted Cox model.

    Raises
    ------
    DefinitionError
        The fit is no Cox model, handles ties exactly, or is about one of several causes.
    NotEstimable
        The fit did not converge, or an estimate runs away.
    """
    model = require_cox(fit)
    if model.handling == "exact":
        raise DefinitionError(
            "With exact ties the model is about odds within a set, so it gives no curve.",
            'Fit the model with ties="efron".',
        )
    if "cause" in fit.method.options:
        raise DefinitionError(
            "The hazard of one cause gives no curve by itself: it would be as if the other causes never came.",
            "Use fine_gray or aalen_johansen for the share who have the event of this cause.",
        )
    require_sound(fit, "drawing curves from it")
    names = pd.unique(np.array(_names(model.data.table, model.layers), dtype=object)) if model.layers else [""]
    kernel = model.kernel
    baselines = cox_baselines(kernel.beta, model.x, model.weights, model.sets, model.ties, len(names))
    return CoxCurves(model, baselines, tuple(names), fit.vcov.to_numpy() * np.outer(model.scale, model.scale))


def fixed_covariates(fit: Coefficients, hold_fixed: bool) -> tuple[Check, ...]:
    """Refuse covariates that varied within participants, unless they shall be held; check events a participant.

    Raises
    ------
    NotEstimable
        A participant's covariates or stratum changed over time.
    """
    model = require_cox(fit)
    table = model.data.table
    name = "participant_id" if "participant_id" in table.columns else fit.method.options.get("cluster")
    if name is None:
        words = "No column names participants, so each row was taken for a participant of its own."
        return () if model.data.entry is None else (Check("covariates stay the same", passed=True, sentence=words),)
    codes = pd.factorize(table[name])[0]
    values = np.column_stack([model.design.matrix, model.stratum])
    changing = bool((values != values[np.unique(codes, return_index=True)[1]][codes]).any())
    if changing and not hold_fixed:
        raise NotEstimable(
            "Covariates or strata changed within participants, and a curve would need to know their course to come.",
            "Ask with hold_fixed=True for those who would stay at the given values all along.",
        )
    words = "Covariates are held at the given values all along." if changing else "Covariates do not change over time."
    most = int(np.bincount(codes, model.data.event).max())
    several = f"Up to {most} events a participant: 'no event yet' holds only if earlier events do not matter."
    return (
        Check("covariates stay the same", passed=True, sentence=words),
        Check("one event a participant", most <= 1, several if most > 1 else "Nobody has more than one event."),
    )


def _names(table: pd.DataFrame, layers: tuple[str, ...]) -> list[str]:
    return [", ".join(map(label, values)) for values in table[list(layers)].itertuples(index=False, name=None)]


def _total_before(at: np.ndarray, weights: np.ndarray, times: np.ndarray, side: str) -> np.ndarray:
    """Add up the weights of what came before each time, or by it."""
    order = np.argsort(at, kind="stable")
    place = np.searchsorted(at[order], times, side="left" if side == "left" else "right")
    return np.asarray(np.concatenate([[0], np.cumsum(weights[order])])[place])
