"""Figures of a release, computed from its printed counts and nothing else: they can tell no more than the counts do."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt

from remission.funder.bundle import Release

Z = 1.959963984540054
FEWEST = 11


@dataclass(frozen=True)
class Point:
    """A curve on a day of the grid.

    Attributes
    ----------
    day : float
    free, low, high : float
        Share free of the event, with limits of 95 %.
    events, left, followed : int
        Who had the event by then, who was last seen free before, and who was seen free until then.
    """

    day: float
    free: float
    low: float
    high: float
    events: int
    left: int
    followed: int


@dataclass(frozen=True)
class Curve:
    """Time to the event of one group, at the days whose counts are printed."""

    group: str
    people: int
    points: tuple[Point, ...]

    def at(self, day: float) -> Point | None:
        """Return the point of a day, if it is printed."""
        return next((point for point in self.points if point.day == day), None)


def curve_of(release: Release, group: str | None = None) -> Curve | None:
    """Make a group's curve by the life table; None where its size is hidden.

    A day counts only where its three counts are printed; days between are passed over. The curve ends before the day
    on which fewer than 11 are still followed. Within a stretch, those who left count as followed for half of it.

    References
    ----------
    Cutler SJ, Ederer F (1958). Maximum utilization of the life table method in analyzing survival.
    doi:10.1016/0021-9681(58)90126-7. Greenwood's variance; limits by the log(-log) scale.
    """
    time = release.dimension("time")
    who = {} if group is None else {release.content["by"]: group}
    everybody, silent = release.count(**who), release.count(**who, time="not_told")
    if everybody is None or silent is None or everybody - silent < FEWEST:
        return None
    people = everybody - silent
    points: list[Point] = []
    free, spread, followed, events, left = 1.0, 0.0, people, 0, 0
    for day in time["days"]:
        counts = [release.count(**who, time=f"{what}_{day}") for what in ("event_by", "left_by", "free_at")]
        if any(count is None for count in counts):
            continue
        event, gone, still = (int(count or 0) for count in counts)
        if still < FEWEST:
            break
        at_risk = followed - (gone - left) / 2
        share = (event - events) / at_risk
        free *= 1 - share
        spread += share / (at_risk * (1 - share))
        followed, events, left = still, event, gone
        low, high = _limits(free, spread)
        points.append(Point(float(day), free, low, high, event, gone, still))
    return Curve(group or "", people, tuple(points))


def _limits(free: float, spread: float) -> tuple[float, float]:
    if not 0 < free < 1:
        return free, free
    width = Z * sqrt(spread) / abs(log(free))
    # log(-log): limits stay between 0 and 1.
    return free ** (2.718281828459045**width), free ** (2.718281828459045**-width)


@dataclass(frozen=True)
class Days:
    """A mean of days free of the event within a horizon, or a difference of two."""

    days: float
    low: float
    high: float


def mean_days(curve: Curve, horizon: float) -> tuple[float, float] | None:
    """Return the mean days free of the event up to a printed day, and its variance: the area under straight lines."""
    points = [point for point in curve.points if point.day <= horizon]
    if not points or points[-1].day != horizon:
        return None
    days = [0.0, *(point.day for point in points)]
    free = [1.0, *(point.free for point in points)]
    area = sum((b - a) * (free[k] + free[k + 1]) / 2 for k, (a, b) in enumerate(pairwise(days)))
    ahead = [*days[1:], days[-1]]
    weights = [(ahead[k] - days[k - 1]) / 2 for k in range(1, len(days))]
    return area, _variance(curve, points, weights)


def _variance(curve: Curve, points: Sequence[Point], weights: Sequence[float]) -> float:
    total, followed, events, left = 0.0, curve.people, 0, 0
    for number, point in enumerate(points):
        at_risk = followed - (point.left - left) / 2
        share = (point.events - events) / at_risk
        beyond = sum(weights[k] * points[k].free for k in range(number, len(points)))
        total += beyond**2 * share / (at_risk * (1 - share))
        followed, events, left = point.followed, point.events, point.left
    return total


def days_more(first: Curve, second: Curve, horizon: float) -> Days | None:
    """Return how many days more free of the event the first group has within a horizon, with limits of 95 %."""
    one, other = mean_days(first, horizon), mean_days(second, horizon)
    if one is None or other is None:
        return None
    gap, error = one[0] - other[0], sqrt(one[1] + other[1])
    return Days(gap, gap - Z * error, gap + Z * error)


def of_hundred(part: int | None, whole: int | None) -> int | None:
    """Return how many of 100, where both counts are printed."""
    if part is None or not whole:
        return None
    return round(100 * part / whole)
