"""The time axis of a study: days, with ticks at whole months."""

from dataclasses import dataclass
from math import ceil

from remission.estimate.result import Curve

DAYS_A_MONTH = 365.25 / 12
MOST_STEPS = 8
STEPS_IN_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class TimeAxis:
    """The same for every curve of a study: a longer axis would make the same curve look better.

    Attributes
    ----------
    ticks : dict of int to int
        Day to month, from day 0 on.
    horizon : int
        The last day shown.
    """

    ticks: dict[int, int]
    horizon: int

    @property
    def days(self) -> list[int]:
        """The days with a tick."""
        return list(self.ticks)


def time_axis(last_day: float) -> TimeAxis:
    """Make an axis to the end of the last day's month, with at most eight steps between ticks."""
    months = max(1, ceil(last_day / DAYS_A_MONTH - 1e-9))
    step = next((size for size in STEPS_IN_MONTHS if months <= size * MOST_STEPS), STEPS_IN_MONTHS[-1])
    ticks = {round(month * DAYS_A_MONTH): month for month in range(0, months + 1, step)}
    return TimeAxis(ticks, round(months * DAYS_A_MONTH))


def axis_of(curve: Curve) -> TimeAxis:
    """Make the axis that holds a whole curve, an empty one included."""
    return time_axis(0.0 if curve.table.empty else float(curve.table["time"].max()))
