"""Time to relapse on a daily calendar, by a rule that lets lapses pass."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.outcomes.day_grid import day_grid
from remission.outcomes.first_use import OUTCOMES
from remission.outcomes.lapse_rules import HUGHES_2003, LapseRule, first_met


def calendar_relapse(
    calendar: pd.DataFrame,
    start: pd.Series,
    end: pd.Series,
    *,
    lapse: LapseRule = HUGHES_2003,
    missing: str = "missing",
) -> pd.DataFrame:
    """Find the day on which a relapse was complete, from one day up to the day before another.

    Parameters
    ----------
    calendar : pandas.DataFrame
        One row is a participant on a day: ``participant_id day amount``; 0 is no use, missing no entry.
    start, end : pandas.Series
        Days by participant, of one index. Time counts from ``start``, which is day 0.
    lapse : LapseRule
        What makes a relapse.
    missing : {"missing", "use"}
        ``"missing"``: follow-up ends on the last day on which no relapse can have been complete, whatever
        the days without an entry were. ``"use"``: a day without an entry counts as a day of use.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id exit event left right ending``; the relapse was complete in
        ``(left, right]``. ``ending`` is ``relapse``, ``missing days`` (counted as use), ``last day`` or
        ``gap`` (days without an entry could have been the relapse). ``attrs["left_out"]`` counts those
        without a window, and those of whom nothing is known from day 0 on.

    Raises
    ------
    DefinitionError
        The rule for missing days is none, a window ends before it starts, or the calendar is wrong.

    References
    ----------
    Hughes JR and others (2003). Measures of abstinence in clinical trials: issues and recommendations.
    doi:10.1080/1462220031000070552
    """
    if missing not in ("missing", "use"):
        raise DefinitionError(f"'{missing}' is no rule for missing days.", "Rules are missing, use.")
    grid = day_grid(calendar, start, end)
    amount = np.nan_to_num(grid.amount, nan=0.0)
    met = first_met(lapse, grid.used, amount)
    worst = first_met(lapse, grid.used | grid.unknown, np.where(grid.unknown, np.inf, amount))
    doubt = (worst >= 0) & (worst != met)
    event = worst >= 0 if missing == "use" else (worst >= 0) & ~doubt
    closed = np.where(worst >= 0, worst - 1, grid.length - 1)
    exit = np.where(event, worst, closed)
    ends = np.select([event & ~doubt, event, doubt], ["relapse", "missing days", "gap"], default="last day")
    right = np.where(event, worst, np.where(met >= 0, met, np.inf))
    watched = (exit >= 0) & (grid.length > 0)
    found = pd.DataFrame(
        {
            "participant_id": grid.people,
            "exit": exit.astype(float),
            "event": event.astype(int),
            "left": np.where(event, worst - 1, closed).astype(float),
            "right": right.astype(float),
            "ending": ends,
        }
    )[watched].reset_index(drop=True)
    found.attrs["left_out"] = (
        ("the window has no day", int((grid.length == 0).sum())),
        ("days without an entry could have been the relapse from day 0 on", int((~watched & (grid.length > 0)).sum())),
    )
    found.attrs["definition"] = lapse.sentence
    return OUTCOMES.check(found)
