"""The rows of a logistic or count mixed model: outcome, trials, fixed and random effects, groups, each checked."""

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
from remission.estimate.mixed_groups import SPACED, group_codes, nested_order
from remission.estimate.mixed_limits import require_block, require_fixed
from remission.estimate.result import Sample


@dataclass(frozen=True)
class RandomDesign:
    """Correlated random effects of one grouping, with what is needed to lay out new rows."""

    group: str
    design: Design


@dataclass(frozen=True)
class GeneralizedData:
    """Arrays of a logistic or count mixed model.

    Attributes
    ----------
    outcome : str
    y, trials, weight, offset : numpy.ndarray, shape (rows,)
    fixed : Design
    blocks : tuple of RandomDesign
        For nested groups one of an intercept for each, outermost first.
    groups : tuple of str
        Grouping columns, outermost first.
    codes : tuple of numpy.ndarray of int, each of shape (rows,)
    levels : tuple of numpy.ndarray
        Values of each grouping column; an inner one called ``a/b`` holds texts like ``S1/P7``.
    sample : Sample
    """

    outcome: str
    y: np.ndarray
    trials: np.ndarray
    weight: np.ndarray
    offset: np.ndarray
    fixed: Design
    blocks: tuple[RandomDesign, ...]
    groups: tuple[str, ...]
    codes: tuple[np.ndarray, ...]
    levels: tuple[np.ndarray, ...]
    sample: Sample

    @property
    def q(self) -> int:
        """Random effects of a group."""
        return sum(len(block.design.terms) for block in self.blocks)


def generalized_data(
    formula: str, table: pd.DataFrame, counts: bool, weights: str | None = None, exposure: str | None = None
) -> GeneralizedData:
    """Read a formula with random terms and take the complete rows of the table.

    Parameters
    ----------
    formula : str
        Left side a column, or ``Trials(successes, trials)``.
    table : pandas.DataFrame
    counts : bool
        Whether a plain outcome is a count; otherwise it is 0 or 1.
    weights, exposure : str or None
        Columns.

    Raises
    ------
    DefinitionError
        The formula, a column or the kind of outcome is wrong, or groups cross one another.
    NotEstimable
        The rows cannot carry the model; the sentence names the column.
    """
    response, right = split_sides(formula)
    fixed_side, random = split_random_terms(right)
    groups = _grouping(fixed_side, random)
    left = _outcome_columns(response)
    extra = [name for name in (weights, exposure) if name]
    inner = set().union(*(required(term.inner) for term in random))
    columns = sorted({part for group in groups for part in SPACED.split(group)})
    covariates = sorted((required(fixed_side) | inner) - set(left) - set(columns) - set(extra))
    frame = complete_rows(table, [*dict.fromkeys([*left, *covariates, *columns, *extra])])
    if frame.table.empty:
        raise NotEstimable(
            "No row has a value in every column of the model.",
            "Check that outcome and covariates were observed at the same waves.",
        )
    rows = _present(frame.table)
    y, trials = _outcome(response, rows, counts)
    held = nested_order({group: group_codes(rows, group) for group in groups})
    blocks = _blocks(random, rows, [group for group, _, _ in held])
    fixed = build_design(fixed_side, rows, intercept=True)
    require_fixed(fixed, left[0], y / np.maximum(trials, 1))
    codes = tuple(code for _, code, _ in held)
    if len(held) == 1:
        _require_apart(blocks, codes[0], groups[0])
    people = rows["participant_id"].nunique() if "participant_id" in rows.columns else len(held[-1][2])
    events = None if counts and not response.kind else int(y.sum())
    return GeneralizedData(
        left[0],
        y,
        trials,
        _numbers(rows, weights, 1.0, "weights", positive=False),
        np.log(_numbers(rows, exposure, 1.0, "exposure", positive=True)),
        fixed,
        blocks,
        tuple(group for group, _, _ in held),
        codes,
        tuple(levels for _, _, levels in held),
        Sample(int(people), len(rows), events=events, left_out=frame.left_out),
    )


def _grouping(fixed_side: str, random: tuple[RandomTerm, ...]) -> list[str]:
    if not random or "|" in fixed_side:
        raise DefinitionError(
            "The formula has a '|' that is in no random term."
            if "|" in fixed_side
            else "The formula has no random term.",
            "Write random terms in parentheses with one column after the bar, like (1 | participant_id).",
        )
    groups: list[str] = []
    for term in random:
        parts = SPACED.split(term.group)
        nests = "/" in term.group
        made = ["/".join(parts[: i + 1]) for i in range(len(parts))] if nests else ["/".join(parts)]
        if (nests or len({t.group for t in random}) > 1) and term.inner != "1":
            raise DefinitionError(
                f"The random term ({term.inner} | {term.group}) has a slope beside several groupings.",
                "Keep intercepts where groups are nested, like (1 | site/participant_id).",
            )
        groups += made
    return list(dict.fromkeys(groups))


def _outcome_columns(response: Response) -> list[str]:
    if response.kind not in ("", "Trials"):
        raise DefinitionError(
            f"{response.kind}(...) is no outcome of this model.",
            "Name a column, or write Trials(successes, trials).",
        )
    if response.kind == "Trials" and len(response.names) != 2:
        raise DefinitionError("Trials(...) needs two columns.", "Write Trials(successes, trials).")
    return list(response.names)


def _present(table: pd.DataFrame) -> pd.DataFrame:
    rows = text_as_objects(table)
    chosen = rows.select_dtypes("category").columns
    return rows.assign(**{str(name): rows[name].cat.remove_unused_categories() for name in chosen})


def _outcome(response: Response, rows: pd.DataFrame, counts: bool) -> tuple[np.ndarray, np.ndarray]:
    y = _whole(rows, response.names[0])
    trials = _whole(rows, response.names[1]) if response.kind else np.ones_like(y)
    if not counts and not response.kind and y.max() > 1:
        raise DefinitionError(
            f"The outcome '{response.names[0]}' holds values other than 0 and 1.",
            "Code it so, or write Trials(successes, trials).",
        )
    if response.kind and (y > trials).any():
        raise DefinitionError(f"'{response.names[0]}' exceeds '{response.names[1]}' in some row.", "Correct it.")
    share = y / np.maximum(trials, 1) if response.kind else y
    if np.ptp(share) == 0:
        raise NotEstimable(
            f"'{response.names[0]}' has the same value in all {len(y)} rows.", "Choose an outcome that varies."
        )
    return y, trials


def _whole(rows: pd.DataFrame, name: str) -> np.ndarray:
    values = pd.to_numeric(rows[name].astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < 0).any() or (values != np.floor(values)).any():
        raise DefinitionError(f"'{name}' holds values that are no whole numbers from 0 up.", "Correct them.")
    return values


def _numbers(rows: pd.DataFrame, name: str | None, otherwise: float, option: str, positive: bool) -> np.ndarray:
    if name is None:
        return np.full(len(rows), otherwise)
    values = pd.to_numeric(rows[name].astype(object), errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < 0).any() or (positive and (values == 0).any()):
        raise DefinitionError(f"{option}='{name}' holds values that are no positive numbers.", "Correct them.")
    return values


def _blocks(random: tuple[RandomTerm, ...], rows: pd.DataFrame, groups: list[str]) -> tuple[RandomDesign, ...]:
    if len(groups) > 1:
        return tuple(RandomDesign(group, build_design("1", rows, intercept=True)) for group in groups)
    blocks = []
    for number, term in enumerate(random):
        design = build_design(term.inner, rows, intercept=True)
        if not design.terms:
            raise DefinitionError(
                f"The random term ({term.inner} | {term.group}) is empty.", "Write 1 or a column before the bar."
            )
        blocks.append(RandomDesign(groups[0] if number == 0 else f"{groups[0]}.{number}", design))
    named = [name for block in blocks for name in block.design.terms]
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise DefinitionError(
            f"'{twice[0]}' stands in two random terms.",
            "Write 0 + before the column in the second, like (1 | g) + (0 + x | g).",
        )
    return tuple(blocks)


def _require_apart(blocks: tuple[RandomDesign, ...], codes: np.ndarray, group: str) -> None:
    for block in blocks:
        require_block(block.design.terms, block.design.matrix, codes, group)
