"""Weights by which those who stayed to a wave stand for those like them who did not."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.formula import build_design, require_columns, required
from remission.estimate.kernels.binary_regression import fit_binary

WEIGHT = "dropout_weight"
FEW = 5
RUNAWAY = 25.0


def dropout_weights(
    table: pd.DataFrame,
    outcome: str,
    explained_by: str,
    *,
    wave: str = "months",
    participant: str = "participant_id",
    stabilised: bool = True,
) -> pd.DataFrame:
    """Weigh rows by the inverse probability of not having dropped out by their wave.

    Unweighted averages (GEE) go wrong where dropping out depends on what was seen before; with these weights they do
    not, as long as it depends on nothing else. Whoever misses a wave counts as gone from it on.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant at a wave; waves that a participant missed may be absent, or have no outcome.
    outcome : str
        The column whose absence is dropping out.
    explained_by : str
        Right side of a formula for staying, such as ``"score + C(group)"``. Values are those of the participant's wave
        before; each wave has an intercept of its own.
    wave : str
        Column of numbers that orders the waves.
    participant : str
    stabilised : bool
        Multiply by the share who stayed to the wave: weights near 1.

    Returns
    -------
    pandas.DataFrame
        The rows that count, with ``dropout_weight``, for ``gee(..., weights="dropout_weight")``. Rows after a gap are
        left out; ``attrs["left_out"]`` counts them.

    Raises
    ------
    DefinitionError
        A column is absent, a wave stands twice for somebody, or a value that should explain staying is missing.
    NotEstimable
        Nobody or hardly anybody dropped out, or the model for staying runs away.

    References
    ----------
    Robins JM, Rotnitzky A, Zhao LP (1995). Analysis of semiparametric regression models for repeated outcomes in the
    presence of missing data. doi:10.1080/01621459.1995.10476493
    """
    names = sorted(required(explained_by))
    require_columns(table, [participant, wave, outcome, *names])
    if table.duplicated([participant, wave]).any():
        raise DefinitionError(f"Somebody has two rows at one value of '{wave}'.", "Keep one row a wave.")
    waves = np.sort(table[wave].unique())
    full = pd.MultiIndex.from_product([table[participant].unique().tolist(), waves.tolist()], names=[participant, wave])
    laid = table.set_index([participant, wave]).reindex(full)
    seen = laid[outcome].notna().to_numpy().reshape(-1, len(waves))
    stayed = np.logical_and.accumulate(seen, axis=1)
    before = laid.groupby(level=0, sort=False)[names].shift(1) if names else laid[[]]
    chance, overall = _chances(before.reset_index(), stayed, explained_by, wave, waves)
    weight = 1 / np.cumprod(chance, axis=1)
    if stabilised:
        weight = weight * np.cumprod(overall, axis=1)
    held = pd.Series(np.where(stayed, weight, np.nan).ravel(), index=full, name=WEIGHT)
    joined = table.join(held, on=[participant, wave])
    kept = joined[joined[WEIGHT].notna()].reset_index(drop=True)
    after = int((joined[outcome].notna() & joined[WEIGHT].isna()).sum())
    reasons = tuple(table.attrs.get("left_out", ()))
    kept.attrs = {**table.attrs, "left_out": (*reasons, *((("seen again after a gap", after),) if after else ()))}
    return kept


def _chances(
    before: pd.DataFrame, stayed: np.ndarray, explained_by: str, wave: str, waves: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each one's probability of staying to each wave from the one before, and the share who did."""
    at_risk = np.column_stack([np.zeros(len(stayed), dtype=bool), stayed[:, :-1]])
    rows = before[at_risk.ravel()]
    if rows[sorted(required(explained_by))].isna().any().any():
        absent = rows[sorted(required(explained_by))].isna().any().idxmax()
        raise DefinitionError(
            f"'{absent}' is missing at a wave at which the outcome is not.", "Complete it, or leave it out."
        )
    y = stayed.ravel()[at_risk.ravel()]
    lost = int((~y).sum())
    if lost < FEW:
        raise NotEstimable(f"Only {lost} dropped out, too few to say what it depends on.", "No weights are needed.")
    place = np.searchsorted(waves, rows[wave].to_numpy())
    own = (place[:, None] == np.arange(1, len(waves))[None]).astype(float)
    lively = own[:, [bool(own[y, k].any() and own[~y, k].any()) for k in range(own.shape[1])]]
    x = np.column_stack([build_design(f"0 + {explained_by}", rows, intercept=False).matrix, lively])
    scale = np.sqrt((x**2).mean(axis=0))
    used = scale > 0
    # A wave at which nobody or everybody was lost needs no model: those rows keep their share.
    modelled = lively.any(axis=1)
    fit = fit_binary(x[modelled][:, used] / scale[used], y[modelled], "logit", np.zeros(int(used.sum())))
    if not fit.converged or np.abs(fit.beta).max() > RUNAWAY:
        raise NotEstimable("The model for staying runs away, as where one value always drops out.", "Use fewer terms.")
    overall = np.ones(stayed.shape)
    for k in range(1, len(waves)):
        followed = stayed[:, k - 1]
        overall[:, k] = stayed[followed, k].mean() if followed.any() else 1.0
    chance = overall.copy()
    fitted = overall[at_risk]
    fitted[modelled] = 1 / (1 + np.exp(-(x[modelled][:, used] / scale[used]) @ fit.beta))
    chance[at_risk] = fitted
    return np.where(chance > 0, chance, 1.0), np.where(overall > 0, overall, 1.0)
