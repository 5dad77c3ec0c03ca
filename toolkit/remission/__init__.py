"""Outcome tracking for addiction-recovery cohorts."""

__version__ = "0.1.0"
