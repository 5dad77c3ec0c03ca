"""Answers on their way: checked, kept at once, and read back when a person comes again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, delete, insert, select

from remission.asking.links import DRAFT, LINK, Link, attend
from remission.asking.questionnaire import Drafts, Given, Page, Question
from remission.cohort import Study
from remission.cohort.engine import reading, writing
from remission.errors import DefinitionError
from remission.survey.definition import Instrument
from remission.survey.possible import check_answer
from remission.survey.rules import score_sheets

REASON = "r:"
REASONS = {"participant": ("refused",), "interview": ("refused", "unknown", "not_asked")}


class LinkClosed(Exception):
    """The link was handed in, revoked or ran out while a page was open."""


@dataclass(frozen=True)
class Reading:
    """What a sent page says.

    Attributes
    ----------
    given : dict
        Item to what was said.
    wrong : dict
        Item to what was sent and cannot be an answer.
    blank : tuple of str
        Items without an answer.
    both : tuple of str
        Items with a number and a reason for having none.
    """

    given: Mapping[str, Given]
    wrong: Mapping[str, str]
    blank: tuple[str, ...]
    both: tuple[str, ...] = ()


def read_page(questions: tuple[Question, ...], page: Page, sent: Mapping[str, str], mode: str) -> Reading:
    """Read the fields of a sent page against what its items allow."""
    given: dict[str, Given] = {}
    wrong: dict[str, str] = {}
    blank, both = [], []
    for question in questions:
        name, text = question.item.name, sent.get(question.field, "").strip()
        typed = sent.get(f"{question.field}.n", "").strip()
        if text.startswith(REASON) and text.removeprefix(REASON) in REASONS[mode] and not typed:
            given[name] = Given(None, text.removeprefix(REASON))
        elif text and typed:
            both.append(name)
        elif not (text or typed):
            blank.append(name)
        else:
            found = _number(page.instrument, name, typed or text)
            if found is None:
                wrong[name] = typed or text
            else:
                given[name] = Given(found)
    return Reading(given, wrong, tuple(blank), tuple(both))


def _number(instrument: Instrument, item: str, text: str) -> float | None:
    # "1,000" may be a thousand or one: a mark is taken as a decimal one before one or two digits only.
    if not re.fullmatch(r"-?[0-9]{1,9}([.,][0-9]{1,2})?", text):
        return None
    value = float(text.replace(",", "."))
    try:
        check_answer(instrument, item, value)
    except DefinitionError:
        return None
    return value


def saved(study: Study, link: Link) -> Drafts:
    """Read the answers that were given through a link and not yet handed in."""
    with reading(study.engine) as connection:
        return drafts_of(connection, link)


def drafts_of(connection: Connection, link: Link) -> dict[tuple[str, str, str], Given]:
    """Read a link's answers on an open connection."""
    rows = connection.execute(select(DRAFT).where(DRAFT.c.link_id == link.id)).mappings()
    return {
        (row["instrument"], row["about"], row["item"]): Given(
            row["value"], row["missing_reason"], row["instrument_version"]
        )
        for row in rows
    }


def save(study: Study, link: Link, page: Page, given: Mapping[str, Given], blank: tuple[str, ...] = ()) -> None:
    """Keep the answers of a page in one transaction; a later answer, or a blank, takes the place of an earlier one.

    Raises
    ------
    LinkClosed
        The link is not open any more; nothing is kept.
    """
    now = datetime.now(UTC)
    with writing(study.engine) as connection:
        require_open(connection, link, now)
        sheet = (DRAFT.c.link_id == link.id, DRAFT.c.instrument == page.instrument.name, DRAFT.c.about == page.about)
        connection.execute(delete(DRAFT).where(*sheet, DRAFT.c.item.in_([*given, *blank])))
        rows = [
            {
                "link_id": link.id,
                "instrument": page.instrument.name,
                "instrument_version": page.instrument.version,
                "about": page.about,
                "item": item,
                "value": said.value,
                "missing_reason": said.reason,
                "saved_at": now,
            }
            for item, said in given.items()
        ]
        if rows:
            connection.execute(insert(DRAFT), rows)
        raised = flags(page.instrument, page.about, drafts_of(connection, link))
        if raised:
            attend(connection, link.id, f"{page.instrument.name}: {', '.join(raised)}")


def require_open(connection: Connection, link: Link, now: datetime) -> None:
    """Refuse to write through a link that is closed by now."""
    row = connection.execute(select(LINK).where(LINK.c.id == link.id)).mappings().one()
    if row["finished_at"] is not None or row["revoked_at"] is not None or now >= row["expires_at"]:
        raise LinkClosed


def flags(instrument: Instrument, about: str, drafts: Drafts) -> tuple[str, ...]:
    """Name the scales of an instrument that ask for a person's attention at once."""
    wanted = tuple(scale for scale in instrument.scales if scale.flag)
    if not wanted:
        return ()
    said = [drafts.get((instrument.name, about, item.name), Given(None)).value for item in instrument.items]
    values = np.array([[np.nan if value is None else value for value in said]], dtype=float)
    scored = score_sheets(instrument, values, wanted)
    return tuple(scale.title for scale in wanted if scored[scale.name].score[0] > 0)


def as_answers(link: Link, drafts: Drafts, versions: Mapping[str, str], day: int | None) -> pd.DataFrame:
    """Turn a link's answers into rows that can be recorded."""
    columns = ["participant_id", "wave", "day", "instrument", "version", "about", "item", "value", "missing_reason"]
    rows = [
        (link.participant_id, link.wave, day, name, versions[name], about, item, given.value, given.reason)
        for (name, about, item), given in sorted(drafts.items())
    ]
    return pd.DataFrame(rows, columns=columns)
