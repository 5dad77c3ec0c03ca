"""What all figures look like: type, lines, room for labels."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from remission.report.palette import GRID, INK, PAPER, QUIET, STROKES

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
LABEL_SIZE = 13
TEXT_SIZE = 12
WIDTH = 560
ROW = 20
LABEL_AWAY = 14
PALE = 0.45


def rows(values: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Hand rows to a chart as they are, however many."""
    return alt.InlineData(values=list(values))


def colour(groups: Sequence[str]) -> alt.Color:
    """Give each group its colour, in order, without a legend: labels stand at the lines."""
    strokes = STROKES[: len(groups)]
    scale = alt.Scale(domain=list(groups), range=[stroke.colour for stroke in strokes])
    return alt.Color("group:N", scale=scale, legend=None)


def dash(groups: Sequence[str]) -> alt.StrokeDash:
    """Give each group its dashes, in order."""
    strokes = STROKES[: len(groups)]
    scale = alt.Scale(domain=list(groups), range=[list(stroke.dash) for stroke in strokes])
    return alt.StrokeDash("group:N", scale=scale, legend=None)


def number_table(values: Sequence[dict[str, Any]], groups: Sequence[str], x: alt.X, heading: str) -> alt.Chart:
    """Write numbers below a figure, one line a group, each under its place on the shared axis."""
    numbers = alt.Chart(rows(values)).mark_text(fontSize=TEXT_SIZE, baseline="middle")
    who = alt.Axis(title=None, labelPadding=26, labelLimit=240, ticks=False, domain=False, grid=False)
    title = alt.TitleParams(text=heading, anchor="start", fontSize=TEXT_SIZE, color=INK, offset=4)
    y = alt.Y("group:N", sort=list(groups), axis=who)
    drawn: alt.Chart = numbers.encode(x=x, y=y, text="number:Q", color=colour(groups)).properties(
        width=WIDTH, height=ROW * len(groups), title=title
    )
    return drawn


def layered(charts: Sequence[alt.Chart], height: int) -> alt.LayerChart:
    """Lay charts over one another, each with its own opacity."""
    over: Any = alt.layer(*charts)
    sized: alt.LayerChart = over.resolve_scale(opacity="independent").properties(width=WIDTH, height=height)
    return sized


def sentence_alone(words: str) -> alt.VConcatChart:
    """Say in a figure's place why there is none."""
    text = alt.Chart(rows([{"words": words}])).mark_text(align="left", fontSize=LABEL_SIZE, color=INK)
    placed = text.encode(text="words:N", x=alt.value(0), y=alt.value(15))
    return dressed(alt.vconcat(placed.properties(width=WIDTH, height=30)), words)


def dressed(chart: alt.VConcatChart, finding: str, note: str = "") -> alt.VConcatChart:
    """Finish a figure: the finding as its description, a note below."""
    footnote = alt.TitleParams(
        text=note,
        orient="bottom",
        anchor="start",
        fontSize=TEXT_SIZE,
        fontWeight="normal",
        color=QUIET,
        offset=12,
    )
    finished: alt.VConcatChart = (
        chart.properties(
            description=finding,
            padding={"left": 6, "top": 8, "right": 10, "bottom": 6},
            **({"title": footnote} if note else {}),
        )
        .configure(background=PAPER, font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=TEXT_SIZE,
            titleFontSize=TEXT_SIZE,
            labelColor=INK,
            titleColor=INK,
            titleFontWeight="normal",
            gridColor=GRID,
            domainColor=QUIET,
            tickColor=QUIET,
            labelFlush=False,
        )
        .configure_concat(spacing=6)
    )
    return finished
