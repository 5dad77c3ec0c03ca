"""Queries on the data in words and tables."""

import pandas as pd

from remission.queries import rule_sentence
from remission.report.numbers import ABSENT, count, plain

NOBODY = "nobody"


def query_sentence(queries: pd.DataFrame) -> str:
    """Say how many queries are open, how old the oldest is and how many nobody has; as from ``queries.queries``."""
    open_ones = queries[queries["state"] == "open"]
    done = f"{count(int((queries['state'] == 'settled').sum()), 'is', 'are')} settled"
    corrected = f"{count(int((queries['state'] == 'corrected').sum()), 'was', 'were')} corrected"
    if open_ones.empty:
        return f"Nothing looks wrong by the rules; {done}, {corrected}."
    oldest = open_ones["age_days"].max()
    age = "" if pd.isna(oldest) else f", the oldest for {count(int(oldest), 'day', 'days')}"
    late, free = int(open_ones["late"].sum()), int((open_ones["owner"] == "").sum())
    told = f"{count(len(open_ones), 'query is', 'queries are')} open{age}"
    return f"{told}; {late} late, {free} without an owner, {done}, {corrected}."


def query_table(queries: pd.DataFrame) -> pd.DataFrame:
    """Write queries one a row; as from ``queries.queries``."""
    return pd.DataFrame(
        {
            "Query": queries["query"],
            "Participant": queries["participant_id"],
            "Wave": [plain(wave) for wave in queries["wave"]],
            "What": queries["sentence"],
            "Owner": [owner or NOBODY for owner in queries["owner"]],
            "Age, days": [ABSENT if pd.isna(age) else f"{age:.0f}" for age in queries["age_days"]],
            "State": ["late" if late else state for late, state in zip(queries["late"], queries["state"], strict=True)],
            "Note": queries["note"],
        }
    )


def query_counts(queries: pd.DataFrame) -> pd.DataFrame:
    """Count queries by rule and state; as from ``queries.queries``."""
    counted = queries.groupby(["rule", "state"], sort=False).size().unstack(fill_value=0)
    counted = counted.reindex(columns=["open", "settled", "corrected"], fill_value=0)
    late = queries.groupby("rule", sort=False)["late"].sum()
    return pd.DataFrame(
        {
            "Rule": [str(rule).capitalize() for rule in counted.index],
            "Looks for": [rule_sentence(str(rule)) for rule in counted.index],
            "Open": counted["open"].to_numpy(),
            "Late": late.reindex(counted.index).to_numpy(dtype=int),
            "Settled": counted["settled"].to_numpy(),
            "Corrected": counted["corrected"].to_numpy(),
        }
    )
