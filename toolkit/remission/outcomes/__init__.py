"""From what was reported to events and exposures, by named definitions."""

from remission.outcomes.attendance import attendance
from remission.outcomes.definitions import OutcomeDefinition, outcome, outcomes
from remission.outcomes.exposure import exposure, level_of
from remission.outcomes.first_use import first_use, first_use_at_waves

__all__ = [
    "OutcomeDefinition",
    "attendance",
    "exposure",
    "first_use",
    "first_use_at_waves",
    "level_of",
    "outcome",
    "outcomes",
]
