"""Numbers as text: no false zero, no rounding across a line that matters, one minus sign."""

import doctest
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from remission.report import numbers


def test_examples_in_the_docstrings() -> None:
    failed, tried = doctest.testmod(numbers)
    assert tried > 0
    assert failed == 0


@given(some.floats(0, 1))
@settings(deadline=None, max_examples=200)
def test_p_value_is_never_zero_and_never_changes_sides_of_5_percent(p: float) -> None:
    written = numbers.p_value(p)
    value = float(written.lstrip("<> "))
    assert value > 0
    if written[0] not in "<>":
        assert (value <= 0.05) == (p <= 0.05) or round(p, 4) == 0.05


@given(some.floats(0.0, 1.0), some.sampled_from([0, 1]))
@settings(deadline=None, max_examples=200)
def test_percent_says_0_and_100_only_where_it_is_so(share: float, decimals: int) -> None:
    written = numbers.percent(share, decimals)
    if written[0] not in "<>":
        assert (float(written) == 0) == (share == 0)
        assert (float(written) == 100) == (share == 1)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.0, "0.000"), (-0.0001, "0.000"), (-2.5, "−2.50"), (31.049, "31.05"), (123.45, "123.5"), (nan, "—")],
)
def test_quantity(value: float, written: str) -> None:
    assert numbers.quantity(value) == written


def test_an_estimate_and_its_interval_share_decimals() -> None:
    assert numbers.estimate(0.063, -2.934, 3.05) == "0.06 (−2.93 to 3.05)"
    assert numbers.estimate(1.0, nan, nan) == "1.00 (no interval)"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.9612, "0.96"), (0.0344, "0.034"), (12.34, "12.3"), (456.7, "457"), (inf, "> 999"), (0.0, "< 0.001")],
)
def test_ratio(value: float, written: str) -> None:
    assert numbers.ratio(value) == written


def test_listing_and_count() -> None:
    assert numbers.listing(["a"]) == "a"
    assert numbers.listing(["a", "b", "c"]) == "a, b and c"
    assert numbers.count(1, "row", "rows") == "1 row"
    assert numbers.count(0, "row", "rows") == "0 rows"
