"""The arithmetic of the scoring vocabulary: arrays in, arrays out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remission.survey.definition import Instrument, Item
from remission.survey.item import Condition
from remission.survey.missing import MissingRule
from remission.survey.scale import Scale, Step

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Scores of one scale, one element a sheet; NaN where no score is given."""

    score: Numbers
    n_answered: NDArray[np.int64]
    n_items: int


def scored_items(instrument: Instrument, values: Numbers, scale: Scale) -> Numbers:
    """Turn raw answers into what each item of a scale contributes.

    Recoding or reversal comes first; then items that were rightly skipped get their value.

    Parameters
    ----------
    instrument : Instrument
    values : numpy.ndarray, shape (n, items of the instrument)
        Raw answers, NaN where there is none.
    scale : Scale

    Returns
    -------
    numpy.ndarray, shape (n, items of the scale)
    """
    places = {item.name: place for place, item in enumerate(instrument.items)}
    skipped = rightly_skipped(instrument, values)
    columns = np.full((len(values), len(scale.items)), np.nan)
    for column, name in enumerate(scale.items):
        item, raw = instrument.items[places[name]], values[:, places[name]]
        columns[:, column] = _scored(instrument, item, raw, scale.recode.get(name, ()))
        if item.when_skipped is not None:
            columns[skipped[:, places[name]], column] = item.when_skipped
    return columns


def rightly_skipped(instrument: Instrument, values: Numbers) -> NDArray[np.bool_]:
    """Tell which items have no answer because they were not to be asked.

    An item whose condition rests on an unanswered item is not rightly skipped: nobody knows.

    Parameters
    ----------
    instrument : Instrument
    values : numpy.ndarray, shape (n, items)

    Returns
    -------
    numpy.ndarray of bool, shape (n, items)
    """
    places = {item.name: place for place, item in enumerate(instrument.items)}
    skipped = np.zeros(values.shape, dtype=bool)
    filled = values.copy()
    for place, item in enumerate(instrument.items):
        if item.asked_if is None:
            continue
        deciding = filled[:, [places[name] for name in item.asked_if.sources]].sum(axis=1)
        not_asked = ~np.isnan(deciding) & ~_holds(item.asked_if, deciding)
        skipped[:, place] = not_asked & np.isnan(values[:, place])
        if item.when_skipped is not None:
            filled[skipped[:, place], place] = item.when_skipped
    return skipped


def combine(scale: Scale, columns: Numbers, missing: MissingRule) -> Scored:
    """Combine scored items into one score a sheet.

    Parameters
    ----------
    scale : Scale
        Any rule but ``difference``.
    columns : numpy.ndarray, shape (n, k)
        What each item contributes, NaN where it is not known.
    missing : MissingRule

    Returns
    -------
    Scored
    """
    known = ~np.isnan(columns)
    n_answered, n_items = known.sum(axis=1), columns.shape[1]
    enough = missing.enough(n_answered, n_items)
    score = np.full(len(columns), np.nan)
    score[enough] = _combined(scale, columns[enough], missing.kind == "prorate")
    return Scored(transformed(scale, score), n_answered.astype(np.int64), n_items)


def difference(scale: Scale, first: Scored, second: Scored) -> Scored:
    """Subtract the second scale's score from the first's; NaN where either is."""
    return Scored(
        transformed(scale, first.score - second.score),
        first.n_answered + second.n_answered,
        first.n_items + second.n_items,
    )


def transformed(scale: Scale, score: Numbers) -> Numbers:
    """Apply the scale's linear transform, where it has one."""
    if scale.transform is None:
        return score
    return score * scale.transform.multiply + scale.transform.add


def _scored(instrument: Instrument, item: Item, raw: Numbers, steps: tuple[Step, ...]) -> Numbers:
    if steps:
        return _recoded(raw, steps)
    if item.reverse:
        low, high = instrument.bounds(item)
        return low + high - raw
    return raw


def _recoded(raw: Numbers, steps: tuple[Step, ...]) -> Numbers:
    scored = np.full(raw.shape, np.nan)
    for step in steps:
        high = np.inf if step.high is None else step.high
        scored[(raw >= step.low) & (raw <= high)] = step.score
    return scored


def _holds(condition: Condition, deciding: Numbers) -> NDArray[np.bool_]:
    if condition.equals is not None:
        return np.asarray(deciding == condition.equals)
    if condition.at_least is not None:
        return np.asarray(deciding >= condition.at_least)
    return np.asarray(deciding <= condition.at_most)


def _combined(scale: Scale, columns: Numbers, prorate: bool) -> Numbers:
    """Scores of sheets that have enough answers; what is not known counts as 0 unless prorated."""
    known = ~np.isnan(columns)
    filled = np.where(known, columns, 0.0)
    if scale.rule == "max":
        return np.asarray(filled.max(axis=1))
    if scale.rule == "any":
        return (filled > 0).any(axis=1).astype(float)
    counted = known & (columns >= scale.threshold) if scale.threshold is not None else filled
    total, n_answered = counted.sum(axis=1).astype(float), known.sum(axis=1)
    if scale.rule == "mean":
        return np.asarray(total / n_answered)
    # Multiplied before divided, so that a complete sheet keeps its whole number.
    return np.asarray(total * columns.shape[1] / n_answered) if prorate else total
