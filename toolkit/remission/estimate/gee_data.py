"""The rows of a model of averages: outcome, covariates, clusters and positions, each checked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import (
    Design,
    build_design,
    complete_rows,
    required,
    split_sides,
    text_as_objects,
)
from remission.estimate.mixed_limits import require_fixed
from remission.estimate.result import Sample

CANONICAL: dict[str, Callable[[float], float]] = {
    "binomial": lambda share: float(logit(min(max(share, 1e-6), 1 - 1e-6))),
    "poisson": lambda mean: float(np.log(max(mean, 1e-6))),
    "gaussian": float,
}


@dataclass(frozen=True)
class GeeData:
    """Arrays sorted by cluster and position.

    Attributes
    ----------
    outcome : str
    y, weight : numpy.ndarray, shape (rows,)
    design : Design
    cluster, position : numpy.ndarray of int, shape (rows,)
    position_names : tuple
        What each position is called in the table.
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    weight: np.ndarray
    design: Design
    cluster: np.ndarray
    position: np.ndarray
    position_names: tuple[object, ...]
    sample: Sample


def gee_data(
    formula: str, table: pd.DataFrame, groups: str, family: str, position: str | None, weights: str | None
) -> GeeData:
    """Read a formula and take the complete rows of the table.

    Raises
    ------
    DefinitionError
        The formula, a column or the kind of outcome is wrong, or two rows of a cluster share a position.
    NotEstimable
        The rows cannot carry the model.
    """
    response, right = split_sides(formula)
    if response.kind or "|" in right:
        raise DefinitionError(
            f"{formula!r} is no formula of averages.", "Write an outcome and covariates: abstinent ~ months + C(group)."
        )
    outcome = response.names[0]
    covariates = sorted(required(right) - {outcome})
    extra = [name for name in (groups, position, weights) if name]
    frame = complete_rows(table, [*dict.fromkeys([outcome, *covariates, *extra])])
    if frame.table.empty:
        raise NotEstimable(
            "No row has a value in every column of the model.",
            "Check that outcome and covariates were observed at the same waves.",
        )
    rows = text_as_objects(frame.table)
    for name in rows.select_dtypes("category").columns:
        rows = rows.assign(**{str(name): rows[name].cat.remove_unused_categories()})
    cluster = pd.factorize(rows[groups])[0]
    if cluster.max() < 1:
        raise NotEstimable(f"All rows share one value of '{groups}'.", "Errors need several of them.")
    place, names = _positions(rows, cluster, position)
    order = np.lexsort((place, cluster))
    rows, cluster, place = rows.iloc[order], cluster[order], place[order]
    _require_apart(cluster, place, groups, position)
    design = build_design(right, rows, intercept=True)
    y = _outcome(rows, outcome, family)
    require_fixed(design, outcome, y)
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else int(cluster.max()) + 1
    events = int(y.sum()) if family == "binomial" else None
    sample = Sample(int(people), len(rows), events, left_out=frame.left_out)
    return GeeData(outcome, y, _weights(rows, weights), design, cluster, place, names, sample)


def _positions(rows: pd.DataFrame, cluster: np.ndarray, position: str | None) -> tuple[np.ndarray, tuple[object, ...]]:
    if position is None:
        place = pd.Series(cluster).groupby(cluster).cumcount().to_numpy()
        return place, tuple(range(1, int(place.max()) + 2))
    values = pd.to_numeric(rows[position], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        raise DefinitionError(
            f"'{position}' holds values that are no whole numbers.", "Number the waves, or the months, for ar1."
        )
    span = int(values.max() - values.min()) + 1
    if span > 1000:
        raise DefinitionError(f"'{position}' spans {span} positions.", "Number the waves instead of taking days.")
    return (values - values.min()).astype(int), tuple(range(int(values.min()), int(values.max()) + 1))


def _require_apart(cluster: np.ndarray, place: np.ndarray, groups: str, position: str | None) -> None:
    same = (np.diff(cluster) == 0) & (np.diff(place) == 0)
    if same.any():
        raise DefinitionError(
            f"Two rows of one value of '{groups}' stand at the same '{position}'.", "Keep one row at each position."
        )


def _outcome(rows: pd.DataFrame, outcome: str, family: str) -> np.ndarray:
    y = pd.to_numeric(rows[outcome].astype(object), errors="coerce").to_numpy(dtype=float)
    wrong = {
        "binomial": ~np.isin(y, (0.0, 1.0)),
        "poisson": ~((y >= 0) & (y == np.floor(y))),
        "gaussian": ~np.isfinite(y),
    }[family]
    if wrong.any():
        kinds = {"binomial": "0 and 1", "poisson": "whole numbers from 0 up", "gaussian": "finite numbers"}
        raise DefinitionError(
            f"The outcome '{outcome}' holds values other than {kinds[family]}.", "Correct it, or name another family."
        )
    if np.ptp(y) == 0:
        raise NotEstimable(f"'{outcome}' has the same value in all {len(y)} rows.", "Choose an outcome that varies.")
    return y


def _weights(rows: pd.DataFrame, weights: str | None) -> np.ndarray:
    if weights is None:
        return np.ones(len(rows))
    found = pd.to_numeric(rows[weights], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(found) & (found > 0)).all():
        raise DefinitionError(f"'{weights}' holds weights that are no positive numbers.", "Correct them.")
    return found
