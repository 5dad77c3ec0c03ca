"""Robust variance of coefficients from rows that are correlated within clusters."""

import numpy as np

from remission.estimate.kernels.marginal_solution import MarginalSolution


def cluster_sandwich(solution: MarginalSolution, corrected: bool) -> np.ndarray:
    """Return the sandwich on the caller's scale, shape (p, p).

    Parameters
    ----------
    solution : MarginalSolution
    corrected : bool
        Take each cluster's residuals through ``(I - H)^-1``, ``H`` being its leverage, for few clusters (Mancl and
        DeRouen 2001, doi:10.1111/j.0006-341X.2001.00126.x).

    Raises
    ------
    numpy.linalg.LinAlgError
        A cluster alone determines a coefficient, so that the correction does not exist.
    """
    at, p = solution.at, solution.beta.size
    meat: np.ndarray = np.zeros((p, p))
    for batch, inverses in zip(solution.batches, at.inverses, strict=True):
        x, weight = batch.data[:, :, :p], inverses[batch.unit]
        residual = batch.data[:, :, p] - x @ at.beta
        weighted = weight @ x
        if corrected:
            leverage = x @ at.variance @ weighted.transpose(0, 2, 1)
            left = np.eye(x.shape[1]) - leverage
            if (np.abs(np.linalg.det(left)) < 1e-10).any():
                raise np.linalg.LinAlgError("leverage of 1")
            residual = np.linalg.solve(left, residual[:, :, None])[:, :, 0]
        scores = np.einsum("gka,gk->ga", weighted, residual)
        meat += scores.T @ scores
    half = solution.back @ at.variance
    return np.asarray(half @ meat @ half.T)
