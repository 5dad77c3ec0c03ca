"""Columns of incoming frames brought to plain types: codes as text, days as whole numbers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import ImportRefused


def take(
    frame: pd.DataFrame, columns: tuple[str, ...], what: str, optional: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return the named columns with participant codes as text; optional ones may be absent.

    Raises
    ------
    ImportRefused
        A column is absent, or a row has no participant code.
    """
    frame = frame.assign(**{name: value for name, value in (optional or {}).items() if name not in frame.columns})
    columns = (*columns, *[name for name in optional or {} if name not in columns])
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise ImportRefused(f"The {what} have no column {absent[0]}.", f"They need {', '.join(columns)}.")
    taken = frame.loc[:, list(columns)].reset_index(drop=True)
    taken["participant_id"] = codes(taken["participant_id"])
    bare = taken["participant_id"].isna() | (taken["participant_id"] == "")
    if bare.any():
        raise ImportRefused(
            f"Row {int(np.flatnonzero(bare)[0]) + 1} of the {what} has no participant code.",
            "Give every row the code of its participant.",
        )
    return taken


def codes(values: pd.Series) -> pd.Series:
    """Return codes as text; whole numbers lose their decimal point, missing ones become None."""
    numbers, uniques = pd.factorize(values)
    texts = np.array([*(_code(value) for value in uniques), None], dtype=object)
    return pd.Series(texts[numbers], index=values.index, dtype=object)


def _code(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip()


def days(values: pd.Series, what: str, required: bool = False) -> pd.Series:
    """Return days as floats with NaN where unknown.

    Raises
    ------
    ImportRefused
        A day is no whole number, or is absent where it is required.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = (values.notna() & numbers.isna()) | (numbers.notna() & (numbers % 1 != 0))
    if required:
        wrong |= numbers.isna()
    if wrong.any():
        value = values[wrong].iloc[0]
        raise ImportRefused(f"The {what} hold the day {value!r}.", "Days are whole numbers counted from day 0.")
    return numbers


def texts(values: pd.Series) -> pd.Series:
    """Return a column as text with None where nothing stands."""
    found = codes(values)
    found[found == ""] = None
    return found
