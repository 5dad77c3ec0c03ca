"""A study's ready questions: a table and an estimator in one call, the same for every face of the product."""

from remission.questions.as_json import as_dict
from remission.questions.first_use import Comparison, compare_groups, time_to_first_use
from remission.questions.models import cox_model, engagement_over_time, trajectory
from remission.questions.problem import Problem
from remission.questions.study_results import StudyResults, study_results

__all__ = [
    "Comparison",
    "Problem",
    "StudyResults",
    "as_dict",
    "compare_groups",
    "cox_model",
    "engagement_over_time",
    "study_results",
    "time_to_first_use",
    "trajectory",
]
