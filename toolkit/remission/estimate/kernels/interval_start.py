"""Where the search for a baseline from intervals starts: a life table, or steps of the EM algorithm."""

import numpy as np

from remission.estimate.kernels.interval_likelihood import Rows

EM_STEPS = 30
# Masses below this share of the largest are left out of the start.
FAINT = 1e-2


def first_increments(rows: Rows) -> np.ndarray:
    """Start from the life table where every finite row covers one innermost interval, else from equal masses."""
    places = np.arange(rows.count - 1)
    if not places.size:
        return np.zeros(0)
    single = rows.unbounded | (rows.last - rows.first == 1)
    if single.all():
        events = np.bincount(rows.first[~rows.unbounded], rows.weights[~rows.unbounded], rows.count)[places]
        whole = np.bincount(rows.first, rows.weights, rows.count + 1)
        in_last = rows.unbounded & (rows.first == rows.count - 1)
        passed = np.cumsum(whole[::-1])[::-1][places + 1]
        if in_last.any():
            return np.asarray(np.log1p(events / passed))
    return increments_of(_sparse(rows, _self_consistent(rows, np.full(rows.count, 1 / rows.count), EM_STEPS)))


def increments_of(masses: np.ndarray) -> np.ndarray:
    """Turn probabilities into increments of the cumulative hazard, the last of them left out."""
    after = np.cumsum(masses[::-1])[::-1]
    return np.asarray(np.log(after[:-1] / after[1:]))


def _sparse(rows: Rows, masses: np.ndarray) -> np.ndarray:
    """Keep the places that stand out, and in every row the largest, so that each row keeps a chance."""
    kept = masses > FAINT * masses.max()
    total = np.concatenate([[0], np.cumsum(kept)])
    for i in np.flatnonzero(total[rows.last] == total[rows.first]):
        stretch = slice(rows.first[i], rows.last[i])
        kept[rows.first[i] + int(np.argmax(masses[stretch]))] = True
    kept[-1] = True
    return np.where(kept, masses, 0.0)


def _self_consistent(rows: Rows, masses: np.ndarray, steps: int) -> np.ndarray:
    """Take steps of Turnbull's EM algorithm."""
    weights = rows.weights / rows.weights.sum()
    for _ in range(steps):
        masses = masses * reached(rows, masses, weights)
    return masses


def reached(rows: Rows, masses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum weight over likelihood of the rows that cover each innermost interval, shape (count,).

    At the maximum without covariates, with weights that sum to 1, this is 1 where there is mass and
    at most 1 elsewhere: the Kuhn–Tucker conditions.
    """
    total = np.concatenate([[0.0], np.cumsum(masses)])
    share = weights / (total[rows.last] - total[rows.first])
    size = rows.count + 1
    return np.asarray(
        np.cumsum(np.bincount(rows.first, share, size) - np.bincount(rows.last, share, size))[: rows.count]
    )
