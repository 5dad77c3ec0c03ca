"""Several landmarks, one under the other, for one model of them all."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.errors import DefinitionError
from remission.outcomes import OutcomeDefinition
from remission.tables.landmark import landmark


def landmarks(
    study: Study,
    days: Sequence[float],
    covariates: Sequence[str] = (),
    *,
    horizon: float | None = None,
    definition: OutcomeDefinition | str | None = None,
) -> pd.DataFrame:
    """One row is a participant still free of the event and followed on a landmark day.

    A participant has a row for each landmark reached, with what was known by then; ``landmark_pooled`` takes that
    into account.

    Parameters
    ----------
    study : Study
    days : sequence of float
        Landmarks, in days from the origin.
    covariates : sequence of str
        As in ``landmark``; ``measure@wave`` needs a wave no later than the first landmark.
    horizon : float, optional
        Days that each landmark looks ahead; later events do not count for it.
    definition : OutcomeDefinition or str, optional

    Returns
    -------
    pandas.DataFrame
        ``participant_id landmark entry exit event …``, sorted by landmark; ``entry`` is the landmark, ``exit`` in days
        from the origin. ``attrs["left_out"]`` counts for each landmark who had no row in it and why.

    Raises
    ------
    DefinitionError
        No landmark, or one before the origin; a horizon that is no span; an unknown covariate.
    ImmortalTime
        A covariate belongs to a wave after a landmark.

    References
    ----------
    van Houwelingen HC (2007). Dynamic prediction by landmarking in event history analysis.
    doi:10.1111/j.1467-9469.2006.00529.x
    """
    asked = np.unique(np.asarray(days, dtype=float))
    if not asked.size or not np.isfinite(asked).all() or asked[0] < 0:
        raise DefinitionError("There is no landmark, or one before the origin.", "Give days such as [91, 183, 274].")
    if horizon is not None and not 0 < horizon < np.inf:
        raise DefinitionError(f"horizon={horizon:g} is no span of time.", "Give a positive number of days.")
    pieces = [landmark(study, float(day), covariates, definition) for day in asked]
    reasons = [reason for piece in pieces for reason in piece.attrs["left_out"][-2:] if reason[1]]
    common = pieces[0].attrs["left_out"][:-2]
    categories = {name: _merged(pieces, name) for name in pieces[0].select_dtypes("category").columns}
    stacked = pd.concat(
        [_stretch(piece, float(day), horizon, categories) for day, piece in zip(asked, pieces, strict=True)]
    )
    stacked = stacked.reset_index(drop=True)
    stacked.attrs = {
        **pieces[0].attrs,
        # Each row's covariates were known by its own landmark, so none by later than its entry.
        "measured_day": dict.fromkeys(pieces[0].attrs["measured_day"], float(asked[0])),
        "left_out": (*common, *reasons),
    }
    return stacked


def _stretch(
    piece: pd.DataFrame, day: float, horizon: float | None, categories: dict[str, list[object]]
) -> pd.DataFrame:
    found = piece.copy()
    found.attrs = {}
    found.insert(1, "landmark", day)
    for name, values in categories.items():
        found[name] = found[name].cat.set_categories(values)
    if horizon is not None:
        beyond = found["exit"] > day + horizon
        found.loc[beyond, "event"] = 0
        found["exit"] = found["exit"].clip(upper=day + horizon)
    return found


def _merged(pieces: list[pd.DataFrame], name: str) -> list[object]:
    """Join the categories of all landmarks, each keeping its place after the one before it."""
    merged: list[object] = []
    for piece in pieces:
        place = 0
        for value in piece[name].cat.categories:
            if value not in merged:
                merged.insert(place, value)
            place = merged.index(value) + 1
    return merged
