"""How each item of a scale is answered: mean, floor, ceiling, missing."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from remission.errors import DefinitionError

Bounds = Mapping[str, tuple[float, float]]
Row = tuple[str, str, float]


def item_rows(sheets: pd.DataFrame, item: str, bounds: Bounds | None) -> list[Row]:
    """Give term, item and number: mean, and shares at the lowest and highest answer, and without one.

    Floor and ceiling are shares of the sheets that answer the item; ``missing`` is a share of all.
    """
    answers = sheets[item].dropna()
    low, high = (bounds or {}).get(item, (answers.min(), answers.max()))
    return [
        ("mean", item, float(answers.mean())),
        ("floor", item, float((answers == low).mean())),
        ("ceiling", item, float((answers == high).mean())),
        ("missing", item, float(sheets[item].isna().mean())),
    ]


def require_bounds(sheets: pd.DataFrame, items: Sequence[str], bounds: Bounds | None) -> None:
    """Refuse bounds of unknown items, bounds the wrong way round, and answers beyond them.

    Raises
    ------
    DefinitionError
    """
    for item, (low, high) in (bounds or {}).items():
        if item not in items:
            raise DefinitionError(f"bounds names '{item}', which is no item.", f"Items are {', '.join(items)}.")
        if not low < high:
            raise DefinitionError(f"The bounds of '{item}' are {low:g} to {high:g}.", "Give the lowest answer first.")
        answers = sheets[item].dropna().to_numpy()
        beyond = answers[(answers < low) | (answers > high)]
        if np.size(beyond):
            raise DefinitionError(
                f"'{item}' holds {beyond[0]:g}, outside its bounds {low:g} to {high:g}.", "Correct the answer."
            )
