"""Linked tables of counts: every cell that several tables of one population have, and the sums that tie them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import sparse

from remission.errors import DefinitionError

Key = frozenset[tuple[str, str]]
MOST_JOINED = 300


@dataclass(frozen=True)
class Dimension:
    """A way of sorting everybody into one of several values.

    Attributes
    ----------
    name : str
    leaves : tuple of str
        Values of which everybody has exactly one.
    sums : dict
        Further values, each the sum of some leaves; they may overlap (free of use by month 3, by month 6).
    """

    name: str
    leaves: tuple[str, ...]
    sums: Mapping[str, tuple[str, ...]]

    @property
    def values(self) -> tuple[str, ...]:
        """Leaves, then sums."""
        return (*self.leaves, *self.sums)


@dataclass(frozen=True)
class Table:
    """A table that somebody means to show.

    Attributes
    ----------
    by : tuple of str
        Dimensions, each with all its margins.
    shown : dict
        Dimension to the values that the table has lines for; all leaves where it is not named. Other values are in
        no line, but they too must not be derivable.
    """

    by: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class LinkedTables:
    """Every cell of several tables, each once.

    Attributes
    ----------
    cells : tuple of frozenset
        Pairs of dimension and value; the empty one is everybody.
    relations : scipy.sparse.csr_array
        One row is a sum: with the counts of all cells it gives 0.
    planned : numpy.ndarray
        Truth value for each cell: a table has a line for it.
    """

    cells: tuple[Key, ...]
    relations: sparse.csr_array
    planned: np.ndarray

    @property
    def place(self) -> dict[Key, int]:
        """Where each cell stands."""
        return {key: number for number, key in enumerate(self.cells)}

    def counts(self, people: pd.DataFrame, dimensions: Iterable[Dimension]) -> np.ndarray:
        """Count participants in every cell; ``people`` has a column of leaves for each dimension."""
        members = membership(people, dimensions)
        counts = np.zeros(len(self.cells), dtype=np.int64)
        for number, key in enumerate(self.cells):
            inside = np.ones(len(people), dtype=bool)
            for part in key:
                inside &= members[part]
            counts[number] = inside.sum()
        return counts


def beside(parts: Sequence[LinkedTables], same: Sequence[tuple[int, int]]) -> LinkedTables:
    """Put the tables of several releases side by side, with the cells that are known to have the same count tied.

    Parameters
    ----------
    parts : sequence of LinkedTables
        The first keeps its names and plans; of the others nothing is planned, and names say which part they are of.
    same : sequence of (int, int)
        Places of two cells, counted through all parts.
    """
    first, *others = parts
    cells = list(first.cells)
    for number, part in enumerate(others, start=1):
        cells += [frozenset({(f"before {number}", ""), *key}) for key in part.cells]
    ties = sparse.csr_array(
        (
            np.tile([1.0, -1.0], len(same)),
            (np.repeat(np.arange(len(same)), 2), np.array(same, dtype=np.int64).reshape(-1)),
        ),
        shape=(len(same), len(cells)),
    )
    blocks = sparse.csr_array(sparse.block_diag([part.relations for part in parts]))
    relations = sparse.csr_array(sparse.vstack([blocks, ties])) if len(same) else blocks
    planned = np.zeros(len(cells), dtype=bool)
    planned[: len(first.cells)] = first.planned
    return LinkedTables(tuple(cells), relations, planned)


def membership(people: pd.DataFrame, dimensions: Iterable[Dimension]) -> dict[tuple[str, str], np.ndarray]:
    """Tell for each value of each dimension who has it.

    Raises
    ------
    DefinitionError
        Somebody has a value that the dimension does not have.
    """
    members = {}
    for dimension in dimensions:
        has = people[dimension.name].to_numpy()
        if not np.isin(has, dimension.leaves).all():
            raise DefinitionError(
                f"Somebody has a value of '{dimension.name}' that is not declared.", "List all its values."
            )
        for leaf in dimension.leaves:
            members[dimension.name, leaf] = has == leaf
        for name, leaves in dimension.sums.items():
            members[dimension.name, name] = np.isin(has, leaves)
    return members


def link(dimensions: Sequence[Dimension], tables: Sequence[Table]) -> LinkedTables:
    """Put the cells of several tables and all sums between them together.

    Where tables go round in a circle (A by B, B by C, C by A), agreeing margins do not yet mean that one population
    has them all; then cells of larger tables join in, shown nowhere, until there is no circle and bounds are exact.

    Raises
    ------
    DefinitionError
        A table names what is not declared, or a table that has to join in would be too large.
    """
    known = {dimension.name: dimension for dimension in dimensions}
    for table in tables:
        _require_known(table, known)
    used = {name: known[name] for table in tables for name in table.by}
    cells: dict[Key, int] = {frozenset(): 0}
    sums: set[tuple[tuple[int, int], ...]] = set()
    blocks = _without_circles(tables, used)
    _refuse_large([block for block in blocks if not any(block <= set(table.by) for table in tables)], used)
    for block in blocks:
        _add_block([known[name] for name in sorted(block)], cells, sums)
    rows = [(row, place, sign) for row, line in enumerate(sorted(sums)) for place, sign in line]
    shape = (len(sums), len(cells))
    index = ([row for row, _, _ in rows], [place for _, place, _ in rows])
    relations = sparse.csr_array(([float(sign) for _, _, sign in rows], index), shape=shape)
    wanted = {key for table in tables for key in _lines(table, known)}
    keys = tuple(cells)
    return LinkedTables(keys, relations, np.array([key in wanted for key in keys], dtype=bool))


def _require_known(table: Table, known: Mapping[str, Dimension]) -> None:
    for name in {*table.by, *table.shown}:
        if name not in known or name not in table.by:
            raise DefinitionError(f"A table names '{name}', which it does not have.", "Declare it as a dimension.")
    for name, values in table.shown.items():
        absent = set(values) - set(known[name].values)
        if absent:
            raise DefinitionError(f"'{name}' has no value '{min(absent)}'.", f"It has {', '.join(known[name].values)}.")


def _lines(table: Table, known: Mapping[str, Dimension]) -> Iterable[Key]:
    choices = [
        [None, *((name, value) for value in table.shown.get(name, known[name].leaves))]  # None is the margin
        for name in table.by
    ]
    for picked in product(*choices):
        yield frozenset(part for part in picked if part is not None)


def _refuse_large(joined: Sequence[frozenset[str]], known: Mapping[str, Dimension]) -> None:
    for block in joined:
        size = _size(known, block)
        if size > MOST_JOINED:
            names = ", ".join(sorted(block))
            raise DefinitionError(
                f"Tables go round in a circle through {names}; a table of {size} cells would have to be protected too.",
                "Show fewer dimensions against each other: one grouping in a release.",
            )


def _add_block(dimensions: list[Dimension], cells: dict[Key, int], sums: set[tuple[tuple[int, int], ...]]) -> None:
    choices = [[None, *((each.name, value) for value in (*each.leaves, *each.sums))] for each in dimensions]
    for picked in product(*choices):
        cells.setdefault(frozenset(part for part in picked if part is not None), len(cells))
    for number, dimension in enumerate(dimensions):
        others = [choice for place, choice in enumerate(choices) if place != number]
        for picked in product(*others):
            rest = frozenset(part for part in picked if part is not None)
            _add_sum(rest, dimension, dimension.leaves, rest, cells, sums)
            for name, leaves in dimension.sums.items():
                _add_sum(rest | {(dimension.name, name)}, dimension, leaves, rest, cells, sums)


def _add_sum(
    whole: Key,
    dimension: Dimension,
    leaves: tuple[str, ...],
    rest: Key,
    cells: dict[Key, int],
    sums: set[tuple[tuple[int, int], ...]],
) -> None:
    parts = [(cells[rest | {(dimension.name, leaf)}], 1) for leaf in leaves]
    sums.add(tuple(sorted([*parts, (cells[whole], -1)])))


def _without_circles(tables: Sequence[Table], known: Mapping[str, Dimension]) -> list[frozenset[str]]:
    """Return blocks of dimensions that hold every table and hang together as a tree (Tarjan and Yannakakis 1984).

    Dimensions are taken out one by one, first the one whose neighbours make the smallest table.
    """
    near = {name: {other for table in tables if name in table.by for other in table.by} - {name} for name in known}
    blocks: list[frozenset[str]] = []
    while near:
        name = min(near, key=lambda each: (_size(known, {each, *near[each]}), each))
        blocks.append(frozenset({name, *near[name]}))
        around = near.pop(name)
        for other in around:
            near[other] = (near[other] | around) - {name, other}
    return [block for block in blocks if not any(block < other for other in blocks)]


def _size(known: Mapping[str, Dimension], names: Iterable[str]) -> int:
    return int(np.prod([1 + len(known[name].values) for name in names]))
