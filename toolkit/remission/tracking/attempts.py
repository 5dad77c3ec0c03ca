"""One attempt to reach a participant, noted once."""

from datetime import date
from typing import Any

import pandas as pd

from remission.cohort import EVERYONE, BatchInfo, BatchOutcome, Entries, Study, participants, plan_erasure, record
from remission.cohort.entries import operator
from remission.errors import StudyError


def note_attempt(
    study: Study,
    participant: str,
    channel: str,
    outcome: str,
    wave: str | None = None,
    on: date | None = None,
    time: str = "",
    point: str | None = None,
    who: str = "",
) -> BatchOutcome:
    """Note an attempt to reach a participant; the same one again changes nothing.

    Parameters
    ----------
    study : Study
    participant : str
        The code.
    channel, outcome : str
        Words of ``remission.cohort.vocabulary``.
    wave : str, optional
        The interview it was for; none for a check contact.
    on : datetime.date, optional
        Today if not given.
    time : str
        Hours and minutes, such as 14:05.
    point : str, optional
        The vault's number of the contact point.
    who : str
        Who tried; the account that runs this process where not given.

    Raises
    ------
    StudyError
        There is no such participant, or the day has not come yet.
    ImportRefused
        A word is not known, or the same attempt was noted with another outcome.
    """
    require_here(study, participant)
    # Refuses a code that nobody has, which would enrol somebody.
    plan_erasure(study, participant)
    day = on or date.today()
    if day > date.today():
        raise StudyError(f"{day} has not come yet.", "Give the day on which it was tried.")
    row: dict[str, Any] = {
        "participant_id": participant,
        "attempted_on": day,
        "time": time,
        "channel": channel,
        "outcome": outcome,
        "wave": wave,
        "point": point,
    }
    entries = Entries(contact_attempts=pd.DataFrame([row], dtype=object))
    return record(study, entries, BatchInfo("contact", who=who or operator()))


def require_here(study: Study, participant: str) -> None:
    """Refuse a participant of a site that the study is not read for, as if there were none.

    Raises
    ------
    StudyError
        There is no such participant here.
    """
    if study.sites is not None and participant not in set(participants(study.for_purpose(EVERYONE))["participant_id"]):
        raise StudyError(f"There is no participant {participant} at your sites.", "Choose one from the list.")
