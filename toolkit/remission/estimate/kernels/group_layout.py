"""Rows of many groups laid out for arithmetic on whole arrays: waves on one axis, groups on the other.

Groups are sorted by size and cut into pieces that fit the processor's cache, so little is filled up
and memory for quadrature nodes does not grow with the number of groups.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remission.estimate.kernels.row_likelihood import Rows

ELEMENTS = 80_000
MOST_FILLING = 0.75
FEWEST_GROUPS = 64


@dataclass(frozen=True)
class Piece:
    """Some groups, the largest of which has ``m`` rows.

    Attributes
    ----------
    x : numpy.ndarray, shape (p, m, groups)
    z : numpy.ndarray, shape (q, m, groups)
    offset : numpy.ndarray, shape (m, groups)
    rows : Rows
        Arrays of shape (m, groups); weight 0 where a group has fewer rows.
    groups : numpy.ndarray of int, shape (groups,)
        Codes of the groups.
    """

    x: np.ndarray
    z: np.ndarray
    offset: np.ndarray
    rows: Rows
    groups: np.ndarray

    @cached_property
    def flat_x(self) -> np.ndarray:
        """Fixed effects with rows in one axis, shape (p, m * groups)."""
        return self.x.reshape(len(self.x), -1)

    def linear(self, beta: np.ndarray) -> np.ndarray:
        """Return the fixed part of the linear predictor, shape (m, groups)."""
        return np.asarray(self.offset + (beta @ self.flat_x).reshape(self.offset.shape))


@dataclass(frozen=True)
class Layout:
    """All pieces.

    Attributes
    ----------
    pieces : tuple of Piece
    n_groups, p, q : int
    """

    pieces: tuple[Piece, ...]
    n_groups: int
    p: int
    q: int


def lay_out(x: np.ndarray, z: np.ndarray, offset: np.ndarray, rows: Rows, codes: np.ndarray, nodes: int) -> Layout:
    """Sort rows by group and cut them into pieces.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
    z : numpy.ndarray, shape (rows, q)
    offset : numpy.ndarray, shape (rows,)
    rows : Rows
        Arrays of shape (rows,).
    codes : numpy.ndarray of int, shape (rows,)
        Group of each row, 0 to groups - 1, none of them empty.
    nodes : int
        Quadrature nodes of a group.
    """
    sizes = np.bincount(codes)
    by_code = np.argsort(codes, kind="stable")
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    largest_first = np.argsort(-sizes, kind="stable")
    pieces = []
    start = 0
    while start < len(sizes):
        end = _end_of_piece(sizes, largest_first, start, nodes)
        groups = largest_first[start:end]
        step = np.arange(sizes[groups[0]])[:, None]
        there = step < sizes[groups]
        at = by_code[first[groups] + np.where(there, step, 0)]
        held = Rows(rows.y[at], rows.trials[at], rows.weight[at] * there)
        pieces.append(
            Piece(
                np.ascontiguousarray(np.moveaxis(x[at], 2, 0)),
                np.ascontiguousarray(np.moveaxis(z[at], 2, 0)),
                offset[at],
                held,
                groups,
            )
        )
        start = end
    return Layout(tuple(pieces), len(sizes), x.shape[1], z.shape[1])


def _end_of_piece(sizes: np.ndarray, order: np.ndarray, start: int, nodes: int) -> int:
    largest = int(sizes[order[start]])
    end = min(start + max(1, ELEMENTS // (largest * nodes)), len(order))
    inside = sizes[order[start:end]]
    similar = int(np.searchsorted(-inside, -MOST_FILLING * largest, side="right"))
    return start + min(max(similar, FEWEST_GROUPS), end - start)
