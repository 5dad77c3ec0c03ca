"""Other fates for those who were lost, and the smallest share of them that changes a conclusion."""

from collections.abc import Callable

import numpy as np
import pandas as pd

Names = tuple[str, str]
# So few lost are gone through one by one; more are halved, which finds the smallest number if the way there is steady.
FEW = 60


def relapsed_at_contact(table: pd.DataFrame, lost: np.ndarray, names: Names) -> pd.DataFrame:
    """Give the lost the event on the day of their last contact."""
    return _changed(table, lost, names, event=1)


def relapsed_at_end(table: pd.DataFrame, lost: np.ndarray, end: float, names: Names) -> pd.DataFrame:
    """Give the lost the event at the window's end, or on their last contact where that came later."""
    return _changed(table, lost, names, event=1, end=end)


def free_to(table: pd.DataFrame, lost: np.ndarray, end: float, names: Names) -> pd.DataFrame:
    """Let the lost stay free of the event to the window's end."""
    return _changed(table, lost, names, event=0, end=end)


def smallest_share(lost: np.ndarray, changes: Callable[[np.ndarray], bool], seed: int) -> int | None:
    """Find how many of the lost must relapse for a conclusion to change, one after the other in a shuffled order.

    Parameters
    ----------
    lost : numpy.ndarray of bool, shape (rows,)
    changes : callable
        Whether the conclusion changes if those rows relapse.
    seed : int
        Of the order.

    Returns
    -------
    int or None
        None where it does not change even if all of them do.
    """
    order = np.random.default_rng(seed).permutation(np.flatnonzero(lost))

    def first(count: int) -> np.ndarray:
        chosen = np.zeros(len(lost), dtype=bool)
        chosen[order[:count]] = True
        return chosen

    if len(order) <= FEW:
        return next((count for count in range(1, len(order) + 1) if changes(first(count))), None)
    if not changes(first(len(order))):
        # The conclusion may change on the way and change back; look at every tenth of them.
        steps = np.unique(np.linspace(1, len(order), 11).astype(int))[:-1]
        reached = next((int(step) for step in steps if changes(first(int(step)))), None)
        if reached is None:
            return None
    else:
        reached = len(order)
    low, high = 0, reached
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if changes(first(middle)) else (middle, high)
    return high


def _changed(table: pd.DataFrame, lost: np.ndarray, names: Names, event: int, end: float | None = None) -> pd.DataFrame:
    exit_name, event_name = names
    changed = table.copy()
    changed[event_name] = np.where(lost, event, table[event_name])
    if end is not None:
        changed[exit_name] = np.where(lost, np.maximum(table[exit_name].astype(float), end), table[exit_name])
    changed.attrs = dict(table.attrs)
    return changed
