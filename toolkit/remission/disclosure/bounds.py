"""What an attacker can work out: the smallest and largest whole number that each unseen cell can be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse.csgraph import connected_components

from remission.disclosure.linked import LinkedTables
from remission.disclosure.solver import solve
from remission.errors import DefinitionError

# Nobody's cohort is larger; it stands for "no upper bound", since solvers want a finite one.
MOST_PEOPLE = 1_000_000
SLACK = 1e-6


@dataclass(frozen=True)
class Ratio:
    """A printed percentage: the part over the whole lies between two shares."""

    part: int
    whole: int
    low: float
    high: float


@dataclass(frozen=True)
class Seen:
    """What can be read off a release.

    Attributes
    ----------
    low, high : numpy.ndarray
        Between which each cell lies: equal where its count is printed, apart where it is rounded or hidden.
    ratios : tuple of Ratio
        Printed percentages.
    """

    low: np.ndarray
    high: np.ndarray
    ratios: tuple[Ratio, ...] = field(default=())

    @staticmethod
    def of(counts: np.ndarray, printed: np.ndarray) -> "Seen":
        """Tell what is seen where some cells are printed as they are and all others hidden."""
        return Seen(np.where(printed, counts, 0), np.where(printed, counts, MOST_PEOPLE))

    @staticmethod
    def rounded(printed: float, base: int) -> tuple[int, int]:
        """Return the whole numbers between which a count lies that was rounded to a multiple of ``base``."""
        return max(0, int(np.ceil(printed - base / 2))), int(np.floor(printed + base / 2))

    @staticmethod
    def share(part: int, whole: int, percent: float, decimals: int) -> Ratio:
        """Return what a percentage that is printed with some decimals says."""
        half = 0.5 * 10.0**-decimals
        return Ratio(part, whole, max(0.0, (percent - half) / 100), min(1.0, (percent + half) / 100))


def attacker_bounds(tables: LinkedTables, seen: Seen, wanted: Iterable[int] | None = None) -> np.ndarray:
    """Bound every cell by what is seen, over all tables of whole numbers that agree with it.

    Integer programming, not its relaxation: an interval of the relaxation can be wider than what whole numbers allow,
    and an audit must not be kinder than the attacker.

    Parameters
    ----------
    tables : LinkedTables
    seen : Seen
    wanted : iterable of int, optional
        Cells to bound; all where not given. The others keep what is seen.

    Returns
    -------
    numpy.ndarray
        Shape (cells, 2), smallest and largest; ``MOST_PEOPLE`` where nothing bounds a cell from above.

    Raises
    ------
    DefinitionError
        No table of whole numbers agrees with what is seen.

    References
    ----------
    Fischetti M, Salazar JJ (2001). Solving the cell suppression problem on tabular data with linear constraints.
    doi:10.1287/mnsc.47.7.1008.9805.
    """
    found = np.column_stack([seen.low, seen.high]).astype(np.int64)
    asked = set(range(len(tables.cells))) if wanted is None else set(wanted)
    for part in components(tables, seen):
        for cell in part.cells:
            if int(cell) in asked:
                found[cell] = part.bound(int(cell))
    return found


@dataclass(frozen=True)
class Component:
    """Unseen cells that hang together, with the sums and percentages between them."""

    cells: np.ndarray
    sums: sparse.csr_array
    low_sum: np.ndarray
    high_sum: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def bound(self, cell: int) -> tuple[int, int]:
        """Return the smallest and largest whole number that a cell can be."""
        return self._extreme(cell, 1), self._extreme(cell, -1)

    def _extreme(self, cell: int, sign: int) -> int:
        aim = sign * (self.cells == cell).astype(float)
        limits = LinearConstraint(self.sums, self.low_sum, self.high_sum) if self.sums.shape[0] else ()
        solved = solve(
            aim,
            integrality=np.ones(len(self.cells), dtype=np.int64),
            bounds=Bounds(self.low, self.high),
            constraints=limits,
            options={"mip_rel_gap": 0.0},  # A nearly best bound would be too wide.
        )
        if solved.status == 2 or solved.x is None:
            raise DefinitionError(
                "The counts contradict one another: no table has them all.", "Check what the release says."
            )
        return round(sign * float(solved.fun))


def components(tables: LinkedTables, seen: Seen) -> Iterator[Component]:
    """Split what is unseen into parts that say nothing of one another."""
    if (seen.low > seen.high).any():
        raise DefinitionError("The counts contradict one another.", "Check what the release says.")
    rows = sparse.csr_array(sparse.vstack([tables.relations, *_ratio_rows(seen.ratios, len(tables.cells))]))
    many = rows.shape[0] - 2 * len(seen.ratios)
    low_row = np.concatenate([np.zeros(many), np.tile([-np.inf, 0.0], len(seen.ratios))])
    high_row = np.concatenate([np.zeros(many), np.tile([0.0, np.inf], len(seen.ratios))])
    free = np.flatnonzero(seen.low < seen.high)
    fixed = np.where(seen.low < seen.high, 0, seen.low).astype(float)
    told = rows @ fixed
    inside = sparse.csr_array(rows[:, free])
    touching = np.flatnonzero(np.diff(inside.indptr) > 0)
    silent = np.setdiff1d(np.arange(rows.shape[0]), touching)
    if ((told[silent] < low_row[silent] - SLACK) | (told[silent] > high_row[silent] + SLACK)).any():
        raise DefinitionError("The counts contradict one another: a sum is wrong.", "Check what the release says.")
    graph = sparse.csr_array(inside[touching])
    pattern = sparse.csr_array((np.ones_like(graph.data), graph.indices, graph.indptr), shape=graph.shape)
    count, group = connected_components(pattern.T @ pattern, directed=False)
    for number in range(count):
        own = np.flatnonzero(group == number)
        mine = np.flatnonzero(np.diff(sparse.csr_array(graph[:, own]).indptr) > 0)
        picked = touching[mine]
        yield Component(
            free[own],
            sparse.csr_array(graph[mine][:, own]),
            low_row[picked] - told[picked] - SLACK * (low_row[picked] != high_row[picked]),
            high_row[picked] - told[picked] + SLACK * (low_row[picked] != high_row[picked]),
            seen.low[free[own]].astype(float),
            seen.high[free[own]].astype(float),
        )


def _ratio_rows(ratios: tuple[Ratio, ...], cells: int) -> list[sparse.csr_array]:
    lines = []
    for ratio in ratios:
        for share in (ratio.high, ratio.low):
            values, places = [1.0, -share], [ratio.part, ratio.whole]
            lines.append(sparse.csr_array((values, ([0, 0], places)), shape=(1, cells)))
    return lines
