"""Estimates with their intervals under one another, against no effect and a declared margin."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import altair as alt

from remission.report.looks import dressed, layered, rows, sentence_alone
from remission.report.palette import GRID, QUIET, STROKES

ROW = 34
NOTHING = "There is no estimate to draw."
LOG_TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10)


@dataclass(frozen=True)
class Interval:
    """One line of the figure: a label, an estimate and its limits, on the scale that is drawn."""

    label: str
    estimate: float
    low: float
    high: float

    @property
    def drawn(self) -> bool:
        """Whether all three numbers are finite."""
        return all(isfinite(number) for number in (self.estimate, self.low, self.high))


def interval_chart(
    intervals: Sequence[Interval],
    title: str,
    finding: str,
    *,
    ratio: bool = False,
    margin: tuple[float, float] | None = None,
    note: str = "Bars: confidence intervals.",
) -> alt.VConcatChart:
    """Draw estimates with intervals, one line each.

    Parameters
    ----------
    intervals : sequence of Interval
        Those without finite limits are left out; the table beside the figure names them.
    title : str
        Of the axis.
    finding : str
        The figure's description.
    ratio : bool
        On a logarithmic axis with no effect at 1; else at 0.
    margin : (float, float), optional
        Shaded.
    note : str

    Returns
    -------
    altair.VConcatChart
    """
    drawn = [one for one in intervals if one.drawn and not (ratio and one.low <= 0)]
    if not drawn:
        return sentence_alone(NOTHING)
    x = _axis(drawn, title, ratio, margin)
    order = list(dict.fromkeys(one.label for one in drawn))
    values = rows([{"label": one.label, "at": one.estimate, "low": one.low, "high": one.high} for one in drawn])
    y = alt.Y(
        "label:N", sort=order, axis=alt.Axis(title=None, labelLimit=260, ticks=False, domain=False, labelPadding=8)
    )
    ink = alt.value(STROKES[0].colour)
    base = alt.Chart(values)
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", y=y, color=ink)
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X("at:Q"), y=y, color=ink)
    null = alt.Chart(rows([{"at": 1.0 if ratio else 0.0}])).mark_rule(color=QUIET, strokeDash=[4, 3])
    layers: list[alt.Chart] = [null.encode(x=alt.X("at:Q")), bars, points]
    if margin is not None:
        band = alt.Chart(rows([{"low": margin[0], "high": margin[1]}])).mark_rect(color=GRID)
        layers.insert(0, band.encode(x=x, x2="high:Q"))
    return dressed(alt.vconcat(layered(layers, ROW * len(order))), finding, note)


def _axis(drawn: Sequence[Interval], title: str, ratio: bool, margin: tuple[float, float] | None) -> alt.X:
    ends = [1.0 if ratio else 0.0, *(margin or ())]
    ends += [number for one in drawn for number in (one.low, one.high)]
    low, high = min(ends), max(ends)
    if ratio:
        domain = [max(low, 0.02) / 1.1, min(high, 50.0) * 1.1]
        shown = [tick for tick in LOG_TICKS if domain[0] <= tick <= domain[1]]
        scale = alt.Scale(type="log", domain=domain, nice=False, clamp=True)
        axis = alt.Axis(title=title, values=shown, titlePadding=8, format="~g")
    else:
        room = 0.06 * (high - low or 1)
        scale = alt.Scale(domain=[low - room, high + room], nice=False, zero=False)
        axis = alt.Axis(title=title, titlePadding=8, tickCount=6)
    return alt.X("low:Q", scale=scale, axis=axis)
