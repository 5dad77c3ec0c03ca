"""Area under a Kaplan–Meier curve up to a horizon, with its variance."""

import numpy as np

from remission.estimate.kernels.product_limit import LifeTable, kaplan_meier


def restricted_mean(table: LifeTable, horizon: float) -> tuple[float, float]:
    """Return the mean time free of the event up to the horizon, and the variance of that estimate.

    The variance sums, over event times, the squared area to the right times d / (n (n - d)).
    """
    survival = kaplan_meier(table).estimate
    inside = table.time < horizon
    steps = np.concatenate([[0.0], table.time[inside], [horizon]])
    levels = np.concatenate([[1.0], survival[inside]])
    areas = levels * np.diff(steps)
    right = np.cumsum(areas[::-1])[::-1][1:]
    n, d = table.n_at_risk[inside].astype(float), table.n_event[inside].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where((d > 0) & (n > d), d / (n * (n - d)), 0.0)
    return float(areas.sum()), float((right**2 * weight).sum())
