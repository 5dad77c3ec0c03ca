"""Which items were rightly not asked, and what counts for them."""

import numpy as np
from numpy.typing import NDArray

from remission.survey.definition import Instrument
from remission.survey.part import Condition

Numbers = NDArray[np.float64]


def rightly_skipped(instrument: Instrument, values: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Tell which items have no answer because they were not to be asked.

    An item whose condition rests on an unanswered item is not rightly skipped: nobody knows.

    Parameters
    ----------
    instrument : Instrument
    values : numpy.ndarray, shape (n, items of the instrument)
        Raw answers, NaN where there is none.

    Returns
    -------
    skipped : numpy.ndarray of bool, shape (n, items)
    filled : numpy.ndarray, shape (n, items)
        The answers with ``when_skipped`` in the place of rightly skipped items that have it.
    """
    places = {item.name: place for place, item in enumerate(instrument.items)}
    skipped, filled = np.zeros(values.shape, dtype=bool), values.copy()
    for place, item in enumerate(instrument.items):
        if not item.asked_if:
            continue
        closed = np.zeros(len(values), dtype=bool)
        for condition in item.asked_if:
            columns = [places[name] for name in condition.sources]
            deciding = filled[:, columns].sum(axis=1)
            # An item behind a closed gate has no answer of its own to decide by.
            unasked = (skipped[:, columns] & np.isnan(filled[:, columns])).any(axis=1)
            closed |= unasked | (~np.isnan(deciding) & ~holds(condition, deciding))
        skipped[:, place] = closed & np.isnan(values[:, place])
        if item.when_skipped is not None:
            filled[skipped[:, place], place] = item.when_skipped
    return skipped, filled


def holds(condition: Condition, deciding: Numbers) -> NDArray[np.bool_]:
    """Tell where a condition holds; never where the deciding value is missing."""
    if condition.at_least is not None:
        return np.asarray(deciding >= condition.at_least)
    return np.isin(deciding, condition.equals or ())
