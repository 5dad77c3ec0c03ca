"""What a release says: declared dimensions and tables, counts that may be read, words in two languages."""

from datetime import date
from typing import Any

import numpy as np

from remission import __version__
from remission.cohort import Study
from remission.disclosure import Dimension, LinkedTables
from remission.releasing.plan import LANGUAGES, ReleasePlan
from remission.releasing.sorted_people import TIME, Sorted
from remission.tables.outcome import definition_of


def content_of(
    study: Study,
    plan: ReleasePlan,
    number: int,
    found: Sorted,
    tables: LinkedTables,
    counts: np.ndarray,
    printed: np.ndarray,
    today: date,
) -> dict[str, Any]:
    """Write down a release; ``printed`` says which cells may be read."""
    return {
        "number": number,
        "title": plan.title.words,
        "by": plan.by,
        "threshold": plan.threshold,
        "days_between": plan.days_between,
        "prepared": today.isoformat(),
        "remission": __version__,
        "time_origin": plan.origin.words if plan.origin else dict.fromkeys(LANGUAGES, study.protocol.time_origin),
        "outcome": {
            "event": plan.outcome.event.words,
            "headline": plan.outcome.headline,
            "definition": _meaning(study, plan),
        },
        "abstinence_days": plan.abstinence.days if plan.abstinence else None,
        "retained": {"wave": plan.retained.wave, "characteristics": list(plan.retained.characteristics)},
        "dimensions": [_dimension(study, plan, each, found.labels.get(each.name, {})) for each in found.dimensions],
        "tables": [
            {"by": list(each.by), "shown": {n: list(v) for n, v in each.shown.items()}} for each in found.tables
        ],
        "cells": [
            {"key": dict(sorted(key)), "count": int(count) if seen else None}
            for key, count, seen, planned in zip(tables.cells, counts, printed, tables.planned, strict=True)
            if planned
        ],
        "strengths": [each.words for each in plan.strengths],
        "limits": [each.words for each in plan.limits],
    }


def _meaning(study: Study, plan: ReleasePlan) -> dict[str, str]:
    if plan.outcome.meaning:
        return plan.outcome.meaning.words
    return dict.fromkeys(LANGUAGES, definition_of(study, plan.outcome.definition or None).sentence)


def _dimension(study: Study, plan: ReleasePlan, dimension: Dimension, own: dict[str, str]) -> dict[str, Any]:
    name = dimension.name
    kinds = {plan.by: "group", TIME: "time", **dict.fromkeys(plan.follow_up, "wave")}
    return {
        "name": name,
        "kind": kinds.get(name, "characteristic"),
        "title": _title(study, plan, name),
        "leaves": list(dimension.leaves),
        "sums": {value: list(of) for value, of in dimension.sums.items()},
        "labels": {value: _words(plan, value, own) for value in dimension.leaves},
        "days": list(plan.outcome.days) if name == TIME else [],
        "months": study.protocol.wave(name).months if name in plan.follow_up else None,
    }


def _title(study: Study, plan: ReleasePlan, name: str) -> dict[str, str]:
    if name in study.protocol.characteristics and name not in plan.labels:
        return dict.fromkeys(LANGUAGES, study.protocol.characteristics[name].label)
    return plan.labels[name].words if name in plan.labels else dict.fromkeys(LANGUAGES, name)


def _words(plan: ReleasePlan, value: str, own: dict[str, str]) -> dict[str, str]:
    if value in plan.labels:
        return plan.labels[value].words
    return dict.fromkeys(LANGUAGES, own.get(value, value))
