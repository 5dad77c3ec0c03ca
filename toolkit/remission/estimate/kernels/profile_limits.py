"""Limits of a parameter at which the profiled log-likelihood has fallen by a given amount."""

import numpy as np

from remission.estimate.kernels.quasi_newton import Maximum, Objective, climb

MOST_STEPS = 30
CLOSE = 1e-6


def profile_limits(objective: Objective, top: Maximum, contrast: np.ndarray, z: float) -> tuple[float, float, bool]:
    """Search both limits of ``contrast @ parameters``.

    The signed root of twice the fall is nearly linear in the parameter, so secants reach ``z`` quickly.

    Parameters
    ----------
    objective : callable
        Log-likelihood of the free parameters, with gradient and outer products of scores.
    top : Maximum
        Of ``objective``.
    contrast : numpy.ndarray, shape (k,)
    z : float
        Root of the fall in twice the log-likelihood at the limits.

    Returns
    -------
    low, high : float
        Infinite where the likelihood never falls so far.
    found : bool
    """
    low, low_found = _limit(objective, top, contrast, -z)
    high, high_found = _limit(objective, top, contrast, z)
    return low, high, low_found and high_found


def _limit(objective: Objective, top: Maximum, contrast: np.ndarray, z: float) -> tuple[float, bool]:
    inverse = np.linalg.inv(top.information)
    direction = inverse @ contrast
    error = float(np.sqrt(contrast @ direction))
    direction = direction / error**2
    basis = np.linalg.svd(contrast[None])[2][1:].T
    held = basis.T @ top.information @ basis
    estimate = float(contrast @ top.at)

    def root(shift: float, at: np.ndarray) -> tuple[float, np.ndarray]:
        origin = at + (estimate + shift - float(contrast @ at)) * direction

        def along(free: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
            value, gradient, outer = objective(origin + basis @ free)
            return value, basis.T @ gradient, basis.T @ outer @ basis

        alone = basis.shape[1] == 0
        best = origin if alone else origin + basis @ climb(along, np.zeros(basis.shape[1]), held)[0]
        fall = 2 * (top.value - objective(best)[0])
        return float(np.sign(shift) * np.sqrt(max(fall, 0.0))), best

    before, root_before = 0.0, 0.0
    shift, at = z * error, top.at
    for _ in range(MOST_STEPS):
        reached, at = root(shift, at)
        if abs(reached - z) < CLOSE * abs(z):
            return estimate + shift, True
        rate = (reached - root_before) / (shift - before)
        if not np.isfinite(rate) or rate <= 0:
            break
        following = shift + (z - reached) / rate
        following = float(np.clip(following, min(shift / 3, shift * 3), max(shift / 3, shift * 3)))
        before, root_before, shift = shift, reached, following
    return float(np.copysign(np.inf, z)), False
