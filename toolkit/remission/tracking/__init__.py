"""Keeping in touch: what became of every interview, whom to call this week, and what the rates are."""

from remission.tracking.attempts import note_attempt
from remission.tracking.dispositions import DISPOSITIONS, dispositions
from remission.tracking.due import due
from remission.tracking.next_contact import next_contacts
from remission.tracking.rates import rates

__all__ = ["DISPOSITIONS", "dispositions", "due", "next_contacts", "note_attempt", "rates"]
