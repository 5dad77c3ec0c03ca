"""When use has become too much: rules that tell a lapse from a relapse, on a calendar of days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remission.errors import DefinitionError


@dataclass(frozen=True)
class LapseRule:
    """What ends abstinence. The first of the parts that is met counts; a part that is None is none.

    Attributes
    ----------
    name, sentence, reference : str
    consecutive_days : int, optional
        So many days of use in a row.
    consecutive_weeks : int, optional
        Use in each of so many weeks in a row; weeks count from the first day of the window, and a last stretch
        of fewer than seven days is a week too.
    days : tuple of int, optional
        ``(k, w)``: k days of use among any w days in a row.
    total_days, total_amount : optional
        So many days of use, or so much used, over the whole window.
    """

    name: str
    sentence: str
    reference: str = ""
    consecutive_days: int | None = None
    consecutive_weeks: int | None = None
    days: tuple[int, int] | None = None
    total_days: int | None = None
    total_amount: float | None = None

    def __post_init__(self) -> None:
        parts = (self.consecutive_days, self.consecutive_weeks, self.total_days, self.total_amount)
        given = [part for part in parts if part is not None] + list(self.days or ())
        if not given or min(given) <= 0 or (self.days is not None and self.days[0] > self.days[1]):
            raise DefinitionError(
                f"The lapse rule '{self.name}' can never be met or always is.",
                "Give at least one part, each above 0, and no more days than its window has.",
            )


NO_LAPSE = LapseRule("no lapse", "Any day of use ends abstinence.", total_days=1)

HUGHES_2003 = LapseRule(
    "seven days or two weeks",
    "Use on seven days in a row, or in each of two weeks in a row, ends abstinence; less is a lapse and does not.",
    "Hughes and others 2003, doi:10.1080/1462220031000070552",
    consecutive_days=7,
    consecutive_weeks=2,
)


def first_met(rule: LapseRule, used: NDArray[np.bool_], amount: NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the column on which a rule is first met.

    Parameters
    ----------
    rule : LapseRule
    used, amount : numpy.ndarray
        Participants by days; an amount without use is 0.

    Returns
    -------
    numpy.ndarray
        One column number a participant; -1 where the rule is never met.
    """
    met = np.zeros(used.shape, dtype=bool)
    if rule.consecutive_days is not None:
        met |= run_lengths(used) >= rule.consecutive_days
    if rule.consecutive_weeks is not None:
        met |= _weeks_in_a_row(used, rule.consecutive_weeks)
    if rule.days is not None:
        least, width = rule.days
        met |= _among(used, width) >= least
    if rule.total_days is not None:
        met |= np.cumsum(used, axis=1) >= rule.total_days
    if rule.total_amount is not None:
        met |= np.cumsum(amount, axis=1) >= rule.total_amount
    if not met.size:
        return np.full(len(met), -1, dtype=np.int64)
    return np.where(met.any(axis=1), met.argmax(axis=1), -1).astype(np.int64)


def run_lengths(used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count, for each participant and day, how many days in a row up to it are True."""
    length = np.zeros(used.shape, dtype=np.int64)
    run = np.zeros(len(used), dtype=np.int64)
    for column in range(used.shape[1]):
        run = (run + 1) * used[:, column]
        length[:, column] = run
    return length


def _among(used: NDArray[np.bool_], width: int) -> NDArray[np.int64]:
    """How many of the days up to each day, ``width`` of them, had use."""
    count = np.zeros((len(used), used.shape[1] + width), dtype=np.int64)
    count[:, width:] = np.cumsum(used, axis=1)
    return count[:, width:] - count[:, :-width]


def _weeks_in_a_row(used: NDArray[np.bool_], weeks: int) -> NDArray[np.bool_]:
    """On the first day of use of a week, whether so many weeks up to it had use."""
    met = np.zeros(used.shape, dtype=bool)
    run = np.zeros(len(used), dtype=np.int64)
    for start in range(0, used.shape[1], 7):
        week = used[:, start : start + 7]
        run = (run + 1) * week.any(axis=1)
        first = np.cumsum(np.cumsum(week, axis=1), axis=1) == 1
        met[:, start : start + 7] = first & (run >= weeks)[:, None]
    return met
