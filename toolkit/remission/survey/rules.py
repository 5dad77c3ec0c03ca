"""The arithmetic of the scoring vocabulary: arrays in, arrays out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remission.survey.definition import Instrument
from remission.survey.scale import MissingRule, Scale, Step, TableRow
from remission.survey.skips import rightly_skipped

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Scores of one scale, one element a sheet; NaN where no score is given."""

    score: Numbers
    n_answered: NDArray[np.int64]
    n_items: int


def score_sheets(
    instrument: Instrument, values: Numbers, scales: tuple[Scale, ...], missing: MissingRule | None = None
) -> dict[str, Scored]:
    """Score sheets by scales in their order, those they build on included.

    Parameters
    ----------
    instrument : Instrument
    values : numpy.ndarray, shape (n, items of the instrument)
        Raw answers, NaN where there is none.
    scales : tuple of Scale
    missing : MissingRule, optional
        Put in place of the rule of every scale of items.
    """
    _, filled = rightly_skipped(instrument, values)
    found: dict[str, Scored] = {}

    def visit(scale: Scale) -> Scored:
        if scale.name not in found:
            if scale.of:
                found[scale.name] = _of_scales(instrument, scale, [visit(instrument.scale(name)) for name in scale.of])
            else:
                found[scale.name] = _of_items(instrument, scale, filled, missing or scale.missing)
        return found[scale.name]

    return {scale.name: visit(scale) for scale in scales}


def _of_items(instrument: Instrument, scale: Scale, filled: Numbers, missing: MissingRule) -> Scored:
    places = {item.name: place for place, item in enumerate(instrument.items)}
    columns = np.column_stack([scored_item(instrument, scale, name, filled[:, places[name]]) for name in scale.items])
    known = ~np.isnan(columns)
    n_answered, n_items = known.sum(axis=1), columns.shape[1]
    enough = n_answered >= (n_items if missing.min_answered is None else missing.min_answered)
    if missing.min_of_form is not None:
        enough &= (~np.isnan(filled)).sum(axis=1) >= missing.min_of_form
    score = np.full(len(columns), np.nan)
    enough &= n_answered > 0
    score[enough] = _combined(scale, columns[enough], missing.kind)
    return Scored(_finished(instrument, scale, score), n_answered.astype(np.int64), n_items)


def _of_scales(instrument: Instrument, scale: Scale, parts: list[Scored]) -> Scored:
    columns = np.column_stack([part.score for part in parts])
    if scale.rule == "difference":
        score = columns[:, 0] - columns[:, 1]
    else:
        score = columns.sum(axis=1) if scale.rule == "sum" else columns.mean(axis=1)
    answered = np.sum([part.n_answered for part in parts], axis=0)
    return Scored(_finished(instrument, scale, score), answered, sum(part.n_items for part in parts))


def _combined(scale: Scale, columns: Numbers, missing: str) -> Numbers:
    known = ~np.isnan(columns)
    total = np.where(known, columns, 0.0).sum(axis=1)
    if scale.rule in ("max", "any"):
        return np.asarray(np.where(known, columns, -np.inf).max(axis=1))
    if scale.rule == "mean" and missing != "sum_answered":
        return np.asarray(total / known.sum(axis=1))
    if scale.rule == "mean":
        return np.asarray(total / columns.shape[1])
    # Multiplied before divided, so that a complete sheet keeps its whole number.
    return np.asarray(total * columns.shape[1] / known.sum(axis=1)) if missing == "prorate" else total


def _finished(instrument: Instrument, scale: Scale, score: Numbers) -> Numbers:
    scaled = score * scale.times + scale.plus
    return scaled if scale.table is None else _looked_up(scaled, instrument.tables[scale.table])


def _looked_up(raw: Numbers, table: tuple[TableRow, ...]) -> Numbers:
    known = {row.raw: row.score for row in table}
    return np.array([known.get(float(value), np.nan) for value in raw], dtype=float)


def scored_item(instrument: Instrument, scale: Scale, name: str, raw: Numbers) -> Numbers:
    """Turn the raw answers of an item into what it contributes to a scale."""
    item = instrument.item(name)
    scored = raw.astype(float)
    if name in scale.recode:
        scored = _recoded(raw, instrument.recodes[scale.recode[name]])
    elif item.reverse:
        low, high = instrument.bounds(name)
        scored = (low or 0.0) + (high or 0.0) - raw
    if scale.rule in ("count_of", "any"):
        counted = np.isin(scored, item.counts_if) if item.counts_if else scored >= (item.counts_from or 0.0)
        scored = np.where(np.isnan(scored), np.nan, counted.astype(float))
    return scored


def _recoded(raw: Numbers, steps: tuple[Step, ...]) -> Numbers:
    scored = np.full(raw.shape, np.nan)
    for step in steps:
        scored[(raw >= step.low) & (raw <= step.high)] = step.score
    return scored
