"""A step about a flag, recorded with who took it."""

from datetime import date

import pandas as pd

from remission.asking import settle_flags
from remission.cohort import EVERYONE, BatchInfo, Entries, Study, record, safety_steps
from remission.cohort.entries import operator
from remission.errors import StudyError
from remission.safety.listing import flags
from remission.safety.raised import KEY

ALLOWED = {
    "assigned": ("open", "seen", "past"),
    "seen": ("open", "past"),
    "handled": ("open", "seen", "past"),
    "reopened": ("handled", "seen"),
}


def take_step(study: Study, flag: str, step: str, person: str = "", note: str = "", who: str = "") -> pd.Series:
    """Give a flag to somebody, note that it was seen or handled, or open it again.

    Parameters
    ----------
    study : Study
    flag : str
        Its short name, as from ``flags``.
    step : {"assigned", "seen", "handled", "reopened"}
    person : str
        Who is to look; needed with ``assigned``.
    note : str
        What was done, or why it is opened again; needed with ``handled`` and ``reopened``.
    who : str
        Who takes the step; the account that runs this process where not given.

    Returns
    -------
    pandas.Series
        The flag as it stands now.

    Raises
    ------
    StudyError
        There is no such flag, it is not in a state for the step, or the person or note is missing.
    """
    whole = study.for_purpose(EVERYONE)
    one = _find(whole, flag)
    _require_sense(one, step, person.strip(), note.strip())
    key = {name: one[name] for name in KEY}
    before = safety_steps(whole)
    number = 1 + int((before[KEY] == pd.Series(key)).all(axis=1).sum())
    told = {"owner": person.strip() or str(one["person"]), "note": note.strip(), "taken_on": date.today()}
    entries = Entries(safety_steps=pd.DataFrame([{**key, "number": number, "step": step, **told}]))
    record(study, entries, BatchInfo("safety", who=who or operator(), reason=note.strip() or None))
    if step == "handled":
        settle_flags(whole, str(one["participant_id"]), str(one["wave"]))
    return _find(whole, flag)


def _find(study: Study, flag: str) -> pd.Series:
    found = flags(study)
    rows = found[found["flag"] == flag.strip()]
    if rows.empty:
        raise StudyError(f"There is no flag '{flag}'.", "`remission safety list` shows those that there are.")
    return rows.iloc[0]


def _require_sense(one: pd.Series, step: str, person: str, note: str) -> None:
    if one["state"] not in ALLOWED[step]:
        raise StudyError(f"The flag {one['flag']} is {one['state']}, so it cannot be {step}.", "See the list of flags.")
    if step == "assigned" and not person:
        raise StudyError("Nobody is named.", "Say who is to look.")
    if step in ("handled", "reopened") and not note:
        raise StudyError("Nothing is said about it.", "Say in a few words what was done, or why it is opened again.")
