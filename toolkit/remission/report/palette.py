"""Colours and dashes of the figures, readable on white and, in the report, on a dark page."""

from dataclasses import dataclass

INK = "#333333"
QUIET = "#595959"
GRID = "#E3E3E3"
PAPER = "#FFFFFF"
FROM_LITTLE, TO_MUCH = "#EAF2F8", "#00406B"

DARK_INK = "#E6E6E6"
DARK_QUIET = "#B3B3B3"
DARK_GRID = "#3A3A3A"
DARK_PAPER = "#1B1B1D"
DARK_FROM_LITTLE, DARK_TO_MUCH = "#26323C", "#9FD4F7"


@dataclass(frozen=True)
class Stroke:
    """How one group is drawn: colours for light and dark paper, and a dash so that none stands alone."""

    colour: str
    dark: str
    dash: tuple[int, ...]


STROKES = (
    Stroke("#083B9D", "#56C6FF", (1, 0)),
    Stroke("#A04300", "#E09462", (7, 3)),
    Stroke("#116E44", "#56A187", (2, 2)),
    Stroke("#9E4A81", "#B382B6", (9, 3, 2, 3)),
    Stroke("#333333", "#E6E6E6", (14, 4)),
)
MOST_GROUPS = len(STROKES)


def contrast(colour: str, paper: str = PAPER) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it, from 1 to 21.

    Parameters
    ----------
    colour, paper : str
        As ``#RRGGBB``.
    """
    lighter, darker = sorted((_luminance(colour), _luminance(paper)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
