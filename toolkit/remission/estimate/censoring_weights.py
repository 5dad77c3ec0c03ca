"""Weights that let those who stayed stand for those like them who were lost."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox import cox
from remission.estimate.cox_curves import CoxCurves, cox_curves
from remission.estimate.cox_result import require_sound
from remission.estimate.formula import require_columns
from remission.estimate.kernels.cox_baseline import CoxBaseline, cox_baselines

WEIGHT = "censoring_weight"


def censoring_weights(
    table: pd.DataFrame,
    covariates: str,
    *,
    lost: str = "lost",
    stabilised: bool = True,
    truncate: float | None = None,
    entry: str = "entry",
    exit: str = "exit",
) -> pd.DataFrame:
    """Weigh stretches of time at risk by the inverse probability of not having been lost before.

    It answers for losses that depend on what was measured, and on nothing else.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant's stretch of days ``(entry, exit]``; weights change only from one stretch to the next,
        so cut time finely before (``remission.tables.split_at``). ``participant_id`` is needed.
    covariates : str
        Right side of a Cox model for being lost, such as ``"involvement + C(group)"``; values at the start of
        a stretch.
    lost : str
        Column that is 1 where the participant was lost at the end of the stretch, and 0 elsewhere: neither the event
        nor the planned end of follow-up is a loss.
    stabilised : bool
        Multiply by the probability of not having been lost without covariates: weights near 1.
    truncate : float, optional
        0.01 pulls weights below the 1st and above the 99th percentile to them.
    entry, exit : str

    Returns
    -------
    pandas.DataFrame
        The table with ``censoring_weight``, sorted by participant and entry. For ``cox(..., weights=
        "censoring_weight", cluster="participant_id")``. Rows that lack a covariate are refused.

    Raises
    ------
    NotEstimable
        Nobody was lost, or the model for being lost cannot be trusted.
    DefinitionError
        A column is absent, a value missing, or a share to truncate is none.

    References
    ----------
    Robins JM, Finkelstein DM (2000). Correcting for noncompliance and dependent censoring in an AIDS clinical
    trial with inverse probability of censoring weighted (IPCW) log-rank tests. doi:10.1111/j.0006-341X.2000.00779.x
    """
    require_columns(table, ["participant_id", entry, exit, lost])
    if truncate is not None and not 0 < truncate < 0.5:
        raise DefinitionError(f"truncate={truncate} is no share below a half.", "Give a share such as 0.01.")
    if not (table[lost] == 1).any():
        raise NotEstimable("Nobody was lost.", "No weights are needed.")
    ordered = table.sort_values(["participant_id", entry], kind="stable", ignore_index=True)
    ordered.attrs = dict(table.attrs)
    _require_last(ordered, lost)
    fit = cox(f"Event({entry}, {exit}, {lost}) ~ {covariates}", ordered, ties="breslow")
    require_sound(fit, "weighing by it")
    if fit.sample.rows < len(ordered):
        reasons = "; ".join(f"{count} rows: {reason}" for reason, count in fit.sample.left_out)
        raise DefinitionError(f"Some stretches cannot be weighed ({reasons}).", "Fill in what is missing first.")
    logs = _log_weights(ordered, cox_curves(fit), (entry, exit), stabilised)
    weights = np.exp(logs)
    if truncate is not None:
        weights = np.clip(weights, *np.quantile(weights, [truncate, 1 - truncate]))
    found = ordered.assign(**{WEIGHT: weights})
    found.attrs = dict(table.attrs)
    return found


def _require_last(ordered: pd.DataFrame, lost: str) -> None:
    early = (ordered[lost] == 1) & ordered["participant_id"].duplicated(keep="last")
    if early.any():
        who = ordered.loc[early, "participant_id"].iloc[0]
        raise DefinitionError(
            f"Participant {who} is lost at the end of a stretch after which others follow.",
            f"Let '{lost}' be 1 in the last stretch alone: nobody is at risk after having been lost.",
        )


def _log_weights(table: pd.DataFrame, curves: CoxCurves, names: tuple[str, str], stabilised: bool) -> np.ndarray:
    """Return minus the log probability of not having been lost before each stretch."""
    model = curves.model
    relative = np.exp(curves.covariates(table) @ model.kernel.beta)
    logs = _added_before(table, _within(curves.baselines[0], table, names) * relative)
    if not stabilised:
        return np.asarray(logs)
    without = np.zeros_like(model.kernel.beta)
    overall = cox_baselines(without, model.x, model.weights, model.sets, model.ties, 1)[0]
    return np.asarray(logs - _added_before(table, _within(overall, table, names)))


def _within(baseline: CoxBaseline, table: pd.DataFrame, names: tuple[str, str]) -> np.ndarray:
    """Return the hazard that a baseline adds in each stretch."""
    start, end = (baseline.at(table[name].to_numpy(dtype=float)).hazard for name in names)
    return np.asarray(end - start)


def _added_before(table: pd.DataFrame, hazard: np.ndarray) -> np.ndarray:
    """Add up a participant's hazard over the stretches before each one."""
    total = pd.Series(hazard).groupby(table["participant_id"].to_numpy()).cumsum().to_numpy()
    return np.asarray(total - hazard)
