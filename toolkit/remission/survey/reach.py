"""The lowest and highest score that a scale's items can reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remission.survey.definition import Instrument
    from remission.survey.scale import Scale

Reach = tuple[float, float]


def reach(instrument: Instrument, scale: Scale) -> Reach | None:
    """Work out what a complete sheet can score, item by item.

    Returns
    -------
    (float, float) or None
        None where an item has no lowest or highest value.
    """
    parts = _of_scales(instrument, scale) if scale.of else _of_items(instrument, scale)
    if any(part is None for part in parts):
        return None
    lows, highs = [part[0] for part in parts if part], [part[1] for part in parts if part]
    low, high = _combined(scale.rule, lows, highs)
    ends = sorted((low * scale.times + scale.plus, high * scale.times + scale.plus))
    if scale.table is not None:
        scores = [row.score for row in instrument.tables[scale.table] if ends[0] <= row.raw <= ends[1]]
        return (min(scores), max(scores)) if scores else None
    return ends[0], ends[1]


def _combined(rule: str, lows: list[float], highs: list[float]) -> Reach:
    if rule == "difference":
        return lows[0] - highs[1], highs[0] - lows[1]
    if rule == "mean":
        return sum(lows) / len(lows), sum(highs) / len(highs)
    if rule in ("max", "any"):
        return max(lows), max(highs)
    return sum(lows), sum(highs)


def _of_scales(instrument: Instrument, scale: Scale) -> list[Reach | None]:
    return [reach(instrument, instrument.scale(name)) for name in scale.of]


def _of_items(instrument: Instrument, scale: Scale) -> list[Reach | None]:
    return [_of_item(instrument, scale, name) for name in scale.items]


def _of_item(instrument: Instrument, scale: Scale, name: str) -> Reach | None:
    if scale.rule in ("count_of", "any"):
        return 0.0, 1.0
    low, high = instrument.bounds(name)
    if low is None or high is None:
        return None
    if name in scale.recode:
        steps = instrument.recodes[scale.recode[name]]
        scores = [step.score for step in steps if step.low <= high and step.high >= low]
        return (min(scores), max(scores)) if scores else None
    return low, high
