"""Kenward and Roger's variance and degrees of freedom, for covariances that are linear in their parameters.

Notation of Kenward and Roger (1997, doi:10.2307/2533558): ``P_i`` and ``Q_ij`` are the first and second derivatives of
the weighted cross-products, ``W`` the inverse expected information of the covariance's parameters.
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.marginal_solution import MarginalSolution, sum_products

SMALLEST_CURVATURE = 1e-10


@dataclass(frozen=True, slots=True)
class KenwardRoger:
    """What degrees of freedom of a contrast are computed from, on the caller's scale.

    Attributes
    ----------
    vcov : numpy.ndarray, shape (p, p)
        Adjusted for the covariance being estimated.
    plain : numpy.ndarray, shape (p, p)
        Not adjusted.
    slopes : numpy.ndarray, shape (k, p, p)
        Derivatives of ``plain`` by the covariance's parameters.
    spread : numpy.ndarray, shape (k, k)
        ``W``.
    """

    vcov: np.ndarray
    plain: np.ndarray
    slopes: np.ndarray
    spread: np.ndarray

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of each row of ``contrasts``, shape (m, p).

        For one contrast they are those of Satterthwaite with the expected information.
        """
        variance = np.einsum("mi,ij,mj->m", contrasts, self.plain, contrasts)
        gradient = np.einsum("mi,kij,mj->mk", contrasts, self.slopes, contrasts)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2 * variance**2 / np.einsum("mk,kl,ml->m", gradient, self.spread, gradient))


def kenward_roger(solution: MarginalSolution, bases: list[np.ndarray]) -> KenwardRoger:
    """Adjust the variance of the coefficients of a REML fit.

    Parameters
    ----------
    solution : MarginalSolution
    bases : list of numpy.ndarray, each of shape (k, units, j, j)
        Derivatives of the covariances of each batch's units by parameters in which they are linear.
    """
    at, batches = solution.at, solution.batches
    count = len(bases[0])
    left = [inverse @ basis for inverse, basis in zip(at.inverses, bases, strict=True)]
    first = np.array(
        [-sum_products([h[i] @ w for h, w in zip(left, at.inverses, strict=True)], batches) for i in range(count)]
    )
    second = np.empty((count, count, *at.variance.shape))
    traces = np.empty((count, count))
    for i in range(count):
        for j in range(i + 1):
            both = [h[i] @ h[j] for h in left]
            held = sum_products([b @ w for b, w in zip(both, at.inverses, strict=True)], batches)
            second[i, j], second[j, i] = held, held.T
            pairs = zip(batches, both, strict=True)
            traces[i, j] = traces[j, i] = sum(float(b.count @ np.trace(m, axis1=1, axis2=2)) for b, m in pairs)
    spread = _inverse_information(first, second, traces, at.variance)
    middle = np.einsum("ij,ijab->ab", spread, second)
    middle -= np.einsum("ij,iab,bc,jcd->ad", spread, first, at.variance, first, optimize=True)
    adjusted = at.variance + 2 * at.variance @ ((middle + middle.T) / 2) @ at.variance
    turn = solution.back @ at.variance
    return KenwardRoger(
        solution.back @ adjusted @ solution.back.T, solution.vcov, np.array([-turn @ p @ turn.T for p in first]), spread
    )


def _inverse_information(first: np.ndarray, second: np.ndarray, traces: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Invert the expected information of the restricted likelihood; flat directions are left out."""
    information = traces - 2 * np.einsum("ab,ijba->ij", variance, second)
    turned = np.einsum("iab,bc->iac", first, variance)
    information += np.einsum("iab,jba->ij", turned, turned)
    values, axes = np.linalg.eigh((information + information.T) / 2)
    kept = values > SMALLEST_CURVATURE * values[-1]
    return np.asarray(2 * (axes[:, kept] / values[kept]) @ axes[:, kept].T)
