"""Cholesky factors and triangular systems of many small matrices, groups along the last axis."""

import numpy as np


def cholesky(matrix: np.ndarray) -> np.ndarray:
    """Return the lower factors of positive definite matrices, shape (q, q, groups)."""
    root = np.zeros_like(matrix)
    for j in range(len(matrix)):
        root[j, j] = np.sqrt(matrix[j, j] - (root[j, :j] ** 2).sum(axis=0))
        for i in range(j + 1, len(matrix)):
            root[i, j] = (matrix[i, j] - (root[i, :j] * root[j, :j]).sum(axis=0)) / root[j, j]
    return root


def inverse_of_lower(root: np.ndarray) -> np.ndarray:
    """Return the inverses of lower-triangular matrices, shape (q, q, groups)."""
    inverse = np.zeros_like(root)
    for j in range(len(root)):
        inverse[j, j] = 1 / root[j, j]
        for i in range(j + 1, len(root)):
            inverse[i, j] = -(root[i, j:i] * inverse[j:i, j]).sum(axis=0) / root[i, i]
    return inverse


def times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiply matrices group by group: (a, b, groups) and (b, c, groups) give (a, c, groups)."""
    return np.asarray((left[:, :, None] * right[None]).sum(axis=1))


def turned(matrix: np.ndarray) -> np.ndarray:
    """Transpose each group's matrix."""
    return matrix.swapaxes(0, 1)


def apply(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Multiply matrices (a, b, groups) with vectors (b, groups)."""
    return np.asarray((matrix * vector[None]).sum(axis=1))
