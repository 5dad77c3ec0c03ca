"""One look at one person's entry in the vault."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from remission.cohort import EVERYONE, Study, participants, permission, plan_erasure
from remission.cohort.engine import writing
from remission.cohort.entries import operator
from remission.cohort.trail.chain import note
from remission.errors import StudyError
from remission.vault import VaultKey, open_vault

SHORTEST_REASON = 4


@dataclass(frozen=True)
class Found:
    """What the vault holds of a person.

    Attributes
    ----------
    participant : str
    person : dict
        Name, preferred name, language, safe times, notes.
    points : pandas.DataFrame
        Ways to reach them.
    not_to_be_contacted : bool
        They asked not to be contacted, or gave no consent to it.
    """

    participant: str
    person: dict[str, str]
    points: pd.DataFrame
    not_to_be_contacted: bool


def look_up(study: Study, key: VaultKey, participant: str, reason: str) -> Found:
    """Open a person's entry, and keep in the audit trail who did and why, before anything is shown.

    Parameters
    ----------
    study : Study
        Read for the sites of whoever looks.
    key : VaultKey
    participant, reason : str

    Raises
    ------
    StudyError
        There is no such participant at these sites, or no reason is given.
    """
    whole, code, why = study.for_purpose(EVERYONE), participant.strip(), reason.strip()
    if len(why) < SHORTEST_REASON:
        raise StudyError("No reason is given.", "Say in a few words why you look; it stays in the audit trail.")
    if code not in set(participants(whole)["participant_id"]):
        raise StudyError("There is no such participant at your sites.", "Look at the code again.")
    vault, uid = open_vault(study, key), plan_erasure(study, code).uid
    with writing(study.engine) as connection:
        note(connection, operator(), "opened", [{"table": "vault", "key": code, "code": code, "reason": why}])
    shut = code in permission(study, "contact", date.today()).refused
    return Found(code, vault.person(uid), vault.contact_points(uid), shut)
