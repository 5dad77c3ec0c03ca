"""Where people are lost on the way from a referral to sustained attendance, and how each part fared."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import CascadeQuestion
from remission.estimate import kaplan_meier
from remission.estimate.result import Curve
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import landmark
from remission.tables.cascade import STEPS, facilitation_steps


@dataclass(frozen=True)
class Cascade:
    """The steps with the loss at each, and the outcome after them.

    Attributes
    ----------
    asked : CascadeQuestion
    landmark : int
        Day by which the steps are counted and after which the outcome is read.
    steps : pandas.DataFrame
        One row is a step: ``step reached of share lost unknown``; ``of`` counts those who reached the step before,
        ``lost`` those of them who were followed and did not go on, ``unknown`` those whose observation ended before.
    curve : Curve or Problem
        Free of the event by furthest step, among those free and followed at the landmark.
    """

    asked: CascadeQuestion
    landmark: int
    steps: pd.DataFrame
    curve: Curve | Problem


def cascade(study: Study, asked: CascadeQuestion) -> Cascade:
    """Count who reached each step by a fixed day, and compare what came after it.

    Raises
    ------
    NotEstimable
        The calendar holds no meeting or no referral.
    """
    way = facilitation_steps(
        study, within_days=asked.within_days, weeks=asked.weeks, meetings_at_least=asked.meetings_at_least
    )
    day = asked.within_days + 7 * asked.weeks
    return Cascade(asked, day, _counted(way), answer_or_problem(lambda: _afterwards(study, way, day)))


def _counted(way: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for number, step in enumerate(STEPS):
        before = way[way["reached"] >= max(0, number - 1)]
        here = before["reached"] >= number
        unknown = int((~here & ~before["known"]).sum())
        rows.append(
            {
                "step": step,
                "reached": int(here.sum()),
                "of": len(before),
                "share": here.mean() if len(before) else float("nan"),
                "lost": int((~here).sum()) - unknown,
                "unknown": unknown,
            }
        )
    return pd.DataFrame(rows)


def _afterwards(study: Study, way: pd.DataFrame, day: int) -> Curve:
    table = landmark(study, day)
    attrs = table.attrs
    joined = table.merge(way[["participant_id", "step"]], on="participant_id", how="left")
    joined = joined.assign(step=joined["step"].cat.remove_unused_categories())
    joined.attrs = {**attrs, "measured_day": {"step": float(day)}}
    return kaplan_meier(joined, by="step", entry="entry")
