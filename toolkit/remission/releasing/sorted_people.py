"""Everybody in a release sorted into the values of its dimensions."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.disclosure import Dimension, Table
from remission.errors import DefinitionError
from remission.releasing.plan import ReleasePlan
from remission.tables.abstinence import abstinence_at_waves
from remission.tables.covariates import covariates_at
from remission.tables.due import due_and_answered
from remission.tables.follow_up_end import looked_on
from remission.tables.time_to_event import time_to_event

UNKNOWN = "unknown"
TIME = "time"
FOLLOWED = ("answered", "missed", "not_due")
KNOWN = ("abstinent", "used", "not_told")


@dataclass(frozen=True)
class Sorted:
    """The people of a release.

    Attributes
    ----------
    people : pandas.DataFrame
        Index ``participant_id``; a column of leaves for each dimension.
    dimensions : tuple of Dimension
    tables : tuple of Table
    labels : dict
        Dimension to the study's own labels of its values.
    """

    people: pd.DataFrame
    dimensions: tuple[Dimension, ...]
    tables: tuple[Table, ...]
    labels: dict[str, dict[str, str]]


def sort_people(study: Study, plan: ReleasePlan) -> Sorted:
    """Sort those who agreed to releases into groups, follow-up, outcome and what was known at day 0.

    Raises
    ------
    DefinitionError
        The plan names what the study does not have.
    """
    study = study.for_purpose("release")
    _require_known(study, plan)
    by, columns, labels = _groups(study, plan)
    dimensions: list[Dimension] = [by]
    tables = [Table((by.name,), {})]
    time, exits = _time(study, plan)
    dimensions.append(time)
    tables.append(Table((by.name, TIME), {TIME: (*time.sums, "not_told")}))
    people = pd.DataFrame({by.name: columns, TIME: exits.reindex(columns.index).fillna("not_told")})
    for wave in plan.follow_up:
        dimension, values = _wave(study, plan, wave, people.index)
        dimensions.append(dimension)
        people[wave] = values
        shown = (*FOLLOWED, *KNOWN) if plan.abstinence else FOLLOWED
        tables.append(Table((by.name, wave), {wave: shown}))
    for name in plan.retained.characteristics:
        dimension, values, words = _characteristic(study, plan, name)
        dimensions.append(dimension)
        people[name] = values.reindex(people.index)
        labels[name] = words
        tables.append(Table((name, plan.retained.wave), {plan.retained.wave: FOLLOWED}))
    return Sorted(people, tuple(dimensions), tuple(tables), labels)


def _require_known(study: Study, plan: ReleasePlan) -> None:
    for wave in plan.follow_up:
        if study.protocol.wave(wave).name != wave:
            raise DefinitionError(f"The wave '{wave}' has another name now.", "Use the name in study.yaml.")
    for name in plan.retained.characteristics:
        if name == plan.by or name in plan.follow_up or name == TIME:
            raise DefinitionError(f"'{name}' stands twice in the release.", "Name each dimension once.")
        if name not in study.protocol.characteristics:
            known = ", ".join(study.protocol.characteristics)
            raise DefinitionError(f"The study has no characteristic '{name}'.", f"It has {known}.")


def _groups(study: Study, plan: ReleasePlan) -> tuple[Dimension, pd.Series, dict[str, dict[str, str]]]:
    found = covariates_at(study, [plan.by]).frame[plan.by]
    values = found.astype(object).where(found.notna(), UNKNOWN).map(str)
    labels = dict(_labels(study, plan.by))
    order = [*labels, *sorted(set(values) - set(labels))]
    parts = {part: name for name, group in plan.together.items() for part in group}
    absent = sorted(set(parts) - set(order))
    if absent:
        raise DefinitionError(f"'{plan.by}' has no value '{absent[0]}'.", f"It has {', '.join(order)}.")
    leaves = tuple(
        dict.fromkeys(parts.get(value, value) for value in order if value != UNKNOWN or UNKNOWN in set(values))
    )
    if len(leaves) < 2:
        raise DefinitionError(f"Everybody has one value of '{plan.by}'.", "Compare by something else.")
    return Dimension(plan.by, leaves, {}), values.map(lambda value: parts.get(value, value)), {plan.by: labels}


def _labels(study: Study, name: str) -> dict[str, str]:
    protocol = study.protocol
    if name == "group":
        return dict(protocol.groups)
    if name == "arm":
        return dict(protocol.arms)
    if name in protocol.all_levels:
        return {level.name: level.label for level in protocol.all_levels[name].levels}
    if name in protocol.characteristics:
        return {label: label for label in protocol.characteristics[name].categories.values()}
    return {}


def _time(study: Study, plan: ReleasePlan) -> tuple[Dimension, pd.Series]:
    """Sort people by when they had the event or were last seen free of it, in stretches between the days shown."""
    table = time_to_event(study, definition=plan.outcome.definition or None).set_index("participant_id")
    days = plan.outcome.days
    exits, event = table["exit"].to_numpy(dtype=float), table["event"].to_numpy() == 1
    # An event on a day has happened by then; who is last seen on a day was still followed on it.
    stretch = np.where(event, np.searchsorted(days, exits, side="left"), np.searchsorted(days, exits, side="right"))
    names = [
        "beyond" if place >= len(days) else f"{'event' if had else 'left'}_in_{days[place]}"
        for place, had in zip(stretch, event, strict=True)
    ]
    events, lefts = [f"event_in_{day}" for day in days], [f"left_in_{day}" for day in days]
    sums: dict[str, tuple[str, ...]] = {}
    for place, day in enumerate(days, start=1):
        sums[f"event_by_{day}"] = tuple(events[:place])
        sums[f"left_by_{day}"] = tuple(lefts[:place])
        sums[f"free_at_{day}"] = (*events[place:], *lefts[place:], "beyond")
    leaves = (*events, *lefts, "beyond", "not_told")
    return Dimension(TIME, leaves, sums), pd.Series(names, index=table.index, dtype=object)


def _wave(study: Study, plan: ReleasePlan, wave: str, people: pd.Index) -> tuple[Dimension, pd.Series]:
    due, answered = due_and_answered(study, looked_on(study) or date.today())
    followed = pd.Series(
        np.select([answered[wave], due[wave]], ["answered", "missed"], "not_due"), index=due.index, dtype=object
    ).reindex(people)
    if plan.abstinence is None:
        return Dimension(wave, FOLLOWED, {}), followed
    told = abstinence_at_waves(study, days=plan.abstinence.days, waves=[wave]).set_index("participant_id")["abstinent"]
    state = told.reindex(people).map({1.0: "abstinent", 0.0: "used"}).fillna("not_told")
    values = followed.where(followed != "answered", state)
    return Dimension(wave, (*KNOWN, "missed", "not_due"), {"answered": KNOWN}), values


def _characteristic(study: Study, plan: ReleasePlan, name: str) -> tuple[Dimension, pd.Series, dict[str, str]]:
    values = covariates_at(study, [name]).frame[name]
    if study.protocol.characteristics[name].kind == "category":
        words = _labels(study, name)
        sorted_in = values.astype(object).where(values.notna(), UNKNOWN).map(str)
        return Dimension(name, (*words, UNKNOWN), {}), sorted_in, words
    cuts = plan.retained.cuts.get(name)
    if not cuts or list(cuts) != sorted(set(cuts)):
        raise DefinitionError(f"'{name}' is a number.", f"Give rising cuts under retained, such as `{name}: [30, 45]`.")
    words = _cut_words(cuts)
    place = np.searchsorted(cuts, values.astype(float), side="right")
    names = np.array(list(words), dtype=object)[np.minimum(place, len(cuts))]
    return (
        Dimension(name, (*words, UNKNOWN), {}),
        pd.Series(names, index=values.index).where(values.notna(), UNKNOWN),
        words,
    )


def _cut_words(cuts: tuple[float, ...]) -> dict[str, str]:
    first = {f"below_{cuts[0]:g}": f"< {cuts[0]:g}"}
    inner = {f"from_{low:g}": f"{low:g} – < {high:g}" for low, high in pairwise(cuts)}
    return {**first, **inner, f"from_{cuts[-1]:g}": f"≥ {cuts[-1]:g}"}
