"""Survival at one day, compared between groups."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice, require_level, stratify
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.kernels.product_limit import StepEstimate, kaplan_meier, life_table, survival_limits
from remission.estimate.record import Check, Estimand, Estimates, Method

REFERENCE = "Klein, Logan, Harhoff and Andersen 2007, doi:10.1002/sim.2864"
SCALES = ("log-log", "plain", "log", "logit", "arcsine")


@dataclass(frozen=True, kw_only=True)
class FixedDay(Estimates):
    """Shares free of the event on a day, with the test that they are the same in ``glance()``."""

    tests: dict[str, float] = field(default_factory=dict)

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), **self.tests}


def fixed_day_difference(
    table: pd.DataFrame,
    by: str,
    day: float,
    *,
    entry: str | None = None,
    exit: str = "exit",
    event: str = "event",
    scale: str = "log-log",
    conf_level: float = 0.95,
) -> FixedDay:
    """Compare the probability of no event by a given day between groups.

    The day must be chosen before the curves were seen. Censoring must not depend on the event to come.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    by : str
        Column of groups known at entry.
    day : float
    entry : str, optional
        Column of delayed entry.
    exit, event : str
    scale : {"log-log", "plain", "log", "logit", "arcsine"}
        On which the test is made; the complementary log-log keeps its level best in small groups.
    conf_level : float

    Returns
    -------
    FixedDay
        Rows ``survival`` of each group (limits on the log-log scale), then ``difference`` of each against the first
        (limits on the plain scale): columns ``term contrast estimate std_error conf_low conf_high statistic p_value``.
        Statistic and p-value of a difference are of the test on ``scale``, chi-squared with 1 degree of freedom;
        ``glance()`` has ``chi_squared df p_value`` over all groups. Where a group's share is 0 or 1 its error is
        unknown: what rests on it is missing and a check fails.

    Raises
    ------
    NotEstimable
        There are fewer than two groups, or one is not followed to the day.
    ImmortalTime
        ``by`` was measured after observation starts.
    DefinitionError
        The day is not above 0, or a column is absent or holds impossible values.

    References
    ----------
    Klein JP, Logan B, Harhoff M, Andersen PK (2007). Analyzing survival curves at a fixed point in time.
    doi:10.1002/sim.2864
    """
    require_choice("scale", scale, SCALES)
    z = require_level(conf_level)
    if not (np.isfinite(day) and day > 0):
        raise DefinitionError(f"day={day} does not lie after the origin.", "Give a day above 0, such as 180.")
    data = event_data(table, exit, event, entry, [by])
    refuse_the_future(table, [by], data.entry)
    read = _read(data, by, day, z)
    if len(read) < 2:
        raise NotEstimable(f"'{by}' has one value only.", "Compare at least two groups.")
    tests = _overall(read, scale)
    return FixedDay(
        estimand=Estimand(
            f"probability of no event by time {day:g}",
            event=table.attrs.get("definition", "the event"),
            contrast=by,
            horizon=f"time {day:g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "survival at a fixed day", REFERENCE, {"day": day, "scale": scale, "conf_level": conf_level, "by": by}
        ),
        sample=data.sample,
        table=_tidy(read, scale, z),
        checks=_checks(read),
        tests=tests,
    )


def _read(data: EventData, by: str, day: float, z: float) -> pd.DataFrame:
    """Read each group's curve on the day: name, survival, error and limits."""
    rows = []
    for name, own in stratify(data, by):
        entry = None if data.entry is None else data.entry[own]
        counts = life_table(data.exit[own], data.event[own], entry)
        curve = kaplan_meier(counts)
        if counts.time[-1] < day and curve.estimate[-1] > 0:
            raise NotEstimable(
                f"'{name}' is followed to {counts.time[-1]:g} only, so nothing is known of time {day:g}.",
                "Take an earlier day.",
            )
        place = int(np.searchsorted(counts.time, day, side="right")) - 1
        share, error = (1.0, 0.0) if place < 0 else (curve.estimate[place], curve.std_error[place])
        low, high = survival_limits(StepEstimate(np.array([share]), np.array([error])), "log-log", z)
        known = 0 < share < 1
        rows.append((name, float(share), *((float(error), low[0], high[0]) if known else (np.nan,) * 3)))
    return pd.DataFrame(rows, columns=["name", "share", "error", "low", "high"])


def _on_scale(share: np.ndarray, error: np.ndarray, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Transform shares; return them with their variances by the delta method."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if scale == "plain":
            return share, error**2
        if scale == "log":
            return np.log(share), (error / share) ** 2
        if scale == "logit":
            return np.log(share / (1 - share)), (error / (share * (1 - share))) ** 2
        if scale == "arcsine":
            return np.arcsin(np.sqrt(share)), error**2 / (4 * share * (1 - share))
        return np.log(-np.log(share)), (error / (share * np.log(share))) ** 2


def _overall(read: pd.DataFrame, scale: str) -> dict[str, float]:
    value, variance = _on_scale(read["share"].to_numpy(), read["error"].to_numpy(), scale)
    df = len(read) - 1
    if np.isnan(variance).any():
        return {"chi_squared": np.nan, "df": df, "p_value": np.nan}
    gaps = value[1:] - value[0]
    spread = np.diag(variance[1:]) + variance[0]
    statistic = float(gaps @ np.linalg.solve(spread, gaps))
    return {"chi_squared": statistic, "df": df, "p_value": float(chdtrc(df, statistic))}


def _tidy(read: pd.DataFrame, scale: str, z: float) -> pd.DataFrame:
    columns = ["term", "contrast", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
    rows: list[tuple[object, ...]] = [
        ("survival", row.name_, row.share, row.error, row.low, row.high, np.nan, np.nan)
        for row in read.rename(columns={"name": "name_"}).itertuples()
    ]
    share, error = read["share"].to_numpy(), read["error"].to_numpy()
    value, variance = _on_scale(share, error, scale)
    for j in range(1, len(read)):
        gap, spread = share[j] - share[0], float(np.hypot(error[j], error[0]))
        known = bool(np.isfinite(spread))
        statistic = float((value[j] - value[0]) ** 2 / (variance[j] + variance[0])) if known else np.nan
        p = 2 * float(ndtr(-np.sqrt(statistic)))
        words = f"{read['name'][j]} against {read['name'][0]}"
        low, high = max(gap - z * spread, -1.0) if known else np.nan, min(gap + z * spread, 1.0) if known else np.nan
        rows.append(("difference", words, gap, spread, low, high, statistic, p))
    return pd.DataFrame(rows, columns=columns)


def _checks(read: pd.DataFrame) -> tuple[Check, ...]:
    edge = ", ".join(read.loc[read["error"].isna(), "name"])
    sentence = "In every group some had the event by the day, and some had not."
    if edge:
        sentence = f"All or none had the event by the day in {edge}: its error is not 0 but unknown."
    return (Check("events in every group", not edge, sentence),)
