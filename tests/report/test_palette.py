"""Colours that can be read: contrast by WCAG's formula, dashes that differ."""

from itertools import combinations

import pytest

from remission.report import palette
from remission.report.palette import DARK_PAPER, PAPER, STROKES, contrast


def test_contrast_by_hand() -> None:
    # Black on white: (1 + 0.05) / (0 + 0.05) = 21; a colour on itself: 1.
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#0072B2", "#0072B2") == pytest.approx(1.0)
    # #777777: channel 0.46667, linear ((0.46667 + 0.055) / 1.055) ** 2.4 = 0.18447;
    # 1.05 / 0.23447 = 4.478, the well-known grey that just misses 4.5.
    assert contrast("#777777") == pytest.approx(4.478, abs=1e-3)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("stroke", STROKES, ids=lambda stroke: stroke.colour)
def test_every_line_stands_out_on_light_and_dark_paper(stroke: palette.Stroke) -> None:
    assert contrast(stroke.colour, PAPER) >= 5
    assert contrast(stroke.dark, DARK_PAPER) >= 5


def test_texts_stand_out() -> None:
    assert min(contrast(palette.INK), contrast(palette.QUIET)) >= 5
    assert min(contrast(palette.DARK_INK, DARK_PAPER), contrast(palette.DARK_QUIET, DARK_PAPER)) >= 5


def test_colour_never_stands_alone() -> None:
    assert len({stroke.dash for stroke in STROKES}) == len(STROKES)
    for one, other in combinations(STROKES, 2):
        assert one.colour != other.colour
        assert one.dark != other.dark
