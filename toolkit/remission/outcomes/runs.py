"""Runs of days of use: a relapse that is more than a single day."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.outcomes.first_use import OUTCOMES
from remission.outcomes.spans import about, known_from_day_0, require_sound, since_day_0
from remission.outcomes.timeline import TIMELINE


def first_run(
    timeline: pd.DataFrame,
    substance: str = "any",
    times: int = 1,
    within: int = 1,
    heavy_from: pd.Series | float | None = None,
) -> pd.DataFrame:
    """Find the first day of the first run: ``times`` days of use among ``within`` days.

    Parameters
    ----------
    timeline : pandas.DataFrame
        As from ``timeline``. Only days about which something exact is told count; with ``heavy_from``, only those
        free of use or with a quantity.
    substance : str
    times, within : int
        7 of 7: seven days of use in a row. 1 of 1: the first day.
    heavy_from : pandas.Series or float, optional
        Count days of this quantity or more; a Series gives each participant's own, and who is not in it is left out.

    Returns
    -------
    pandas.DataFrame
        As from ``first_use``. The event is dated to the first day of the run. Without one, ``exit`` is the last day
        up to which every day from day 0 on is known; ``gap`` where a run came after unknown days.

    Raises
    ------
    DefinitionError
        A run that cannot be: more times than days.
    """
    if not 1 <= times <= within:
        raise DefinitionError(f"No run has {times} days of use within {within} days.", "Take 1 <= times <= within.")
    spans = about(TIMELINE.check(timeline), substance)
    require_sound(spans)
    spans = since_day_0(spans[spans["state"] != "some"])
    spans, counted, unfit = _counted(spans, heavy_from)
    known = known_from_day_0(spans).astype(float)
    onset, met = _first(_days_of(counted), times, within)
    people = pd.Index(sorted(spans["participant_id"].unique()), name="participant_id")
    found = pd.DataFrame({"known": known.reindex(people), "onset": onset.reindex(people), "met": met.reindex(people)})
    last_known = found["known"].fillna(-1)
    event = found["met"] <= last_known
    watched = last_known >= 0
    outcome = pd.DataFrame(
        {
            "exit": np.where(event, found["onset"], last_known),
            "event": event.astype(int),
            "left": np.where(event, found["onset"] - 1, last_known).clip(min=0),
            "right": found["onset"].where(event | (found["onset"] > last_known)).fillna(np.inf),
            "ending": np.select([event, found["onset"].notna()], ["use", "gap"], "last report"),
        },
        index=found.index,
    )[watched].reset_index()
    outcome.attrs["left_out"] = (
        ("nothing exact was told of day 0", int((~watched).sum())),
        ("what counts as heavy is not known for them", unfit),
    )
    outcome.attrs["contradictions"] = 0
    return OUTCOMES.check(outcome)


def _counted(spans: pd.DataFrame, heavy_from: pd.Series | float | None) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return the spans that are known under a definition, those among them that count, and how many people drop."""
    used = spans["state"] == "used"
    if heavy_from is None:
        return spans, spans[used], 0
    if isinstance(heavy_from, pd.Series):
        least = spans["participant_id"].map(heavy_from).astype(float)
    else:
        least = pd.Series(float(heavy_from), index=spans.index)
    unfit = spans.loc[least.isna(), "participant_id"].nunique()
    fit = least.notna() & (~used | spans["quantity"].notna())
    heavy = fit & used & (spans["quantity"] >= least)
    return spans[fit], spans[heavy], int(unfit)


def _days_of(spans: pd.DataFrame) -> pd.DataFrame:
    """One row is a participant's day; days that several sources tell are one."""
    length = (spans["end_day"] - spans["start_day"] + 1).astype(int).to_numpy()
    first = np.repeat(spans["start_day"].to_numpy(dtype=float), length)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    days = pd.DataFrame({"participant_id": np.repeat(spans["participant_id"].to_numpy(), length), "day": first + place})
    return days.drop_duplicates().sort_values(["participant_id", "day"], ignore_index=True)


def _first(days: pd.DataFrame, times: int, within: int) -> tuple[pd.Series, pd.Series]:
    """Return the first day of each participant's first run, and the day on which the run is complete."""
    complete = days.groupby("participant_id")["day"].shift(-(times - 1))
    runs = days.assign(complete=complete)[complete - days["day"] < within]
    first = runs.drop_duplicates("participant_id").set_index("participant_id")
    return first["day"], first["complete"]
