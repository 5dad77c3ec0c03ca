"""From the name of a correlation to its kernel, and back to a table of covariances."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.kernels.covariance_structures import Decay, Grid, Serial
from remission.estimate.kernels.marginal_solution import MarginalSolution
from remission.estimate.kernels.profiled_deviance import Pattern
from remission.estimate.kernels.wave_covariances import autoregressive, exchangeable, independent, unstructured
from remission.estimate.mmrm_data import MmrmData, shortest_gap

CORRELATIONS = ("unstructured", "exchangeable", "ar1", "car1", "independence")
VARIANCES = ("by wave", "common")
NOTHING = Pattern(0, np.zeros(0, dtype=int), np.zeros(0, dtype=int))


def structure_of(data: MmrmData, correlation: str, common: bool) -> tuple[Grid | Serial, np.ndarray]:
    """Return the covariance and what a row's place in it depends on, shape (rows, c).

    Raises
    ------
    DefinitionError
        ``ar1`` and waves without an order.
    NotEstimable
        A wave, or a pair of waves, was seen in too few participants for what is to be estimated.
    """
    waves = len(data.waves)
    if correlation != "independence":
        gap = shortest_gap(data.place if data.day is None else data.day, data.cluster)
    if not common:
        _require_people(data, correlation)
    if correlation == "car1":
        assert data.day is not None
        kind = np.zeros(len(data.y), dtype=int) if common else data.place
        kinds = 1 if common else waves
        key = np.column_stack([kind, data.day])
        return Serial(Decay(data.day, gap, False), kind, kinds, np.zeros((len(data.y), 0)), NOTHING), key
    key = data.place[:, None]
    if correlation == "unstructured":
        return unstructured(data.place, waves), key
    if correlation == "independence":
        return independent(data.place, waves, common), key
    if correlation == "ar1" and not data.ordered:
        raise DefinitionError(
            "The waves have no order, which ar1 needs.",
            "Name a column that orders them, such as order='months', or use 'car1' over days.",
        )
    made = autoregressive if correlation == "ar1" else exchangeable
    return made(data.place, waves, common), key


def covariance_table(
    data: MmrmData, solution: MarginalSolution, structure: Grid | Serial, correlation: str
) -> pd.DataFrame:
    """One row is a wave or a pair of waves: ``first second covariance correlation pairs``."""
    theta, seen = solution.search.at, data.together()
    if isinstance(structure, Grid):
        held = structure.shape(theta)[0] * solution.scale**2
        pairs = [(i, j) for i in range(len(held)) for j in range(i, len(held))]
    else:
        deviation = np.exp(theta[:-1]) * solution.scale
        held = np.diag(np.broadcast_to(deviation, len(data.waves)) ** 2)
        pairs = [(i, i) for i in range(len(held))]
    size = np.sqrt(np.diag(held))
    rows = [
        (data.waves[i], data.waves[j], held[i, j], held[i, j] / (size[i] * size[j]), int(seen[i, j])) for i, j in pairs
    ]
    return pd.DataFrame(rows, columns=["first", "second", "covariance", "correlation", "pairs"])


def correlation_of_neighbours(structure: Grid | Serial, theta: np.ndarray, correlation: str) -> float | None:
    """Return the correlation at a distance of 1: a day for ``car1``, a wave for ``ar1`` and ``exchangeable``."""
    if isinstance(structure, Serial):
        rho, _ = structure.decay.neighbour(float(theta[-1]))
        return float(rho ** (1 / structure.decay.shortest))
    if correlation in ("ar1", "exchangeable"):
        held = structure.shape(theta)[0]
        return float(held[0, 1] / np.sqrt(held[0, 0] * held[1, 1]))
    return None


def linear_bases(data: MmrmData, solution: MarginalSolution, correlation: str, variance: str) -> list[np.ndarray]:
    """Return derivatives by parameters in which the covariance is linear, shape (k, units, j, j) a batch."""
    waves = len(data.waves)
    each = np.eye(waves)
    if correlation == "unstructured":
        i, j = np.tril_indices(waves)
        grid = np.zeros((len(i), waves, waves))
        grid[np.arange(len(i)), i, j] = grid[np.arange(len(i)), j, i] = 1.0
    elif variance == "by wave":
        grid = each[:, :, None] * each[:, None, :]
    else:
        grid = np.array([each, 1 - each][: 1 if correlation == "independence" else 2])
    found = []
    for batch in solution.batches:
        at = data.place[batch.first]
        found.append(grid[:, at[:, :, None], at[:, None, :]])
    return found


def _require_people(data: MmrmData, correlation: str) -> None:
    seen = data.together()
    alone = [name for name, count in zip(data.waves, np.diag(seen), strict=True) if count < 2]
    if alone:
        raise NotEstimable(
            f"Wave {', '.join(alone)} was seen in one participant only, so it has no variance to estimate.",
            "Leave the wave out, or use variance='common' with 'exchangeable', 'ar1' or 'car1'.",
        )
    if correlation != "unstructured":
        return
    never = [(data.waves[i], data.waves[j]) for i, j in np.argwhere(seen == 0)]
    if never:
        raise NotEstimable(
            f"Nobody was seen at both wave {never[0][0]} and wave {never[0][1]}, so their covariance is unknown.",
            "Use 'exchangeable', 'ar1' or 'car1'.",
        )
    people = int(data.cluster.max()) + 1
    if people <= len(data.waves):
        raise NotEstimable(
            f"{people} participants cannot carry a free covariance of {len(data.waves)} waves.",
            "Use 'exchangeable', 'ar1' or 'car1'.",
        )
