"""What all figures look like: type, lines, room for labels."""

from collections.abc import Sequence
from typing import Any, TypeVar

import altair as alt

from remission.report.palette import GRID, INK, PAPER, QUIET, STROKES

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
LABEL_SIZE = 13
TEXT_SIZE = 12
LETTER = 6.7
WIDTH = 620
PALE = 0.45

Chart = TypeVar("Chart", alt.VConcatChart, alt.LayerChart, alt.Chart)


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


def text_width(texts: Sequence[str]) -> int:
    """Room in pixels that the longest of some texts takes."""
    return round(LETTER * max((len(text) for text in texts), default=0)) + 6


def dressed(chart: Chart, finding: str, note: str = "", right: int = 0) -> Chart:
    """Finish a figure: the finding as its description, a note below, room on the right."""
    footnote = alt.TitleParams(
        text=note or " ", orient="bottom", anchor="start", fontSize=TEXT_SIZE, fontWeight="normal", color=QUIET
    )
    return (
        chart.properties(
            description=finding,
            padding={"left": 6, "top": 8, "right": right + 6, "bottom": 6},
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
        )
        .configure_concat(spacing=6)
    )
