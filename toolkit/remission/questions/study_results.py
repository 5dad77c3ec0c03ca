"""All questions of a study answered at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd

from remission.cohort import Study, permission, with_memory
from remission.estimate.result import Coefficients, Curve, MixedFit
from remission.estimate.workers import ALONE, Crew
from remission.outcomes import OutcomeDefinition
from remission.questions.asked import Asked, questions_of
from remission.questions.first_use import Comparison, compare_groups, time_to_first_use
from remission.questions.follow_up import follow_up
from remission.questions.models import cox_model, engagement_over_time, trajectory
from remission.questions.problem import Answer, Problem, answer_or_problem
from remission.tables import definition_of

READING_DAYS = (30, 90, 180, 365)


@dataclass(frozen=True)
class StudyResults:
    """What a study's questions came to.

    Attributes
    ----------
    title, time_origin : str
        From study.yaml.
    revision : str
        The state of the cohort database that was read.
    definition : OutcomeDefinition
    follow_up : pandas.DataFrame
        One row is a wave: due, answered, rate.
    times : tuple of int
        Days at which curves are read.
    first_use : Curve or Problem
    by : dict
        Covariate to Comparison or Problem.
    cox, over_time : dict
        Formula to Coefficients or Problem; ``over_time`` has engagement varying over time.
    trajectories : dict
        Formula to MixedFit or Problem.
    others : tuple of Asked
        What else study.yaml asks.
    not_used : str
        How many participants are left out because they asked for it or gave no consent; empty for none.
    """

    title: str
    time_origin: str
    revision: str
    definition: OutcomeDefinition
    follow_up: pd.DataFrame
    times: tuple[int, ...]
    first_use: Curve | Problem
    by: dict[str, Comparison | Problem]
    cox: dict[str, Coefficients | Problem]
    over_time: dict[str, Coefficients | Problem]
    trajectories: dict[str, MixedFit | Problem]
    others: tuple[Asked, ...] = ()
    not_used: str = ""

    def models(self) -> Iterator[tuple[str, Coefficients | Problem]]:
        """Yield every regression model with its heading."""
        for terms, fit in self.cox.items():
            yield f"Hazard of the event: {terms}, all at baseline", fit
        for terms, fit in self.over_time.items():
            yield f"Hazard of the event: {terms}, engagement varying over time", fit
        for formula, mixed in self.trajectories.items():
            yield f"Change over waves: {formula}", mixed


def study_results(study: Study, progress: Callable[[int, int], None] | None = None, crew: Crew = ALONE) -> StudyResults:
    """Answer every question that study.yaml asks.

    Parameters
    ----------
    study : Study
    progress : callable, optional
        Called with (answered, total) after each question.
    crew : Crew
        Who computes resamples and imputed copies.

    Returns
    -------
    StudyResults
        A question that the data cannot answer holds a Problem with the reason.
    """
    study = with_memory(study)
    asked = study.protocol.questions
    further = tuple(questions_of(study, crew))
    total = 1 + len(asked.by) + len(asked.cox) + len(asked.over_time) + len(asked.trajectories) + len(further)
    done = iter(range(1, total + 1))

    def ask(question: Callable[[], Answer]) -> Answer | Problem:
        answer = answer_or_problem(question)
        if progress:
            progress(next(done), total)
        return answer

    return StudyResults(
        title=study.protocol.title,
        time_origin=study.protocol.time_origin,
        revision=study.revision(),
        definition=definition_of(study),
        follow_up=follow_up(study),
        not_used=permission(study).sentence,
        times=READING_DAYS,
        first_use=ask(partial(time_to_first_use, study)),
        by={name: ask(partial(compare_groups, study, name)) for name in asked.by},
        cox={terms: ask(partial(cox_model, study, terms)) for terms in asked.cox},
        over_time={terms: ask(partial(engagement_over_time, study, terms)) for terms in asked.over_time},
        trajectories={formula: ask(partial(trajectory, study, formula)) for formula in asked.trajectories},
        others=tuple(Asked(each.key, each.name, each.heading, ask(each.answer)) for each in further),
    )
