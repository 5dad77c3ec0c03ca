"""Analysis tables, made anew from what was observed."""

from remission.tables.checks import check_timeline, timeline_problems
from remission.tables.landmark import landmark
from remission.tables.measures import measure_scores
from remission.tables.repeated import repeated
from remission.tables.risk_interval import risk_interval
from remission.tables.time_to_event import time_to_event

__all__ = [
    "check_timeline",
    "landmark",
    "measure_scores",
    "repeated",
    "risk_interval",
    "time_to_event",
    "timeline_problems",
]
