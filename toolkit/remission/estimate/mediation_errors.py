"""Model-based errors: of each equation's coefficients, and by the delta method of their products."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from remission.estimate.kernels.path_models import PathFits
from remission.estimate.mediation_data import MediationData
from remission.estimate.mediation_fit import Plan

# An arrow is an equation (a mediator's number, the outcome last) and the column that it starts from.
Arrow = tuple[int, int]
Products = Sequence[Sequence[Arrow]]


def model_errors(plan: Plan, fits: PathFits) -> np.ndarray:
    """Return errors in the order of the quantities, NaN where there is none.

    Equations are taken as independent given what stands on their right side, so an effect, a sum of products with one
    coefficient from each equation on the way, has the variance that Sobel (1982, doi:10.2307/270723) gives it.
    None where participants have several rows.
    """
    data, layout = plan.data, plan.data.layout
    k, interaction = layout.mediators, layout.interaction
    variances = [_variance(data, fits, target) for target in range(k + 1)]
    ways: list[Products] = [[_arrows(layout.base, k, path)] for path in plan.paths]
    step = data.contrast[1] - data.contrast[0]
    missing = [np.nan]
    effects = missing * (5 if interaction else 3)
    if not (interaction or data.rows.logistic):
        indirect = [product for way in ways for product in way]
        direct = [[(k, 1)]]
        effects = [abs(step) * _error(way, fits, data, variances) for way in ([*direct, *indirect], direct, indirect)]
    through = [] if interaction else [abs(step) * _error(way, fits, data, variances) for way in ways]
    single = [_error([[arrow]], fits, data, variances) for arrow in _all_arrows(data)]
    found = np.array([*effects, *through, *single, *missing])
    return np.full_like(found, np.nan) if data.clustered else found


def _all_arrows(data: MediationData) -> list[Arrow]:
    layout, k = data.layout, data.layout.mediators
    found: list[Arrow] = []
    for j in range(k):
        found += [(j, 1)] + ([] if layout.parallel else [(j, layout.base + i) for i in range(j)])
    return [*found, (k, 1), *((k, column) for column in range(layout.base, layout.columns - 1))]


def _arrows(base: int, outcome: int, path: Sequence[int]) -> list[Arrow]:
    targets = [*path, outcome]
    return list(zip(targets, [1, *(base + j for j in path)], strict=True))


def _coefficient(fits: PathFits, data: MediationData, arrow: Arrow) -> float:
    target, column = arrow
    base, k = data.layout.base, data.layout.mediators
    if target < k:
        return float(fits.base[0, target, column] if column < base else fits.between[0, column - base, target])
    if column < base:
        return float(fits.outcome[0, column])
    return float(fits.onto[0, column - base] if column < base + k else fits.product[0, column - base - k])


def _error(ways: Products, fits: PathFits, data: MediationData, variances: list[np.ndarray]) -> float:
    """Propagate the errors of the coefficients to a sum of products."""
    slope = np.zeros((len(variances), data.layout.columns))
    for way in ways:
        values = np.array([_coefficient(fits, data, arrow) for arrow in way])
        for place, (target, column) in enumerate(way):
            slope[target, column] += np.prod(np.delete(values, place))
    return float(np.sqrt(sum(row @ variance @ row for row, variance in zip(slope, variances, strict=True))))


def _variance(data: MediationData, fits: PathFits, target: int) -> np.ndarray:
    """Return the variance of an equation's coefficients, zeros for columns that it lacks and for the constant."""
    layout, rows = data.layout, data.rows
    parents, k = layout.parents(target), layout.mediators
    x = rows.scaled[:, parents]
    weight, noise = np.ones(len(x)), 0.0
    if target < k:
        noise = float(fits.residual[0, target, target])
    elif rows.logistic:
        raw = np.concatenate([fits.outcome[0], fits.onto[0], *([fits.product[0]] if layout.interaction else [])])
        risk = expit(data.z[:, :-1] @ raw)
        weight, noise = risk * (1 - risk), 1.0
    else:
        noise = float(fits.noise[0])
    inverse = np.linalg.inv((x * weight[:, None]).T @ x)
    unit = np.where(parents == 0, 0.0, 1 / rows.size[parents])
    full = np.zeros((layout.columns, layout.columns))
    full[np.ix_(parents, parents)] = noise * inverse * unit[:, None] * unit
    return full
