"""Handing in: a link's answers become a response, once."""

from datetime import UTC, date, datetime
from functools import partial

import pandas as pd
from sqlalchemy import Connection, delete, update

from remission.asking.drafts import LinkClosed, as_answers, drafts_of, require_open, saved
from remission.asking.links import CONTRADICTS, DRAFT, LINK, STRAY, Link, attend, expired_links
from remission.asking.questionnaire import Drafts, Questionnaire, questionnaire
from remission.cohort import EVERYONE, BatchInfo, Entries, Study, participants, record
from remission.cohort.engine import writing
from remission.errors import ImportRefused

TRIES = 20


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
    try:
        for _ in range(TRIES):
            drafts = saved(study, link)
            if _recorded(study, link, asked, drafts, who, day):
                return not asked.stray(drafts)
    except LinkClosed:
        return True
    except ImportRefused:
        with writing(study.engine) as connection:
            attend(connection, link.id, CONTRADICTS)
            connection.execute(update(LINK).where(LINK.c.id == link.id).values(finished_at=datetime.now(UTC)))
    return False


def _recorded(study: Study, link: Link, asked: Questionnaire, drafts: Drafts, who: str, day: int | None) -> bool:
    """Record the answers as they were read; False where a page was saved meanwhile."""
    versions = {page.instrument.name: page.instrument.version for page in asked.pages}
    entries = Entries(answers=as_answers(link, asked.standing(drafts), versions, day))
    close = partial(_close, link=link, read=drafts, stray=asked.stray(drafts))
    try:
        record(study, entries, BatchInfo("survey" if link.mode == "participant" else "interview", who=who), along=close)
    except _NewerError:
        return False
    return True


class _NewerError(Exception):
    """A page was saved between reading the answers and recording them."""


def _close(connection: Connection, link: Link, read: Drafts, stray: Drafts) -> None:
    now = datetime.now(UTC)
    if link.state != "expired":
        require_open(connection, link, now)
    if drafts_of(connection, link) != read:
        raise _NewerError
    connection.execute(update(LINK).where(LINK.c.id == link.id).values(finished_at=now))
    for name, about, item in read.keys() - stray.keys():
        one = (DRAFT.c.instrument == name, DRAFT.c.about == about, DRAFT.c.item == item)
        connection.execute(delete(DRAFT).where(DRAFT.c.link_id == link.id, *one))
    if stray:
        attend(connection, link.id, STRAY)


def study_day(study: Study, link: Link, today: date) -> int | None:
    """Return the day of a date on a participant's timeline; None where day 0 has no date."""
    known = participants(study.for_purpose(EVERYONE)).set_index("participant_id")["origin_date"]
    origin = known.get(link.participant_id)
    return None if origin is None or pd.isna(origin) else (today - origin.date()).days


def collect_expired(study: Study, who: str) -> int:
    """Record the answers of links that ran out before they were handed in; returns how many links.

    The day of the response is unknown then, because the answers may have been given on several days.
    """
    waiting = [link for link in expired_links(study) if saved(study, link)]
    for link in waiting:
        hand_in(study, link, questionnaire(study, link.wave, link.participant_id, link.language), who, None)
    return len(waiting)
