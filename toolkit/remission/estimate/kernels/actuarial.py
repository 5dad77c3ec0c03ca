"""Counts, survival, density and hazard of a life table for one group."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Actuarial:
    """A life table; arrays of shape (intervals,), those of survival one longer, at the start and after each.

    Errors of survival, density and hazard are Greenwood's and Gehan's.
    """

    entering: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    exposed: np.ndarray
    share: np.ndarray
    survival: np.ndarray
    survival_error: np.ndarray
    density: np.ndarray
    density_error: np.ndarray
    hazard: np.ndarray
    hazard_error: np.ndarray


def actuarial(exit_time: np.ndarray, event: np.ndarray, cuts: np.ndarray, left_closed: bool) -> Actuarial:
    """Make a life table of intervals that end at the cuts.

    Parameters
    ----------
    exit_time, event : numpy.ndarray, shape (rows,)
    cuts : numpy.ndarray, shape (intervals,)
    left_closed : bool
        Whether what happens at a cut belongs to the interval after it.
    """
    place = np.searchsorted(cuts, exit_time, side="right" if left_closed else "left")
    size = cuts.size
    events = np.bincount(place, event, size + 1)[:size].astype(int)
    leaving = np.bincount(place, minlength=size + 1)[:size]
    censored = leaving - events
    entering = exit_time.size - np.cumsum(leaving) + leaving
    exposed = entering - censored / 2
    width = np.diff(cuts, prepend=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.where(exposed > 0, events / exposed, np.nan)
        p = 1 - q
        survival = np.concatenate([[1.0], np.cumprod(p)])
        step = np.where(events > 0, q / (exposed * p), 0.0)
        greenwood = np.concatenate([[0.0], np.cumsum(step)])
        survival_error = np.where(survival > 0, survival * np.sqrt(greenwood), np.nan)
        before = survival[:-1]
        density = before * q / width
        density_error = density * np.sqrt(greenwood[:-1] + np.where(events > 0, p / (exposed * q), 0.0))
        hazard = 2 * q / (width * (1 + p))
        hazard_error = hazard * np.sqrt((1 - (hazard * width / 2) ** 2) / (exposed * q))
    hazard_error = np.where(events > 0, hazard_error, np.nan)
    return Actuarial(
        entering,
        events,
        censored,
        exposed,
        q,
        survival,
        survival_error,
        density,
        np.where(events > 0, density_error, np.nan),
        hazard,
        hazard_error,
    )
