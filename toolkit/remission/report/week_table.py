"""The week's work in words and as a table."""

import pandas as pd

from remission.report.numbers import ABSENT, count, plain


def week_sentence(tasks: pd.DataFrame) -> str:
    """Say how much there is to do, and how much of it is overdue; as from ``tracking.due``."""
    overdue = int((tasks["state"] == "overdue").sum())
    told = count(len(tasks), "person is to be tried", "people are to be tried")
    return f"{told}; {count(overdue, 'is', 'are')} past the best days of their window."


def week_table(tasks: pd.DataFrame) -> pd.DataFrame:
    """Write tasks one a row; as from ``tracking.due`` with ``site``, ``channel`` and ``reason``."""
    return pd.DataFrame(
        {
            "Participant": tasks["participant_id"],
            "Site": tasks["site"].fillna(""),
            "Wave": [plain(wave) for wave in tasks["wave"]],
            "State": tasks["state"],
            "Closes": [ABSENT if pd.isna(day) else f"{day:%Y-%m-%d}" for day in tasks["closes_on"]],
            "Attempts": tasks["attempts"],
            "Last": [
                "" if pd.isna(outcome) else f"{plain(outcome)} by {plain(channel)} on {on:%Y-%m-%d}"
                for outcome, channel, on in zip(
                    tasks["last_outcome"], tasks["last_channel"], tasks["last_attempt_on"], strict=True
                )
            ],
            "Try next": [plain(channel) for channel in tasks["channel"]],
            "Because": tasks["reason"],
        }
    )
