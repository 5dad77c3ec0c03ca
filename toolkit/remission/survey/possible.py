"""Which answers an item takes."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.survey.definition import Instrument


def check_answer(instrument: Instrument, item: str, value: float) -> None:
    """Refuse an answer that the item does not allow.

    Raises
    ------
    DefinitionError
        Names the instrument, the item and what it allows.
    """
    if not allowed(instrument, item, pd.Series([value])).iloc[0]:
        raise DefinitionError(
            f"{instrument.name}.{item} does not allow the answer {value:g}.",
            f"It takes {describe_allowed(instrument, item)}.",
        )


def allowed(instrument: Instrument, item: str, values: pd.Series) -> pd.Series:
    """Tell which values an item allows; missing ones are allowed."""
    listed = instrument.values(item)
    if listed is not None:
        return values.isna() | values.isin(listed)
    low, high = instrument.bounds(item)
    fits = values.isna() | np.isfinite(values.astype(float))
    if low is not None:
        fits &= values.isna() | (values >= low)
    if high is not None:
        fits &= values.isna() | (values <= high)
    if instrument.item(item).kind == "count":
        fits &= values.isna() | (values == np.floor(values))
    return fits


def describe_allowed(instrument: Instrument, item: str) -> str:
    """Say in words what an item allows."""
    listed = instrument.values(item)
    if listed is not None:
        return ", ".join(f"{value:g}" for value in listed)
    low, high = instrument.bounds(item)
    what = "whole numbers" if instrument.item(item).kind == "count" else "numbers"
    return f"{what} from {'any' if low is None else f'{low:g}'} to {'any' if high is None else f'{high:g}'}"
