"""Satterthwaite's degrees of freedom for contrasts of the fixed effects of a linear mixed model.

The variance of a contrast is a function of ``(theta, sigma)``; the delta method gives the variance of
that variance, and the degrees of freedom are those of the chi-squared distribution with the same two
moments, as in lmerTest (Kuznetsova et al. 2017, doi:10.18637/jss.v082.i13).
"""

from dataclasses import dataclass

import numpy as np

from remission.estimate.kernels.profiled_deviance import Evaluation, Pattern

SMALLEST_CURVATURE = 1e-8


@dataclass(frozen=True, slots=True)
class Satterthwaite:
    """What degrees of freedom of any contrast are computed from.

    Attributes
    ----------
    vcov : numpy.ndarray, shape (p, p)
        Variance matrix of the fixed effects.
    slopes : numpy.ndarray, shape (k + 1, p, p)
        Its derivatives by each entry of ``theta`` and by ``sigma``.
    spread : numpy.ndarray, shape (k + 1, k + 1)
        Asymptotic variance matrix of ``(theta, sigma)``.
    """

    vcov: np.ndarray
    slopes: np.ndarray
    spread: np.ndarray

    def degrees_of_freedom(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the degrees of freedom of each row of ``contrasts``, shape (m, p)."""
        variance = np.einsum("mi,ij,mj->m", contrasts, self.vcov, contrasts)
        gradient = np.einsum("mi,kij,mj->mk", contrasts, self.slopes, contrasts)
        uncertainty = np.einsum("mk,kl,ml->m", gradient, self.spread, gradient)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(2 * variance**2 / uncertainty)


def satterthwaite(
    evaluation: Evaluation, factor: np.ndarray, hessian: np.ndarray, pattern: Pattern, back: np.ndarray
) -> Satterthwaite:
    """Prepare the degrees of freedom at the optimum.

    Parameters
    ----------
    evaluation : Evaluation
        At the optimal ``theta``.
    factor : numpy.ndarray, shape (q, q)
        ``Lambda`` there.
    hessian : numpy.ndarray, shape (k, k)
        Second derivative of the profiled deviance there.
    pattern : Pattern
    back : numpy.ndarray, shape (p, p)
        Turns the kernel's fixed effects into those of the caller.
    """
    sigma = evaluation.sigma
    turned = np.einsum("ip,kpr,jr->kij", back, _unscaled_slopes(evaluation, factor, pattern), back)
    unscaled = back @ evaluation.unscaled @ back.T
    slopes = np.concatenate([sigma**2 * turned, 2 * sigma * unscaled[None]])
    return Satterthwaite(sigma**2 * unscaled, slopes, _spread(evaluation, hessian))


def _unscaled_slopes(evaluation: Evaluation, factor: np.ndarray, pattern: Pattern) -> np.ndarray:
    """Differentiate ``(X'V^-1 X)^-1`` by each entry of ``theta``."""
    p = evaluation.beta.size
    pairs = evaluation.outer[:, :p, :, :p].transpose(0, 2, 1, 3)
    both = pairs + pairs.transpose(1, 0, 2, 3)
    by_factor = np.einsum("rbpq,bc->rcpq", both, factor)[pattern.rows, pattern.columns]
    return np.asarray(evaluation.unscaled @ by_factor @ evaluation.unscaled)


def _spread(evaluation: Evaluation, hessian: np.ndarray) -> np.ndarray:
    """Twice the inverse second derivative of the deviance by ``(theta, sigma)``.

    Profiling out sigma subtracts ``cross cross' / last``, which is added back here. Directions
    without curvature, as on the boundary, carry no information and are left out.
    """
    sigma = evaluation.sigma
    last = 4 * evaluation.df / sigma**2
    cross = -2 * evaluation.squares_gradient / sigma**3
    joint = np.block([[hessian + np.outer(cross, cross) / last, cross[:, None]], [cross[None, :], last]])
    values, axes = np.linalg.eigh(joint)
    kept = values > SMALLEST_CURVATURE * max(1.0, values[-1])
    return np.asarray(2 * (axes[:, kept] / values[kept]) @ axes[:, kept].T)
