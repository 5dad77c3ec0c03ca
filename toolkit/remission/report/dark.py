"""Figures for dark pages: the same drawing, each colour exchanged for its counterpart."""

import json
import re

import altair as alt

from remission.report.svg import dark_colours

COLOURS = re.compile("|".join(map(re.escape, dark_colours())), re.IGNORECASE)


def dark_chart(chart: alt.VConcatChart) -> alt.VConcatChart:
    """Return a figure in the colours of a dark page."""
    told = _exchanged(json.dumps(chart.to_dict()))
    drawn: alt.VConcatChart = alt.VConcatChart.from_dict(json.loads(told))
    return drawn


def dark_drawing(drawing: str) -> str:
    """Return an SVG in the colours of a dark page."""
    return _exchanged(drawing)


def _exchanged(text: str) -> str:
    counterparts = dark_colours()
    return COLOURS.sub(lambda found: counterparts[found[0].upper()], text)
