"""A curve with confidence bands and the number at risk below it."""

from collections.abc import Sequence

import altair as alt

from remission.estimate.result import Curve
from remission.report.curve_layout import CurveLayout, lay_out
from remission.report.looks import LABEL_SIZE, PALE, TEXT_SIZE, WIDTH, colour, dash, dressed, rows, text_width
from remission.report.names import PLAIN, Names
from remission.report.numbers import listing
from remission.report.palette import INK
from remission.report.readings import FEW_AT_RISK, free_words
from remission.report.sentences import NO_CURVE, curve_sentence
from remission.report.time_axis import TimeAxis, axis_of

HEIGHT = 320
ROW = 20
LABEL_AWAY = 14
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
        One to five groups; of more, the five largest are drawn and the note names the others.
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
        return _sentence_alone()
    axis = axis or axis_of(curve)
    layout = lay_out(curve, axis, names)
    chart = alt.vconcat(_lines(curve, layout, axis), _number_at_risk(layout, axis)).resolve_scale(color="shared")
    right = text_width(layout.groups) + LABEL_AWAY if curve.estimand.contrast else 0
    return dressed(chart, curve_sentence(curve, times, names), _note(layout), right)


def _sentence_alone() -> alt.VConcatChart:
    words = alt.Chart(rows([{"words": NO_CURVE}])).mark_text(align="left", fontSize=LABEL_SIZE, color=INK)
    placed = words.encode(text="words:N", x=alt.value(0), y=alt.value(15)).properties(width=WIDTH, height=30)
    return dressed(alt.vconcat(placed), NO_CURVE)


def _note(layout: CurveLayout) -> str:
    absent = f" Not drawn, the smaller groups: {listing(list(layout.not_drawn))}." if layout.not_drawn else ""
    return FADING + absent


def _lines(curve: Curve, layout: CurveLayout, axis: TimeAxis) -> alt.LayerChart:
    drawn = [_band(layout, axis), _curves(curve, layout, axis)]
    if curve.estimand.contrast:
        drawn += _labels(layout, axis)
    return alt.layer(*drawn).properties(width=WIDTH, height=HEIGHT)


def _x(axis: TimeAxis, labelled: bool) -> alt.X:
    ticks = {str(day): f"{month}" for day, month in axis.ticks.items()}
    shown = alt.Axis(
        values=axis.days,
        labelExpr=f"{ticks}[datum.value]",
        title="Months since day 0" if labelled else None,
        labels=labelled,
        ticks=labelled,
        domain=labelled,
        grid=False,
        titlePadding=6,
    )
    return alt.X("day:Q", scale=alt.Scale(domain=[0, axis.horizon], nice=False), axis=shown)


def _share_axis(field: str, curve: Curve | None = None) -> alt.Y:
    title = f"{free_words(curve).capitalize()} (%)" if curve else None
    scale = alt.Scale(domain=[0, 100], nice=False)
    return alt.Y(field, scale=scale, axis=alt.Axis(title=title, values=[0, 20, 40, 60, 80, 100], titlePadding=10))


def _band(layout: CurveLayout, axis: TimeAxis) -> alt.Chart:
    area = alt.Chart(rows(layout.bands)).mark_area(interpolate="step-after", opacity=0.13, clip=True)
    return area.encode(
        x=_x(axis, True), y=_share_axis("low:Q"), y2="high:Q", color=colour(layout.groups), detail="part:N"
    )


def _curves(curve: Curve, layout: CurveLayout, axis: TimeAxis) -> alt.Chart:
    line = alt.Chart(rows(layout.lines)).mark_line(interpolate="step-after", strokeWidth=2.2, clip=True)
    pale = alt.Scale(domain=["full", "few"], range=[1, PALE])
    return line.encode(
        x=_x(axis, True),
        y=_share_axis("free:Q", curve),
        color=colour(layout.groups),
        strokeDash=dash(layout.groups),
        opacity=alt.Opacity("part:N", scale=pale, legend=None),
        detail="part:N",
    )


def _labels(layout: CurveLayout, axis: TimeAxis) -> list[alt.Chart]:
    """Names at the right margin, each tied to the end of its line."""
    ends = alt.Chart(rows(layout.labels))
    edge = alt.datum(axis.horizon)
    tie = ends.mark_rule(strokeWidth=1, opacity=PALE, xOffset=0, x2Offset=LABEL_AWAY - 4).encode(
        x="end:Q", x2=edge, y="free:Q", y2="place:Q", color=colour(layout.groups)
    )
    name = ends.mark_text(align="left", dx=LABEL_AWAY, fontSize=LABEL_SIZE, baseline="middle")
    return [tie, name.encode(x=edge, y="place:Q", text="group:N", color=colour(layout.groups))]


def _number_at_risk(layout: CurveLayout, axis: TimeAxis) -> alt.Chart:
    numbers = alt.Chart(rows(layout.at_risk)).mark_text(fontSize=TEXT_SIZE, baseline="middle")
    who = alt.Axis(
        title=None, labelPadding=16, labelLimit=240, ticks=False, domain=False, labelFontSize=TEXT_SIZE
    )
    heading = alt.TitleParams(text="Number at risk", anchor="start", fontSize=TEXT_SIZE, color=INK, offset=4)
    return numbers.encode(
        x=_x(axis, False),
        y=alt.Y("group:N", sort=list(layout.groups), axis=who),
        text="number:Q",
        color=colour(layout.groups),
    ).properties(width=WIDTH, height=ROW * len(layout.groups), title=heading)
