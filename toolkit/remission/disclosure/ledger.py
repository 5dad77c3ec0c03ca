"""What earlier releases told, held against what a new one would: a difference between two is a count as well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.disclosure.linked import Dimension, Key, LinkedTables, Table, beside, link, membership
from remission.disclosure.needs import CHANGE, Need, Rule, needs_of


@dataclass(frozen=True)
class Earlier:
    """An earlier release as the study remembers it; it never leaves the study.

    Attributes
    ----------
    number : int
    people : pandas.DataFrame
        Index: keyed hashes of participants' codes. A column of leaves for each dimension.
    dimensions : tuple of Dimension
    tables : tuple of Table
        As they were then.
    told : dict
        Cells whose count could be read or worked out, with the count.
    """

    number: int
    people: pd.DataFrame
    dimensions: tuple[Dimension, ...]
    tables: tuple[Table, ...]
    told: dict[Key, int]


def compared(
    tables: LinkedTables,
    people: pd.DataFrame,
    dimensions: Sequence[Dimension],
    earlier: Sequence[Earlier],
    threshold: int = 11,
) -> tuple[list[Need], set[int]]:
    """Compare the participants behind each cell with those behind every cell that was told before.

    Cells that differ by 1 to ``threshold`` - 1 participants must not become known; so with cells of another name
    where one holds the other by what they are. The same participants again tell nothing new, but hiding such a cell
    now hides nothing either.

    Parameters
    ----------
    tables : LinkedTables
    people : pandas.DataFrame
        Index: keyed hashes, as in ``Earlier``.
    dimensions : sequence of Dimension
    earlier : sequence of Earlier
    threshold : int

    Returns
    -------
    (list of Need, set of int)
        What must stay unknown, and the cells that are known already.
    """
    needs: dict[tuple[int, int, int], Need] = {}
    known: set[int] = set()
    for past in earlier:
        everybody = people.index.union(past.people.index)
        now = _inside(tables.cells, people, dimensions, everybody)
        keys = tuple(key for key, count in past.told.items() if count > 0)
        then = _inside(keys, past.people, past.dimensions, everybody)
        both = now.T @ then
        size_now, size_then = now.sum(axis=0)[:, None], then.sum(axis=0)[None, :]
        apart = size_now + size_then - 2 * both
        same, nested = _related(tables.cells, dimensions, keys, past.dimensions)
        net = np.abs(size_now - size_then)
        unchanged = same & (apart == 0) & (size_now > 0)
        # What did not change is in the new release too, whose own tables say what may follow from it.
        nested &= ~unchanged.any(axis=0)
        close = (apart > 0) & (apart < threshold) & (same | nested)
        close |= same & (net > 0) & (net < threshold)
        known |= {int(cell) for cell in np.flatnonzero(unchanged.any(axis=1))}
        for cell, key in np.argwhere(close & (size_now > 0)):
            low, high = _span(int(size_now[cell, 0]), int(size_then[0, key]), threshold)
            needs[int(cell), low, high] = Need(int(cell), low, high, f"{CHANGE} {past.number}")
    return [need for need in needs.values() if need.cell not in known], known


def _related(
    cells: Sequence[Key], dimensions: Sequence[Dimension], keys: Sequence[Key], past: Sequence[Dimension]
) -> tuple[np.ndarray, np.ndarray]:
    """Tell which cells are the same, and which hold each other, by what they are and whoever is in them."""
    ours, theirs = [_leaves(key, dimensions) for key in cells], [_leaves(key, past) for key in keys]
    same = [
        [cell == key or a == b for key, b in zip(keys, theirs, strict=True)]
        for cell, a in zip(cells, ours, strict=True)
    ]
    nested = [[_within(a, b) or _within(b, a) for b in theirs] for a in ours]
    shape = (len(cells), len(keys))
    return np.array(same, dtype=bool).reshape(shape), np.array(nested, dtype=bool).reshape(shape)


def _leaves(key: Key, dimensions: Sequence[Dimension]) -> dict[str, frozenset[str]]:
    sums = {each.name: dict(each.sums) for each in dimensions}
    return {name: frozenset(sums.get(name, {}).get(value, (value,))) for name, value in key}


def _within(inner: dict[str, frozenset[str]], outer: dict[str, frozenset[str]]) -> bool:
    return all(name in inner and inner[name] <= leaves for name, leaves in outer.items())


@dataclass(frozen=True)
class Joined:
    """A release's tables with those of earlier releases beside them.

    Attributes
    ----------
    tables : LinkedTables
        The release's own cells come first.
    counts : numpy.ndarray
    needs : list of Need
        Of the earlier releases' cells: what they hid stays hidden.
    told : set of int
        Cells that the earlier releases told.
    """

    tables: LinkedTables
    counts: np.ndarray
    needs: list[Need]
    told: set[int]


def joined(
    tables: LinkedTables, people: pd.DataFrame, dimensions: Sequence[Dimension], earlier: Sequence[Earlier], rule: Rule
) -> Joined:
    """Put a release beside earlier ones: a count that it tells may be the missing one of a sum that was told before.

    Cells of the same meaning and with the same participants are tied: an attacker may know that nobody changed in them.

    Parameters
    ----------
    tables : LinkedTables
    people : pandas.DataFrame
        Index: keyed hashes.
    dimensions : sequence of Dimension
    earlier : sequence of Earlier
    rule : Rule
    """
    parts = [(tables, people, tuple(dimensions))]
    parts += [(link(past.dimensions, past.tables), past.people, past.dimensions) for past in earlier]
    counts = [part.counts(who, sorts) for part, who, sorts in parts]
    starts = np.cumsum([0, *(len(each) for each in counts)])
    needs: list[Need] = []
    told: set[int] = set()
    for number, past in enumerate(earlier, start=1):
        start, place = int(starts[number]), parts[number][0].place
        told |= {start + place[key] for key in past.told}
        found = needs_of(parts[number][0], counts[number], rule)
        needs += [Need(start + each.cell, each.low, each.high, each.why) for each in found]
    same = [
        (int(starts[one]) + a, int(starts[other]) + b)
        for other in range(1, len(parts))
        for one in range(other)
        for a, b in _same_people(parts[one], parts[other])
    ]
    whole = beside([part for part, _, _ in parts], same)
    return Joined(whole, np.concatenate(counts), [need for need in needs if need.cell not in told], told)


_Part = tuple[LinkedTables, pd.DataFrame, tuple[Dimension, ...]]


def _same_people(one: _Part, other: _Part) -> list[tuple[int, int]]:
    """Pair the cells of two releases that mean the same and hold the same participants, at least one."""
    everybody = one[1].index.union(other[1].index)
    now = _inside(one[0].cells, one[1], one[2], everybody)
    then = _inside(other[0].cells, other[1], other[2], everybody)
    place = {frozenset(_leaves(key, other[2]).items()): number for number, key in enumerate(other[0].cells)}
    pairs = []
    for number, key in enumerate(one[0].cells):
        match = place.get(frozenset(_leaves(key, one[2]).items()))
        if match is not None and now[:, number].any() and (now[:, number] == then[:, match]).all():
            pairs.append((number, match))
    return pairs


def _span(now: int, then: int, threshold: int) -> tuple[int, int]:
    """Return which numbers must stay possible: no change at all, and one by ``threshold``."""
    if now >= then or then < threshold:
        return then, then + threshold
    return then - threshold, then


def _inside(
    cells: Sequence[Key], people: pd.DataFrame, dimensions: Sequence[Dimension], everybody: pd.Index
) -> np.ndarray:
    members = membership(people, dimensions)
    place = everybody.get_indexer(people.index)
    inside = np.zeros((len(everybody), len(cells)), dtype=np.int64)
    for number, key in enumerate(cells):
        has = np.ones(len(people), dtype=bool)
        for part in key:
            has &= members.get(part, np.zeros(len(people), dtype=bool))
        inside[place, number] = has
    return inside
