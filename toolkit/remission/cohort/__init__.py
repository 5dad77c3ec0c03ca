"""Who takes part, when they are seen, and where what they said is kept."""

from remission.cohort.audit import audit_trail
from remission.cohort.compare import compare
from remission.cohort.differences import Differences
from remission.cohort.entries import BatchInfo, Entries
from remission.cohort.protocol import Protocol, Wave
from remission.cohort.reading import (
    affiliations,
    answers,
    batches,
    characteristics,
    mutual_help_events,
    participants,
    status_events,
    use_reports,
)
from remission.cohort.recording import BatchOutcome, record
from remission.cohort.study import Study, create_study, open_study

__all__ = [
    "BatchInfo",
    "BatchOutcome",
    "Differences",
    "Entries",
    "Protocol",
    "Study",
    "Wave",
    "affiliations",
    "answers",
    "audit_trail",
    "batches",
    "characteristics",
    "compare",
    "create_study",
    "mutual_help_events",
    "open_study",
    "participants",
    "record",
    "status_events",
    "use_reports",
]
