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
from remission.dashboard.coordinating import brought_in, draw_flow, queries, settle_query, versions
from remission.dashboard.desk import draw_forecast, draw_reach, offer_attempt, offer_locator, pick_tasks, week
from remission.dashboard.drawing import draw, draw_coefficients, draw_curve, draw_section, offer_call, show, style_page
from remission.dashboard.entering import accesses, accounts, enter, look_at, may_open, note_look, show_account
from remission.dashboard.opening import (
    STUDY_VARIABLE,
    guarded,
    names,
    need_participants,
    not_used,
    show_told,
    study,
    tell,
)
from remission.dashboard.person import draw_person, pick_participant, signals
from remission.dashboard.safety import flags, take_safety_step, warn_of_flags
from remission.queries import STATES as QUERY_STATES
from remission.safety import STATES as FLAG_STATES

__all__ = [
    "FLAG_STATES",
    "QUERY_STATES",
    "STUDY_VARIABLE",
    "accesses",
    "accounts",
    "answer_to",
    "asked",
    "brought_in",
    "comparison",
    "covariates",
    "cox_model",
    "definitions",
    "draw",
    "draw_coefficients",
    "draw_curve",
    "draw_flow",
    "draw_forecast",
    "draw_person",
    "draw_reach",
    "draw_section",
    "enter",
    "exposures",
    "first_use",
    "flags",
    "follow_up",
    "formulas",
    "group_sizes",
    "guarded",
    "landmark_days",
    "left_out",
    "look_at",
    "may_open",
    "means",
    "missingness",
    "names",
    "need_participants",
    "not_used",
    "note_look",
    "offer_attempt",
    "offer_call",
    "offer_locator",
    "pick_participant",
    "pick_tasks",
    "queries",
    "read_relapse",
    "settle_query",
    "show",
    "show_account",
    "show_told",
    "signals",
    "study",
    "style_page",
    "take_safety_step",
    "tell",
    "time_axis",
    "trajectory",
    "versions",
    "warn_of_flags",
    "week",
    "windows",
]
