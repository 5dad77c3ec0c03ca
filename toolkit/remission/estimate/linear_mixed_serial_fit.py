"""What a linear mixed model with serial residuals is fitted to and returns."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from remission.estimate.formula import Design
from remission.estimate.kernels.covariance_structures import Serial
from remission.estimate.kernels.marginal_solution import MarginalSolution
from remission.estimate.mixed_data import MixedData, RandomBlock
from remission.estimate.mixed_fit import LinearMixedFit
from remission.estimate.mmrm_checks import covariance_apart, settled
from remission.estimate.result import Check, Sample

BOUNDARY = 1e-7
FEW_GROUPS = 5


@dataclass(frozen=True)
class SerialData:
    """Arrays sorted by group and time.

    Attributes
    ----------
    outcome : str
    y : numpy.ndarray, shape (rows,)
    x : numpy.ndarray, shape (rows, p)
        Of the fixed effects.
    design : Design
        In the order of the table.
    blocks : tuple of RandomBlock
    codes : numpy.ndarray of int, shape (rows,)
    levels : numpy.ndarray, shape (groups,)
    at : numpy.ndarray, shape (rows,)
        Times.
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    x: np.ndarray
    design: Design
    blocks: tuple[RandomBlock, ...]
    codes: np.ndarray
    levels: np.ndarray
    at: np.ndarray
    sample: Sample


@dataclass(frozen=True, kw_only=True)
class SerialMixedFit(LinearMixedFit):
    """A linear mixed model with serial residuals; ``fitted`` is a MarginalPredictor.

    Attributes
    ----------
    phi : float
        Correlation of residuals one unit of time apart; to the power of the distance for others.
    """

    phi: float

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "phi": self.phi}


def in_order(data: MixedData, at: np.ndarray) -> SerialData:
    """Sort the rows of a mixed model by group and time."""
    order = np.lexsort((at, data.codes[0]))
    blocks = tuple(replace(block, matrix=block.matrix[order]) for block in data.blocks)
    return SerialData(
        data.outcome,
        data.y[order],
        data.fixed.matrix[order],
        data.fixed,
        blocks,
        data.codes[0][order],
        data.levels[0],
        at[order],
        data.sample,
    )


def variance_table(data: SerialData, covariance: np.ndarray, sigma: float) -> pd.DataFrame:
    """Variances of a block first, then its covariances, the residual last."""
    rows: list[tuple[str, str, str, float]] = []
    start = 0
    for block in data.blocks:
        end = start + len(block.terms)
        held = covariance[start:end, start:end]
        pairs = [(i, i) for i in range(len(held))] + list(zip(*np.triu_indices(len(held), 1), strict=True))
        rows += [(block.group, block.terms[i], block.terms[j], float(held[i, j])) for i, j in pairs]
        start = end
    rows.append(("residual", "residual", "residual", sigma**2))
    return pd.DataFrame(rows, columns=["group", "term", "other", "covariance"])


def random_effect_table(data: SerialData, modes: np.ndarray, errors: np.ndarray) -> pd.DataFrame:
    """One row is a level of the group and a random term."""
    names = [(block.group, term) for block in data.blocks for term in block.terms]
    return pd.DataFrame(
        {
            "group": np.tile([group for group, _ in names], len(data.levels)),
            "level": np.repeat(data.levels, len(names)),
            "term": np.tile([term for _, term in names], len(data.levels)),
            "estimate": modes.ravel(),
            "std_error": errors.ravel(),
        }
    )


def serial_checks(
    data: SerialData, solution: MarginalSolution, structure: Serial, covariance: np.ndarray, sigma: float
) -> tuple[Check, ...]:
    """Look at convergence, boundaries, the serial correlation and the number of groups."""
    theta = solution.search.at
    return (
        settled(solution),
        covariance_apart(solution),
        _inside(data, covariance, sigma),
        _remembered(structure, float(theta[-1])),
        _groups(data),
    )


def _inside(data: SerialData, covariance: np.ndarray, sigma: float) -> Check:
    """Say which variances are 0 and which blocks have lost a dimension."""
    named: list[str] = []
    start = 0
    for block in data.blocks:
        held = covariance[start : start + len(block.terms), start : start + len(block.terms)]
        start += len(block.terms)
        size = np.diag(held) * (block.matrix**2).mean(axis=0)
        empty = [term for term, variance in zip(block.terms, size, strict=True) if variance < BOUNDARY * sigma**2]
        named += [f"the variance of {term} in {block.group} is estimated as 0" for term in empty]
        root = np.sqrt(np.diag(held))
        if not empty and np.linalg.eigvalsh(held / np.outer(root, root))[0] < BOUNDARY:
            named.append(f"the random terms {', '.join(block.terms)} in {block.group} depend on one another")
    told = "; ".join(named) + ": the data carry fewer random terms than the model has."
    return Check(
        "random effects vary freely", not named, told if named else "No variance is zero and no correlation is 1."
    )


def _remembered(structure: Serial, t: float) -> Check:
    good = structure.decay.signed or abs(t) > BOUNDARY
    told = "Residuals near in time are correlated beyond the random effects."
    if structure.decay.signed:
        told = f"Residuals one step apart have correlation {structure.decay.neighbour(t)[0]:.2f}."
    return Check(
        "serial correlation inside its range",
        good,
        told if good else "The serial correlation is estimated as 0: linear_mixed says the same with less.",
    )


def _groups(data: SerialData) -> Check:
    count, name = len(data.levels), data.blocks[0].group
    good = count >= FEW_GROUPS
    told = f"'{name}' has {count} values" + ("." if good else ": too few to estimate a spread between them well.")
    return Check("enough groups", good, told)
