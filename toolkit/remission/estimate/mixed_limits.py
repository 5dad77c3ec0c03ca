"""What the rows of a linear mixed model cannot carry, said before the fit and with the column named."""

import numpy as np

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import Design

SAME = 1e-7
SAMPLED_GROUPS = 200


def require_finite(design: Design) -> None:
    """Refuse a design with infinite or undefined entries, naming the column.

    Raises
    ------
    DefinitionError
    """
    for term, column in zip(design.terms, design.matrix.T, strict=True):
        if not np.isfinite(column).all():
            raise DefinitionError(f"'{term}' holds values that are no finite numbers.", "Correct them.")


def require_fixed(fixed: Design, outcome: str, y: np.ndarray) -> None:
    """Refuse fixed effects that repeat one another, or leave nothing of the outcome to explain.

    Raises
    ------
    DefinitionError, NotEstimable
    """
    if not fixed.terms:
        raise DefinitionError("The model has no fixed effect.", "Write at least 1 on the right side.")
    require_finite(fixed)
    if len(y) <= len(fixed.terms):
        raise NotEstimable(f"The model has {len(fixed.terms)} fixed effects for {len(y)} rows.", "Leave terms out.")
    left = share_left(np.column_stack([fixed.matrix, y]))
    if (left[:-1] <= SAME).any():
        first = int(np.flatnonzero(left <= SAME)[0])
        reason = "repeats what the terms before it say" if fixed.matrix[:, first].any() else "is 0 in every row used"
        raise NotEstimable(f"'{fixed.terms[first]}' {reason}.", "Leave it out of the model.")
    if left[-1] * np.linalg.norm(y) <= SAME * np.linalg.norm(y - y.mean()):
        raise NotEstimable(
            f"The fixed effects give '{outcome}' exactly, so no spread is left to model.",
            "Check that no covariate is a copy of the outcome.",
        )


def share_left(matrix: np.ndarray) -> np.ndarray:
    """Return the share of each column's length that the columns before it do not determine."""
    size = np.sqrt((matrix**2).sum(axis=0))
    left = np.abs(np.diag(np.linalg.qr(matrix, mode="r")))
    return np.asarray(left / np.where(size > 0, size, 1.0))


def require_block(terms: tuple[str, ...], matrix: np.ndarray, codes: np.ndarray, group: str) -> None:
    """Refuse random effects that no group's rows tell apart; the largest groups are looked at first.

    Raises
    ------
    NotEstimable
    """
    repeated = np.flatnonzero(share_left(matrix) <= SAME)
    if repeated.size:
        raise NotEstimable(
            f"The random term '{terms[repeated[0]]}' repeats those before it, or is 0.",
            "Leave it out.",
        )
    largest = np.argsort(-np.bincount(codes), kind="stable")[:SAMPLED_GROUPS]
    some = np.isin(codes, largest)
    width = len(terms)
    if not any((_ranks(matrix, codes, chosen) == width).any() for chosen in (some, ~some)):
        raise NotEstimable(
            f"Within no value of '{group}' do the rows tell {' and '.join(terms)} apart, "
            "so their spreads cannot be estimated together.",
            f"Keep fewer of them before the bar, like (1 | {group}).",
        )


def require_residual(every: np.ndarray, codes: np.ndarray, group: str) -> None:
    """Refuse a model whose random effects use up the rows of every group.

    Raises
    ------
    NotEstimable
    """
    if len(codes) > every.shape[1] * (codes.max() + 1):
        return
    if len(codes) <= _ranks(every, codes, np.ones(len(codes), dtype=bool)).sum():
        raise NotEstimable(
            f"No value of '{group}' has more rows than random effects ({every.shape[1]}), "
            "so nothing is left to estimate the residual spread from.",
            f"Use a simpler random term, like (1 | {group}).",
        )


def _ranks(matrix: np.ndarray, codes: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Rank of the random design within each group of the chosen rows."""
    if not chosen.any():
        return np.zeros(0, dtype=int)
    basis = np.linalg.qr(matrix)[0][chosen]
    order = np.argsort(codes[chosen], kind="stable")
    starts = np.flatnonzero(np.diff(codes[chosen][order], prepend=-1))
    outer = basis[order][:, :, None] * basis[order][:, None, :]
    values = np.linalg.eigvalsh(np.add.reduceat(outer, starts, axis=0))
    return np.asarray((values > 1e-10 * values[:, -1:]).sum(axis=1))
