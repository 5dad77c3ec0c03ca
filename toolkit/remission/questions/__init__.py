"""A study's ready questions: a table and an estimator in one call, the same for every face of the product."""

from remission.questions.as_json import as_dict
from remission.questions.asked import Asked, Question, questions_of
from remission.questions.data_quality import left_out, missing_by_instrument, missingness, out_of_window
from remission.questions.first_use import Comparison, compare_groups, time_to_first_use
from remission.questions.follow_up import follow_up, group_sizes
from remission.questions.instrument_check import ScaleCheck, check_instrument
from remission.questions.models import cox_model, engagement_over_time, trajectory
from remission.questions.multiverse import multiverse
from remission.questions.problem import Problem
from remission.questions.relapse import WAYS, Reading, Relapse, as_python, exposures_of, relapse, relapse_table
from remission.questions.study_results import StudyResults, study_results
from remission.questions.wave_means import all_trajectory_means, wave_means

__all__ = [
    "WAYS",
    "Asked",
    "Comparison",
    "Problem",
    "Question",
    "Reading",
    "Relapse",
    "ScaleCheck",
    "StudyResults",
    "all_trajectory_means",
    "as_dict",
    "as_python",
    "check_instrument",
    "compare_groups",
    "cox_model",
    "engagement_over_time",
    "exposures_of",
    "follow_up",
    "group_sizes",
    "left_out",
    "missing_by_instrument",
    "missingness",
    "multiverse",
    "out_of_window",
    "questions_of",
    "relapse",
    "relapse_table",
    "study_results",
    "time_to_first_use",
    "trajectory",
    "wave_means",
]
