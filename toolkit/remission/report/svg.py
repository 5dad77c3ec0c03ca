"""A figure as a self-contained SVG that a screen reader can tell."""

import re
from html import escape

import altair as alt
import vl_convert

from remission.report.palette import (
    DARK_FROM_LITTLE,
    DARK_GRID,
    DARK_INK,
    DARK_PAPER,
    DARK_QUIET,
    DARK_TO_MUCH,
    FROM_LITTLE,
    GRID,
    INK,
    PAPER,
    QUIET,
    STROKES,
    TO_MUCH,
)

OPENING = re.compile(r"<svg\b[^>]*>")
VIEW_BOX = re.compile(r'viewBox="([^"]+)"')
CLASHING = re.compile(r'\b(id="|url\(#|href="#)')
VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def as_svg(chart: alt.VConcatChart, name: str, title: str) -> str:
    """Draw a figure as SVG with a title and its finding as description.

    Parameters
    ----------
    chart : altair.VConcatChart
        Its description becomes the SVG's.
    name : str
        Begins all ids in the figure, so that several fit on one page.
    title : str
        A few words for the figure's name.
    """
    spec = chart.to_dict()
    drawn = str(vl_convert.vegalite_to_svg(spec, vl_version=VERSION))
    drawn = CLASHING.sub(rf"\g<1>{name}-", drawn)
    box = VIEW_BOX.search(drawn)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1] if box else "0 0 800 500"}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(str(spec.get("description", "")))}</desc>'
    )
    return OPENING.sub(lambda _: head, drawn, count=1)


def dark_colours() -> dict[str, str]:
    """Return the colours of the figures with what they become on a dark page."""
    strokes = {stroke.colour: stroke.dark for stroke in STROKES}
    ramp = {FROM_LITTLE: DARK_FROM_LITTLE, TO_MUCH: DARK_TO_MUCH}
    return {**strokes, **ramp, INK: DARK_INK, QUIET: DARK_QUIET, GRID: DARK_GRID, PAPER: DARK_PAPER}
