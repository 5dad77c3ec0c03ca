"""Which cells need protection, and how wide an attacker's interval for each must stay."""

from dataclasses import dataclass

import numpy as np

from remission.disclosure.linked import Key, LinkedTables
from remission.errors import DefinitionError

SMALL = "small count"
ALL_ALIKE = "all alike"
CHANGE = "change since an earlier release"


@dataclass(frozen=True)
class Rule:
    """The disclosure rule of a release.

    Attributes
    ----------
    threshold : int
        A count from 1 to one below it is never shown nor derivable.
    confidential : frozenset of (str, str)
        Dimensions and values of which nobody may learn that all members of a group share them.
    """

    threshold: int = 11
    confidential: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        if self.threshold < 2:
            raise DefinitionError(f"A threshold of {self.threshold} protects nobody.", "Take 11, or at least 2.")


@dataclass(frozen=True)
class Need:
    """A cell whose interval must hold two numbers, at least: what is smaller than one protects, what is larger too."""

    cell: int
    low: int
    high: int
    why: str


def needs_of(tables: LinkedTables, counts: np.ndarray, rule: Rule) -> list[Need]:
    """List the cells that need protection for what they are.

    A small count is safe where an attacker cannot tell it from none and from the threshold: the interval holds 0
    and ``threshold``. That is wider than 1 to ``threshold`` - 1 on both sides, so nobody can even say that it is small.
    Every cell is looked at, whether a table has a line for it or not.
    """
    small = (counts > 0) & (counts < rule.threshold)
    found = [Need(int(cell), 0, rule.threshold, SMALL) for cell in np.flatnonzero(small)]
    seen = set(np.flatnonzero(small).tolist())
    for cell in sorted(_alike(tables, counts, rule) - seen):
        found.append(Need(cell, 0, rule.threshold, ALL_ALIKE))
    return found


def _alike(tables: LinkedTables, counts: np.ndarray, rule: Rule) -> set[int]:
    """Return the empty cells of groups in which everybody has one and the same confidential value.

    A group below the threshold is left out: its own count is hidden.
    """
    place, families, shared = tables.place, dict[tuple[Key, str], list[int]](), set[tuple[Key, str]]()
    for number, key in enumerate(tables.cells):
        for part in key:
            family = (key - {part}, part[0])
            families.setdefault(family, []).append(number)
            if part in rule.confidential and counts[number] == counts[place[family[0]]] >= rule.threshold:
                shared.add(family)
    return {number for family in shared for number in families[family] if counts[number] == 0}
