"""Handing in: a link's answers become a response, once."""

from datetime import UTC, date, datetime

import pandas as pd
from sqlalchemy import Connection, delete, update

from remission.asking.drafts import LinkClosed, as_answers, require_open, saved
from remission.asking.links import CONTRADICTS, DRAFT, LINK, Link, attend, expired_links
from remission.asking.questionnaire import Questionnaire, questionnaire
from remission.cohort import BatchInfo, Entries, Study, participants, record
from remission.cohort.engine import writing
from remission.errors import ImportRefused


def hand_in(study: Study, link: Link, asked: Questionnaire, who: str, day: int | None) -> bool:
    """Record a link's answers and close the link, in one transaction.

    A second tap finds the link closed and changes nothing. Where the wave was recorded meanwhile
    with other answers, nothing is overwritten: the answers stay with the link, which is marked for
    a person to look at.

    Parameters
    ----------
    study : Study
    link : Link
    asked : Questionnaire
    who : str
        For the audit trail.
    day : int or None
        Day of the answers on the study's timeline, None where unknown.

    Returns
    -------
    bool
        Whether the answers are recorded; False where they are kept for a person to look at.
    """
    drafts = asked.standing(saved(study, link))
    versions = {page.instrument.name: page.instrument.version for page in asked.pages}
    kind = "survey" if link.mode == "participant" else "interview"
    entries = Entries(answers=as_answers(link, drafts, versions, day))
    try:
        record(study, entries, BatchInfo(kind, who=who), along=lambda connection: _close(connection, link))
    except LinkClosed:
        return True
    except ImportRefused:
        with writing(study.engine) as connection:
            attend(connection, link.id, CONTRADICTS)
            connection.execute(update(LINK).where(LINK.c.id == link.id).values(finished_at=datetime.now(UTC)))
        return False
    return True


def _close(connection: Connection, link: Link) -> None:
    now = datetime.now(UTC)
    if link.state != "expired":
        require_open(connection, link, now)
    connection.execute(update(LINK).where(LINK.c.id == link.id).values(finished_at=now))
    connection.execute(delete(DRAFT).where(DRAFT.c.link_id == link.id))


def study_day(study: Study, link: Link, today: date) -> int | None:
    """Return the day of a date on a participant's timeline; None where day 0 has no date."""
    known = participants(study).set_index("participant_id")["origin_date"]
    origin = known.get(link.participant_id)
    return None if origin is None or pd.isna(origin) else (today - origin.date()).days


def standing_today(study: Study, wave: str, today: date) -> pd.DataFrame:
    """Tell who is inside a wave's allowed window on a date.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id`` and ``standing``: ``inside``, ``outside``, or ``unknown`` where
        day 0 has no date.
    """
    first, last = study.protocol.wave(wave).allowed_window
    enrolled = participants(study)
    day = (pd.Timestamp(today) - enrolled["origin_date"]).dt.days
    standing = day.between(first, last).map({True: "inside", False: "outside"}).where(day.notna(), "unknown")
    return pd.DataFrame({"participant_id": enrolled["participant_id"], "standing": standing})


def collect_expired(study: Study, who: str) -> int:
    """Record the answers of links that ran out before they were handed in; returns how many links.

    The day of the response is unknown then, because the answers may have been given on several days.
    """
    waiting = [link for link in expired_links(study) if saved(study, link)]
    for link in waiting:
        hand_in(study, link, questionnaire(study, link.wave, link.participant_id, link.language), who, None)
    return len(waiting)
