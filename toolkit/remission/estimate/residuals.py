"""Residuals of a Cox model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.cox_fit import CoxFit
from remission.estimate.cox_result import require_cox, require_sound
from remission.estimate.curves import require_choice
from remission.estimate.formula import require_columns
from remission.estimate.kernels.cox_partial_likelihood import Ties, score_residuals
from remission.estimate.kernels.cox_residuals import deviance_residuals, martingale_residuals, schoenfeld_residuals
from remission.estimate.kernels.risk_sets import RiskSets
from remission.estimate.result import Coefficients

KINDS = ("martingale", "deviance", "score", "schoenfeld", "scaled_schoenfeld", "dfbeta", "dfbetas")
OF_EVENTS = ("schoenfeld", "scaled_schoenfeld")
WITH_PENALTY_TOO = ("martingale", "deviance", "schoenfeld")
RESIDUAL_COLUMNS = ("row", "time", "term", "residual")


@dataclass(frozen=True)
class Labelled:
    """Residuals, shape (lines, terms), with the label and the time of each line."""

    row: np.ndarray
    time: np.ndarray
    residual: np.ndarray


def residuals(fit: Coefficients, kind: str = "martingale", *, collapse: str | None = None) -> pd.DataFrame:
    """Give residuals of a Cox model, as R's ``residuals.coxph`` does.

    Parameters
    ----------
    fit : Coefficients
        From ``cox`` or ``cause_specific``, with Efron's or Breslow's ties.
    kind : {"martingale", "deviance", "score", "schoenfeld", "scaled_schoenfeld", "dfbeta", "dfbetas"}
        Events minus expected events, for the shape of a covariate; the same made symmetric, for participants who
        are far off; each row's part of the score; covariates of each event minus their mean among those at risk,
        for a trend over time, and the same scaled so that their smooth is the coefficient over time; how much
        each row moves the coefficients, and the same in standard errors. With case weights a row's dfbeta is
        what all that it stands for do together; the other kinds are of one of them.
    collapse : str, optional
        Column of the fitted table, such as ``participant_id``: residuals of its rows are added up. Schoenfeld
        residuals belong to events and are not added up.

    Returns
    -------
    pandas.DataFrame
        One row is a row of the table (an event, for the Schoenfeld kinds, in the order of strata and times; a
        participant, with ``collapse``) and a term: ``row time term residual``. ``row`` is the label in the table's
        index, or the value of the collapsing column; ``time`` is the (last) exit; ``term`` is empty where a
        residual belongs to no term.

    Raises
    ------
    DefinitionError
        The fit is no Cox model with such residuals, or the kind or the column is not known.
    NotEstimable
        The fit did not converge, or an estimate runs away.

    References
    ----------
    Therneau TM, Grambsch PM, Fleming TR (1990), doi:10.1093/biomet/77.1.147. Schoenfeld D (1982),
    doi:10.1093/biomet/69.1.239. Grambsch PM, Therneau TM (1994), doi:10.1093/biomet/81.3.515.
    """
    require_choice("kind", kind, KINDS)
    model = require_cox(fit)
    if model.handling == "exact":
        raise DefinitionError("Residuals are not defined for exact ties.", 'Fit the model with ties="efron".')
    if model.penalised and kind not in WITH_PENALTY_TOO:
        raise DefinitionError(f"Residuals of kind {kind} are not defined for a penalised model.", "Use cox().")
    require_sound(fit, "looking at its residuals")
    if kind in OF_EVENTS:
        if collapse:
            raise DefinitionError("Schoenfeld residuals belong to events.", "Leave collapse out.")
        return _tidy(_of_events(model, kind, fit.table["estimate"].to_numpy()), model.design.terms)
    labelled = _of_rows(model, kind, collapse)
    return _tidy(labelled, ("",) if kind in ("martingale", "deviance") else model.design.terms)


def _arrays(model: CoxFit) -> tuple[np.ndarray, np.ndarray, np.ndarray, RiskSets, Ties]:
    return model.kernel.beta, model.x, model.weights, model.sets, model.ties


def _of_events(model: CoxFit, kind: str, beta: np.ndarray) -> Labelled:
    order = np.argsort(model.sets.died_at, kind="stable")
    rows = model.sets.event_rows[order]
    found = schoenfeld_residuals(*_arrays(model))[order] * model.scale
    if kind == "scaled_schoenfeld":
        found = found @ model.naive * len(rows) + beta
    return Labelled(model.data.table.index.to_numpy()[rows], model.data.exit[rows], found)


def _of_rows(model: CoxFit, kind: str, collapse: str | None) -> Labelled:
    place, labels = _places(model, collapse)
    last = np.full(len(labels), -np.inf)
    np.maximum.at(last, place, model.data.exit)
    return Labelled(labels, last, _values(model, kind, place))


def _values(model: CoxFit, kind: str, place: np.ndarray) -> np.ndarray:
    def together(values: np.ndarray) -> np.ndarray:
        return np.column_stack([np.bincount(place, column) for column in values.reshape(len(place), -1).T])

    if kind in ("martingale", "deviance"):
        martingale = together(martingale_residuals(*_arrays(model)))
        if kind == "martingale":
            return martingale
        return deviance_residuals(martingale, together(model.data.event.astype(float)))
    score = score_residuals(*_arrays(model)) * model.scale
    if kind == "score":
        return together(score / model.weights[:, None])
    moved = together(score) @ model.naive
    return moved if kind == "dfbeta" else np.asarray(moved / np.sqrt(np.diag(model.naive)))


def _places(model: CoxFit, collapse: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Give each row its line in the answer, and the lines their labels."""
    table = model.data.table
    if collapse is None:
        return np.arange(len(table)), table.index.to_numpy()
    require_columns(table, [collapse])
    if table[collapse].isna().any():
        raise DefinitionError(f"'{collapse}' is missing in some rows.", "Fill it in, then fit the model again.")
    codes, labels = pd.factorize(table[collapse])
    return codes, np.asarray(labels)


def _tidy(found: Labelled, terms: tuple[str, ...]) -> pd.DataFrame:
    k = len(terms)
    columns = {
        "row": np.repeat(found.row, k),
        "time": np.repeat(found.time, k),
        "term": np.tile(np.array(terms, dtype=object), len(found.row)),
        "residual": found.residual.reshape(-1),
    }
    return pd.DataFrame(columns)[list(RESIDUAL_COLUMNS)]
