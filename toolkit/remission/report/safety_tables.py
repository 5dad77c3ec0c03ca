"""Answers that ask for a person's attention, in words and tables."""

import pandas as pd

from remission.report.numbers import ABSENT, count, plain
from remission.report.query_tables import NOBODY


def safety_sentence(flags: pd.DataFrame) -> str:
    """Say how many flags nobody has seen, how long the oldest has waited, how many have no person; from ``flags``."""
    waiting = flags[flags["state"] == "open"]
    seen, handled = (int((flags["state"] == name).sum()) for name in ("seen", "handled"))
    rest = f"{count(seen, 'is', 'are')} seen and not handled, {count(handled, 'is', 'are')} handled"
    if waiting.empty:
        return f"No answer waits for a person's attention; {rest}."
    late, free = int(waiting["late"].sum()), int((waiting["person"] == "").sum())
    told = f"{count(len(waiting), 'answer asks', 'answers ask')} for a person's attention and nobody has seen it"
    oldest = f"the oldest for {age(float(waiting['age_hours'].max()))}"
    return f"{told}, {oldest}; {late} late, {free} with nobody named to look, {rest}."


def safety_table(flags: pd.DataFrame) -> pd.DataFrame:
    """Write flags one a row; as from ``flags``."""
    return pd.DataFrame(
        {
            "Flag": flags["flag"],
            "Participant": flags["participant_id"],
            "Wave": [plain(wave) for wave in flags["wave"]],
            "What": flags["sentence"],
            "Person": [person or NOBODY for person in flags["person"]],
            "For": [ABSENT if pd.isna(hours) else age(hours) for hours in flags["age_hours"]],
            "State": ["late" if late else state for late, state in zip(flags["late"], flags["state"], strict=True)],
            "Note": flags["note"],
        }
    )


def age(hours: float) -> str:
    """Write a time of waiting."""
    return count(int(hours), "hour", "hours") if hours < 48 else count(int(hours // 24), "day", "days")
