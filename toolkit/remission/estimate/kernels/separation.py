"""Whether some combination of covariates tells the outcomes apart, so that no finite coefficient is most likely.

Such a combination never points against an outcome and points to at least one (Albert and Anderson 1984,
doi:10.1093/biomet/71.1.1). A linear programme finds it, or shows that there is none.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack

TOLERANCE = 1e-7


def separating_direction(x: np.ndarray, side: np.ndarray) -> np.ndarray | None:
    """Return a combination of columns that separates, or None.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
    side : numpy.ndarray of int, shape (rows,)
        1 where only a higher linear predictor is ever more likely, -1 where only a lower one is, 0 where
        the row has a likeliest value.

    Returns
    -------
    numpy.ndarray, shape (p,), or None
        Entries between -1 and 1, 0 for columns that take no part.
    """
    size = np.abs(x).max(axis=0)
    scaled = x / np.where(size > 0, size, 1.0)
    signed = np.unique(scaled[side != 0] * side[side != 0, None], axis=0)
    if not len(signed):
        return None
    level = np.unique(scaled[side == 0], axis=0)
    found = linprog(
        -signed.sum(axis=0) / len(signed),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=level if len(level) else None,
        b_eq=np.zeros(len(level)) if len(level) else None,
        bounds=(-1, 1),
    )
    if not found.success or found.x is None or found.fun is None or found.fun >= -TOLERANCE:
        return None
    part = np.asarray(found.x)
    return np.where(np.abs(part) > TOLERANCE, part, 0.0) / np.where(size > 0, size, 1.0)


def separable_within(x: np.ndarray, z: np.ndarray, codes: np.ndarray, up: np.ndarray) -> bool:
    """Say whether one combination of columns, with effects of each group's own, tells all outcomes apart.

    Coefficients and spread can then grow together, and the likelihood has no top worth the name.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, p)
    z : numpy.ndarray, shape (rows, q)
        Columns whose effects differ from group to group.
    codes : numpy.ndarray of int, shape (rows,)
    up : numpy.ndarray of bool, shape (rows,)
        The outcome is the upper one.
    """
    share = np.bincount(codes, up) / np.bincount(codes)
    changing = ((share > 0) & (share < 1))[codes]
    _, group = np.unique(codes[changing], return_inverse=True)
    x, z, sign = x[changing], z[changing], np.where(up[changing], 1.0, -1.0)
    rows, q = z.shape
    size = np.abs(x).max(axis=0, initial=0.0)
    at = np.repeat(np.arange(rows), q), (group[:, None] * q + np.arange(q)).ravel()
    own = csr_array(((sign[:, None] * z).ravel(), at))
    shared = csr_array(sign[:, None] * x / np.where(size > 0, size, 1.0))
    p, n = shared.shape[1], own.shape[1]
    told = LinearConstraint(hstack([shared, own, csr_array(-np.ones((rows, 1)))]), lb=0.0)
    limits = Bounds(
        np.concatenate([-np.ones(p), np.full(n, -np.inf), [0.0]]),
        np.concatenate([np.ones(p), np.full(n, np.inf), [1.0]]),
    )
    # The margin, last, is to be largest; no variable is whole, so this is a plain linear programme.
    found = milp(np.append(np.zeros(p + n), -1.0), constraints=told, bounds=limits)
    return bool(found.success and found.fun is not None and found.fun < -TOLERANCE)
