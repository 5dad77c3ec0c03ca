"""Keeping in touch: what became of every interview, whom to call this week, and what the rates are."""

from remission.tracking.dispositions import DISPOSITIONS, dispositions
from remission.tracking.due import due
from remission.tracking.rates import rates

__all__ = ["DISPOSITIONS", "dispositions", "due", "rates"]
