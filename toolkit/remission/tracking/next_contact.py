"""How to try a person next: a rule that says its reason, from what was tried before."""

from datetime import date

import pandas as pd

from remission.cohort import EVERYONE, Study, contact_attempts
from remission.tracking.due import REACHED, VERIFICATION

FEWEST_TRIED = 10
SILENT = ("no_answer", "left_message")
DEAD_ENDS = ("wrong_contact", "moved", "not_found", "no_access")
SILENT_TRIES = 3
USUAL = "phone"
OTHERWISE = ("phone", "text", "email", "contact_person", "letter")


def next_contacts(study: Study, tasks: pd.DataFrame) -> pd.DataFrame:
    """Suggest how to try each person next. Kinds of channel alone; numbers and addresses are in the vault.

    In this order the first that fits: an appointment is kept by the channel on which it was made; after three
    unanswered attempts for the interview, the contact person, and after that a letter; the channel that last
    reached the person, unless it led nowhere since; the channel that reached most people at a first attempt in this
    study, where at least ten were tried by it; the telephone.

    Parameters
    ----------
    study : Study
    tasks : pandas.DataFrame
        As from ``due``.

    Returns
    -------
    pandas.DataFrame
        One row is a task, in the same order: ``channel reason``.
    """
    held = contact_attempts(study.for_purpose(EVERYONE))
    usual = _usual(held)
    of = {str(code): rows for code, rows in held.groupby("participant_id")}
    none = held.iloc[:0]
    found = [
        _next(of.get(str(code), none), None if wave == VERIFICATION else str(wave), usual)
        for code, wave in zip(tasks["participant_id"], tasks["wave"], strict=True)
    ]
    return pd.DataFrame(found, columns=["channel", "reason"], index=tasks.index)


def _next(tried: pd.DataFrame, wave: str | None, usual: tuple[str, str]) -> tuple[str, str]:
    mine = tried[tried["wave"] == wave] if wave else tried[tried["wave"].isna()]
    if len(mine) and mine.iloc[-1]["outcome"] == "appointment":
        return str(mine.iloc[-1]["channel"]), f"an appointment was made on {_on(mine.iloc[-1])}"
    dead = {str(row["channel"]) for _, row in tried.iterrows() if row["outcome"] in DEAD_ENDS}
    silent = mine[mine["outcome"].isin(SILENT)]
    if len(silent) >= SILENT_TRIES:
        used = set(silent["channel"])
        for channel, words in (("contact_person", "ask the contact person"), ("letter", "write")):
            if channel not in used | dead:
                return channel, f"{len(silent)} attempts without an answer: {words}"
    reached = tried[tried["outcome"].isin(REACHED) & ~tried["channel"].isin(dead)]
    if len(reached):
        last = reached.iloc[-1]
        return str(last["channel"]), f"it reached them on {_on(last)}"
    if usual[0] in dead:
        other = next(
            (name for name in ("phone", "text", "email", "contact_person", "letter") if name not in dead), "visit"
        )
        return other, f"{usual[0].replace('_', ' ')} led nowhere"
    return usual


def _usual(held: pd.DataFrame) -> tuple[str, str]:
    """Name the channel that reached most people at the first attempt for an interview."""
    first = held[held["wave"].notna()].drop_duplicates(["participant_id", "wave"])
    counted = first["outcome"].isin(REACHED).groupby(first["channel"]).agg(["mean", "size"])
    enough = counted[counted["size"] >= FEWEST_TRIED].sort_values("mean", ascending=False, kind="stable")
    if enough.empty:
        return USUAL, "nothing is known yet of what reaches people here"
    best = enough.iloc[0]
    return str(enough.index[0]), f"it reached {best['mean']:.0%} of {best['size']:.0f} at the first attempt"


def _on(row: pd.Series) -> str:
    said: date = row["attempted_on"]
    return f"{said:%Y-%m-%d}"
