"""Columns of answers and scores as numbers, missing ones kept."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import require_columns


def numbers(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give the named columns as floats, missing values as NaN.

    Raises
    ------
    DefinitionError
        A column is absent, named twice, or holds something that is no number.
    NotEstimable
        A column holds an infinite number.
    """
    wanted = list(names)
    twice = [name for name in wanted if wanted.count(name) > 1]
    if twice:
        raise DefinitionError(f"'{twice[0]}' is named twice.", "Name each column once.")
    require_columns(table, wanted)
    return pd.DataFrame({name: _as_floats(table[name]) for name in wanted}, index=table.index)


def _as_floats(column: pd.Series) -> np.ndarray:
    if column.dtype.kind in "mM":
        raise DefinitionError(f"Column '{column.name}' holds dates or spans.", "Name columns of numbers.")
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    odd = column[np.isnan(values) & column.notna().to_numpy()]
    if len(odd):
        raise DefinitionError(
            f"Column '{column.name}' holds {odd.iloc[0]!r}, which is no number.", "Correct it, or leave it empty."
        )
    if np.isinf(values).any():
        raise NotEstimable(f"Column '{column.name}' holds an infinite number.", "Correct it, or leave it empty.")
    return values
