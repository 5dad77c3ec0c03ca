"""Whose data may be used for what, today."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from remission.cohort.engine import reading
from remission.cohort.protocol import Protocol
from remission.cohort.schema import METADATA
from remission.cohort.study import EVERYONE, Study

TABLES = METADATA.tables


@dataclass(frozen=True)
class Permission:
    """Who may be used for a purpose.

    Attributes
    ----------
    left_out : dict
        Participant codes under the reason why they are left out: ``stopped``, ``no consent``, or ``elsewhere`` (of a
        site that the study is not read for).
    """

    left_out: dict[str, frozenset[str]]

    @property
    def refused(self) -> frozenset[str]:
        """Codes of everybody left out."""
        return frozenset().union(*self.left_out.values())

    @property
    def sentence(self) -> str:
        """Say how many are left out and why; empty where nobody is."""
        told = {"stopped": "asked that their data be used no more", "no consent": "have no consent in force"}
        said = [f"{len(codes)} {told[reason]}" for reason, codes in self.left_out.items() if codes and reason in told]
        return f"Left out: {', '.join(said)}." if said else ""


def permission(study: Study, purpose: str | None = None, today: date | None = None) -> Permission:
    """Tell who may be used for a purpose.

    A stop of ``use`` shuts out every purpose but the study's own keeping of records, a stop of ``contact`` shuts out
    contact. Where study.yaml has a section ``consent``, only those with a consent in force to that purpose are in.

    Parameters
    ----------
    study : Study
    purpose : {"contact", "analysis", "export", "release", "everyone"}, optional
        The study's own where not given.
    today : datetime.date, optional
        The day on which it is asked.
    """
    wanted, day = purpose or study.purpose, today or date.today()
    if wanted == EVERYONE and study.sites is None:
        return Permission({})
    with reading(study.engine) as connection:
        elsewhere = _elsewhere(connection, study.sites)
        if wanted == EVERYONE:
            return Permission({"elsewhere": elsewhere})
        stopped = _stopped(connection, "contact" if wanted == "contact" else "use", day) - elsewhere
        lacking: frozenset[str] = frozenset()
        if study.protocol.consent is not None:
            agreed = _agreed(connection, study.protocol, wanted, day)
            lacking = _everybody(connection) - agreed - stopped - elsewhere
    return Permission({"stopped": stopped, "no consent": lacking, "elsewhere": elsewhere})


def _everybody(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(TABLES["participant"].c.participant_id)).scalars())


def _elsewhere(connection: Connection, sites: tuple[str, ...] | None) -> frozenset[str]:
    if sites is None:
        return frozenset()
    enrolment, participant = TABLES["enrolment"], TABLES["participant"]
    query = select(participant.c.participant_id).join(enrolment, enrolment.c.participant == participant.c.id)
    here = frozenset(connection.execute(query.where(enrolment.c.site.in_(sites))).scalars())
    return _everybody(connection) - here


def _stopped(connection: Connection, kind: str, day: date) -> frozenset[str]:
    stop, participant = TABLES["stop"], TABLES["participant"]
    query = select(participant.c.participant_id).join(stop, stop.c.participant == participant.c.id)
    query = query.where(stop.c.kind == kind, stop.c.since_on <= day)
    return frozenset(connection.execute(query.where((stop.c.lifted_on.is_(None)) | (stop.c.lifted_on > day))).scalars())


def _agreed(connection: Connection, protocol: Protocol, purpose: str, day: date) -> frozenset[str]:
    consent, participant = TABLES["consent"], TABLES["participant"]
    query = select(participant.c.participant_id, consent).join(consent, consent.c.participant == participant.c.id)
    rows = connection.execute(query.where(consent.c.purpose == purpose, consent.c.signed_on <= day)).mappings()
    forms = protocol.consent.forms if protocol.consent else {}
    found = set()
    for row in rows:
        ends = row["expires_on"]
        lasts = forms[row["version"]].expires_after_days if row["version"] in forms else None
        if lasts is not None:
            ends = min(ends or date.max, row["signed_on"] + timedelta(days=lasts))
        if (ends is None or day <= ends) and (row["withdrawn_on"] is None or day < row["withdrawn_on"]):
            found.add(row["participant_id"])
    return frozenset(found)
