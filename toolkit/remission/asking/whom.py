"""Who may be sent a link."""

from collections.abc import Sequence

from remission.cohort import EVERYONE, Study, participants, permission, status_events
from remission.errors import StudyError

GONE = ("death", "withdrawal")


def whom_to_ask(study: Study, participant_ids: Sequence[str] | None, mode: str) -> list[str]:
    """Return the participants to make links for: those named, or all who may be contacted.

    Raises
    ------
    StudyError
        Somebody who is named is not enrolled, or is not to be contacted and would be.
    """
    whole = study.for_purpose(EVERYONE)
    enrolled = participants(whole)["participant_id"].tolist()
    shut = permission(study, "contact").refused if mode == "participant" else frozenset()
    if participant_ids is None:
        shut |= set(status_events(whole).query("kind in @GONE")["participant_id"])
        return [code for code in enrolled if code not in shut]
    wanted = list(dict.fromkeys(map(str, participant_ids)))
    unknown = sorted(set(wanted) - set(enrolled))
    if unknown:
        raise StudyError(f"No participant has the code {unknown[0]}.", "Check the codes, or enrol them first.")
    refused = [code for code in wanted if code in shut]
    if refused:
        raise StudyError(
            f"Participant {refused[0]} is not to be contacted: they said so, or gave no consent to it.",
            "Leave them out.",
        )
    return wanted
