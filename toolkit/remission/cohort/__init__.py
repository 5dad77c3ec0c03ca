"""Who takes part, when they are seen, and where what they said is kept."""

from remission.cohort.compare import compare
from remission.cohort.differences import Differences
from remission.cohort.entries import BatchInfo, Entries
from remission.cohort.erasing import ErasurePlan, erase, plan_erasure
from remission.cohort.memory import Memory, with_memory
from remission.cohort.past_study import end_of, study_as_of
from remission.cohort.permission import Permission, permission
from remission.cohort.protocol import Protocol
from remission.cohort.reading import (
    affiliations,
    answers,
    batches,
    characteristics,
    mutual_help_events,
    participants,
    status_events,
)
from remission.cohort.reading_follow_up import (
    care_episodes,
    consents,
    contact_attempts,
    incentives,
    query_steps,
    safety_steps,
    stops,
)
from remission.cohort.reading_use import calendar_days, drug_tests, sobriety_dates, use_reports
from remission.cohort.recording import BatchOutcome, record, record_pieces
from remission.cohort.sources import ImportedFrom, import_sources
from remission.cohort.study import EVERYONE, Study, create_study, open_study
from remission.cohort.trail.reading import audit_trail, trail_head
from remission.cohort.undo import UndoPlan, plan_undo, undo
from remission.cohort.wave import Wave

__all__ = [
    "EVERYONE",
    "BatchInfo",
    "BatchOutcome",
    "Differences",
    "Entries",
    "ErasurePlan",
    "ImportedFrom",
    "Memory",
    "Permission",
    "Protocol",
    "Study",
    "UndoPlan",
    "Wave",
    "affiliations",
    "answers",
    "audit_trail",
    "batches",
    "calendar_days",
    "care_episodes",
    "characteristics",
    "compare",
    "consents",
    "contact_attempts",
    "create_study",
    "drug_tests",
    "end_of",
    "erase",
    "import_sources",
    "incentives",
    "mutual_help_events",
    "open_study",
    "participants",
    "permission",
    "plan_erasure",
    "plan_undo",
    "query_steps",
    "record",
    "record_pieces",
    "safety_steps",
    "sobriety_dates",
    "status_events",
    "stops",
    "study_as_of",
    "trail_head",
    "undo",
    "use_reports",
    "with_memory",
]
