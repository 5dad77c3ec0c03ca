"""Analysis tables, made anew from what was observed."""

from remission.tables.abstinence import abstinence_at_waves
from remission.tables.checks import check_timeline, timeline_problems
from remission.tables.exposures import exposure_changes, varying
from remission.tables.landmark import landmark
from remission.tables.landmarks import landmarks
from remission.tables.measures import measure_scores
from remission.tables.outcome import definition_of, outcome_table
from remission.tables.person_period import person_period
from remission.tables.recurrent_use import recurrent_use
from remission.tables.repeated import repeated
from remission.tables.risk_interval import risk_interval
from remission.tables.split_at import split_at
from remission.tables.time_to_cause import time_to_cause
from remission.tables.time_to_event import time_to_event
from remission.tables.use_timeline import use_contradictions, use_timeline

__all__ = [
    "abstinence_at_waves",
    "check_timeline",
    "definition_of",
    "exposure_changes",
    "landmark",
    "landmarks",
    "measure_scores",
    "outcome_table",
    "person_period",
    "recurrent_use",
    "repeated",
    "risk_interval",
    "split_at",
    "time_to_cause",
    "time_to_event",
    "timeline_problems",
    "use_contradictions",
    "use_timeline",
    "varying",
]
