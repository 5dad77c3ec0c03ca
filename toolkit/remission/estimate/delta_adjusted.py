"""What follows if those who did not answer differ from those alike who did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from remission.errors import DefinitionError
from remission.estimate.imputation import Completed, Imputed
from remission.estimate.pooling import pool
from remission.estimate.record import Estimates, Method, Result

Analysis = Callable[[pd.DataFrame], Result]
REFERENCE = "van Buuren 2018, section 3.8, doi:10.1201/9780429492259"
STEPS = 5
HALVINGS = 40


def delta_adjusted(
    imputed: Imputed,
    analyse: Analysis,
    columns: Sequence[str],
    deltas: Sequence[float],
    *,
    among: pd.Series | None = None,
    df_complete: float = np.inf,
    conf_level: float = 0.95,
) -> Estimates:
    """Repeat a pooled analysis with imputed values moved by several amounts.

    Missing at random is one point on a scale; it cannot be checked from the data. Imputed numbers are raised by
    ``delta``. Imputed zeros and ones are drawn anew with their log odds raised by it: where 1 is use, a delta of
    infinity takes everyone who did not answer for a user, which is one end of the scale and not the answer.

    Parameters
    ----------
    imputed : Imputed
    analyse : callable
        Gives a result for a completed table.
    columns : sequence of str
        Imputed columns to move.
    deltas : sequence of float
    among : pandas.Series of bool, optional
        Rows to move, such as those of one group; all where not given.
    df_complete, conf_level
        As in ``pool``.

    Returns
    -------
    Estimates
        As from ``pool``, with ``delta`` in front.

    Raises
    ------
    DefinitionError
        A column was not imputed, or no number can be moved that far.

    References
    ----------
    van Buuren S (2018). Flexible imputation of missing data, second edition, section 3.8. doi:10.1201/9780429492259
    """
    tables = [
        pool(
            [analyse(table) for table in moved(imputed, columns, delta, among)],
            df_complete=df_complete,
            conf_level=conf_level,
        )
        for delta in deltas
    ]
    if not tables:
        raise DefinitionError("There is no delta.", "Give some, such as [0, 2, 5].")
    first = tables[0]
    rows = [found.table.assign(delta=delta) for found, delta in zip(tables, deltas, strict=True)]
    table = pd.concat(rows, ignore_index=True)
    checks = {(check.name, check.sentence): check for found in tables for check in found.checks if not check.passed}
    return Estimates(
        estimand=first.estimand,
        method=Method(
            f"{first.method.name}; imputed values moved",
            REFERENCE,
            {**first.method.options, "columns": tuple(columns), "deltas": tuple(deltas)},
        ),
        sample=first.sample,
        table=table[["delta", *(name for name in table.columns if name != "delta")]],
        checks=tuple(checks.values()),
    )


@dataclass(frozen=True)
class Tipping:
    """Where a conclusion changes.

    Attributes
    ----------
    term : str
    delta : float or None
        The smallest move, in the direction asked, at which the interval first reaches or leaves 0; None within the
        range.
    sentence : str
    """

    term: str
    delta: float | None
    sentence: str


def tipping_point(
    imputed: Imputed,
    analyse: Analysis,
    columns: Sequence[str],
    term: str,
    furthest: float,
    *,
    among: pd.Series | None = None,
    df_complete: float = np.inf,
    conf_level: float = 0.95,
) -> Tipping:
    """Find how far imputed values must be moved before the conclusion on a term changes.

    Parameters
    ----------
    imputed, analyse, columns, among, df_complete, conf_level
        As in ``delta_adjusted``.
    term : str
    furthest : float
        How far to look; its sign says in which direction. Columns of 0 and 1 are moved in log odds, and at last as far
        as they go: everyone who did not answer a 1, or a 0.

    Raises
    ------
    DefinitionError
        As in ``delta_adjusted``, or the analysis has no such term.

    References
    ----------
    Yan X, Lee S, Li N (2009). Missing data handling methods in medical device clinical trials.
    doi:10.1080/10543400903243009
    """

    def away(delta: float) -> tuple[float, bool, float]:
        fits = [analyse(table) for table in moved(imputed, columns, delta, among)]
        found = pool(fits, df_complete=df_complete, conf_level=conf_level).table
        row = found[found["term"] == term]
        if row.empty:
            raise DefinitionError(f"There is no term '{term}'.", f"There are {', '.join(found['term'])}.")
        low, high = float(row["conf_low"].iloc[0]), float(row["conf_high"].iloc[0])
        estimate = float(row["estimate"].iloc[0])
        return (low if estimate > 0 else -high), low <= 0 <= high, estimate

    _, open_at_zero, at_zero = away(0.0)
    said = "is open" if open_at_zero else f"says {'more' if at_zero > 0 else 'less'}"
    in_odds = all(name in copy.log_odds for name in columns for copy in imputed.copies)
    steps = [*np.linspace(0.0, furthest, STEPS + 1).tolist(), *([np.copysign(np.inf, furthest)] if in_odds else [])]
    for before, after in pairwise(steps):
        _, is_open, estimate = away(after)
        if is_open != open_at_zero or (not is_open and (estimate > 0) != (at_zero > 0)):
            delta = _between(away, before, after) if np.isfinite(after) else after
            return Tipping(term, delta, f"The conclusion on {term} {said}; it changes if {_lie(delta, in_odds)}.")
    return Tipping(term, None, f"The conclusion on {term} {said}, and stays so even if {_lie(steps[-1], in_odds)}.")


def _lie(delta: float, in_odds: bool) -> str:
    """Say where those who did not answer would have to lie."""
    side = "above" if delta > 0 else "below"
    if np.isinf(delta):
        return f"everyone who did not answer had {int(delta > 0)}"
    unit = " log odds" if in_odds else ""
    return f"those who did not answer lie {abs(delta):.3g}{unit} {side} those alike who did"


def _between(away: Callable[[float], tuple[float, bool, float]], before: float, after: float) -> float:
    """Find where the conclusion first changes; where the estimate changes sides it was open in between."""
    start, was = away(before)[1], away(before)[2]
    if not start and (away(after)[2] > 0) != (was > 0) and not away(after)[1]:
        after = float(brentq(lambda delta: away(delta)[2], before, after, xtol=1e-6 * max(abs(after), 1e-6)))
    sides = away(before)[0], away(after)[0]
    if sides[0] * sides[1] < 0 and (away(after)[2] > 0) == (was > 0):
        return float(brentq(lambda delta: away(delta)[0], before, after, xtol=1e-4 * max(abs(after), 1e-4)))
    for _ in range(HALVINGS):
        middle = (before + after) / 2
        before, after = (middle, after) if away(middle)[1] == start else (before, middle)
        if abs(after - before) < 1e-4 * max(abs(after), 1e-4):
            break
    return after


def moved(imputed: Imputed, columns: Sequence[str], delta: float, among: pd.Series | None = None) -> list[pd.DataFrame]:
    """Return the completed tables with imputed values of some columns moved."""
    absent = [name for name in columns if name not in imputed.methods]
    if absent or not columns:
        raise DefinitionError(
            f"'{absent[0] if absent else ''}' was not imputed.", f"Imputed are {', '.join(imputed.methods) or 'none'}."
        )
    return [_moved(copy, imputed, columns, delta, among) for copy in imputed.copies]


def _moved(
    copy: Completed, imputed: Imputed, columns: Sequence[str], delta: float, among: pd.Series | None
) -> pd.DataFrame:
    table = copy.table.copy()
    table.attrs = dict(copy.table.attrs)
    for name in columns:
        gap = imputed.missing[name].to_numpy()
        chosen = gap if among is None else gap & among.reindex(table.index).fillna(False).to_numpy(dtype=bool)
        if name in copy.log_odds:
            chance = expit(copy.log_odds[name] + delta)
            values = (copy.uniform[name] < chance).astype(float)
            table.loc[chosen, name] = values[chosen[gap]]
            continue
        if not pd.api.types.is_numeric_dtype(table[name]) or not np.isfinite(delta):
            raise DefinitionError(f"'{name}' cannot be moved by {delta:g}.", "Move numbers, by a finite amount.")
        table.loc[chosen, name] += delta
    return table
