"""Small linked tables, and every completion of what a release shows of them."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pandas as pd

from remission.disclosure import Dimension, LinkedTables, Table

A = Dimension("a", ("a1", "a2"), {})
B = Dimension("b", ("b1", "b2"), {})
C = Dimension("c", ("c1", "c2"), {})
WIDE = Dimension("w", ("w1", "w2", "w3"), {})
TREE = Dimension("t", ("t1", "t2", "t3"), {"early": ("t1", "t2")})
SHAPES: dict[str, tuple[tuple[Dimension, ...], tuple[Table, ...]]] = {
    "two ways": ((A, WIDE), (Table(("a", "w"), {}),)),
    "a sum of lines": ((A, TREE), (Table(("a", "t"), {"t": ("early", "t3")}),)),
    "a sum beside its parts": ((A, TREE), (Table(("a", "t"), {"t": ("t1", "t2", "t3", "early")}),)),
    "linked by a margin": ((A, B, C), (Table(("a", "b"), {}), Table(("b", "c"), {}))),
    "round in a circle": ((A, B, C), (Table(("a", "b"), {}), Table(("b", "c"), {}), Table(("a", "c"), {}))),
    "three ways": ((A, B, C), (Table(("a", "b", "c"), {}),)),
}


def people_of(dimensions: Sequence[Dimension], joint: Sequence[int]) -> pd.DataFrame:
    """Make a participant for each count of the common table of all dimensions."""
    rows = [
        leaves
        for leaves, count in zip(product(*(each.leaves for each in dimensions)), joint, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=[each.name for each in dimensions], dtype=object)


def compositions(total: int, parts: int) -> np.ndarray:
    """List every way to sort ``total`` people into ``parts``, one a row."""
    bars = np.array(list(combinations(range(total + parts - 1), parts - 1)))
    edges = np.column_stack([np.full(len(bars), -1), bars, np.full(len(bars), total + parts - 1)])
    return np.diff(edges, axis=1) - 1


def completions(
    tables: LinkedTables, dimensions: Sequence[Dimension], counts: np.ndarray, printed: np.ndarray, total: int
) -> np.ndarray:
    """List the counts of all cells in every population that agrees with what is printed, by going through them all."""
    joint = list(product(*(each.leaves for each in dimensions)))
    ways = compositions(total, len(joint))
    inside = np.zeros((len(joint), len(tables.cells)), dtype=np.int64)
    for column, key in enumerate(tables.cells):
        for row, leaves in enumerate(joint):
            inside[row, column] = all(
                leaf in dict(each.sums).get(value, (value,))
                for each, leaf in zip(dimensions, leaves, strict=True)
                for name, value in key
                if name == each.name
            )
    found = ways @ inside
    return found[(found[:, printed] == counts[printed]).all(axis=1)]
