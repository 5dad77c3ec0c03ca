"""The rows of a model with correlated residuals: outcome, covariates, participants, waves and days, each checked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

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


@dataclass(frozen=True)
class MmrmData:
    """Arrays sorted by cluster and wave.

    Attributes
    ----------
    outcome : str
    y : numpy.ndarray, shape (rows,)
    design : Design
    cluster : numpy.ndarray of int, shape (rows,)
    place : numpy.ndarray of int, shape (rows,)
        Wave of each row, 0 to waves - 1.
    waves : tuple of str
        What the waves are called, in their order.
    ordered : bool
        The values of the wave column have an order: numbers, or categories with one.
    day : numpy.ndarray, shape (rows,), or None
    rows : pandas.DataFrame
        The rows used.
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    design: Design
    cluster: np.ndarray
    place: np.ndarray
    waves: tuple[str, ...]
    ordered: bool
    day: np.ndarray | None
    rows: pd.DataFrame
    sample: Sample

    def together(self) -> np.ndarray:
        """Count participants seen at both of two waves, shape (waves, waves)."""
        seen = np.zeros((int(self.cluster.max()) + 1, len(self.waves)))
        seen[self.cluster, self.place] = 1.0
        return np.asarray(seen.T @ seen).astype(int)


def mmrm_data(
    formula: str, table: pd.DataFrame, groups: str, wave: str, order: str | None, day: str | None
) -> MmrmData:
    """Read a formula and take the complete rows of the table.

    Raises
    ------
    DefinitionError
        The formula, a column or the kind of outcome is wrong, or a participant has two rows at a wave or on a day.
    NotEstimable
        The rows cannot carry the model.
    """
    response, right = split_sides(formula)
    if response.kind or "|" in right:
        raise DefinitionError(
            f"{formula!r} is no formula of means over waves.",
            "Write an outcome and covariates: score ~ C(wave) * C(group). Random terms belong to linear_mixed_serial.",
        )
    outcome = response.names[0]
    needed = [outcome, *sorted(required(right) - {outcome}), groups, wave, *(name for name in (order, day) if name)]
    frame = complete_rows(table, [*dict.fromkeys(needed)])
    if frame.table.empty:
        raise NotEstimable(
            "No row has a value in every column of the model.",
            "Check that outcome and covariates were observed at the same waves.",
        )
    rows = text_as_objects(frame.table)
    rows = rows if order is None else rows.assign(**{wave: _ordered(rows, wave, order)})
    for name in rows.select_dtypes("category").columns:
        rows = rows.assign(**{str(name): rows[name].cat.remove_unused_categories()})
    place, names, ordered = _waves(rows[wave])
    cluster = pd.factorize(rows[groups])[0]
    sorting = np.lexsort((place, cluster))
    rows, cluster, place = rows.iloc[sorting], cluster[sorting], place[sorting]
    _require_apart(cluster, place, f"of one '{groups}' stand at the same '{wave}'")
    days = None if day is None else days_apart(rows[day], cluster, groups)
    design = build_design(right, rows, intercept=True)
    y = _outcome(rows[outcome])
    require_fixed(design, outcome, y)
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else int(cluster.max()) + 1
    sample = Sample(int(people), len(rows), left_out=frame.left_out)
    return MmrmData(outcome, y, design, cluster, place, names, ordered, days, rows, sample)


def _ordered(rows: pd.DataFrame, wave: str, order: str) -> pd.Categorical:
    """Put waves in the order of the means of another column."""
    values = pd.to_numeric(rows[order].astype(object), errors="coerce").astype(float)
    means = values.groupby(rows[wave], observed=True).mean().sort_values()
    if not np.isfinite(values).all() or means.duplicated().any():
        raise DefinitionError(
            f"'{order}' does not put the waves in order: it holds words, or has one mean at two waves.",
            "Name a column such as months, which differs between waves.",
        )
    return pd.Categorical(rows[wave], means.index, ordered=True)


def days_apart(column: pd.Series, cluster: np.ndarray, groups: str) -> np.ndarray:
    """Read days, or other numbers on a line, that differ within each cluster.

    Raises
    ------
    DefinitionError
    """
    days = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(days).all():
        raise DefinitionError(f"'{column.name}' holds values that are no finite numbers.", "Give days as numbers.")
    order = np.lexsort((days, cluster))
    _require_apart(cluster[order], days[order], f"of one '{groups}' have the same '{column.name}'")
    return np.asarray(days)


def shortest_gap(at: np.ndarray, cluster: np.ndarray) -> float:
    """Return the shortest distance between rows of one cluster.

    Raises
    ------
    NotEstimable
        No cluster has two rows.
    """
    order = np.lexsort((at, cluster))
    gaps = np.diff(at[order])[np.diff(cluster[order]) == 0]
    if not gaps.size:
        raise NotEstimable(
            "Nobody was seen twice, so a correlation cannot be estimated.", "Use correlation='independence'."
        )
    return float(gaps.min())


def _waves(column: pd.Series) -> tuple[np.ndarray, tuple[str, ...], bool]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return (
            column.cat.codes.to_numpy().astype(int),
            tuple(map(str, column.cat.categories)),
            bool(column.cat.ordered) or pd.api.types.is_numeric_dtype(column.cat.categories.dtype),
        )
    codes, values = pd.factorize(column, sort=True)
    return codes, tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in values), column.dtype.kind in "iufmM"


def _require_apart(cluster: np.ndarray, at: np.ndarray, told: str) -> None:
    if ((np.diff(cluster) == 0) & (np.diff(at) == 0)).any():
        raise DefinitionError(f"Two rows {told}.", "Keep one of them.")


def _outcome(column: pd.Series) -> np.ndarray:
    y = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(y).all():
        raise DefinitionError(f"The outcome '{column.name}' holds values that are no finite numbers.", "Correct them.")
    if np.ptp(y) == 0:
        raise NotEstimable(
            f"'{column.name}' has the same value in all {len(y)} rows.", "Choose an outcome that varies."
        )
    return np.asarray(y)
