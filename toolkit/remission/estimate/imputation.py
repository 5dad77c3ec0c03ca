"""Multiple imputation by chained equations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.kernels.imputation_draws import Drawn, draw_linear, draw_logistic, draw_match
from remission.estimate.workers import run_tasks

METHODS = ("match", "normal", "logistic")
FEW_KNOWN = 10


@dataclass(frozen=True)
class Completed:
    """One completed table, and what is needed to move its imputed values.

    Attributes
    ----------
    table : pandas.DataFrame
    log_odds, uniform : dict of str to numpy.ndarray
        For binary columns, of the rows that lacked a value.
    """

    table: pd.DataFrame
    log_odds: dict[str, np.ndarray] = field(default_factory=dict)
    uniform: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Imputed:
    """Several completed copies of a table.

    Attributes
    ----------
    copies : tuple of Completed
    missing : pandas.DataFrame of bool
        What was imputed: rows and columns of the table.
    methods : dict of str to str
        Of each column with gaps.
    trace : pandas.DataFrame
        ``copy iteration column mean sd`` of the imputed values; chains that drift have not settled.
    iterations, seed : int
    """

    copies: tuple[Completed, ...]
    missing: pd.DataFrame
    methods: dict[str, str]
    trace: pd.DataFrame
    iterations: int
    seed: int

    @property
    def tables(self) -> list[pd.DataFrame]:
        """The completed tables."""
        return [copy.table for copy in self.copies]


def impute(
    wide: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    copies: int = 20,
    iterations: int = 10,
    methods: Mapping[str, str] | None = None,
    seed: int = 0,
    workers: int = 1,
    cluster: str = "",
) -> Imputed:
    """Fill the gaps of a table several times, each time with the uncertainty that there is.

    Each column with gaps is drawn in turn given all others, again and again. That is right where, given the observed
    values, having answered says nothing more about the answer (missing at random); ``delta_adjusted`` looks at what
    follows if it does. Include the outcome, whatever explains it, and whatever goes with being lost.

    Parameters
    ----------
    wide : pandas.DataFrame
        One row is a participant; waves stand in columns of their own.
    columns : sequence of str, optional
        Those that take part; all but ``participant_id`` where not given. Others are carried along.
    copies : int
        At least as many as there is per cent of missing information.
    iterations : int
        Of the chain of each copy.
    methods : mapping of str to str, optional
        Column to ``match`` (a value of somebody alike; numbers and categories), ``normal`` (numbers) or ``logistic``
        (0 and 1). By default ``logistic`` for columns of 0 and 1, ``match`` for all others. Matching pulls slopes a
        little towards 0 where participants are few and gaps many; ``normal`` does not.
    seed : int
        The same seed gives the same copies, whatever the number of workers.
    workers, cluster
        As in ``run_tasks``.

    Raises
    ------
    DefinitionError
        A column is absent, is of text and no category, or a method does not suit it.
    NotEstimable
        A column is known of fewer than ten participants.

    References
    ----------
    van Buuren S, Groothuis-Oudshoorn K (2011). mice: multivariate imputation by chained equations in R.
    doi:10.18637/jss.v045.i03
    """
    taking = [str(name) for name in (wide.columns if columns is None else columns) if name != "participant_id"]
    plan = _plan(wide, taking, dict(methods or {}))
    if copies < 1 or iterations < 1:
        raise DefinitionError("There are no copies or no iterations.", "Give numbers above 0, such as 20 and 10.")
    streams = np.random.SeedSequence(seed).spawn(copies)
    work = partial(_one_copy, wide=wide, taking=taking, plan=plan, iterations=iterations)
    found = run_tasks(work, streams, workers=workers, cluster=cluster)
    traces = [trace.assign(copy=number) for number, (_, trace) in enumerate(found, start=1)]
    trace = pd.concat(traces, ignore_index=True) if traces else pd.DataFrame()
    return Imputed(tuple(copy for copy, _ in found), wide[taking].isna(), plan, trace, iterations, seed)


def _plan(wide: pd.DataFrame, taking: Sequence[str], asked: dict[str, str]) -> dict[str, str]:
    strange = [name for name in (*taking, *asked) if name not in wide.columns]
    if strange:
        raise DefinitionError(
            f"The table has no column '{strange[0]}'.", f"It has {', '.join(map(str, wide.columns))}."
        )
    plan = {}
    for name in taking:
        values = wide[name]
        if not pd.api.types.is_numeric_dtype(values) and not isinstance(values.dtype, pd.CategoricalDtype):
            raise DefinitionError(f"'{name}' holds text.", "Make it a category, or leave it out.")
        if not values.isna().any():
            continue
        if values.notna().sum() < FEW_KNOWN:
            raise NotEstimable(
                f"'{name}' is known of {int(values.notna().sum())} participants only.",
                "Leave it out, or wait for more.",
            )
        binary = pd.api.types.is_numeric_dtype(values) and set(values.dropna().unique()) <= {0, 1}
        plan[name] = asked.get(name, "logistic" if binary else "match")
        if plan[name] not in METHODS:
            raise DefinitionError(f"There is no method '{plan[name]}'.", f"There are {', '.join(METHODS)}.")
        categories = isinstance(values.dtype, pd.CategoricalDtype)
        if (plan[name] == "logistic" and not binary) or (plan[name] == "normal" and categories):
            raise DefinitionError(f"'{name}' cannot be imputed by '{plan[name]}'.", "Use 'match'.")
    return dict(sorted(plan.items(), key=lambda one: int(wide[one[0]].isna().sum())))


def _one_copy(
    stream: np.random.SeedSequence, wide: pd.DataFrame, taking: list[str], plan: dict[str, str], iterations: int
) -> tuple[Completed, pd.DataFrame]:
    rng = np.random.default_rng(stream)
    gaps = {name: wide[name].isna().to_numpy() for name in plan}
    table = wide.copy()
    for name, gap in gaps.items():
        known = wide.loc[~gap, name].to_numpy()
        table[name] = _filled(wide[name], gap, known[rng.integers(len(known), size=int(gap.sum()))])
    trace, last = [], {}
    for number in range(1, iterations + 1):
        for name, gap in gaps.items():
            drawn = _draw(table, wide[name], name, taking, gap, plan[name], rng)
            table[name] = _filled(wide[name], gap, drawn.made)
            last[name] = drawn
            if pd.api.types.is_numeric_dtype(wide[name]):
                made = table.loc[gap, name].astype(float)
                trace.append((number, name, float(made.mean()), float(made.std(ddof=0))))
    told = {name: drawn for name, drawn in last.items() if drawn.log_odds is not None and drawn.uniform is not None}
    log_odds = {name: np.asarray(drawn.log_odds) for name, drawn in told.items()}
    uniform = {name: np.asarray(drawn.uniform) for name, drawn in told.items()}
    return Completed(table, log_odds, uniform), pd.DataFrame(trace, columns=["iteration", "column", "mean", "sd"])


def _draw(
    table: pd.DataFrame,
    original: pd.Series,
    name: str,
    taking: list[str],
    gap: np.ndarray,
    method: str,
    rng: np.random.Generator,
) -> Drawn:
    x = _predictors(table[[other for other in taking if other != name]])
    known, asked = x[~gap], x[gap]
    if method == "match":
        values = original[~gap]
        codes = pd.get_dummies(values).to_numpy(dtype=float) if values.dtype == "category" else None
        y = codes if codes is not None else values.to_numpy(dtype=float)
        drawn = draw_match(known, y, asked, rng)
        return replace(drawn, made=values.to_numpy()[drawn.made])
    y = original[~gap].to_numpy(dtype=float)
    return draw_linear(known, y, asked, rng) if method == "normal" else draw_logistic(known, y, asked, rng)


def _predictors(others: pd.DataFrame) -> np.ndarray:
    """Return an intercept and standardised columns; what never varies says nothing and is left out."""
    x = pd.get_dummies(others, drop_first=True).to_numpy(dtype=float)
    spread = x.std(axis=0) if x.size else np.zeros(0)
    kept = x[:, spread > 0]
    scaled = (kept - kept.mean(axis=0)) / spread[spread > 0] if kept.size else np.empty((len(others), 0))
    return np.column_stack([np.ones(len(others)), scaled])


def _filled(original: pd.Series, gap: np.ndarray, values: np.ndarray) -> pd.Series:
    if isinstance(original.dtype, pd.CategoricalDtype):
        codes = original.cat.codes.to_numpy().copy()
        codes[gap] = pd.Categorical(values, dtype=original.dtype).codes
        return pd.Series(pd.Categorical.from_codes(codes.tolist(), dtype=original.dtype), index=original.index)
    filled = original.astype(float).copy()
    filled[gap] = np.asarray(values, dtype=float)
    return filled
