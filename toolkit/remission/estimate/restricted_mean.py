"""Restricted mean time free of the event."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_level, stratify
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.kernels.product_limit import life_table
from remission.estimate.kernels.restricted_mean import restricted_mean as area
from remission.estimate.record import Check, Estimand, Estimates, Method


def restricted_mean(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    horizon: float = 365,
    exit: str = "exit",
    event: str = "event",
    conf_level: float = 0.95,
) -> Estimates:
    """Mean time free of the event within a horizon: a difference that can be read in days.

    It needs no proportional hazards and stays meaningful where curves cross.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    by : str, optional
        Column of groups known at entry; each is compared with the first.
    horizon : float
        Every group must be followed that far, or its last time must be an event.
    exit, event : str
    conf_level : float

    Returns
    -------
    Estimates
        Rows ``restricted mean`` of each group, then ``difference`` and ``ratio`` against the first;
        columns ``term contrast estimate std_error conf_low conf_high p_value``, the standard error
        of a ratio on the log scale. Where a group's events say nothing about its error (none before
        the horizon, or all at once), error and limits are missing, in its contrasts too, and a check fails.

    Raises
    ------
    NotEstimable
        A group is not followed to the horizon.
    ImmortalTime
        ``by`` was measured after the origin.
    DefinitionError
        The horizon is no positive number, or a column is absent or holds impossible values.

    References
    ----------
    Royston P, Parmar MKB (2013), doi:10.1186/1471-2288-13-152. As R's ``survRM2``.
    """
    if not 0 < horizon < np.inf:
        raise DefinitionError(f"horizon={horizon} is no span of time.", "Give a positive number of days.")
    z = require_level(conf_level)
    data = event_data(table, exit, event, None, [by] if by else [])
    refuse_the_future(table, [by] if by else [], None)
    means, variances = {}, {}
    for name, rows in stratify(data, by):
        _require_followed(name, data.exit[rows], data.event[rows], horizon)
        mean, variance = area(life_table(data.exit[rows], data.event[rows], None), horizon)
        means[name], variances[name] = mean, variance if variance > 0 else np.nan
    tidy = pd.DataFrame(
        [_mean(name, means[name], variances[name], z) for name in means] + _contrasts(means, variances, z)
    )
    return Estimates(
        estimand=Estimand(
            "mean time free of the event",
            event=table.attrs.get("definition", "the event"),
            contrast=by or "",
            horizon=f"{horizon:g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "area under the Kaplan–Meier curve",
            "Royston and Parmar 2013, doi:10.1186/1471-2288-13-152",
            {"horizon": horizon, "conf_level": conf_level},
        ),
        sample=data.sample,
        table=tidy,
        checks=_checks(data, by, variances, horizon),
    )


def _checks(data: EventData, by: str | None, variances: dict[str, float], horizon: float) -> tuple[Check, ...]:
    before = {name: (data.event[rows] & (data.exit[rows] < horizon)).any() for name, rows in stratify(data, by)}
    silent = [name for name in variances if not before[name]]
    at_once = [name for name, variance in variances.items() if before[name] and np.isnan(variance)]
    sentence = "Every group has an event before the horizon."
    if silent:
        sentence = f"No event before the horizon in {', '.join(silent)}: its error is not 0 but unknown."
    checks = [Check("events in every group", not silent, sentence)]
    if at_once:
        sentence = f"All in {', '.join(at_once)} had the event at one time: its error is not 0 but unknown."
        checks.append(Check("events at several times", False, sentence))
    return tuple(checks)


def _require_followed(name: str, exit_time: np.ndarray, event: np.ndarray, horizon: float) -> None:
    last = exit_time.max()
    if last < horizon and not event[exit_time == last].all():
        raise NotEstimable(
            f"'{name}' is followed to {last:g} only, short of the horizon {horizon:g}.",
            f"Take a horizon of at most {last:g}.",
        )


def _mean(name: str, mean: float, variance: float, z: float) -> dict[str, object]:
    error = float(np.sqrt(variance))
    return _row("restricted mean", name, mean, error, mean - z * error, mean + z * error, np.nan)


def _contrasts(means: dict[str, float], variances: dict[str, float], z: float) -> list[dict[str, object]]:
    first, *others = means
    rows = []
    for name in others:
        error = float(np.sqrt(variances[name] + variances[first]))
        gap = means[name] - means[first]
        p = 2 * float(ndtr(-abs(gap / error)))
        words = f"{name} against {first}"
        rows.append(_row("difference", words, gap, error, gap - z * error, gap + z * error, p))
        if not (means[name] > 0 and means[first] > 0):
            # Where all had the event at once on day 0 there is no time to divide by.
            rows.append(_row("ratio", words, np.nan, np.nan, np.nan, np.nan, np.nan))
            continue
        log_error = float(np.sqrt(variances[name] / means[name] ** 2 + variances[first] / means[first] ** 2))
        ratio = means[name] / means[first]
        p = 2 * float(ndtr(-abs(np.log(ratio) / log_error)))
        spread = np.exp(z * log_error)
        rows.append(_row("ratio", words, ratio, log_error, ratio / spread, ratio * spread, p))
    return rows


def _row(
    term: str, contrast: str, estimate: float, error: float, low: float, high: float, p: float
) -> dict[str, object]:
    return {
        "term": term,
        "contrast": contrast,
        "estimate": estimate,
        "std_error": error,
        "conf_low": low,
        "conf_high": high,
        "p_value": p,
    }
