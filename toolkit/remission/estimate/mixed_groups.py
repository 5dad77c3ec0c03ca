"""Grouping columns of a mixed model: their codes, and which lies within which."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable

SPACED = re.compile(r"\s*[/:]\s*")
Held = tuple[str, np.ndarray, np.ndarray]


def group_codes(rows: pd.DataFrame, group: str) -> tuple[np.ndarray, np.ndarray]:
    """Give each row the number of its group, of one column or of several joined by ``/`` or ``:``.

    Raises
    ------
    NotEstimable
        All rows share one value.
    """
    parts = SPACED.split(group)
    values = rows[parts[0]]
    if len(parts) > 1:
        values = rows[parts].astype(str).agg("/".join, axis=1)
    codes, levels = pd.factorize(values, sort=True)
    if len(levels) < 2:
        raise NotEstimable(
            f"All rows share one value of '{group}', so spread between its values cannot be estimated.",
            "Use a table with at least two of them.",
        )
    return codes, np.asarray(levels)


def nested_order(held: dict[str, tuple[np.ndarray, np.ndarray]]) -> list[Held]:
    """Order groupings outermost first.

    Raises
    ------
    DefinitionError
        Groups cross one another.
    """
    ordered = sorted(((name, codes, levels) for name, (codes, levels) in held.items()), key=lambda one: len(one[2]))
    for (outer, above, _), (name, below, levels) in pairwise(ordered):
        pairs = len(np.unique(below.astype(np.int64) * (int(above.max()) + 1) + above))
        if pairs > len(levels):
            raise DefinitionError(
                f"Some value of '{name}' occurs with several values of '{outer}': the groups cross.",
                f"Enter '{outer}' as a fixed effect, like C({outer}).",
            )
    return ordered
