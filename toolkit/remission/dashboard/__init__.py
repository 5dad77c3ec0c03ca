"""What the dashboard's views share: the study, cached answers, and one way to draw.

Nothing that holds a database connection is cached. Answers are kept by study folder and revision, so an
import or an edit of study.yaml turns them over.
"""

from remission.dashboard.answers import (
    answer_to,
    asked,
    comparison,
    covariates,
    cox_model,
    definitions,
    exposures,
    first_use,
    follow_up,
    formulas,
    group_sizes,
    landmark_days,
    left_out,
    means,
    missingness,
    read_relapse,
    time_axis,
    trajectory,
    windows,
)
from remission.dashboard.drawing import draw, draw_coefficients, draw_curve, draw_section, offer_call, show, style_page
from remission.dashboard.opening import STUDY_VARIABLE, guarded, names, need_participants, not_used, study

__all__ = [
    "STUDY_VARIABLE",
    "answer_to",
    "asked",
    "comparison",
    "covariates",
    "cox_model",
    "definitions",
    "draw",
    "draw_coefficients",
    "draw_curve",
    "draw_section",
    "exposures",
    "first_use",
    "follow_up",
    "formulas",
    "group_sizes",
    "guarded",
    "landmark_days",
    "left_out",
    "means",
    "missingness",
    "names",
    "need_participants",
    "not_used",
    "offer_call",
    "read_relapse",
    "show",
    "study",
    "style_page",
    "time_axis",
    "trajectory",
    "windows",
]
