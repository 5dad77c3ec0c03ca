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
    text_as_objects,
)
from remission.estimate.mixed_limits import require_block, require_finite, require_fixed, require_residual
from remission.estimate.result import Sample


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
    rows = _without_unused_categories(text_as_objects(frame.table))
    codes, levels = _groups(rows, group)
    fixed = _design(fixed_side, rows)
    blocks = _blocks(random, rows)
    y = _outcome(outcome, rows)
    require_fixed(fixed, outcome, y)
    for block in blocks:
        require_block(block.terms, block.matrix, codes, group)
    require_residual(np.column_stack([block.matrix for block in blocks]), codes, group)
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else len(levels)
    sample = Sample(int(people), len(rows), left_out=frame.left_out)
    return MixedData(outcome, y, fixed, blocks, codes, levels, sample)


def _grouping(fixed_side: str, random: tuple[RandomTerm, ...]) -> str:
    if not random or "|" in fixed_side:
        raise DefinitionError(
            "The formula has a '|' that is in no random term."
            if "|" in fixed_side
            else "The formula has no random term.",
            "Write random terms in parentheses with one column after the bar, like (1 + months | participant_id).",
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
    chosen = rows.select_dtypes("category").columns
    return rows.assign(**{str(name): rows[name].cat.remove_unused_categories() for name in chosen})


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


def _design(side: str, rows: pd.DataFrame) -> Design:
    try:
        return build_design(side, rows, intercept=True)
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            f"The formula part {side!r} cannot be turned into numbers ({error}).",
            "Name columns of numbers or of categories.",
        ) from error


def _blocks(random: tuple[RandomTerm, ...], rows: pd.DataFrame) -> tuple[RandomBlock, ...]:
    blocks = []
    for number, term in enumerate(random):
        design = _design(term.inner, rows)
        if not design.terms:
            raise DefinitionError(
                f"The random term ({term.inner} | {term.group}) is empty.",
                "Write 1 or a column before the bar.",
            )
        require_finite(design)
        name = term.group if number == 0 else f"{term.group}.{number}"
        blocks.append(RandomBlock(name, design.terms, design.matrix))
    named = [name for block in blocks for name in block.terms]
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise DefinitionError(
            f"'{twice[0]}' stands in two random terms.",
            "Write 0 + before the column in the second, like (1 | g) + (0 + x | g).",
        )
    return tuple(blocks)


def _outcome(outcome: str, rows: pd.DataFrame) -> np.ndarray:
    if outcome in rows.columns:
        values = pd.to_numeric(rows[outcome].astype(object), errors="coerce").to_numpy(dtype=float)
    else:
        built = _design(f"0 + {outcome}", rows).matrix
        values = built[:, 0] if built.shape[1] == 1 else np.full(len(rows), np.nan)
    if not np.isfinite(values).all():
        raise DefinitionError(f"The outcome '{outcome}' holds values that are no finite numbers.", "Correct them.")
    if np.ptp(values) == 0:
        raise NotEstimable(
            f"'{outcome}' has the same value in all {len(values)} rows.", "Choose an outcome that varies."
        )
    return values
