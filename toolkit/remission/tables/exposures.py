"""A study's exposures over time: each as the days on which its value changed."""

from collections.abc import Iterable

import pandas as pd

from remission.cohort import Study, affiliations, mutual_help_events
from remission.cohort.exposure_plan import ExposurePlan
from remission.cohort.memory import remembered
from remission.outcomes import calendar_exposure, group_spells, level_of, score_exposure
from remission.tables.covariates import of_groups
from remission.tables.measures import measure_scores


@remembered
def exposure_changes(study: Study, name: str, until: float, lag_waves: int = 0) -> pd.DataFrame:
    """One row is a day from which an exposure has a value.

    Parameters
    ----------
    study : Study
    name : str
        An exposure of study.yaml, a measure (its last score), ``group`` (main mutual-help group), ``group_type``, or
        levels of study.yaml such as ``engagement_level``.
    until : float
        Last day that is needed.
    lag_waves : int
        For measures: use the report so many waves before the last one.

    Returns
    -------
    pandas.DataFrame
        ``participant_id day value``.

    Raises
    ------
    DefinitionError
        The study has no such exposure or measure.
    """
    plan = study.protocol.exposures.get(name)
    if plan is None and name in ("group", "group_type"):
        spells = _of_groups(study, "primary")
        return (
            spells
            if name == "group"
            else spells.assign(value=of_groups(study, spells["value"].fillna("unknown"), name).astype(object))
        )
    cut = study.protocol.all_levels.get(name)
    if plan is None and cut is not None:
        scores = _of_measure(study, cut.measure, "last", lag_waves=lag_waves)
        return scores.assign(value=level_of(scores["value"], cut.levels))
    if plan is None:
        return _of_measure(study, name, "last", lag_waves=lag_waves)
    return _planned(study, plan, until, lag_waves)


def varying(study: Study, names: Iterable[str]) -> list[str]:
    """Return those names that vary over time wherever they are used: exposures of study.yaml, engagement, levels."""
    known = {*study.protocol.exposures, study.protocol.engagement.measure, *study.protocol.all_levels}
    return [name for name in names if name in known]


def _planned(study: Study, plan: ExposurePlan, until: float, lag_waves: int) -> pd.DataFrame:
    if plan.measure:
        found = _of_measure(study, plan.measure, plan.form, plan.threshold, plan.lag_waves + lag_waves)
    elif plan.calendar:
        events = mutual_help_events(study)
        found = calendar_exposure(events, until, plan.form, plan.days, plan.weeks, plan.every)  # type: ignore[arg-type]
    else:
        found = _of_groups(study, plan.form)
    return found.assign(day=found["day"] + plan.lag_days)


def _of_measure(study: Study, name: str, form: str, threshold: float = 1.0, lag_waves: int = 0) -> pd.DataFrame:
    scores = measure_scores(study, name)
    found = score_exposure(scores, form, threshold, lag_waves)  # type: ignore[arg-type]
    return found.assign(day=found["day"].clip(lower=0.0))


def _of_groups(study: Study, form: str) -> pd.DataFrame:
    spells = group_spells(affiliations(study))
    return pd.DataFrame(
        {
            "participant_id": spells["participant_id"],
            "day": spells["start_day"].astype(float),
            "value": spells[form],
        }
    )
