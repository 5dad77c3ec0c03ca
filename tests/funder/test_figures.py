"""Figures of a release worked out by hand from its counts."""

from math import exp, log, sqrt
from typing import Any

import pytest

from remission.funder.bundle import Release, counts_in
from remission.funder.figures import curve_of, days_more, mean_days, of_hundred

Z = 1.959963984540054


def release(counts: dict[str, dict[str, int | None]], days: list[int]) -> Release:
    """Make a release of some groups; each says its size under ``people``."""
    cells = []
    for group, said in counts.items():
        cells += [{"key": {"group": group}, "count": said["people"]}]
        cells += [{"key": {"group": group, "time": "not_told"}, "count": said.get("not_told", 0)}]
        cells += [
            {"key": {"group": group, "time": name}, "count": count}
            for name, count in said.items()
            if name not in ("people", "not_told")
        ]
    content: dict[str, Any] = {
        "number": 1,
        "by": "group",
        "cells": cells,
        "dimensions": [{"name": "time", "days": days}],
    }
    return Release(1, content, counts_in(content), ())


def on(day: int, events: int | None, left: int | None, free: int | None) -> dict[str, int | None]:
    return {f"event_by_{day}": events, f"left_by_{day}": left, f"free_at_{day}": free}


def test_without_anybody_who_left_the_share_is_a_count_over_a_count() -> None:
    found = curve_of(release({"a": {"people": 100, **on(90, 20, 0, 80), **on(180, 40, 0, 60)}}, [90, 180]), "a")
    assert found is not None
    assert [point.free for point in found.points] == pytest.approx([0.8, 0.6])
    # Binomial: sqrt(0.6 * 0.4 / 100) over 0.6, on the log(-log) scale.
    width = Z * sqrt(0.4 / (100 * 0.6)) / abs(log(0.6))
    assert found.points[1].low == pytest.approx(0.6 ** exp(width))
    assert found.points[1].high == pytest.approx(0.6 ** exp(-width))


def test_who_left_counts_for_half_of_the_stretch() -> None:
    # 100 people, 20 left and 18 had the event by day 90: 18 of 90; then 12 left (20 to 32) and 14 had it (18 to 32)
    # among 62 - 6 = 56: 14 of 56.
    counts = {"people": 105, "not_told": 5, **on(90, 18, 20, 62), **on(180, 32, 32, 36)}
    found = curve_of(release({"a": counts}, [90, 180]), "a")
    assert found is not None
    assert found.people == 100
    assert [point.free for point in found.points] == pytest.approx([1 - 18 / 90, (1 - 18 / 90) * (1 - 14 / 56)])


def test_a_day_with_a_hidden_count_is_passed_over() -> None:
    counts = {"people": 100, **on(90, None, None, 62), **on(180, 32, 32, 36)}
    found = curve_of(release({"a": counts}, [90, 180]), "a")
    assert found is not None
    assert [point.day for point in found.points] == [180]
    assert found.points[0].free == pytest.approx(1 - 32 / (100 - 16))


def test_the_curve_ends_where_fewer_than_eleven_are_followed() -> None:
    counts = {"people": 60, **on(90, 20, 0, 40), **on(180, 30, 20, 10)}
    found = curve_of(release({"a": counts}, [90, 180]), "a")
    assert found is not None
    assert [point.day for point in found.points] == [90]
    assert curve_of(release({"a": {**counts, "people": None}}, [90, 180]), "a") is None


def test_mean_days_are_the_area_under_the_lines() -> None:
    counts = {"people": 100, **on(100, 20, 0, 80), **on(200, 40, 0, 60)}
    found = curve_of(release({"a": counts}, [100, 200]), "a")
    assert found is not None
    area = mean_days(found, 200)
    assert area is not None
    # 100 * (1 + 0.8) / 2 + 100 * (0.8 + 0.6) / 2
    assert area[0] == pytest.approx(160)
    # Weights 100 at day 100 and 50 at day 200. First stretch moves 100 * 0.8 + 50 * 0.6 = 110, second 50 * 0.6 = 30.
    first, second = 110**2 * 0.2 / (100 * 0.8), 30**2 * 0.25 / (80 * 0.75)
    assert area[1] == pytest.approx(first + second)
    assert mean_days(found, 150) is None


def test_the_difference_in_days_turns_its_sign() -> None:
    both = {
        "a": {"people": 100, **on(100, 20, 0, 80)},
        "b": {"people": 100, **on(100, 40, 0, 60)},
    }
    one, other = (curve_of(release(both, [100]), name) for name in ("a", "b"))
    assert one is not None
    assert other is not None
    found, turned = days_more(one, other, 100), days_more(other, one, 100)
    assert found is not None
    assert turned is not None
    assert found.days == pytest.approx(10)
    assert (turned.days, turned.low, turned.high) == pytest.approx((-found.days, -found.high, -found.low))
    assert found.low < 10 < found.high


def test_of_hundred_needs_both_counts() -> None:
    assert of_hundred(34, 50) == 68
    assert of_hundred(None, 50) is None
    assert of_hundred(0, 0) is None
