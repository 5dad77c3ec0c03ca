"""Answers that ask for a person's attention: what raised them, who is to look, what was done."""

from remission.safety.listing import FLAGS, STATES, flags
from remission.safety.steps import take_step

__all__ = ["FLAGS", "STATES", "flags", "take_step"]
