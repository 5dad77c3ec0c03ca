"""What a look at a study found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    about : str
        What was looked at.
    state : {"ok", "warning", "fault"}
    said : str
        What is so.
    cure : str
        What to do; empty where all is well.
    """

    about: str
    state: State
    said: str
    cure: str = ""


def ok(about: str, said: str) -> Finding:
    """Say that something is well."""
    return Finding(about, "ok", said)


def warning(about: str, said: str, cure: str) -> Finding:
    """Say that something should be looked at."""
    return Finding(about, "warning", said, cure)


def fault(about: str, said: str, cure: str) -> Finding:
    """Say that something is wrong."""
    return Finding(about, "fault", said, cure)
