"""Kaplan–Meier's product and Nelson–Aalen's sum for one group."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Counts at each distinct time of one group; all arrays have shape (times,)."""

    time: np.ndarray
    n_at_risk: np.ndarray
    n_event: np.ndarray
    n_censored: np.ndarray


@dataclass(frozen=True, slots=True)
class StepEstimate:
    """A step function with its standard error; arrays of shape (times,)."""

    estimate: np.ndarray
    std_error: np.ndarray


def life_table(exit_time: np.ndarray, event: np.ndarray, entry: np.ndarray | None) -> LifeTable:
    """Count who is at risk, has the event and is censored at each distinct exit time.

    Participants are at risk at a time when they entered before it and have not left before it;
    without delayed entry everyone is at risk on day 0.
    """
    time, place = np.unique(exit_time, return_inverse=True)
    leaving = np.bincount(place, minlength=time.size)
    events = np.bincount(place, event, time.size).astype(int)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if entry is not None:
        waiting = entry.size - np.searchsorted(np.sort(entry), time, side="left")
        at_risk = at_risk - waiting
    return LifeTable(time, at_risk, events, leaving - events)


def kaplan_meier(table: LifeTable) -> StepEstimate:
    """Product-limit estimate with Greenwood's standard error.

    Where the curve reaches 0 the standard error is undefined and given as NaN.
    """
    n, d = table.n_at_risk.astype(float), table.n_event.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(n > 0, 1 - d / n, 1.0))
        greenwood = np.cumsum(np.where(d > 0, d / (n * (n - d)), 0.0))
        error = survival * np.sqrt(greenwood)
    return StepEstimate(survival, np.where(survival > 0, error, np.nan))


def nelson_aalen(table: LifeTable) -> StepEstimate:
    """Cumulative hazard with the Poisson variance: the sum of d / n squared."""
    n, d = table.n_at_risk.astype(float), table.n_event.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(d > 0, d / n, 0.0)
        variance = np.where(d > 0, d / n**2, 0.0)
    return StepEstimate(np.cumsum(hazard), np.sqrt(np.cumsum(variance)))


def survival_limits(curve: StepEstimate, conf_type: str, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise limits on the plain, log or log-log scale, cut to [0, 1].

    At a survival of 1 both limits are 1, also on the log-log scale, where R's ``survfit`` leaves them
    out; at 0 they are undefined.
    """
    s, error = curve.estimate, curve.std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = error / s
        if conf_type == "plain":
            low, high = s - z * error, s + z * error
        elif conf_type == "log":
            low, high = s * np.exp(-z * relative), s * np.exp(z * relative)
        else:
            reach = z * relative / np.log(s)
            low, high = s ** np.exp(-reach), s ** np.exp(reach)
    low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    certain = s >= 1
    return np.where(certain, 1.0, low), np.where(certain, 1.0, high)
