"""The rows of a mediation analysis as arrays: who can be used, in which order the columns stand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice
from remission.estimate.formula import build_design, complete_rows, require_columns, required
from remission.estimate.kernels.path_models import LEAST_SPREAD, PathLayout, PathRows, path_rows
from remission.estimate.kernels.separation import separating_direction
from remission.estimate.record import Sample

MOST_MEDIATORS = 6


@dataclass(frozen=True)
class Chain:
    """Names from the exposure to the outcome, and how the mediators stand to one another."""

    exposure: str
    mediators: tuple[str, ...]
    outcome: str
    parallel: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All names in order."""
        return (self.exposure, *self.mediators, self.outcome)


@dataclass(frozen=True)
class MediationData:
    """Arrays of a mediation analysis.

    Attributes
    ----------
    rows : PathRows
    z : numpy.ndarray, shape (rows, columns)
        Unscaled, in the order of the layout.
    contrast : (float, float)
    labels : (str, str)
        The two levels of the exposure, low first.
    code : numpy.ndarray of int, shape (rows,)
        Participant of each row.
    people : int
    two_valued : tuple of str
        Mediators with two values only.
    sample : Sample
    """

    rows: PathRows
    z: np.ndarray
    contrast: tuple[float, float]
    labels: tuple[str, str]
    code: np.ndarray
    people: int
    two_valued: tuple[str, ...]
    sample: Sample

    @property
    def layout(self) -> PathLayout:
        """Order of the columns."""
        return self.rows.layout

    @property
    def clustered(self) -> bool:
        """Whether some participant has several rows."""
        return self.people < len(self.z)

    def row_counts(self, counts: np.ndarray) -> np.ndarray:
        """Spread the counts of participants over their rows."""
        return counts[:, self.code] if self.clustered else counts


def covariate_columns(covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns behind the covariates' terms."""
    return tuple(sorted(set().union(*(required(term) for term in covariates))))


def mediation_data(
    table: pd.DataFrame,
    chain: Chain,
    covariates: tuple[str, ...],
    contrast: tuple[object, object],
    outcome_kind: str,
    interaction: bool,
    participant: str,
) -> MediationData:
    """Take the complete rows and lay the columns out.

    Raises
    ------
    DefinitionError
        A column is absent, named twice or of the wrong kind.
    NotEstimable
        The rows cannot carry the models; the sentence names the column.
    """
    behind = covariate_columns(covariates)
    _require_distinct(chain, behind)
    frame = complete_rows(table, [*chain.names, *behind])
    left_out = list(frame.left_out)
    known, low, high, apart = _exposure(frame.table[chain.exposure], contrast)
    if not known.all():
        left_out.append((f"{chain.exposure} is neither {contrast[0]} nor {contrast[1]}", int((~known).sum())))
    used = frame.table.loc[known]
    if used.empty:
        raise NotEstimable(
            f"No row has a value in all of {', '.join([*chain.names, *behind])}.",
            "Check that they were observed for the same participants.",
        )
    exposure, outcome = apart[known], _numbers(used, chain.outcome)
    z, terms = _laid_out(used, chain, covariates, exposure, interaction)
    logistic = _is_binary(outcome, outcome_kind, chain.outcome)
    layout = PathLayout(len(terms) - 2 - len(chain.mediators), len(chain.mediators), chain.parallel, interaction)
    _require_spread(z, terms, chain)
    rows = path_rows(z, layout, logistic)
    middle = z[:, layout.base : layout.base + layout.mediators].T
    two_valued = tuple(name for name, at in zip(chain.mediators, middle, strict=True) if len(np.unique(at)) == 2)
    if logistic:
        _require_normal(two_valued)
        _require_overlap(rows, terms, chain)
    code = _codes(used, participant)
    people = int(code.max()) + 1
    events = int(outcome.sum()) if logistic else None
    sample = Sample(people, len(used), events, left_out=tuple(left_out))
    labels = (str(contrast[0]), str(contrast[1]))
    return MediationData(rows, z, (low, high), labels, code, people, two_valued, sample)


def _laid_out(
    used: pd.DataFrame, chain: Chain, covariates: tuple[str, ...], exposure: np.ndarray, interaction: bool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the columns in the order of the layout, and the names of those before any product."""
    # Terms stay a design of their own, so that categories and transformations mean what they mean elsewhere.
    design = build_design(" + ".join(["1", *covariates]), used, intercept=False) if covariates else None
    middle = np.column_stack([_numbers(used, name) for name in chain.mediators])
    product = [exposure[:, None] * middle] if interaction else []
    base = [np.ones(len(used)), exposure, *([design.matrix] if design else [])]
    z = np.column_stack([*base, middle, *product, _numbers(used, chain.outcome)])
    return z, ("1", chain.exposure, *(design.terms if design else ()), *chain.mediators)


def _require_normal(two_valued: tuple[str, ...]) -> None:
    if two_valued:
        raise NotEstimable(
            f"The mediator '{two_valued[0]}' has two values; risks are integrated over mediators that are normal given "
            "what comes before them.",
            "Use its score, or outcome_kind='continuous' for differences in risk from linear models.",
        )


def _require_distinct(chain: Chain, behind: tuple[str, ...]) -> None:
    if not chain.mediators:
        raise DefinitionError("No mediator is named.", "Name at least one column that the effect may pass through.")
    if len(chain.mediators) > MOST_MEDIATORS:
        raise DefinitionError(
            f"{len(chain.mediators)} mediators in one chain make more paths than data can tell apart.",
            f"Name at most {MOST_MEDIATORS}.",
        )
    names = [*chain.names, *behind]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DefinitionError(f"'{twice[0]}' is named in two roles.", "Give each column one role.")


def _exposure(column: pd.Series, contrast: tuple[object, object]) -> tuple[np.ndarray, float, float, np.ndarray]:
    """Return which rows can be used, the two levels, and the exposure as numbers."""
    if len(contrast) != 2 or contrast[0] == contrast[1]:
        raise DefinitionError(f"contrast={contrast!r} does not name two levels.", "Write it like contrast=(0, 1).")
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        try:
            low, high = (float(level) for level in contrast)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise DefinitionError(
                f"The exposure '{column.name}' holds numbers, but contrast={contrast!r}.", "Give two numbers."
            ) from None
        values = column.to_numpy(dtype=float)
        if not np.isfinite([low, high, *values]).all():
            raise DefinitionError(f"'{column.name}' or its contrast is infinite.", "Correct it.")
        return np.ones(len(column), dtype=bool), low, high, values
    for level in contrast:
        if not (column == level).any():
            raise DefinitionError(
                f"The exposure '{column.name}' is never {level!r} among the complete rows.",
                f"Name two of its values, like contrast={tuple(pd.unique(column)[:2])!r}.",
            )
    return column.isin(list(contrast)).to_numpy(), 0.0, 1.0, (column == contrast[1]).to_numpy(dtype=float)


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    values = pd.to_numeric(table[name].astype(object), errors="coerce").to_numpy(dtype=float)
    if table[name].dtype.kind in "mM" or not np.isfinite(values).all():
        raise DefinitionError(f"Column '{name}' holds values that are no finite numbers.", "Score it as a number.")
    return values


def _is_binary(outcome: np.ndarray, kind: str, name: str) -> bool:
    require_choice("outcome_kind", kind, ("auto", "continuous", "binary"))
    zero_or_one = bool(np.isin(outcome, (0.0, 1.0)).all())
    if kind == "binary" and not zero_or_one:
        raise DefinitionError(f"The outcome '{name}' holds values other than 0 and 1.", "Code it so.")
    return zero_or_one and kind != "continuous"


def _require_spread(z: np.ndarray, terms: tuple[str, ...], chain: Chain) -> None:
    outcome = z[:, -1]
    if np.ptp(outcome) == 0:
        raise NotEstimable(f"'{chain.outcome}' has the same value in all {len(z)} rows.", "Choose one that varies.")
    for j in range(1, z.shape[1]):
        name = terms[j] if j < len(terms) else f"{chain.exposure} × mediator"
        if np.ptp(z[:, j]) == 0:
            raise NotEstimable(f"'{name}' has the same value in all {len(z)} rows.", "Leave it out.")
        if j == z.shape[1] - 1:
            break
        scaled = np.column_stack(
            [z[:, 0], (z[:, 1 : j + 1] - z[:, 1 : j + 1].mean(axis=0)) / z[:, 1 : j + 1].std(axis=0)]
        )
        if np.linalg.eigvalsh(scaled.T @ scaled / len(z))[0] <= LEAST_SPREAD:
            raise NotEstimable(
                f"'{name}' follows from the columns before it, so its effect cannot be told from theirs.",
                "Leave one of them out.",
            )
    if len(z) <= z.shape[1]:
        raise NotEstimable(
            f"{len(z)} complete rows cannot carry {z.shape[1] - 1} coefficients.", "Name fewer mediators or covariates."
        )


def _require_overlap(rows: PathRows, terms: tuple[str, ...], chain: Chain) -> None:
    found = separating_direction(rows.scaled[:, :-1], np.where(rows.scaled[:, -1] == 1, 1, -1))
    if found is None:
        return
    named = [terms[j] for j in np.flatnonzero(found) if 0 < j < len(terms)]
    raise NotEstimable(
        f"{' and '.join(named) or 'The columns'} tell '{chain.outcome}' apart without error for some rows, so that no "
        "finite odds ratio is most likely.",
        "Join categories, or leave the column out.",
    )


def _codes(table: pd.DataFrame, participant: str) -> np.ndarray:
    if participant not in table.columns:
        if participant != "participant_id":
            require_columns(table, [participant])
        return np.arange(len(table))
    if table[participant].isna().any():
        raise DefinitionError(f"'{participant}' is missing in some row.", "Name the participant of every row.")
    return np.asarray(pd.factorize(table[participant])[0])
