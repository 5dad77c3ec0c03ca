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
from remission.cohort.recording import BatchOutcome, record, record_pieces
from remission.cohort.sources import ImportedFrom, import_sources
from remission.cohort.study import Study, create_study, open_study
from remission.cohort.undo import UndoPlan, plan_undo, undo

__all__ = [
    "BatchInfo",
    "BatchOutcome",
    "Differences",
    "Entries",
    "ImportedFrom",
    "Protocol",
    "Study",
    "UndoPlan",
    "Wave",
    "affiliations",
    "answers",
    "audit_trail",
    "batches",
    "characteristics",
    "compare",
    "create_study",
    "import_sources",
    "mutual_help_events",
    "open_study",
    "participants",
    "plan_undo",
    "record",
    "record_pieces",
    "status_events",
    "undo",
    "use_reports",
]
