"""A normal model with correlated rows, from arrays to estimates.

Covariates and outcome are brought to unit scale first and results turned back at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from remission.estimate.kernels.covariance_structures import Structure
from remission.estimate.kernels.marginal_deviance import Deviance, deviance
from remission.estimate.kernels.newton import Minimum, minimise
from remission.estimate.kernels.residual_layout import Batch, layout
from remission.estimate.kernels.satterthwaite import Satterthwaite

SMALLEST_CURVATURE = 1e-8
NEARLY_ZERO = 1e-2
SAME_DEVIANCE = 1e-9
ROUNDING = 1e-8


@dataclass(frozen=True, slots=True)
class MarginalSolution:
    """Estimates; ``beta``, ``vcov`` and ``criterion`` on the caller's scale, the rest on the standard one.

    Attributes
    ----------
    beta : numpy.ndarray, shape (p,)
    vcov : numpy.ndarray, shape (p, p)
        Model-based.
    criterion : float
        Deviance, restricted for REML.
    scale : float
        One standard unit of the outcome in the caller's.
    back : numpy.ndarray, shape (p, p)
        From standard coefficients to the caller's, ``scale`` included.
    at : Deviance
    batches : tuple of Batch
    satterthwaite : Satterthwaite
    search : Minimum
    """

    beta: np.ndarray
    vcov: np.ndarray
    criterion: float
    scale: float
    back: np.ndarray
    at: Deviance
    batches: tuple[Batch, ...]
    satterthwaite: Satterthwaite
    search: Minimum


def solve_marginal(
    x: np.ndarray, y: np.ndarray, cluster: np.ndarray, key: np.ndarray, structure: Structure, reml: bool
) -> MarginalSolution:
    """Fit the model by maximum likelihood or REML.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
        Of full column rank.
    y : numpy.ndarray, shape (rows,)
    cluster : numpy.ndarray of int, shape (rows,)
        Sorted.
    key : numpy.ndarray, shape (rows, c)
        What a row's place in the covariance depends on.
    structure : Structure
    reml : bool
    """
    n_rows, p = x.shape
    basis, upper = np.linalg.qr(x)
    along = basis.T @ y
    residual = y - basis @ along
    residual -= basis @ (basis.T @ residual)
    scale = float(np.sqrt(residual @ residual / (n_rows - p)))
    from_x = np.linalg.inv(upper) * np.sqrt(n_rows)
    batches = layout(cluster, key, basis * np.sqrt(n_rows), residual / scale)
    search = _search(batches, structure, reml)
    at = deviance(search.at, batches, structure, reml)
    back = from_x * scale
    shift = 2 * (n_rows - p if reml else n_rows) * float(np.log(scale))
    shift -= 2 * float(np.log(np.abs(np.diag(from_x))).sum()) if reml else 0.0
    vcov = back @ at.variance @ back.T
    return MarginalSolution(
        beta=np.linalg.solve(upper, along) + back @ at.beta,
        vcov=vcov,
        criterion=at.value + shift,
        scale=scale,
        back=back,
        at=at,
        batches=batches,
        satterthwaite=Satterthwaite(vcov, _slopes(at, batches, structure, search.at, back), _spread(search.hessian)),
        search=search,
    )


def sum_products(middles: Sequence[np.ndarray], batches: tuple[Batch, ...]) -> np.ndarray:
    """Sum ``X' middle X`` over clusters, shape (p, p); one array of shape (units, k, k) a batch."""
    held: np.ndarray = np.asarray(sum(batch.total(middle) for batch, middle in zip(batches, middles, strict=True)))
    return held[:-1, :-1]


def _search(batches: tuple[Batch, ...], structure: Structure, reml: bool) -> Minimum:
    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                found = deviance(theta, batches, structure, reml)
        except (np.linalg.LinAlgError, FloatingPointError):
            return np.inf, np.zeros(theta.size)
        return found.value, found.gradient

    start = min(structure.starts(), key=lambda theta: objective(theta)[0])
    found = _allowing_for_rounding(minimise(objective, start))
    near = (np.abs(found.at) < NEARLY_ZERO) & structure.vanishing()
    if near.any():
        snapped = np.where(near, 0.0, found.at)
        value, gradient = objective(snapped)
        if value <= found.value + SAME_DEVIANCE:
            return Minimum(snapped, value, gradient, found.hessian, found.converged, found.iterations)
    return found


def _allowing_for_rounding(found: Minimum) -> Minimum:
    """Accept a stop where rounding in the gradient, and nothing else, hides that the minimum is reached."""
    if found.converged or not np.isfinite(found.hessian).all():
        return found
    values, axes = np.linalg.eigh(found.hessian)
    if values[0] <= SMALLEST_CURVATURE * values[-1]:
        return found
    gain = float(((axes.T @ found.gradient) ** 2 / values).sum()) / 2
    return replace(found, converged=gain < ROUNDING)


def _slopes(
    at: Deviance, batches: tuple[Batch, ...], structure: Structure, theta: np.ndarray, back: np.ndarray
) -> np.ndarray:
    """Differentiate the coefficients' variance by each parameter, shape (k, p, p)."""
    turn = back @ at.variance
    each = [structure.slopes(theta, batch) for batch in batches]
    found = []
    for number in range(theta.size):
        middles = [w @ slopes[number] @ w for w, slopes in zip(at.inverses, each, strict=True)]
        found.append(turn @ sum_products(middles, batches) @ turn.T)
    return np.array(found)


def _spread(hessian: np.ndarray) -> np.ndarray:
    """Twice the inverse second derivative; directions without curvature carry no information and are left out."""
    values, axes = np.linalg.eigh(hessian)
    kept = values > SMALLEST_CURVATURE * max(1.0, float(values[-1]))
    return np.asarray(2 * (axes[:, kept] / values[kept]) @ axes[:, kept].T)
