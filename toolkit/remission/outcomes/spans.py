"""Spans of days, both ends included, about which something is known."""

import pandas as pd

from remission.errors import DefinitionError

STATES = ("abstinent", "used", "some")


def about(spans: pd.DataFrame, substance: str) -> pd.DataFrame:
    """Keep what counts for a substance.

    Use of every one is use of ``any``, but free of one is not free of any. Free of any is free of every one, but use
    of any may be of another.
    """
    named = spans["substance"] == substance
    free = spans["state"] == "abstinent"
    return spans[named | (~free if substance == "any" else (free & (spans["substance"] == "any")))]


def since_day_0(spans: pd.DataFrame) -> pd.DataFrame:
    """Cut spans at day 0; what may wholly have happened before it is left out."""
    since = spans[spans["end_day"] >= 0]
    number = since["days_used"].fillna(1) if "days_used" in since.columns else 1
    before = (since["state"] == "some") & (since["start_day"] < 0) & (number <= -since["start_day"])
    return since[~before].assign(start_day=since.loc[~before, "start_day"].clip(lower=0))


def known_from_day_0(spans: pd.DataFrame) -> pd.Series:
    """Return the last day up to which spans cover every day from 0 on, by participant.

    Participants about whom nothing is known on day 0 are not in it.
    """
    ordered = spans.sort_values(["participant_id", "start_day", "end_day"])
    by_person = ordered.groupby("participant_id")["end_day"]
    reached = by_person.cummax().groupby(ordered["participant_id"]).shift().fillna(-1)
    broken = (ordered["start_day"] > reached + 1).groupby(ordered["participant_id"]).cummax()
    return ordered[~broken].groupby("participant_id")["end_day"].max()


def require_sound(spans: pd.DataFrame) -> None:
    """Refuse spans of an unknown state, and those that end before they start.

    Raises
    ------
    DefinitionError
    """
    strange = ~spans["state"].isin(STATES)
    turned = spans["end_day"] < spans["start_day"]
    for wrong, what in ((strange, f"is neither {' nor '.join(STATES)}"), (turned, "ends before it starts")):
        if wrong.any():
            row = spans[wrong].iloc[0]
            raise DefinitionError(
                f"What {row['source']} says of participant {row['participant_id']} (days {row['start_day']:g} to "
                f"{row['end_day']:g}, '{row['state']}') {what}.",
                "Correct the report.",
            )
