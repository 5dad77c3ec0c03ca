"""A step about a query, recorded with who took it and why."""

from datetime import date

import pandas as pd

from remission.cohort import EVERYONE, BatchInfo, Entries, Study, query_steps, record
from remission.cohort.entries import operator
from remission.errors import StudyError
from remission.queries.listing import KEY, queries

NEEDS_NOTE = ("settled", "reopened")


def take_step(study: Study, query: str, step: str, owner: str = "", note: str = "", who: str = "") -> pd.Series:
    """Give a query to somebody, settle it, or open it again.

    Parameters
    ----------
    study : Study
    query : str
        Its short name, as from ``queries``.
    step : {"assigned", "settled", "reopened"}
        Settled means that the data stay as they are; a correction is made in the data, and ends the query by itself.
    owner : str
        Whom it is given to; needed with ``assigned``.
    note : str
        Why; needed with ``settled`` and ``reopened``.
    who : str
        Who takes the step; the account that runs this process where not given.

    Returns
    -------
    pandas.Series
        The query as it stands now.

    Raises
    ------
    StudyError
        There is no such query, it is not in a state for the step, or the owner or reason is missing.
    """
    whole = study.for_purpose(EVERYONE)
    one = _find(whole, query)
    _require_sense(one, step, owner.strip(), note.strip())
    key = {name: one[name] for name in KEY}
    before = query_steps(whole)
    number = 1 + int((before[KEY] == pd.Series(key)).all(axis=1).sum())
    kept = owner.strip() or str(one["owner"])
    taken = {"number": number, "step": step, "owner": kept, "note": note.strip(), "taken_on": date.today()}
    entries = Entries(query_steps=pd.DataFrame([{**key, **taken}]))
    record(study, entries, BatchInfo("query", who=who or operator(), reason=note.strip() or None))
    return _find(whole, query)


def _find(study: Study, query: str) -> pd.Series:
    found = queries(study)
    rows = found[found["query"] == query.strip()]
    if rows.empty:
        raise StudyError(f"There is no query '{query}'.", "`remission query list` shows those that there are.")
    return rows.iloc[0]


def _require_sense(one: pd.Series, step: str, owner: str, note: str) -> None:
    state, name = str(one["state"]), one["query"]
    if state == "corrected":
        raise StudyError(f"The query {name} is not found in the data any more.", "Nothing needs to be done about it.")
    if step == "assigned" and not owner:
        raise StudyError("Nobody is named.", "Say who is to clear it up.")
    if step in NEEDS_NOTE and not note:
        raise StudyError("No reason is given.", "Say why in a few words; it stays with the data.")
    if (step == "reopened") != (state == "settled"):
        cure = "Open it again first." if state == "settled" else "Only a settled query can be opened again."
        raise StudyError(f"The query {name} is {state}.", cure)
