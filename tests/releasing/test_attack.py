"""The attacker's program on small releases made by hand."""

import copy
from typing import Any

from remission.releasing import attack


def release(number: int, counts: dict[tuple[str, str], int | None], totals: bool = True) -> dict[str, Any]:
    """Make a release of two groups by two values; with ``totals`` all margins are printed."""
    cells = [{"key": {"g": g, "v": v}, "count": count} for (g, v), count in counts.items()]
    truth = {key: count or 0 for key, count in counts.items()}
    if totals:
        cells += [{"key": {"g": g}, "count": truth[g, "x"] + truth[g, "y"]} for g in ("a", "b")]
        cells += [{"key": {"v": v}, "count": truth["a", v] + truth["b", v]} for v in ("x", "y")]
        cells += [{"key": {}, "count": sum(truth.values())}]
    dimensions = [
        {"name": name, "leaves": leaves, "sums": {}} for name, leaves in (("g", ["a", "b"]), ("v", ["x", "y"]))
    ]
    tables = [{"by": ["g", "v"], "shown": {}}]
    return {"number": number, "threshold": 11, "dimensions": dimensions, "tables": tables, "cells": cells}


COUNTS: dict[tuple[str, str], int | None] = {("a", "x"): 30, ("a", "y"): 40, ("b", "x"): 50, ("b", "y"): 60}


def hide(content: dict[str, Any], *keys: dict[str, str]) -> dict[str, Any]:
    changed = copy.deepcopy(content)
    for cell in changed["cells"]:
        cell["count"] = None if cell["key"] in keys else cell["count"]
    return changed


def test_nothing_small_nothing_found() -> None:
    assert attack([release(1, COUNTS)]).recovered == 0


def test_a_lone_blank_is_filled_in() -> None:
    small = hide(release(1, {**COUNTS, ("a", "x"): 3}), {"g": "a", "v": "x"})
    found = attack([small])
    assert [(each.low, each.high) for each in found.alone[0][1].recovered] == [(3, 3)]
    assert found.recovered == 1


def test_a_percentage_gives_it_away() -> None:
    square = [{"g": g, "v": v} for g in "ab" for v in "xy"]
    safe = hide(release(1, {**COUNTS, ("a", "x"): 3}), *square)
    assert attack([safe]).recovered == 0
    said = {"part": {"g": "a", "v": "x"}, "whole": {"g": "a"}, "percent": 7.0, "decimals": 1}
    assert attack([{**safe, "percentages": [said]}]).recovered == 1


def test_two_releases_one_person_apart_are_subtracted() -> None:
    found = attack([release(1, COUNTS), release(2, {**COUNTS, ("b", "y"): 61})])
    assert {tuple(sorted(dict(each.cell).items())) for each in found.together} == {
        (),
        (("g", "b"),),
        (("v", "y"),),
        (("g", "b"), ("v", "y")),
    }
    assert all((each.low, each.high) == (1, 1) for each in found.together)


def test_a_blank_that_can_be_filled_in_is_subtracted_too() -> None:
    first = hide(release(1, COUNTS), {"g": "b", "v": "y"})
    second = hide(release(2, {**COUNTS, ("b", "y"): 62}), {"g": "b", "v": "y"})
    assert {each.low for each in attack([first, second]).together} == {2}
    assert len(attack([first, second]).together) == 4


def test_two_releases_of_the_same_people_that_hide_otherwise_are_read_as_one() -> None:
    truth = release(1, {**COUNTS, ("a", "x"): 3})
    square = [{"g": g, "v": v} for g in "ab" for v in "xy"]
    first = hide(truth, *square)
    second = {**hide(truth, *square[:3], {"v": "x"}, {"v": "y"}, {"g": "a"}, {"g": "b"}), "number": 2}
    assert attack([first]).recovered == 0
    assert attack([second]).recovered == 0
    assert [(each.low, each.high) for each in attack([first, second]).together] == [(3, 3)]


def test_releases_that_contradict_each_other_are_not_read_as_one() -> None:
    other = {("a", "x"): 45, ("a", "y"): 25, ("b", "x"): 35, ("b", "y"): 75}
    assert attack([release(1, COUNTS), release(2, other)]).recovered == 0
