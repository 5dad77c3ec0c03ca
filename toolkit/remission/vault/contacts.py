"""A list of names and contact points in CSV, into the vault."""

from dataclasses import dataclass
from pathlib import Path

from remission.cohort import EVERYONE, Study, participants
from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import note
from remission.errors import ImportRefused
from remission.vault.vault import PERSON, POINT, Vault

KINDS = ("phone", "text", "email", "address", "online", "contact_person")
YES_NO = ("yes", "no", "")
COLUMNS = ("participant_id", *PERSON, *POINT)


@dataclass(frozen=True)
class ContactList:
    """A list that was read: each participant's person and points.

    Attributes
    ----------
    people : dict
        Participant code to what is known of the person.
    points : dict
        Participant code to contact points.
    """

    name: str
    people: dict[str, dict[str, str]]
    points: dict[str, list[dict[str, str]]]


def read_contacts(study: Study, path: Path, rows: list[dict[str, str]]) -> ContactList:
    """Check the rows of a list; nothing is written, and no cell is repeated in a message.

    Parameters
    ----------
    study : Study
    path : pathlib.Path
        For its name.
    rows : list of dict
        Columns ``participant_id``, then where known ``name preferred_name language time_zone safe_times notes``
        and a contact point ``kind value contact_name relation may_contact may_leave_message cover_wording``.

    Raises
    ------
    ImportRefused
        A participant is not enrolled, or a cell is not what its column holds.
    """
    enrolled = set(participants(study.for_purpose(EVERYONE))["participant_id"])
    unknown = sorted(set(rows[0]) - set(COLUMNS)) if rows else []
    if unknown:
        raise ImportRefused(
            f"{path.name}: the vault has no place for the column '{unknown[0]}'.",
            f"Name it as one of {', '.join(COLUMNS)}, or take it out.",
        )
    people: dict[str, dict[str, str]] = {}
    points: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(rows, 2):
        said = {name: (row.get(name) or "").strip() for name in COLUMNS}
        code = said.pop("participant_id")
        where = f"{path.name}, line {number}"
        if code not in enrolled:
            raise ImportRefused(f"{where}: no participant has that code.", "Enrol them first, or correct the code.")
        _require(where, said)
        people.setdefault(code, {}).update({name: said[name] for name in PERSON if said[name]})
        if said["kind"]:
            points.setdefault(code, []).append({name: said[name] for name in POINT})
    return ContactList(path.name, people, points)


def _require(where: str, said: dict[str, str]) -> None:
    if bool(said["kind"]) != bool(said["value"]):
        raise ImportRefused(f"{where}: a contact point needs both kind and value.", "Fill both, or neither.")
    if said["kind"] and said["kind"] not in KINDS:
        raise ImportRefused(f"{where}: the kind of contact point is not known.", f"Known are {', '.join(KINDS)}.")
    for name in ("may_contact", "may_leave_message"):
        if said[name] not in YES_NO:
            raise ImportRefused(f"{where}: {name} is neither yes nor no.", "Write yes or no, or leave it empty.")


def record_contacts(study: Study, vault: Vault, found: ContactList) -> int:
    """Keep a list in the vault, all of it or nothing; returns how many cells are new or changed.

    The study's audit trail notes for whom something changed, and nothing of what.
    """
    participant = METADATA.tables["participant"]
    with reading(study.engine) as connection:
        query = participant.select().with_only_columns(participant.c.participant_id, participant.c.uid)
        uids = {row.participant_id: row.uid for row in connection.execute(query)}
    changed: dict[str, int] = {}
    with writing(vault.engine) as connection:
        for code, person in found.people.items():
            changed[code] = vault.put_within(connection, uids[code], person, found.points.get(code, ()))
        entries = [{"table": "vault", "key": code, "code": code} for code, count in changed.items() if count]
        # The trail's transaction ends first: an entry without a change does no harm, a change without one does.
        with writing(study.engine) as trail:
            note(trail, operator(), "recorded contacts", entries)
    return sum(changed.values())
