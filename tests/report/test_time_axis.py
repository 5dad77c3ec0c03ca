"""One time axis for a study: whole months, few ticks, nothing cut off."""

import pytest

from remission.estimate.result import Curve
from remission.report.time_axis import axis_of, time_axis


def test_two_years() -> None:
    axis = time_axis(730)
    # 730 / 30.4375 = 23.98 months, so 24; steps of three months, day 91 is month 3.
    assert axis.horizon == 730
    assert axis.ticks == {0: 0, 91: 3, 183: 6, 274: 9, 365: 12, 457: 15, 548: 18, 639: 21, 730: 24}


@pytest.mark.parametrize("last", [0, 1, 29, 30.5, 61, 243, 244, 731, 900, 2000, 20000])
def test_the_last_day_is_on_the_axis_and_ticks_are_few(last: float) -> None:
    axis = time_axis(last)
    assert axis.horizon >= last
    assert 1 <= len(axis.days) <= 9 or last > 8 * 3653
    assert axis.days[0] == 0
    assert max(axis.days) <= axis.horizon


def test_axis_of_a_curve(make_curve: object) -> None:
    curve: Curve = make_curve(size=40)
    # The last of 40 participants is followed to day 400, in month 14.
    assert axis_of(curve).horizon == round(14 * 365.25 / 12)
