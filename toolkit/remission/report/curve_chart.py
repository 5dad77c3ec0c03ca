"""A curve with confidence bands and the number at risk below it."""

from collections.abc import Sequence

import altair as alt

from remission.estimate.result import Curve
from remission.report.curve_layout import CurveLayout, lay_out
from remission.report.looks import (
    LABEL_AWAY,
    LABEL_SIZE,
    PALE,
    colour,
    dash,
    dressed,
    layered,
    number_table,
    rows,
    sentence_alone,
)
from remission.report.names import PLAIN, Names
from remission.report.numbers import listing
from remission.report.readings import FEW_AT_RISK, is_share, value_words
from remission.report.sentences import NO_CURVE, curve_sentence
from remission.report.time_axis import TimeAxis, axis_of

HEIGHT = 320
BAND = 0.16
FADING = f"Bands: 95 % confidence. Paler: fewer than {FEW_AT_RISK} still followed."


def curve_chart(
    curve: Curve,
    axis: TimeAxis | None = None,
    times: Sequence[float] = (30, 90, 180, 365),
    names: Names = PLAIN,
) -> alt.VConcatChart:
    """Draw step lines with confidence bands, and below them how many were still followed.

    Parameters
    ----------
    curve : Curve
        One to five groups, or groups by cause; of more, the five largest are drawn and the note names the others.
        A hazard or a number of events is no share: its sentence stands in the figure's place.
    axis : TimeAxis, optional
        The study's own, so that all its figures share one; the curve's where not given.
    times : sequence of float
        Days that the description may read the curve at.
    names : Names, optional
        Of variables and values.

    Returns
    -------
    altair.VConcatChart
        Its description is the finding in one sentence; ``curve_table`` is its twin in text.
    """
    if curve.table.empty:
        return sentence_alone(NO_CURVE)
    if not is_share(curve):
        return sentence_alone(curve_sentence(curve, times, names))
    axis = axis or axis_of(curve)
    layout = lay_out(curve, axis, names)
    below = number_table(layout.at_risk, layout.groups, _x(axis, None), "Number at risk")
    chart = alt.vconcat(_lines(curve, layout, axis), below)
    return dressed(chart, curve_sentence(curve, times, names), _note(layout))


def _note(layout: CurveLayout) -> str:
    absent = f" Not drawn, the smaller groups: {listing(list(layout.not_drawn))}." if layout.not_drawn else ""
    return FADING + absent


def _lines(curve: Curve, layout: CurveLayout, axis: TimeAxis) -> alt.LayerChart:
    x = _x(axis, f"Months since {curve.estimand.time_origin or 'day 0'}")
    drawn = [_band(curve, layout, x), _curves(curve, layout, x)]
    if curve.estimand.contrast or len(layout.groups) > 1:
        drawn += _labels(layout, axis)
    return layered(drawn, HEIGHT)


def _x(axis: TimeAxis, title: str | None) -> alt.X:
    ticks = {str(day): f"{month}" for day, month in axis.ticks.items()}
    shown = alt.Axis(
        values=axis.days,
        labelExpr=f"{ticks}[datum.value]",
        title=title,
        labels=title is not None,
        ticks=title is not None,
        domain=title is not None,
        grid=False,
        titlePadding=8,
    )
    return alt.X("day:Q", scale=alt.Scale(domain=[0, axis.horizon], nice=False), axis=shown)


def _share_axis(field: str, curve: Curve) -> alt.Y:
    title = f"{value_words(curve).removesuffix(', %')} (%)"
    scale = alt.Scale(domain=[0, 100], nice=False)
    return alt.Y(field, scale=scale, axis=alt.Axis(title=title, values=[0, 20, 40, 60, 80, 100], titlePadding=8))


def _band(curve: Curve, layout: CurveLayout, x: alt.X) -> alt.Chart:
    # Many bands over one another turn grey, so the more there are, the fainter each is.
    faint = BAND / max(1, len(layout.groups) - 1)
    area = alt.Chart(rows(layout.bands)).mark_area(interpolate="step-after", clip=True)
    band: alt.Chart = area.encode(
        x=x,
        y=_share_axis("low:Q", curve),
        y2="high:Q",
        color=colour(layout.groups),
        opacity=_fading(max(faint, 0.07)),
        detail="part:O",
    )
    return band


def _curves(curve: Curve, layout: CurveLayout, x: alt.X) -> alt.Chart:
    line = alt.Chart(rows(layout.lines)).mark_line(interpolate="step-after", strokeWidth=2.2, clip=True)
    drawn: alt.Chart = line.encode(
        x=x,
        y=_share_axis("free:Q", curve),
        color=colour(layout.groups),
        strokeDash=dash(layout.groups),
        opacity=_fading(1.0),
        detail="part:O",
    )
    return drawn


def _fading(full: float) -> alt.Opacity:
    scale = alt.Scale(domain=["full", "few"], range=[full, full * PALE])
    return alt.Opacity("part:O", sort=["full", "few"], scale=scale, legend=None)


def _labels(layout: CurveLayout, axis: TimeAxis) -> list[alt.Chart]:
    """Names at the right margin, each tied to the end of its line."""
    ends = alt.Chart(rows(layout.labels))
    edge = alt.datum(axis.horizon)
    tie = ends.mark_rule(strokeWidth=1, opacity=PALE, x2Offset=LABEL_AWAY - 4).encode(
        x="end:Q", x2=edge, y="free:Q", y2="place:Q", color=colour(layout.groups)
    )
    name = ends.mark_text(align="left", dx=LABEL_AWAY, fontSize=LABEL_SIZE, baseline="middle")
    return [tie, name.encode(x=edge, y="place:Q", text="group:N", color=colour(layout.groups))]
