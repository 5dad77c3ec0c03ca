"""First use: from reported days, or from what each interview said."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.frames import FrameShape

USE_REPORTS = FrameShape(
    "a span of days for which use or abstinence was reported",
    ("participant_id", "substance", "start_day", "end_day", "state", "source"),
)
OUTCOMES = FrameShape(
    "a participant under an outcome definition",
    ("participant_id", "exit", "event", "left", "right", "ending"),
    ("participant_id",),
)


def first_use(reports: pd.DataFrame, substance: str = "any") -> pd.DataFrame:
    """Find the first reported day of use of every participant.

    Parameters
    ----------
    reports : pandas.DataFrame
        One row is a span of days, both ends included, reported as ``abstinent`` or ``used``.
    substance : str
        Which substance's reports count. For ``"any"``, use of every substance is use, but only what
        was reported as free of any is free.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``exit`` is the day of first use (``event`` 1) or the last day
        known to be free of use (0); the event lies in ``(left, right]``; ``ending`` is ``use``,
        ``last report`` or ``gap`` (use was reported, but only after days without any report).
        ``attrs["left_out"]`` counts those with no report from day 0 on, ``attrs["contradictions"]``
        those who reported use on a day also reported free of use.

    Raises
    ------
    DefinitionError
        A state is neither abstinent nor used, or a span ends before it starts.
    """
    USE_REPORTS.check(reports)
    mine = _about(reports, substance)
    _require_sound(mine)
    mine = mine[mine["end_day"] >= 0].assign(start_day=mine["start_day"].clip(lower=0))
    free = _free_from_day_0(mine[mine["state"] == "abstinent"])
    used = mine[mine["state"] == "used"].groupby("participant_id")["start_day"].min().rename("used")
    people = pd.Index(sorted(mine["participant_id"].unique()), name="participant_id")
    found = pd.DataFrame({"free": free, "used": used}, index=people).astype(float)
    last_free, first_used = found["free"].fillna(-1), found["used"]
    event = first_used <= last_free + 1
    watched = event | (last_free >= 0)
    outcome = pd.DataFrame(
        {
            "exit": np.where(event, first_used, last_free),
            "event": event.astype(int),
            "left": np.where(event, first_used - 1, last_free),
            "right": np.where(first_used.notna(), first_used, np.inf),
            "ending": np.select([event, first_used.notna()], ["use", "gap"], "last report"),
        },
        index=found.index,
    )[watched].reset_index()
    later = ~watched & first_used.notna()
    outcome.attrs["left_out"] = (
        ("nothing was reported from day 0 on", int((~watched & ~later).sum())),
        ("use was reported, but only after days from day 0 on without any report", int(later.sum())),
    )
    outcome.attrs["contradictions"] = int((first_used <= last_free).sum())
    return OUTCOMES.check(outcome)


def first_use_at_waves(scores: pd.DataFrame) -> pd.DataFrame:
    """Find the first interview that reported use.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row is a participant at a wave: ``participant_id day score``, the score 1 where no use
        was reported since the interview before, and 0 where use was. Day 0 is where follow-up
        starts; its own score, about the time before, is not used.

    Returns
    -------
    pandas.DataFrame
        As from ``first_use``; ``exit`` of an event is the day of the interview that reported it.
    """
    later = scores[(scores["day"] > 0) & scores["score"].notna()].sort_values(["participant_id", "day"])
    used = later["score"] < 0.5
    when = later[used].groupby("participant_id")["day"].min().rename("right")
    later = later.join(when, on="participant_id")
    before = later[~(later["day"] >= later["right"])].groupby("participant_id")["day"].max().rename("left")
    people = pd.Index(later["participant_id"].unique(), name="participant_id")
    found = pd.concat([when, before], axis=1).reindex(people).sort_index()
    event = found["right"].notna()
    outcome = pd.DataFrame(
        {
            "exit": found["right"].where(event, found["left"]),
            "event": event.astype(int),
            "left": found["left"].fillna(0.0),
            "right": found["right"].fillna(np.inf),
            "ending": np.where(event, "use", "last report"),
        }
    ).reset_index()
    silent = scores["participant_id"].nunique() - len(people)
    outcome.attrs["left_out"] = (("no interview after day 0 told about use", int(silent)),)
    outcome.attrs["contradictions"] = 0
    return OUTCOMES.check(outcome)


def _about(reports: pd.DataFrame, substance: str) -> pd.DataFrame:
    named = reports["substance"] == substance
    return reports[named | (reports["state"] == "used") if substance == "any" else named]


def _free_from_day_0(spans: pd.DataFrame) -> pd.Series:
    """Last day up to which spans cover every day from 0 on, by participant."""
    ordered = spans.sort_values(["participant_id", "start_day", "end_day"])
    by_person = ordered.groupby("participant_id")["end_day"]
    reached = by_person.cummax().groupby(ordered["participant_id"]).shift().fillna(-1)
    broken = (ordered["start_day"] > reached + 1).groupby(ordered["participant_id"]).cummax()
    return ordered[~broken].groupby("participant_id")["end_day"].max().rename("free")


def _require_sound(reports: pd.DataFrame) -> None:
    strange = ~reports["state"].isin(["abstinent", "used"])
    turned = reports["end_day"] < reports["start_day"]
    for wrong, what in ((strange, "is neither 'abstinent' nor 'used'"), (turned, "ends before it starts")):
        if wrong.any():
            row = reports[wrong].iloc[0]
            raise DefinitionError(
                f"A use report of participant {row['participant_id']} (days {row['start_day']} to "
                f"{row['end_day']}, '{row['state']}') {what}.",
                "Correct the report.",
            )
