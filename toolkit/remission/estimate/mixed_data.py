"""The rows of a linear mixed model: outcome, fixed effects, random terms and groups, each checked."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import (
    Design,
    RandomTerm,
    Response,
    build_design,
    complete_rows,
    required,
    split_random_terms,
    split_sides,
)
from remission.estimate.result import Sample

SAME = 1e-7
SAMPLED_GROUPS = 200


@dataclass(frozen=True)
class RandomBlock:
    """Random effects that may be correlated with one another.

    Attributes
    ----------
    group : str
        Grouping column; a second block on the same column is ``column.1``.
    terms : tuple of str
    matrix : numpy.ndarray, shape (rows, terms)
    """

    group: str
    terms: tuple[str, ...]
    matrix: np.ndarray


@dataclass(frozen=True)
class MixedData:
    """Arrays of a linear mixed model.

    Attributes
    ----------
    outcome : str
    y : numpy.ndarray, shape (rows,)
    fixed : Design
    blocks : tuple of RandomBlock
    codes : numpy.ndarray of int, shape (rows,)
        Group of each row.
    levels : numpy.ndarray, shape (groups,)
        Values of the grouping column.
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    fixed: Design
    blocks: tuple[RandomBlock, ...]
    codes: np.ndarray
    levels: np.ndarray
    sample: Sample


def mixed_data(formula: str, table: pd.DataFrame) -> MixedData:
    """Read a formula with random terms and take the complete rows of the table.

    Raises
    ------
    DefinitionError
        The formula, a column or the kind of outcome is wrong, or there are several grouping columns.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.
    """
    response, right = split_sides(formula)
    fixed_side, random = split_random_terms(right)
    group = _grouping(fixed_side, random)
    outcome = _outcome_name(response)
    frame = complete_rows(table, _columns(outcome, fixed_side, random, group, table))
    if frame.table.empty:
        raise NotEstimable(
            "No row has a value in every column of the model.",
            "Check that outcome and covariates were observed at the same waves.",
        )
    rows = _without_unused_categories(frame.table)
    codes, levels = _groups(rows, group)
    fixed = build_design(fixed_side, rows, intercept=True)
    blocks = _blocks(random, rows)
    y = _outcome(outcome, rows)
    _require_fixed(fixed, outcome, y)
    for block in blocks:
        _require_block(block, codes, group)
    _require_residual(blocks, codes, group)
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else len(levels)
    sample = Sample(int(people), len(rows), left_out=frame.left_out)
    return MixedData(outcome, y, fixed, blocks, codes, levels, sample)


def _grouping(fixed_side: str, random: tuple[RandomTerm, ...]) -> str:
    if not random or "|" in fixed_side:
        raise DefinitionError(
            "The formula has a '|' outside parentheses."
            if "|" in fixed_side
            else "The formula has no random term.",
            "Write random terms in parentheses, like (1 + months | participant_id).",
        )
    groups = list(dict.fromkeys(term.group for term in random))
    if len(groups) > 1 or re.search(r"[:/]", groups[0]):
        raise DefinitionError(
            f"The random terms name more than one grouping column ({', '.join(groups)}).",
            "Keep one; enter the other as a fixed effect, like C(site).",
        )
    return groups[0]


def _outcome_name(response: Response) -> str:
    if response.kind in ("Event", "Interval"):
        raise DefinitionError(
            f"A linear mixed model needs a measured outcome, not {response.kind}(...).",
            "Name a score on the left side, or use cox for times to an event.",
        )
    called = ", ".join(response.names)
    return f"{response.kind}({called})" if response.kind else called


def _columns(
    outcome: str, fixed_side: str, random: tuple[RandomTerm, ...], group: str, table: pd.DataFrame
) -> list[str]:
    left = {outcome} if outcome in table.columns else required(outcome)
    inner = set().union(*(required(term.inner) for term in random))
    covariates = sorted((required(fixed_side) | inner) - left - {group})
    return [*sorted(left), *covariates, group]


def _without_unused_categories(rows: pd.DataFrame) -> pd.DataFrame:
    unused = {
        name: column.cat.remove_unused_categories()
        for name, column in rows.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
    }
    return rows.assign(**{str(name): column for name, column in unused.items()}) if unused else rows


def _groups(rows: pd.DataFrame, group: str) -> tuple[np.ndarray, np.ndarray]:
    codes, levels = pd.factorize(rows[group], sort=True)
    if len(levels) < 2:
        raise NotEstimable(
            f"All rows share one value of '{group}', so spread between its values cannot be estimated.",
            "Use a table with at least two of them.",
        )
    if len(levels) == len(rows):
        raise NotEstimable(
            f"Every value of '{group}' has one row, so spread between and within cannot be told apart.",
            "Use repeated measurements, or a model without random terms.",
        )
    return codes, np.asarray(levels)


def _blocks(random: tuple[RandomTerm, ...], rows: pd.DataFrame) -> tuple[RandomBlock, ...]:
    blocks = []
    for number, term in enumerate(random):
        design = build_design(term.inner, rows, intercept=True)
        if not design.terms:
            raise DefinitionError(
                f"The random term ({term.inner} | {term.group}) is empty.",
                "Write 1 or a column before the bar.",
            )
        _require_finite(design)
        name = term.group if number == 0 else f"{term.group}.{number}"
        blocks.append(RandomBlock(name, design.terms, design.matrix))
    return tuple(blocks)


def _outcome(outcome: str, rows: pd.DataFrame) -> np.ndarray:
    if outcome in rows.columns:
        values = pd.to_numeric(rows[outcome].astype(object), errors="coerce").to_numpy(dtype=float)
    else:
        built = build_design(f"0 + {outcome}", rows, intercept=True).matrix
        values = built[:, 0] if built.shape[1] == 1 else np.full(len(rows), np.nan)
    if not np.isfinite(values).all():
        raise DefinitionError(
            f"The outcome '{outcome}' holds values that are no finite numbers.", "Correct them."
        )
    if np.ptp(values) == 0:
        raise NotEstimable(
            f"'{outcome}' has the same value in all {len(values)} rows.", "Choose an outcome that varies."
        )
    return values


def _require_finite(design: Design) -> None:
    for term, column in zip(design.terms, design.matrix.T, strict=True):
        if not np.isfinite(column).all():
            raise DefinitionError(f"'{term}' holds values that are no finite numbers.", "Correct them.")


def _require_fixed(fixed: Design, outcome: str, y: np.ndarray) -> None:
    """Refuse fixed effects that repeat one another, or leave nothing of the outcome to explain."""
    if not fixed.terms:
        raise DefinitionError("The model has no fixed effect.", "Write at least 1 on the right side.")
    _require_finite(fixed)
    if len(y) <= len(fixed.terms):
        raise NotEstimable(
            f"The model has {len(fixed.terms)} fixed effects for {len(y)} rows.", "Leave terms out."
        )
    left = share_left(np.column_stack([fixed.matrix, y]))
    if (left[:-1] <= SAME).any():
        first = int(np.flatnonzero(left <= SAME)[0])
        reason = (
            "repeats what the terms before it say"
            if fixed.matrix[:, first].any()
            else "is 0 in every row used"
        )
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


def _require_block(block: RandomBlock, codes: np.ndarray, group: str) -> None:
    repeated = np.flatnonzero(share_left(block.matrix) <= SAME)
    if repeated.size:
        raise NotEstimable(
            f"The random term '{block.terms[repeated[0]]}' repeats those before it, or is 0.",
            "Leave it out.",
        )
    largest = np.argsort(-np.bincount(codes), kind="stable")[:SAMPLED_GROUPS]
    some = np.isin(codes, largest)
    width = len(block.terms)
    if not any((_ranks(block.matrix, codes, chosen) == width).any() for chosen in (some, ~some)):
        raise NotEstimable(
            f"Within no value of '{group}' do the rows tell {' and '.join(block.terms)} apart, "
            "so their spreads cannot be estimated together.",
            f"Keep fewer of them before the bar, like (1 | {group}).",
        )


def _require_residual(blocks: tuple[RandomBlock, ...], codes: np.ndarray, group: str) -> None:
    every = np.column_stack([block.matrix for block in blocks])
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
