"""Colours that can be read: contrast by WCAG's formula, dashes that differ."""

from itertools import combinations

import numpy as np
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


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB. doi:10.1109/TVCG.2009.113
SEEN = {
    "all cones": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
WHITE = (0.95047, 1.0, 1.08883)


def lab(colour: str, seen: object) -> np.ndarray:
    """Place a colour in CIELAB as somebody sees it; distances there are steps in difference."""
    channels = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    x, y, z = (TO_XYZ @ np.clip(np.asarray(seen) @ linear, 0, 1)) / WHITE
    bent = [np.cbrt(one) if one > (6 / 29) ** 3 else one / (3 * (6 / 29) ** 2) + 4 / 29 for one in (x, y, z)]
    return np.array([116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2])])


def test_places_in_the_colour_space_by_hand() -> None:
    assert lab("#FFFFFF", np.eye(3)) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab("#FF0000", np.eye(3)) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)


@pytest.mark.parametrize("who", SEEN)
@pytest.mark.parametrize("paper", ["colour", "dark"])
def test_lines_stay_apart_for_whoever_looks(who: str, paper: str) -> None:
    places = [lab(getattr(stroke, paper), SEEN[who]) for stroke in STROKES]
    assert min(np.linalg.norm(one - other) for one, other in combinations(places, 2)) >= 15
