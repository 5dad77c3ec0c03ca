"""Labels: far enough apart, in order, inside the frame, and no further away than needed."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from remission.report.spreading import spread_out

PLACES = some.lists(some.floats(0, 100), min_size=1, max_size=8)


def test_by_hand() -> None:
    # 50 and 51 touch; moved apart by 10 about their mean of 50.5.
    assert spread_out([50, 51, 80], 10) == pytest.approx([45.5, 55.5, 80])
    # At the edge the pair is pushed in.
    assert spread_out([0, 1], 10) == pytest.approx([0, 10])
    assert spread_out([99, 100], 10) == pytest.approx([90, 100])
    # The order of what was given stays.
    assert spread_out([80, 50, 51], 10) == pytest.approx([80, 45.5, 55.5])


def test_labels_that_do_not_touch_stay() -> None:
    assert spread_out([10, 40, 90], 5) == [10, 40, 90]


@given(PLACES)
@settings(deadline=None, max_examples=200)
def test_apart_in_order_and_inside(wanted: list[float]) -> None:
    gap = 5.0
    found = spread_out(wanted, gap)
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in found)
    by_wish = [place for _, place in sorted(zip(wanted, found, strict=True))]
    assert all(later - earlier >= gap - 1e-6 for earlier, later in pairwise(by_wish))


def test_more_than_fit_stand_evenly() -> None:
    assert spread_out([50, 50, 50], 80) == pytest.approx([0, 50, 100])
