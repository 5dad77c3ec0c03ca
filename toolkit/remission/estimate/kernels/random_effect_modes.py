"""Conditional modes of random effects when residuals are correlated."""

import numpy as np

from remission.estimate.kernels.marginal_solution import MarginalSolution


def conditional_modes(
    solution: MarginalSolution, z: np.ndarray, from_z: np.ndarray, factor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``D Z'W r`` and the roots of the diagonal of ``D - D Z'W Z D``, each of shape (groups, q).

    Parameters
    ----------
    solution : MarginalSolution
    z : numpy.ndarray, shape (rows, q)
        Random terms on the standard scale.
    from_z : numpy.ndarray, shape (q, q)
        Turns standard random effects into the caller's.
    factor : numpy.ndarray, shape (q, q)
        A root of the random effects' covariance on the caller's scale.
    """
    p, (q, _) = solution.beta.size, factor.shape
    groups = sum(len(batch.rows) for batch in solution.batches)
    inner = np.linalg.solve(from_z, factor) / solution.scale
    modes, errors = np.empty((groups, q)), np.empty((groups, q))
    for batch, inverses in zip(solution.batches, solution.at.inverses, strict=True):
        weight = inverses[batch.unit]
        loaded = z[batch.rows] @ inner
        residual = batch.data[:, :, p] - batch.data[:, :, :p] @ solution.at.beta
        weighted = weight @ loaded
        scores = np.einsum("gka,gk->ga", weighted, residual)
        left = np.eye(q) - loaded.transpose(0, 2, 1) @ weighted
        modes[batch.cluster] = scores @ factor.T
        errors[batch.cluster] = np.sqrt(np.maximum(np.einsum("ai,gij,aj->ga", factor, left, factor), 0.0))
    return modes, errors
