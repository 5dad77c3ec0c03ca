"""Covariates by name, each with the day by which it was known."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study, reading
from remission.cohort.protocol import GROUPINGS
from remission.errors import DefinitionError, ImmortalTime
from remission.outcomes import level_of
from remission.tables.measures import measure_scores

ENROLMENT = ("arm", "site")


@dataclass(frozen=True)
class Covariates:
    """One row is a participant.

    Attributes
    ----------
    frame : pandas.DataFrame
        Index ``participant_id``, a column per covariate.
    measured_day : dict of str to float
        The day by which each was known.
    """

    frame: pd.DataFrame
    measured_day: dict[str, float]


def covariates_at(study: Study, names: Iterable[str], day: float = 0.0) -> Covariates:
    """Collect covariates as they were known on a day.

    Parameters
    ----------
    study : Study
    names : iterable of str
        ``arm``, ``site``, ``group`` (primary mutual-help group), ``group_type`` (its approach), ``spiritual_group``
        (1 or 0; missing where nothing is known or there is no group), ``engagement_level`` and other
        levels of study.yaml, a characteristic, a measure (its last score by that day; for day 0 its score at the first
        wave), or ``measure@wave``.
    day : float
        Nothing that was measured later may enter.

    Raises
    ------
    ImmortalTime
        ``measure@wave`` names a wave after the day.
    DefinitionError
        A name is not known.
    """
    people = reading.participants(study).set_index("participant_id")
    frame = pd.DataFrame(index=people.index)
    for name in names:
        if name in ENROLMENT:
            frame[name] = people[name]
        elif name == "group":
            frame[name] = in_order(group_on(study, people.index, day), study.protocol.groups)
        elif name in ("group_type", "spiritual_group"):
            frame[name] = of_groups(study, group_on(study, people.index, day), name)
        elif name in study.protocol.characteristics:
            values = reading.characteristics(study).set_index("participant_id")[name].reindex(people.index)
            labels = study.protocol.characteristics[name].categories.values()
            frame[name] = in_order(values, labels) if labels else values
        elif name in study.protocol.all_levels:
            cut = study.protocol.all_levels[name]
            scores = _measure_by(study, cut.measure, day).reindex(people.index)
            frame[name] = in_order(level_of(scores, cut.levels), [level.name for level in cut.levels])
        else:
            frame[name] = _measure_by(study, name, day).reindex(people.index)
    return Covariates(frame, dict.fromkeys(frame.columns, float(day)))


def in_order(values: pd.Series, order: Iterable[str]) -> pd.Series:
    """Make a category whose values keep the protocol's order, so that the first is the reference."""
    present = set(values.dropna())
    kept = [each for each in order if each in present]
    return values.astype(pd.CategoricalDtype([*kept, *sorted(present - set(kept))]))


def group_on(study: Study, people: pd.Index, day: float) -> pd.Series:
    """Name each participant's primary group on a day; ``unknown`` where nothing was recorded."""
    spells = reading.affiliations(study)
    open_end = spells["end_day"].isna() | (spells["end_day"].astype(float) >= day)
    current = spells[spells["is_primary"].astype(bool) & (spells["start_day"] <= day) & open_end]
    latest = current.sort_values("start_day").groupby("participant_id")["group_name"].last()
    return latest.reindex(people).fillna("unknown")


def of_groups(study: Study, groups: pd.Series, name: str) -> pd.Series:
    """Tell what kind of group each is: its approach in the order of study.yaml, or 1 where it is spiritual."""
    known = {code: study.protocol.group(code) for code in {*study.protocol.groups, *groups.astype(object)}}
    if name == "spiritual_group":
        spiritual = {code: one.spiritual for code, one in known.items() if one.spiritual is not None}
        return groups.astype(object).map(spiritual).astype(float)
    order = dict.fromkeys(known[code].approach for code in study.protocol.groups)
    return in_order(groups.astype(object).map({code: one.approach for code, one in known.items()}), order)


def _measure_by(study: Study, name: str, day: float) -> pd.Series:
    measure, _, wave = name.partition("@")
    if measure not in study.protocol.measures:
        protocol = study.protocol
        known = [*ENROLMENT, *GROUPINGS, *protocol.all_levels, *protocol.characteristics, *protocol.measures]
        raise DefinitionError(f"There is no covariate '{name}'.", f"The study knows {', '.join(known)}.")
    scores = measure_scores(study, measure)
    if wave:
        _refuse_later_wave(study, measure, wave, day)
        chosen = scores[scores["wave"] == wave]
        if study.protocol.wave(wave).day > 0:
            chosen = chosen[chosen["day"] <= day]
    elif day <= 0:
        chosen = scores[scores["wave"] == study.protocol.waves[0].name]
    else:
        chosen = scores[scores["day"] <= day].dropna(subset="score")
    return chosen.sort_values("day").groupby("participant_id")["score"].last()


def _refuse_later_wave(study: Study, measure: str, wave: str, day: float) -> None:
    planned = study.protocol.wave(wave).day
    if planned > day:
        raise ImmortalTime(
            f"'{measure}@{wave}' is known only from day {planned}, after the clock starts on day {day:g}: whoever has "
            "it was still followed then, so it would look protective whatever it does (immortal time).",
            f"Use landmark(study, day={planned}, covariates=['{measure}@{wave}']), or let it vary over time with "
            f"risk_interval(study, exposures=['{measure}']).",
        )
