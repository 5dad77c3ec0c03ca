"""The attacker's program: it has releases and nothing else, and works out what it can, alone and from each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remission.disclosure import (
    MOST_PEOPLE,
    Audit,
    Dimension,
    Key,
    LinkedTables,
    Ratio,
    Recovered,
    Seen,
    Table,
    audit,
    beside,
    link,
)
from remission.errors import DefinitionError


@dataclass(frozen=True)
class Attack:
    """What was worked out.

    Attributes
    ----------
    alone : tuple of (int, Audit)
        Number of each release, and what it gives away by itself.
    together : tuple of Recovered
        What two releases give away that neither does alone.
    stretches : int
        Stretches of curves that give away a count of events or of people who left below the threshold.
    """

    alone: tuple[tuple[int, Audit], ...]
    together: tuple[Recovered, ...]
    stretches: int

    @property
    def recovered(self) -> int:
        """Count the cells that were worked out."""
        return sum(len(each.recovered) for _, each in self.alone) + len(self.together)


def attack(contents: Sequence[dict[str, Any]]) -> Attack:
    """Attack releases, each alone and every two together.

    Together means: counts that both tell are subtracted; and where both print the same number of people in all, the
    attacker supposes that nobody changed and ties all counts of the same meaning, whatever else the tables show.

    Parameters
    ----------
    contents : sequence of dict
        What ``release.json`` of each says.

    Raises
    ------
    DefinitionError
        A release contradicts itself.
    """
    systems = [system_of(content) for content in contents]
    audits = [audit(*system, content["threshold"]) for system, content in zip(systems, contents, strict=True)]
    alone = tuple((content["number"], found) for content, found in zip(contents, audits, strict=True))
    known = [_known(tables, found) for (tables, _), found in zip(systems, audits, strict=True)]
    together: list[Recovered] = []
    for number, first in enumerate(contents):
        for later in range(number + 1, len(contents)):
            together += _subtracted(first, contents[later], known[number], known[later])
            found = _read_as_one(first, contents[later], (systems[number], systems[later]))
            mine = {each.cell for audited in (audits[number], audits[later]) for each in audited.recovered}
            together += [each for each in found if each.cell not in mine]
    stretches = sum(_is_stretch(found.cell) for _, each in alone for found in each.recovered)
    return Attack(alone, tuple(together), stretches)


def system_of(content: dict[str, Any]) -> tuple[LinkedTables, Seen]:
    """Return the tables that a release declares, and what it prints of them."""
    tables = link(dimensions_in(content), tables_in(content))
    place = tables.place
    low = np.zeros(len(tables.cells))
    high = np.full(len(tables.cells), MOST_PEOPLE)
    for cell in content["cells"]:
        if cell["count"] is not None:
            low[place[_key(cell)]] = high[place[_key(cell)]] = cell["count"]
    ratios: list[Ratio] = []
    for said in content.get("percentages", []):
        part, whole = (place[frozenset(said[name].items())] for name in ("part", "whole"))
        ratios.append(Seen.share(part, whole, said["percent"], said["decimals"]))
    return tables, Seen(low, high, tuple(ratios))


def dimensions_in(content: dict[str, Any]) -> tuple[Dimension, ...]:
    """Return the dimensions that a release declares."""
    return tuple(
        Dimension(each["name"], tuple(each["leaves"]), {name: tuple(of) for name, of in each["sums"].items()})
        for each in content["dimensions"]
    )


def tables_in(content: dict[str, Any]) -> tuple[Table, ...]:
    """Return the tables that a release declares."""
    return tuple(
        Table(tuple(each["by"]), {name: tuple(values) for name, values in each["shown"].items()})
        for each in content["tables"]
    )


def _key(cell: dict[str, Any]) -> Key:
    return frozenset(cell["key"].items())


def _printed(content: dict[str, Any]) -> dict[Key, int]:
    return {_key(cell): cell["count"] for cell in content["cells"] if cell["count"] is not None}


def _known(tables: LinkedTables, found: Audit) -> dict[Key, int]:
    """Return every count that can be read or worked out."""
    sure = found.bounds[:, 0] == found.bounds[:, 1]
    return {tables.cells[cell]: int(found.bounds[cell, 0]) for cell in np.flatnonzero(sure)}


def _subtracted(
    first: dict[str, Any], second: dict[str, Any], before: dict[Key, int], after: dict[Key, int]
) -> list[Recovered]:
    why = f"difference between releases {first['number']} and {second['number']}"
    apart = {key: abs(after[key] - count) for key, count in before.items() if key in after}
    return [Recovered(key, gap, gap, why) for key, gap in apart.items() if 0 < gap < second["threshold"]]


def _read_as_one(
    first: dict[str, Any], second: dict[str, Any], systems: tuple[tuple[LinkedTables, Seen], tuple[LinkedTables, Seen]]
) -> tuple[Recovered, ...]:
    """Suppose that nobody changed between two releases, where nothing printed speaks against it."""
    everybody: Key = frozenset()
    if _printed(first).get(everybody) != _printed(second).get(everybody):
        return ()
    (one, seen), (other, later) = systems
    meant = {_meaning(key, dimensions_in(second)): number for number, key in enumerate(other.cells)}
    pairs = [(number, meant.get(_meaning(key, dimensions_in(first)))) for number, key in enumerate(one.cells)]
    tied = [(number, len(one.cells) + match) for number, match in pairs if match is not None]
    both = Seen(
        np.concatenate([seen.low, later.low]),
        np.concatenate([seen.high, later.high]),
        (
            *seen.ratios,
            *(
                replace(each, part=each.part + len(one.cells), whole=each.whole + len(one.cells))
                for each in later.ratios
            ),
        ),
    )
    try:
        found = audit(beside([one, other], tied), both, second["threshold"])
    except DefinitionError:
        return ()
    why = f"releases {first['number']} and {second['number']} read as one"
    named = {each.cell: Recovered(_own(each.cell), each.low, each.high, why) for each in found.recovered}
    return tuple({each.cell: each for each in named.values()}.values())


def _meaning(key: Key, dimensions: tuple[Dimension, ...]) -> frozenset[tuple[str, frozenset[str]]]:
    sums = {each.name: each.sums for each in dimensions}
    return frozenset((name, frozenset(sums[name].get(value, (value,)))) for name, value in key)


def _own(key: Key) -> Key:
    """Name a cell as its own release does."""
    return frozenset(part for part in key if part[1])


def _is_stretch(cell: Key) -> bool:
    return any(name == "time" and "_in_" in value for name, value in cell)
