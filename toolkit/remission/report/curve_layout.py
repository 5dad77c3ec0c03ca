"""What a curve's figure is drawn from: pieces of lines, bands, labels and numbers at risk."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from remission.estimate.result import Curve
from remission.report.names import Names
from remission.report.palette import MOST_GROUPS
from remission.report.readings import FEW_AT_RISK, readings
from remission.report.spreading import spread_out
from remission.report.time_axis import TimeAxis

Rows = list[dict[str, Any]]
LABEL_GAP = 5.2


@dataclass(frozen=True)
class CurveLayout:
    """Rows for the marks of a figure; shares in percent, times in days.

    Attributes
    ----------
    groups : tuple of str
        Labels of the groups drawn, in order.
    not_drawn : tuple of str
        Labels of groups beyond the five largest.
    lines : list of dict
        ``group part day free``; part ``few`` is where fewer than 11 are still followed.
    bands : list of dict
        ``group part day low high``.
    labels : list of dict
        ``group end free place``: where a line ends and where its label goes.
    at_risk : list of dict
        ``group day number``.
    """

    groups: tuple[str, ...]
    not_drawn: tuple[str, ...]
    lines: Rows
    bands: Rows
    labels: Rows
    at_risk: Rows


def lay_out(curve: Curve, axis: TimeAxis, names: Names) -> CurveLayout:
    """Lay out the figure of a curve; groups beyond the five largest are named, not drawn."""
    at_ticks = readings(curve, axis.days, names)
    drawn, not_drawn = _choose(at_ticks)
    lines: Rows = []
    bands: Rows = []
    ends: Rows = []
    ways = at_ticks[["stratum", "event", "line"]].drop_duplicates()
    for stratum, event, label in ways.itertuples(index=False, name=None):
        if label in drawn:
            steps = _steps(
                curve.table[(curve.table["stratum"] == stratum) & (curve.table["event"] == event)], curve.rises
            )
            lines += _pieces(steps, label, ("free",))
            bands += _pieces(steps[steps["low"].notna()], label, ("low", "high"))
            ends.append({"group": label, "end": steps["day"].iloc[-1], "free": steps["free"].iloc[-1]})
    counted = at_ticks[at_ticks["line"].isin(drawn)]
    at_risk = [
        {"group": row["line"], "day": int(row["time"]), "number": int(row["n_at_risk"])}
        for _, row in counted.iterrows()
    ]
    return CurveLayout(tuple(drawn), tuple(not_drawn), lines, bands, _placed(ends), at_risk)


def _choose(at_ticks: pd.DataFrame) -> tuple[list[str], list[str]]:
    labels = list(dict.fromkeys(at_ticks["line"]))
    sizes = at_ticks.groupby("line")["n_at_risk"].max()
    largest = set(sizes.loc[labels].sort_values(ascending=False, kind="stable").index[:MOST_GROUPS])
    return [name for name in labels if name in largest], [name for name in labels if name not in largest]


def _steps(table: pd.DataFrame, rises: bool) -> pd.DataFrame:
    """Keep the times at which a curve changes and the last one; say from where on few are followed."""
    ordered = table.sort_values("time", kind="stable")
    following = ordered["n_at_risk"].shift(-1)
    last = following.isna()
    few = (following < FEW_AT_RISK) | (last & (ordered["n_at_risk"] < FEW_AT_RISK))
    starts_to_fade = few & ~few.shift(fill_value=False)
    kept = ordered["estimate"].ne(ordered["estimate"].shift()) | last | starts_to_fade
    steps = pd.DataFrame(
        {
            "day": ordered["time"].astype(float),
            "free": 100 * ordered["estimate"],
            # Limits are unknown once a curve has reached 0; the band runs to that day as it was.
            "low": 100 * ordered["conf_low"].ffill(),
            "high": 100 * ordered["conf_high"].ffill(),
            "few": few.cummax(),
        }
    )
    return _from_origin(steps[kept], 0.0 if rises else 100.0)


def _from_origin(steps: pd.DataFrame, start: float) -> pd.DataFrame:
    """Let a curve whose first events come at the very origin fall there from where all start."""
    if steps["free"].iloc[0] == start:
        return steps.reset_index(drop=True)
    first = steps.iloc[[0]].assign(free=start, low=start, high=start)
    return pd.concat([first, steps], ignore_index=True)


def _pieces(steps: pd.DataFrame, group: str, columns: tuple[str, ...]) -> Rows:
    """Cut a line where few are left; the pale piece starts where the full one ends."""
    full = steps[~steps["few"] | (steps["few"] & ~steps["few"].shift(fill_value=False))]
    pale = steps[steps["few"]]
    return [
        {"group": group, "part": part, "day": row["day"], **{name: row[name] for name in columns}}
        for part, piece in (("full", full), ("few", pale))
        for _, row in piece.iterrows()
        if len(piece) > 1
    ]


def _placed(ends: Rows) -> Rows:
    places = spread_out([end["free"] for end in ends], LABEL_GAP)
    return [{**end, "place": place} for end, place in zip(ends, places, strict=True)]
