"""First use: from reported days, or from what each interview said."""

import numpy as np
import pandas as pd

from remission.frames import FrameShape
from remission.outcomes.spans import about, known_from_day_0, require_sound, since_day_0

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
    """Find the first day of use that was told of every participant.

    Parameters
    ----------
    reports : pandas.DataFrame
        One row is a span of days, both ends included, told to be ``abstinent``, ``used``, or ``some``: use on one or
        more of its days, nobody knows which; such a span that starts before day 0 tells nothing, unless it has more
        ``days_used`` than days before day 0. A timeline, or reports of use.
    substance : str
        Which substance's reports count. For ``"any"``, use of every substance is use, but only what
        was reported as free of any is free.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``exit`` is the day of first use (``event`` 1; the last day on which it can have
        been, where the day itself is not known) or the last day known to be free of use (0); the event lies in
        ``(left, right]``; ``ending`` is ``use``, ``last report`` or ``gap`` (use was reported, but only after days
        without any report). ``attrs["left_out"]`` counts those with no report from day 0 on,
        ``attrs["contradictions"]`` those who reported use on days also reported free of use; there, use counts.

    Raises
    ------
    DefinitionError
        A state is not known, or a span ends before it starts.
    """
    USE_REPORTS.check(reports)
    mine = about(reports, substance)
    single = _single_substance(reports, mine)
    require_sound(mine)
    mine = since_day_0(mine)
    free = known_from_day_0(mine[mine["state"] == "abstinent"])
    seen = _first_seen(mine[mine["state"] != "abstinent"])
    people = pd.Index(sorted(mine["participant_id"].unique()), name="participant_id")
    found = seen.reindex(people).assign(free=free.reindex(people)).astype(float)
    last_free, right = found["free"].fillna(-1), found["right"]
    event = found["earliest"] <= last_free + 1
    watched = event | (last_free >= 0)
    outcome = pd.DataFrame(
        {
            "exit": np.where(event, right, last_free),
            "event": event.astype(int),
            # What is told of day 0 is told of that very day, so its interval is the day itself.
            "left": np.where(event & (last_free >= right), found["start"] - 1, last_free).clip(min=0),
            "right": right.fillna(np.inf),
            "ending": np.select([event, right.notna()], ["use", "gap"], "last report"),
        },
        index=found.index,
    )[watched].reset_index()
    named = pd.Series(found.index.isin(single), index=found.index)
    later = ~watched & right.notna() & ~named
    alone = int((~watched & named).sum())
    outcome.attrs["left_out"] = (
        ("nothing was reported from day 0 on", int((~watched & ~later & ~named).sum())),
        ("use was reported, but only after days from day 0 on without any report", int(later.sum())),
        *(((f"what was told names no day free of '{substance}' (outcome: substance)", alone),) if alone else ()),
    )
    outcome.attrs["contradictions"] = int((right <= last_free).sum())
    return OUTCOMES.check(outcome)


def _single_substance(reports: pd.DataFrame, mine: pd.DataFrame) -> set[str]:
    """Name those of whom days free of something were told, but none free of what is asked about."""
    free = set(mine.loc[mine["state"] == "abstinent", "participant_id"])
    return set(reports.loc[reports["state"] == "abstinent", "participant_id"]) - free


def _first_seen(use: pd.DataFrame) -> pd.DataFrame:
    """By participant: the day by which use is sure, the start of the span that says so, and the earliest hint."""
    exact = use["state"] == "used"
    sure = use.assign(right=use["end_day"].where(~exact, use["start_day"])).sort_values(["right", "start_day"])
    people = sure.groupby("participant_id")
    return pd.DataFrame(
        {"right": people["right"].first(), "start": people["start_day"].first(), "earliest": people["start_day"].min()}
    )


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
