"""From what was reported to events and exposures, by named definitions."""

from remission.outcomes.abstinence import (
    Verification,
    continuous_abstinence,
    point_prevalence,
    prolonged_abstinence,
)
from remission.outcomes.attendance import attendance
from remission.outcomes.calendar_relapse import calendar_relapse
from remission.outcomes.contradictions import contradictions
from remission.outcomes.days_before import abstinent_before
from remission.outcomes.definitions import OutcomeDefinition, outcome, outcomes, own_run
from remission.outcomes.drinking import drinking, heavy_from_sex
from remission.outcomes.endings import causes, with_endings
from remission.outcomes.endpoints import (
    NOT_REBUILT,
    Endpoint,
    endpoint_values,
    published_endpoint,
    published_endpoints,
)
from remission.outcomes.episodes import use_episodes
from remission.outcomes.exposure_forms import calendar_exposure, score_exposure
from remission.outcomes.first_use import first_use, first_use_at_waves
from remission.outcomes.group_spells import group_spells
from remission.outcomes.lapse_rules import HUGHES_2003, NO_LAPSE, LapseRule
from remission.outcomes.levels import level_of
from remission.outcomes.period_words import weekly_words
from remission.outcomes.remission_class import remission_class
from remission.outcomes.runs import first_run
from remission.outcomes.timeline import (
    from_calendar,
    from_counts,
    from_reports,
    from_sobriety_dates,
    from_tests,
    timeline,
)
from remission.outcomes.use_pattern import (
    at_periods,
    attended,
    check_words,
    drop_missed,
    fill_between,
    fill_with_mode,
    first_window,
    from_period,
    has_run,
    last_seen,
    longest_run,
    penalised_use,
    recode,
    scheduled,
    tally,
)
from remission.outcomes.week_words import week_words

__all__ = [
    "HUGHES_2003",
    "NOT_REBUILT",
    "NO_LAPSE",
    "Endpoint",
    "LapseRule",
    "OutcomeDefinition",
    "Verification",
    "abstinent_before",
    "at_periods",
    "attendance",
    "attended",
    "calendar_exposure",
    "calendar_relapse",
    "causes",
    "check_words",
    "continuous_abstinence",
    "contradictions",
    "drinking",
    "drop_missed",
    "endpoint_values",
    "fill_between",
    "fill_with_mode",
    "first_run",
    "first_use",
    "first_use_at_waves",
    "first_window",
    "from_calendar",
    "from_counts",
    "from_period",
    "from_reports",
    "from_sobriety_dates",
    "from_tests",
    "group_spells",
    "has_run",
    "heavy_from_sex",
    "last_seen",
    "level_of",
    "longest_run",
    "outcome",
    "outcomes",
    "own_run",
    "penalised_use",
    "point_prevalence",
    "prolonged_abstinence",
    "published_endpoint",
    "published_endpoints",
    "recode",
    "remission_class",
    "scheduled",
    "score_exposure",
    "tally",
    "timeline",
    "use_episodes",
    "week_words",
    "weekly_words",
    "with_endings",
]
