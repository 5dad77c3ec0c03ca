"""The rows of a linear mixed model: outcome, fixed effects, random terms and groups, each checked."""

from dataclasses import dataclass, replace

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
from remission.estimate.mixed_groups import SPACED, Held, group_codes, nested_order
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
    level : int
        Place of its grouping, innermost first.
    """

    group: str
    terms: tuple[str, ...]
    matrix: np.ndarray
    level: int


@dataclass(frozen=True)
class MixedData:
    """Arrays of a linear mixed model.

    Attributes
    ----------
    outcome : str
    y : numpy.ndarray, shape (rows,)
    fixed : Design
    blocks : tuple of RandomBlock
        Those of the innermost grouping first.
    groups : tuple of str
        Grouping columns, innermost first.
    codes : tuple of numpy.ndarray of int, each of shape (rows,)
        Group of each row.
    levels : tuple of numpy.ndarray
        Values of each grouping column.
    weight : numpy.ndarray, shape (rows,)
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    fixed: Design
    blocks: tuple[RandomBlock, ...]
    groups: tuple[str, ...]
    codes: tuple[np.ndarray, ...]
    levels: tuple[np.ndarray, ...]
    weight: np.ndarray
    sample: Sample


def mixed_data(formula: str, table: pd.DataFrame, weights: str | None = None) -> MixedData:
    """Read a formula with random terms and take the complete rows of the table.

    Parameters
    ----------
    formula : str
    table : pandas.DataFrame
    weights : str, optional
        Column of known precisions.

    Raises
    ------
    DefinitionError
        The formula, a column or the kind of outcome is wrong, or groups cross or are of more than two levels.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.
    """
    response, right = split_sides(formula)
    fixed_side, random = split_random_terms(right)
    random = _expanded(fixed_side, random)
    outcome = _outcome_name(response)
    frame = complete_rows(table, _columns(outcome, fixed_side, random, weights, table))
    if frame.table.empty:
        raise NotEstimable(
            "No row has a value in every column of the model.",
            "Check that outcome and covariates were observed at the same waves.",
        )
    rows = _without_unused_categories(text_as_objects(frame.table))
    held = _groups(rows, list(dict.fromkeys(term.group for term in random)))
    names = tuple(name for name, _, _ in held)
    codes = tuple(numbers for _, numbers, _ in held)
    levels = tuple(values for _, _, values in held)
    fixed = _design(fixed_side, rows)
    blocks = _blocks(random, rows, names)
    y = _outcome(outcome, rows)
    require_fixed(fixed, outcome, y)
    for block in blocks:
        require_block(block.terms, block.matrix, codes[block.level], names[block.level])
    inner = [block.matrix for block in blocks if block.level == 0]
    if inner:
        require_residual(np.column_stack(inner), codes[0], names[0])
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else len(levels[0])
    sample = Sample(int(people), len(rows), left_out=frame.left_out)
    return MixedData(outcome, y, fixed, blocks, names, codes, levels, _weight(rows, weights), sample)


def _expanded(fixed_side: str, random: tuple[RandomTerm, ...]) -> tuple[RandomTerm, ...]:
    """Write ``(1 | a/b)`` as ``(1 | a) + (1 | a/b)``."""
    if not random or "|" in fixed_side:
        raise DefinitionError(
            "The formula has a '|' that is in no random term."
            if "|" in fixed_side
            else "The formula has no random term.",
            "Write random terms in parentheses with one column after the bar, like (1 + months | participant_id).",
        )
    terms = []
    for term in random:
        parts = SPACED.split(term.group)
        shortest = 1 if "/" in term.group else len(parts)
        terms += [replace(term, group="/".join(parts[:size])) for size in range(len(parts), shortest - 1, -1)]
    return tuple(terms)


def _outcome_name(response: Response) -> str:
    if response.kind in ("Event", "Interval"):
        raise DefinitionError(
            f"A linear mixed model needs a measured outcome, not {response.kind}(...).",
            "Name a score on the left side, or use cox for times to an event.",
        )
    called = ", ".join(response.names)
    return f"{response.kind}({called})" if response.kind else called


def _columns(
    outcome: str, fixed_side: str, random: tuple[RandomTerm, ...], weights: str | None, table: pd.DataFrame
) -> list[str]:
    left = {outcome} if outcome in table.columns else required(outcome)
    inner = set().union(*(required(term.inner) for term in random))
    groups = list(dict.fromkeys(part for term in random for part in SPACED.split(term.group)))
    extra = [weights] if weights else []
    covariates = sorted((required(fixed_side) | inner) - left - {*groups, *extra})
    return list(dict.fromkeys([*sorted(left), *covariates, *groups, *extra]))


def _without_unused_categories(rows: pd.DataFrame) -> pd.DataFrame:
    chosen = rows.select_dtypes("category").columns
    return rows.assign(**{str(name): rows[name].cat.remove_unused_categories() for name in chosen})


def _groups(rows: pd.DataFrame, names: list[str]) -> list[Held]:
    """Return the groupings, innermost first, each with codes and levels."""
    held = nested_order({name: group_codes(rows, name) for name in names})[::-1]
    if len(held) > 2:
        raise DefinitionError(
            f"The random terms name {len(held)} groupings ({', '.join(names)}).",
            "Keep two, such as participants within sites; enter the third as a fixed effect.",
        )
    for name, _, levels in held:
        if len(levels) == len(rows):
            raise NotEstimable(
                f"Every value of '{name}' has one row, so spread between and within cannot be told apart.",
                "Use repeated measurements, or a model without random terms.",
            )
    if len(held) == 2 and len(held[0][2]) == len(held[1][2]):
        raise NotEstimable(
            f"'{held[0][0]}' and '{held[1][0]}' make the same groups, so their spreads cannot be told apart.",
            "Keep one of them.",
        )
    return held


def _weight(rows: pd.DataFrame, name: str | None) -> np.ndarray:
    if name is None:
        return np.ones(len(rows))
    values = pd.to_numeric(rows[name].astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values <= 0).any():
        raise DefinitionError(f"weights='{name}' holds values that are no positive numbers.", "Correct them.")
    return values


def _design(side: str, rows: pd.DataFrame) -> Design:
    try:
        return build_design(side, rows, intercept=True)
    except (TypeError, ValueError) as error:
        raise DefinitionError(
            f"The formula part {side!r} cannot be turned into numbers ({error}).",
            "Name columns of numbers or of categories.",
        ) from error


def _blocks(random: tuple[RandomTerm, ...], rows: pd.DataFrame, groups: tuple[str, ...]) -> tuple[RandomBlock, ...]:
    blocks: list[RandomBlock] = []
    for level, group in enumerate(groups):
        mine = [term for term in random if term.group == group]
        for number, term in enumerate(mine):
            design = _design(term.inner, rows)
            if not design.terms:
                raise DefinitionError(
                    f"The random term ({term.inner} | {term.group}) is empty.",
                    "Write 1 or a column before the bar.",
                )
            require_finite(design)
            name = group if number == 0 else f"{group}.{number}"
            blocks.append(RandomBlock(name, design.terms, design.matrix, level))
        named = [name for block in blocks if block.level == level for name in block.terms]
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
