"""An exposure that varies over time, split into what differs between people and what differs within them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import complete_rows, required, split_random_terms, split_sides, variables_of

WITHIN, BETWEEN = "_within", "_between"
MUTUAL = "Person means use all of a person's waves, later ones too, so they describe and do not predict."


@dataclass(frozen=True)
class WithinBetween:
    """A table and a formula in which exposures are split.

    Attributes
    ----------
    table : pandas.DataFrame
        The complete rows, with ``<exposure>_within`` and ``<exposure>_between``.
    formula : str
        The same model with both parts in the place of each exposure.
    sentences : tuple of str
        What each part means.
    left_out : tuple of (str, int)
        Rows that were incomplete, with the reason.
    """

    table: pd.DataFrame
    formula: str
    sentences: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...] = ()


def within_between(
    table: pd.DataFrame,
    formula: str,
    exposures: Sequence[str],
    *,
    participant: str = "participant_id",
    past_only: bool = False,
    order: str = "day",
) -> WithinBetween:
    """Split exposures into each person's mean and the deviation from it, over the rows that the model will use.

    The mean tells people who attend more from others, the deviation times at which a person attends more than it
    usually does. A model with the exposure as it is mixes both.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant at a wave.
    formula : str
        The model; an exposure in an interaction is split there as well.
    exposures : sequence of str
        Columns of numbers.
    participant : str
    past_only : bool
        Take the mean of the waves up to and with this one, so that nothing later enters.
    order : str
        Column that orders the waves, for ``past_only``.

    Returns
    -------
    WithinBetween

    Raises
    ------
    DefinitionError
        An exposure is not in the formula or no number, or a column is absent.
    NotEstimable
        An exposure never varies within any person, or between none.

    References
    ----------
    Mundlak Y (1978). On the pooling of time series and cross section data. doi:10.2307/1913646. Curran PJ, Bauer DJ
    (2011). The disaggregation of within-person and between-person effects. doi:10.1146/annurev.psych.093008.100356
    """
    asked = [exposures] if isinstance(exposures, str) else list(exposures)
    strange = [name for name in asked if name not in variables_of(formula)]
    if strange or not asked:
        raise DefinitionError(
            f"The formula has no '{strange[0]}'." if strange else "No exposure is named.",
            "Name columns that stand in the formula.",
        )
    columns = [*_columns(formula, table), participant, *([order] if past_only else [])]
    frame = complete_rows(table, [*dict.fromkeys(columns)])
    rows = frame.table.copy()
    for name in asked:
        rows = _split(rows, name, participant, order if past_only else None)
    rows.attrs = dict(table.attrs)
    split = formula
    for name in asked:
        split = _replaced(split, name)
    sentences = [sentence for name in asked for sentence in _sentences(name, past_only)]
    return WithinBetween(rows, split, tuple(sentences), frame.left_out)


def _columns(formula: str, table: pd.DataFrame) -> list[str]:
    response, right = split_sides(formula)
    fixed, random = split_random_terms(right)
    names = required(fixed).union(*(required(term.inner) for term in random))
    groups = {part.strip() for term in random for part in re.split(r"[/:]", term.group)}
    return [*(name for name in response.names if name in table.columns), *sorted(names | groups)]


def _split(rows: pd.DataFrame, name: str, participant: str, order: str | None) -> pd.DataFrame:
    values = pd.to_numeric(rows[name].astype(object), errors="coerce").astype(float)
    if not np.isfinite(values).all():
        raise DefinitionError(f"'{name}' holds values that are no numbers.", "Split columns of numbers only.")
    people = rows[participant]
    if order is None:
        mean = values.groupby(people).transform("mean")
    else:
        placed = np.argsort(rows[order].to_numpy(), kind="stable")
        so_far = values.to_numpy()[placed]
        earlier = pd.Series(so_far).groupby(people.to_numpy()[placed])
        held = np.empty(len(rows))
        held[placed] = earlier.cumsum().to_numpy() / (earlier.cumcount().to_numpy() + 1)
        mean = pd.Series(held, index=rows.index)
    within = values - mean
    size = float(np.abs(values).max()) or 1.0
    if np.abs(within).max() <= 1e-12 * size:
        raise NotEstimable(f"'{name}' never varies within a participant.", "Use it as it is.")
    if np.ptp(mean) <= 1e-12 * size:
        raise NotEstimable(f"All participants have the same mean of '{name}'.", "Use it as it is.")
    return rows.assign(**{name + WITHIN: within, name + BETWEEN: mean})


def _replaced(formula: str, name: str) -> str:
    left, tilde, right = formula.partition("~")
    both = f"({name + WITHIN} + {name + BETWEEN})"
    return f"{left}{tilde}" + re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.(])", both, right)


def _sentences(name: str, past_only: bool) -> list[str]:
    usual = "its own mean so far" if past_only else "its own mean"
    shown = name.replace("_", " ")
    told = [
        f"{shown}, between: people with more of it on average, against people with less.",
        f"{shown}, within: times at which a person has more of it than {usual}.",
    ]
    return told if past_only else [*told, MUTUAL]
