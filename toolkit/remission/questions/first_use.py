"""Time to the study's outcome, for everyone and by group."""

from dataclasses import dataclass

from remission.cohort import Study
from remission.estimate import kaplan_meier, log_rank
from remission.estimate.result import Curve, Test
from remission.questions.problem import Problem, answer_or_problem
from remission.tables import time_to_event


@dataclass(frozen=True)
class Comparison:
    """Curves by group and the test that compares them.

    ``test`` is a Problem where one group alone, or no event, leaves nothing to compare.
    """

    by: str
    curve: Curve
    test: Test | Problem


def time_to_first_use(study: Study) -> Curve:
    """Estimate the probability of no event yet for all participants of a study.

    Raises
    ------
    NotEstimable
        No participant has an outcome.
    """
    return kaplan_meier(time_to_event(study))


def compare_groups(study: Study, by: str) -> Comparison:
    """Estimate the curves by a baseline covariate and test whether they differ.

    Parameters
    ----------
    study : Study
    by : str
        A covariate that ``remission.tables.time_to_event`` knows: ``group``, ``arm``,
        ``engagement_level``, a characteristic or a measure at baseline.

    Raises
    ------
    ImmortalTime
        The covariate was measured after day 0.
    NotEstimable
        No participant has both an outcome and the covariate.
    """
    table = time_to_event(study, covariates=[by])
    test = answer_or_problem(lambda: log_rank(table, by=by))
    return Comparison(by, kaplan_meier(table, by=by), test)
