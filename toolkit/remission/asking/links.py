"""Personal links: a token for one participant and one wave, kept only as its hash."""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, RowMapping, func, insert, select, update

from remission.asking.whom import whom_to_ask
from remission.cohort import Study
from remission.cohort.asking_plan import Asking
from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.reading import with_current_names
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import note
from remission.errors import DefinitionError, StudyError

TOKEN_BYTES = 24
CONTRADICTS = "answers differ from what is recorded for this wave"
STRAY = "answers to questions that are not asked any more"
LINK, DRAFT, PARTICIPANT = (METADATA.tables[name] for name in ("survey_link", "survey_draft", "participant"))
STATUS = (
    *("participant_id", "wave", "mode", "language", "state", "answers", "needs_attention"),
    *("created_at", "expires_at", "finished_at"),
)


@dataclass(frozen=True)
class Link:
    """A link that was followed.

    Attributes
    ----------
    state : {"open", "finished", "expired", "revoked"}
    mode : {"participant", "interview"}
    """

    id: int
    participant_id: str
    wave: str
    mode: str
    language: str
    state: str


def asking_plan(study: Study) -> Asking:
    """Return what study.yaml says about asking.

    Raises
    ------
    DefinitionError
        It says nothing.
    """
    if study.protocol.asking is None:
        raise DefinitionError(
            f"{study.path / 'study.yaml'} has no section `asking`.",
            "Add one that names sender, help_line, contact and forms; the template `engagement` has an example.",
        )
    return study.protocol.asking


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def invite(
    study: Study,
    wave: str,
    participant_ids: Sequence[str] | None = None,
    among: Collection[str] | None = None,
    language: str | None = None,
    days: int | None = None,
    mode: str = "participant",
    who: str | None = None,
) -> pd.DataFrame:
    """Make personal links; the tokens are returned once and cannot be read back.

    Participants who handed in this wave, or hold an open link to it, get none, so that the same
    command twice invites nobody twice; whose link was revoked gets a new one only when named. An
    interview takes over what an earlier one that was not handed in has kept.

    Parameters
    ----------
    study : Study
    wave : str
    participant_ids : sequence of str, optional
        All enrolled participants who have not died or withdrawn where not given.
    among : collection of str, optional
        Narrows whom to invite, for example to those who are due.
    language : str, optional
        The first language of the survey where not given.
    days : int, optional
        How long the link is good; study.yaml's ``expires_after_days`` where not given.
    mode : {"participant", "interview"}
    who : str, optional
        Who makes the links; the account that runs this process where not given.

    Returns
    -------
    pandas.DataFrame
        One row is a new link: ``participant_id wave token expires_at``.

    Raises
    ------
    DefinitionError
        The study asks nothing, has no such wave, or does not ask in that language.
    StudyError
        A participant is not enrolled.
    """
    plan = asking_plan(study)
    planned = study.protocol.wave(wave)
    if planned.retired:
        raise DefinitionError(f"Wave {planned.name} is retired.", "Invite to a wave that is still asked.")
    wave = planned.stored_name
    language = language or plan.languages[0]
    if language not in plan.languages:
        raise DefinitionError(
            f"The study does not ask in the language '{language}'.", f"It asks in {', '.join(plan.languages)}."
        )
    wanted = whom_to_ask(study, participant_ids, mode)
    if among is not None:
        wanted = [code for code in wanted if code in among]
    now = datetime.now(UTC)
    until, who = now + timedelta(days=days or plan.expires_after_days), who or operator()
    head = {"wave": wave, "mode": mode, "language": language, "created_at": now, "created_by": who, "expires_at": until}
    rows = []
    with writing(study.engine) as connection:
        passed = ("open", "finished") if participant_ids is not None else ("open", "finished", "revoked")
        held = _holding(connection, wave, now, passed) if mode == "participant" else set()
        ids = {row.participant_id: row.id for row in connection.execute(select(PARTICIPANT))}
        for code in (code for code in wanted if code not in held):
            token = secrets.token_urlsafe(TOKEN_BYTES)
            values = {**head, "participant": ids[code], "token_sha256": token_hash(token)}
            made = connection.execute(insert(LINK).values(values).returning(LINK.c.id)).scalar_one()
            _take_over(connection, made, ids[code], wave, mode, now)
            rows.append({"participant_id": code, "wave": planned.name, "token": token, "expires_at": until})
        note(connection, who, "invited", [trail_entry(row, row["participant_id"]) for row in rows])
    return pd.DataFrame(rows, columns=["participant_id", "wave", "token", "expires_at"])


def _holding(connection: Connection, wave: str, now: datetime, states: tuple[str, ...]) -> set[str]:
    query = links_of().where(LINK.c.wave == wave, LINK.c.mode == "participant")
    rows = connection.execute(query).mappings()
    return {row["participant_id"] for row in rows if _state(row, now) in states}


def _take_over(connection: Connection, made: int, participant: int, wave: str, mode: str, now: datetime) -> None:
    earlier = select(LINK.c.id).where(
        LINK.c.participant == participant,
        LINK.c.wave == wave,
        LINK.c.mode == mode,
        LINK.c.finished_at.is_(None),
        LINK.c.revoked_at.is_(None),
        LINK.c.id != made,
    )
    for link in connection.execute(earlier).scalars().all():
        connection.execute(update(DRAFT).where(DRAFT.c.link_id == link).values(link_id=made))
        connection.execute(update(LINK).where(LINK.c.id == link).values(revoked_at=now))


def links_of() -> Any:
    """Select links with their participants' codes."""
    return select(LINK, PARTICIPANT.c.participant_id).join(PARTICIPANT, PARTICIPANT.c.id == LINK.c.participant)


def trail_entry(row: Mapping[Any, Any], key: object) -> dict[str, Any]:
    """Name a link in the audit trail."""
    return {"table": "survey_link", "key": str(key), "code": row["participant_id"]}


def _state(row: RowMapping, now: datetime) -> str:
    if row["finished_at"] is not None:
        return "finished"
    if row["revoked_at"] is not None:
        return "revoked"
    return "open" if now < row["expires_at"] else "expired"


def find_link(study: Study, token: str, now: datetime | None = None) -> Link | None:
    """Return the link that a token opens, in whatever state it is; None where there is none."""
    with reading(study.engine) as connection:
        row = connection.execute(links_of().where(LINK.c.token_sha256 == token_hash(token))).mappings().first()
    return None if row is None else _as_link(row, now)


def _as_link(row: RowMapping, now: datetime | None) -> Link:
    state = _state(row, now or datetime.now(UTC))
    return Link(row["id"], row["participant_id"], row["wave"], row["mode"], row["language"], state)


def expired_links(study: Study) -> list[Link]:
    """List links that ran out before their answers were handed in."""
    with reading(study.engine) as connection:
        rows = connection.execute(links_of().order_by(LINK.c.id)).mappings().all()
    return [link for link in (_as_link(row, None) for row in rows) if link.state == "expired"]


def start(study: Study, link: Link, language: str) -> None:
    """Remember that a link was opened, and in which language."""
    with writing(study.engine) as connection:
        connection.execute(update(LINK).where(LINK.c.id == link.id).values(language=language))
        first = update(LINK).where(LINK.c.id == link.id, LINK.c.opened_at.is_(None))
        connection.execute(first.values(opened_at=datetime.now(UTC)))


def attend(connection: Connection, link_id: int, why: str) -> None:
    """Mark a link for a person of the team to look at; the first reason stays."""
    unmarked = update(LINK).where(LINK.c.id == link_id, LINK.c.needs_attention.is_(None))
    connection.execute(unmarked.values(needs_attention=why))


def revoke(study: Study, participant_id: str, wave: str | None = None) -> int:
    """Close a participant's open links, of one wave where named; returns how many.

    Raises
    ------
    StudyError
        There is none to close.
    """
    now = datetime.now(UTC)
    wave = None if wave is None else study.protocol.wave(wave).stored_name
    with writing(study.engine) as connection:
        query = links_of().where(PARTICIPANT.c.participant_id == str(participant_id))
        rows = connection.execute(query if wave is None else query.where(LINK.c.wave == wave)).mappings().all()
        found = {row["id"]: trail_entry(row, row["id"]) for row in rows if _state(row, now) == "open"}
        if not found:
            raise StudyError(f"Participant {participant_id} has no open link.", "See `remission survey status`.")
        connection.execute(update(LINK).where(LINK.c.id.in_(found)).values(revoked_at=now))
        note(connection, operator(), "revoked", found.values())
    return len(found)


def link_status(study: Study) -> pd.DataFrame:
    """List all links, oldest first.

    Returns
    -------
    pandas.DataFrame
        One row is a link: ``participant_id wave mode language state answers needs_attention created_at
        expires_at finished_at``; ``answers`` counts those given and not yet handed in.
    """
    counts = select(DRAFT.c.link_id, func.count().label("answers")).group_by(DRAFT.c.link_id)
    now = datetime.now(UTC)
    with reading(study.engine) as connection:
        rows = connection.execute(links_of().order_by(LINK.c.id)).mappings().all()
        answers = {row.link_id: row.answers for row in connection.execute(counts)}
    told = [{**row, "state": _state(row, now), "answers": answers.get(row["id"], 0)} for row in rows]
    return with_current_names(study, pd.DataFrame(told, columns=list(STATUS)))


@dataclass(frozen=True)
class LinkState:
    """A link as it is now, with what waits for a person of the team."""

    link: Link
    kept_aside: bool
    flagged: bool


def find_state(study: Study, link: Link) -> LinkState:
    """Read a link again: its state, and whether answers or their content wait for a person."""
    with reading(study.engine) as connection:
        row = connection.execute(links_of().where(LINK.c.id == link.id)).mappings().one()
        left = connection.execute(select(func.count()).where(DRAFT.c.link_id == link.id)).scalar_one()
    flagged = row["needs_attention"] not in (None, CONTRADICTS, STRAY)
    return LinkState(_as_link(row, None), row["finished_at"] is not None and left > 0, flagged)
