"""What survey links hold that asks for a person's attention, and that a person looked at it."""

import pandas as pd
from sqlalchemy import func, select, update

from remission.asking.drafts import flags
from remission.asking.links import CONTRADICTS, DRAFT, LINK, PARTICIPANT, STRAY, links_of, trail_entry
from remission.asking.questionnaire import Given
from remission.cohort import Study
from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.reading import permitted, with_current_names
from remission.cohort.trail.chain import note
from remission.errors import StudyError

RAISED = ("participant_id", "wave", "instrument", "scale", "about", "raised_at")


def raised_by_links(study: Study) -> pd.DataFrame:
    """List scales that ask for attention by answers given through links.

    Answers count from the moment at which they are kept, and go on to count when the participant took them back.

    Returns
    -------
    pandas.DataFrame
        One row is a scale of a sheet: ``participant_id wave instrument scale about raised_at``, a moment in UTC.
    """
    rows = [*_marked(study), *_kept(study)]
    found = with_current_names(study, pd.DataFrame(rows, columns=list(RAISED), dtype=object))
    return permitted(study, found.assign(raised_at=pd.to_datetime(found["raised_at"], utc=True)))


def settle(study: Study, participant_id: str, wave: str | None = None) -> int:
    """Note that a person of the team looked at what asked for attention; returns how many links.

    Raises
    ------
    StudyError
        Nothing of that participant waits.
    """
    settled = _settle(study, participant_id, wave, ())
    if not settled:
        raise StudyError(
            f"Nothing of participant {participant_id} waits to be looked at.", "See `remission survey status`."
        )
    return settled


def settle_flags(study: Study, participant_id: str, wave: str) -> int:
    """Note that a person of the team saw to flags raised at a wave, if there are any; returns how many links."""
    return _settle(study, participant_id, wave, (CONTRADICTS, STRAY))


def _settle(study: Study, participant_id: str, wave: str | None, but: tuple[str, ...]) -> int:
    wave = None if wave is None else study.protocol.stored_names.get(wave, wave)
    with writing(study.engine) as connection:
        query = links_of().where(
            PARTICIPANT.c.participant_id == str(participant_id),
            LINK.c.needs_attention.is_not(None),
            LINK.c.needs_attention.not_in(but),
        )
        rows = connection.execute(query if wave is None else query.where(LINK.c.wave == wave)).mappings().all()
        if not rows:
            return 0
        keys = [row["id"] for row in rows]
        connection.execute(update(LINK).where(LINK.c.id.in_(keys)).values(needs_attention=None))
        entries = [
            trail_entry(row, row["id"]) | {"field": "needs_attention", "old": row["needs_attention"]} for row in rows
        ]
        note(connection, operator(), "settled", entries)
    return len(keys)


def _marked(study: Study) -> list[tuple[object, ...]]:
    last = select(DRAFT.c.link_id, func.min(DRAFT.c.saved_at).label("saved_at")).group_by(DRAFT.c.link_id).subquery()
    when = func.coalesce(last.c.saved_at, LINK.c.finished_at, LINK.c.opened_at, LINK.c.created_at).label("raised_at")
    query = (
        select(PARTICIPANT.c.participant_id, LINK.c.wave, LINK.c.needs_attention, when)
        .join(PARTICIPANT, PARTICIPANT.c.id == LINK.c.participant)
        .outerjoin(last, last.c.link_id == LINK.c.id)
        .where(LINK.c.needs_attention.is_not(None), LINK.c.needs_attention.not_in((CONTRADICTS, STRAY)))
        .order_by(LINK.c.id)
    )
    with reading(study.engine) as connection:
        held = connection.execute(query).all()
    told: list[tuple[object, ...]] = []
    for row in held:
        name, _, titles = row.needs_attention.partition(": ")
        asked = study.instrument(name)
        # Titles may hold commas themselves.
        known = [scale.name for scale in asked.scales if scale.flag and scale.title in titles] or [titles]
        told += [(row.participant_id, row.wave, name, scale, "", row.raised_at) for scale in known]
    return told


def _kept(study: Study) -> list[tuple[object, ...]]:
    query = (
        select(PARTICIPANT.c.participant_id, LINK.c.wave, DRAFT)
        .join(LINK, LINK.c.id == DRAFT.c.link_id)
        .join(PARTICIPANT, PARTICIPANT.c.id == LINK.c.participant)
        .order_by(DRAFT.c.link_id, DRAFT.c.instrument, DRAFT.c.about, DRAFT.c.item)
    )
    with reading(study.engine) as connection:
        held = pd.DataFrame(connection.execute(query).mappings().all())
    if held.empty:
        return []
    told: list[tuple[object, ...]] = []
    for (who, wave, name, about), sheet in held.groupby(["participant_id", "wave", "instrument", "about"], sort=False):
        asked = study.instrument(str(name))
        values = {
            (str(name), str(about), item): Given(None if pd.isna(value) else value)
            for item, value in zip(sheet["item"], sheet["value"], strict=True)
        }
        raised = flags(asked, str(about), values)
        names = [scale.name for scale in asked.scales if scale.flag and scale.title in raised]
        told += [(who, wave, name, scale, about, sheet["saved_at"].min()) for scale in names]
    return told
