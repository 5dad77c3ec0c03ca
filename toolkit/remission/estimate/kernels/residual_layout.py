"""Rows of clusters laid out so that a covariance is built and inverted once for all clusters that share it.

Clusters of one size stand in one batch. Those that share a covariance, because they were seen at the same waves or on
the same days, are one unit: their rows enter once, as cross-products, and an evaluation then costs nothing a cluster.
"""

from dataclasses import dataclass

import numpy as np

WORTH_SUMMING = 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Clusters with the same number of rows.

    Attributes
    ----------
    cluster : numpy.ndarray of int, shape (clusters,)
        Which clusters stand in it.
    rows : numpy.ndarray of int, shape (clusters, k)
        Rows of each cluster.
    unit : numpy.ndarray of int, shape (clusters,)
        Which unit a cluster belongs to.
    first : numpy.ndarray of int, shape (units, k)
        Rows of one cluster of each unit.
    count : numpy.ndarray, shape (units,)
        Clusters of each unit.
    data : numpy.ndarray, shape (clusters, k, p + 1)
        ``[X, y]`` of the rows.
    products : numpy.ndarray, shape (units * k * k, (p + 1) ** 2), or None
        Sums over the clusters of a unit; None where every cluster is a unit of its own.
    """

    cluster: np.ndarray
    rows: np.ndarray
    unit: np.ndarray
    first: np.ndarray
    count: np.ndarray
    data: np.ndarray
    products: np.ndarray | None

    def total(self, weight: np.ndarray) -> np.ndarray:
        """Sum ``[X, y]' weight [X, y]`` over clusters; ``weight`` has shape (units, k, k)."""
        width = self.data.shape[2]
        if self.products is not None:
            return np.asarray((weight.ravel() @ self.products).reshape(width, width))
        return np.asarray(self.data.reshape(-1, width).T @ (weight @ self.data).reshape(-1, width))

    def spread(self, middle: np.ndarray) -> np.ndarray:
        """Sum ``[X, y] middle [X, y]'`` over the clusters of each unit, shape (units, k, k)."""
        units, k = self.first.shape
        if self.products is not None:
            return np.asarray((self.products @ middle.ravel()).reshape(units, k, k))
        return np.asarray(self.data @ middle @ self.data.transpose(0, 2, 1))


def layout(cluster: np.ndarray, key: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[Batch, ...]:
    """Sort clusters into batches and units.

    Parameters
    ----------
    cluster : numpy.ndarray of int, shape (rows,)
        Sorted.
    key : numpy.ndarray, shape (rows, c)
        What a row's place in the covariance depends on; clusters with equal keys share one.
    x : numpy.ndarray, shape (rows, p)
    y : numpy.ndarray, shape (rows,)
    """
    sizes = np.bincount(cluster)
    starts = np.cumsum(sizes) - sizes
    every = np.column_stack([x, y])
    found = []
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        found.append(_batch(members, starts[members][:, None] + np.arange(size), key, every))
    return tuple(found)


def _batch(members: np.ndarray, rows: np.ndarray, key: np.ndarray, every: np.ndarray) -> Batch:
    data, clusters = every[rows], len(rows)
    keys = key[rows].reshape(clusters, -1)
    _, first, unit = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    if clusters < WORTH_SUMMING * len(first):
        return Batch(members, rows, np.arange(clusters), rows, np.ones(clusters), data, None)
    unit = unit.ravel()
    k, width = data.shape[1:]
    products = np.empty((len(first), k, k, width, width))
    for number in range(len(first)):
        flat = data[unit == number].reshape(-1, k * width)
        products[number] = (flat.T @ flat).reshape(k, width, k, width).transpose(0, 2, 1, 3)
    count = np.bincount(unit).astype(float)
    return Batch(members, rows, unit, rows[first], count, data, products.reshape(len(first) * k * k, width * width))
