"""The deviance of a normal model for rows that are correlated within clusters, with its exact gradient.

Coefficients have a closed form given the covariance, so the search is over the covariance's parameters alone. The
derivative of the deviance by the covariance of a cluster is ``W - W (r r' + X B X') W``, with ``W`` its inverse, ``r``
the residuals and ``B`` the variance of the coefficients (absent for maximum likelihood).
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.covariance_structures import Structure
from remission.estimate.kernels.residual_layout import Batch

LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class Deviance:
    """The deviance at one point of the parameters.

    Attributes
    ----------
    value : float
        ``-2 log likelihood``, restricted for REML, with the coefficients at their best.
    gradient : numpy.ndarray, shape (k,)
    beta : numpy.ndarray, shape (p,)
    variance : numpy.ndarray, shape (p, p)
        Of the coefficients.
    inverses : tuple of numpy.ndarray, each of shape (units, k, k)
        Inverse covariances, one array a batch.
    """

    value: float
    gradient: np.ndarray
    beta: np.ndarray
    variance: np.ndarray
    inverses: tuple[np.ndarray, ...]


def deviance(theta: np.ndarray, batches: tuple[Batch, ...], structure: Structure, reml: bool) -> Deviance:
    """Compute the deviance.

    Raises
    ------
    numpy.linalg.LinAlgError
        A covariance is not positive definite.
    """
    width = batches[0].data.shape[2]
    inverses, log_det, n_rows = [], 0.0, 0
    held: np.ndarray = np.zeros((width, width))
    for batch in batches:
        covariance = structure.covariance(theta, batch)
        root = np.linalg.cholesky(covariance)
        log_det += 2 * float(batch.count @ np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1))
        inverse = np.linalg.inv(covariance)
        inverses.append((inverse + inverse.transpose(0, 2, 1)) / 2)
        held += batch.total(inverses[-1])
        n_rows += batch.rows.size
    p = width - 1
    corner = np.linalg.cholesky(held[:p, :p])
    back = np.linalg.inv(corner)
    variance = back.T @ back
    beta = variance @ held[:p, p]
    middle = np.outer(np.append(-beta, 1.0), np.append(-beta, 1.0))
    squares = float((middle * held).sum())
    df = n_rows - p if reml else n_rows
    value = log_det + squares + df * LOG_TWO_PI
    if reml:
        value += 2 * float(np.log(np.diag(corner)).sum())
        middle[:p, :p] += variance
    gradient = np.zeros(theta.size)
    for batch, inverse in zip(batches, inverses, strict=True):
        by_covariance = batch.count[:, None, None] * inverse - inverse @ batch.spread(middle) @ inverse
        gradient += structure.pull(theta, batch, by_covariance)
    return Deviance(value, gradient, beta, variance, tuple(inverses))
