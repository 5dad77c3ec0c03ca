"""Curves of a Cox model averaged over everyone's covariates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_curves import CoxCurves, cox_curves, fixed_covariates
from remission.estimate.curves import label, require_choice, require_level
from remission.estimate.event_data import participants
from remission.estimate.formula import Frame, complete_rows, require_columns
from remission.estimate.kernels.product_limit import StepEstimate, survival_limits
from remission.estimate.kernels.standardisation import Averages, Scenario, standardise
from remission.estimate.result import CURVE_COLUMNS, Coefficients, Curve, Estimand, Method, Sample

MOST_LEVELS = 12
DIFFERENCE_COLUMNS = ("contrast", "time", "estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, kw_only=True)
class StandardisedCurve(Curve):
    """Average curves, with their differences from the first."""

    difference_table: pd.DataFrame = field(default_factory=pd.DataFrame)

    def differences(self, times: Sequence[float] | float) -> pd.DataFrame:
        """Read how far each level's probability of no event yet lies above the first level's.

        Parameters
        ----------
        times : float or sequence of float

        Returns
        -------
        pandas.DataFrame
            Columns ``contrast time estimate std_error conf_low conf_high``; one row a contrast and time.
        """
        wanted = np.sort(np.atleast_1d(np.asarray(times, dtype=float)))
        pieces = []
        for _, steps in self.difference_table.groupby("contrast", sort=False):
            place = np.searchsorted(steps["time"].to_numpy(), wanted, side="right") - 1
            pieces.append(steps.iloc[np.clip(place, 0, None)].assign(time=wanted))
        return pd.concat(pieces, ignore_index=True) if pieces else self.difference_table.copy()


def standardised_curve(
    fit: Coefficients,
    table: pd.DataFrame,
    by: str | None = None,
    *,
    levels: Sequence[object] | None = None,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    hold_fixed: bool = False,
) -> StandardisedCurve:
    """Average probability of no event yet, had everyone in a table had one level of an exposure, and so for each.

    Everyone's curve is predicted with the exposure set to the level and their own other covariates, and the curves
    are averaged (g-computation). The curves compare as those of a trial would if the model holds and its
    covariates are all that exposure and event have in common. Covariates must be known before the exposure.

    Parameters
    ----------
    fit : Coefficients
        From ``cox``, with Efron's or Breslow's ties and without case weights.
    table : pandas.DataFrame
        One row is a participant to average over, most often the fitted table.
    by : str, optional
        Column of the exposure, in the formula or among the strata. Without it the covariates stay as they are.
    levels : sequence, optional
        Values of the exposure; all that were fitted where not given. Others are compared with the first.
    conf_type : {"log-log", "log", "plain"}
        Scale of the curves' limits; those of differences are plain.
    conf_level : float
    hold_fixed : bool
        As in ``predicted_curve``.

    Returns
    -------
    StandardisedCurve
        ``stratum`` is the level. It ends where the first of the strata used is no longer followed. Counts are of
        the fitted participants who had the level. Errors come from the delta method, with the participants
        taken as a sample.

    Raises
    ------
    NotEstimable
        Covariates varied over time, the fit cannot be trusted, or no complete row is left.
    DefinitionError
        The exposure is not in the model or has too many levels, or a participant has several rows.

    References
    ----------
    Makuch RW (1982). doi:10.1016/0021-9681(82)90058-3. Robins J (1986), for g-computation.
    doi:10.1016/0270-0255(86)90088-6
    """
    require_choice("conf_type", conf_type, ("log-log", "log", "plain"))
    z = require_level(conf_level)
    checks = fixed_covariates(fit, hold_fixed)
    curves = cox_curves(fit)
    _require_no_weights(fit)
    chosen = _levels(curves, by, levels)
    frame = _people(curves, table, by)
    scenarios = [_scenario(curves, frame.table, by, level) for level in chosen]
    times = _times(curves, scenarios)
    baselines = tuple(baseline.at(times) for baseline in curves.baselines)
    cluster = _clusters(fit, frame.table)
    found = standardise(scenarios, baselines, curves.model.kernel.beta, curves.vcov, cluster)
    names = ["all" if by is None else label(level) for level in chosen]
    counted = [_had(curves, by, level) for level in chosen]
    pieces = [_curve(curves, found, j, (name, times, conf_type, z), counted[j]) for j, name in enumerate(names)]
    options = {"conf_type": conf_type, "conf_level": conf_level, "by": by, "levels": names, "hold_fixed": hold_fixed}
    return StandardisedCurve(
        estimand=_estimand(fit, by, times),
        method=Method(
            "g-computation with a Cox model", "Makuch 1982, doi:10.1016/0021-9681(82)90058-3", {**options, "z": z}
        ),
        sample=Sample(
            participants(frame.table), len(frame.table), fit.sample.events, fit.sample.person_time, frame.left_out
        ),
        table=pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)],
        checks=checks,
        difference_table=_differences(found, names, times, z),
    )


def _estimand(fit: Coefficients, by: str | None, times: np.ndarray) -> Estimand:
    return Estimand(
        "probability of no event yet",
        event=fit.estimand.event,
        population="everyone in the table, averaged over their covariates",
        contrast="" if by is None else f"everyone at each level of {by}",
        horizon=f"time {times[-1]:g}",
        time_origin=fit.estimand.time_origin,
    )


def _require_no_weights(fit: Coefficients) -> None:
    if fit.method.options.get("weights"):
        raise DefinitionError("Standardised curves know no case weights.", "Fit the model without weights.")


def _levels(curves: CoxCurves, by: str | None, levels: Sequence[object] | None) -> list[object]:
    model = curves.model
    if by is None:
        return [None]
    if by not in {*map(str, model.design.spec.required_variables), *model.layers}:
        raise DefinitionError(f"'{by}' is not in the model.", "Name a variable of its formula or its strata.")
    if levels is not None:
        if not len(levels):
            raise DefinitionError("No level is named.", "Name at least one, or leave levels out.")
        return list(levels)
    seen = model.data.table[by]
    values = [v for v in seen.cat.categories if (seen == v).any()] if hasattr(seen, "cat") else sorted(seen.unique())
    if len(values) > MOST_LEVELS:
        raise DefinitionError(f"'{by}' has {len(values)} values.", "Name those to compare with levels=[...].")
    return values


def _people(curves: CoxCurves, table: pd.DataFrame, by: str | None) -> Frame:
    model = curves.model
    needed = {*map(str, model.design.spec.required_variables), *model.layers} - {by}
    require_columns(table, sorted(needed))
    frame = complete_rows(table, sorted(needed))
    if frame.table.empty:
        raise NotEstimable(f"No row has a value in all of {', '.join(sorted(needed))}.", "Give complete rows.")
    if "participant_id" in table.columns and frame.table["participant_id"].duplicated().any():
        raise DefinitionError("A participant has several rows in the table.", "Give one row a participant.")
    return frame


def _scenario(curves: CoxCurves, rows: pd.DataFrame, by: str | None, level: object) -> Scenario:
    if by is not None:
        kind = curves.model.data.table[by].dtype
        rows = rows.assign(**{by: pd.Series([level] * len(rows), index=rows.index)})
        if isinstance(kind, pd.CategoricalDtype) and level in kind.categories:
            rows[by] = rows[by].astype(kind)
    return Scenario(curves.covariates(rows), curves.stratum_of(rows))


def _times(curves: CoxCurves, scenarios: list[Scenario]) -> np.ndarray:
    used = np.unique(np.concatenate([scenario.stratum for scenario in scenarios]))
    each = [curves.times(int(stratum)) for stratum in used]
    every = np.unique(np.concatenate(each))
    return np.asarray(every[every <= min(times[-1] for times in each)])


def _clusters(fit: Coefficients, rows: pd.DataFrame) -> np.ndarray:
    name = fit.method.options.get("robust_by")
    return np.asarray(pd.factorize(rows[name])[0]) if name in rows.columns else np.arange(len(rows))


def _had(curves: CoxCurves, by: str | None, level: object) -> np.ndarray:
    seen = curves.model.data.table
    return np.ones(len(seen), dtype=bool) if by is None else (seen[by] == level).to_numpy()


def _curve(
    curves: CoxCurves, found: Averages, j: int, told: tuple[str, np.ndarray, str, float], own: np.ndarray
) -> pd.DataFrame:
    name, times, conf_type, z = told
    step = StepEstimate(found.survival[:, j], np.sqrt(found.covariance[:, j, j]))
    low, high = survival_limits(step, conf_type, z)
    return pd.DataFrame(
        {
            "stratum": name,
            "event": "",
            "time": times,
            "estimate": step.estimate,
            "std_error": step.std_error,
            "conf_low": low,
            "conf_high": high,
            **curves.counts(own, times),
        }
    )


def _differences(found: Averages, names: list[str], times: np.ndarray, z: float) -> pd.DataFrame:
    pieces = [pd.DataFrame(columns=list(DIFFERENCE_COLUMNS))] if len(names) == 1 else []
    for j in range(1, len(names)):
        gap = found.survival[:, j] - found.survival[:, 0]
        covariance = found.covariance
        error = np.sqrt(np.maximum(covariance[:, j, j] + covariance[:, 0, 0] - 2 * covariance[:, 0, j], 0.0))
        piece = {"contrast": f"{names[j]} against {names[0]}", "time": times, "estimate": gap, "std_error": error}
        pieces.append(pd.DataFrame({**piece, "conf_low": gap - z * error, "conf_high": gap + z * error}))
    return pd.concat(pieces, ignore_index=True)
