"""How long somebody attended in the first year, and what came after."""

from dataclasses import dataclass

import pandas as pd

from remission.cohort import Study
from remission.cohort.question_plan import DurationQuestion
from remission.estimate import cox, kaplan_meier, log_rank
from remission.estimate.formula import required
from remission.estimate.result import Coefficients, Curve, Test
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import landmark
from remission.tables.meetings import band, calendar_of, weeks_with_meeting


@dataclass(frozen=True)
class Duration:
    """Bands of weeks with a meeting by the landmark, and what came after it.

    Attributes
    ----------
    asked : DurationQuestion
    curve : Curve
        Free of the event by band, among those free and followed at the landmark.
    test : Test or Problem
    model : Coefficients or Problem
        Hazard ratios of the bands against the first, adjusted.
    """

    asked: DurationQuestion
    curve: Curve
    test: Test | Problem
    model: Coefficients | Problem


def duration(study: Study, asked: DurationQuestion) -> Duration:
    """Compare those who attended longer with others, from a day on at which all are still free of the event.

    Whoever relapsed earlier could not attend a whole year: without the landmark long attendance would look
    protective whatever it does.

    Parameters
    ----------
    study : Study
    asked : DurationQuestion

    Raises
    ------
    NotEstimable
        The study has no meeting calendar, or nobody is free of the event and followed at the landmark.

    References
    ----------
    Moos RH, Moos BS (2006). Participation in treatment and Alcoholics Anonymous: a 16-year follow-up of initially
    untreated individuals. doi:10.1002/jclp.20259
    """
    table = banded(study, asked)
    test = answer_or_problem(lambda: log_rank(table, by="attended_weeks", entry="entry"))
    terms = "C(attended_weeks)" + (f" + {asked.terms}" if asked.terms else "")
    model = answer_or_problem(lambda: cox(f"Event(entry, exit, event) ~ {terms}", table))
    return Duration(asked, kaplan_meier(table, by="attended_weeks", entry="entry"), test, model)


def banded(study: Study, asked: DurationQuestion) -> pd.DataFrame:
    """One row is a participant free of the event and followed at the landmark, with ``attended_weeks``."""
    events = calendar_of(study)
    names = sorted(required(asked.terms)) if asked.terms else []
    table = landmark(study, asked.landmark, names)
    weeks = weeks_with_meeting(events, 0.0, asked.landmark - 1.0)
    attended = band(table["participant_id"].map(weeks).fillna(0), asked.weeks)
    joined = table.assign(attended_weeks=attended.cat.remove_unused_categories())
    joined.attrs = {
        **table.attrs,
        "measured_day": {**table.attrs["measured_day"], "attended_weeks": float(asked.landmark)},
    }
    return joined
