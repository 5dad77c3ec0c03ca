"""Abstinence from a daily calendar: point prevalence, continuous, and prolonged with or without lapses."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remission.errors import DefinitionError
from remission.outcomes.day_grid import DayGrid, day_grid
from remission.outcomes.lapse_rules import HUGHES_2003, NO_LAPSE, LapseRule, first_met

MISSING = {
    "use": "A day without an entry counts as a day of use, and who missed the visit is not abstinent.",
    "missing": "Where days without an entry could change the answer it is missing, and so it is for who missed the "
    "visit.",
    "complete": "The answer is missing for everybody with a day without an entry, and for who missed the visit.",
}


@dataclass(frozen=True)
class Verification:
    """A biochemical check at the visit that closes the window, such as carbon monoxide in breath.

    Attributes
    ----------
    checks : pandas.DataFrame
        One row is a check: ``participant_id day amount``.
    cut_off : float
        Use is what lies above it.
    within : int
        The check may lie so many days before or after the visit; the nearest counts, the higher of two.
    """

    checks: pd.DataFrame
    cut_off: float
    within: int = 0


def point_prevalence(
    calendar: pd.DataFrame,
    at: pd.Series,
    *,
    days: int = 7,
    missing: str = "use",
    verified: Verification | None = None,
) -> pd.DataFrame:
    """Abstinence on the days right before a visit.

    Parameters
    ----------
    calendar : pandas.DataFrame
        One row is a participant on a day: ``participant_id day amount``; 0 is no use, missing no entry.
    at : pandas.Series
        Day of the visit by participant; missing where it was missed. The day itself is not part of it.
    days : int
    missing : {"use", "missing", "complete"}
        What a day without an entry, a missed visit and a missing check mean; see ``MISSING``.
    verified : Verification, optional
        Abstinence must be confirmed by a check; a missing one counts as the missing days do.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id abstinent lapsed relapse_day days known_days use_days``.
        ``abstinent`` is True, False or missing; ``lapsed`` whether any use was reported in the window;
        ``relapse_day`` the day on which reported use was too much. ``attrs["definition"]`` is the sentence.

    Raises
    ------
    DefinitionError
        The rule for missing days is none, the window is below one day, or the calendar is wrong.

    References
    ----------
    Hughes JR and others (2003). Measures of abstinence in clinical trials: issues and recommendations.
    doi:10.1080/1462220031000070552

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.outcomes import point_prevalence
    >>> days = pd.DataFrame({"participant_id": "a", "day": range(10), "amount": [5, 2, 0, 0, 0, 0, 0, 0, 0, 0]})
    >>> point_prevalence(days, pd.Series({"a": 10}))["abstinent"].tolist()
    [True]
    """
    if days < 1:
        raise DefinitionError(f"Point prevalence over {days} days is none.", "Name at least one day.")
    grid = day_grid(calendar, at - days, at)
    return _scored(grid, at - days, at, NO_LAPSE, missing, verified, f"No use on the {days} days before the visit.")


def continuous_abstinence(
    calendar: pd.DataFrame,
    start: pd.Series,
    end: pd.Series,
    *,
    missing: str = "use",
    verified: Verification | None = None,
) -> pd.DataFrame:
    """Abstinence from one day up to the day before another, without a single day of use.

    Parameters
    ----------
    calendar, missing, verified
        As for ``point_prevalence``.
    start, end : pandas.Series
        Days by participant, of one index.

    Returns
    -------
    pandas.DataFrame
        As from ``point_prevalence``.
    """
    grid = day_grid(calendar, start, end)
    return _scored(grid, start, end, NO_LAPSE, missing, verified, "No use from the first day to the visit.")


def prolonged_abstinence(
    calendar: pd.DataFrame,
    quit_day: pd.Series,
    end: pd.Series,
    *,
    grace: int = 14,
    lapse: LapseRule = HUGHES_2003,
    missing: str = "use",
    verified: Verification | None = None,
) -> pd.DataFrame:
    """Abstinence from the end of a grace period up to the day before a visit, with lapses that the rule allows.

    Parameters
    ----------
    calendar, missing, verified
        As for ``point_prevalence``.
    quit_day, end : pandas.Series
        Days by participant, of one index.
    grace : int
        Days from the quit day on whose use does not count.
    lapse : LapseRule
        What ends abstinence; ``NO_LAPSE`` allows none.

    Returns
    -------
    pandas.DataFrame
        As from ``point_prevalence``. Who has no day between grace period and visit has a missing answer.

    Raises
    ------
    DefinitionError
        The grace period is below 0 days, or as for ``point_prevalence``.
    """
    if grace < 0:
        raise DefinitionError(f"A grace period of {grace} days is none.", "Name 0 days or more.")
    start = quit_day + grace
    ended = end.where(~(end < start), start)
    sentence = f"From {grace} days after the quit day to the visit. {lapse.sentence}"
    return _scored(day_grid(calendar, start, ended), start, end, lapse, missing, verified, sentence)


def _scored(
    grid: DayGrid,
    start: pd.Series,
    end: pd.Series,
    lapse: LapseRule,
    missing: str,
    verified: Verification | None,
    sentence: str,
) -> pd.DataFrame:
    if missing not in MISSING:
        raise DefinitionError(f"'{missing}' is no rule for missing days.", f"Rules are {', '.join(MISSING)}.")
    amount = np.nan_to_num(grid.amount, nan=0.0)
    met = first_met(lapse, grid.used, amount)
    # Missing days taken as use at its worst, so that between this answer and the one above lies every other.
    worst = first_met(lapse, grid.used | grid.unknown, np.where(grid.unknown, np.inf, amount))
    absent = (start.isna() | end.isna()).to_numpy()
    fails, doubtful = met >= 0, worst >= 0
    if verified is not None:
        value = _nearest_check(verified, end)
        fails = fails | (value > verified.cut_off)
        doubtful = doubtful | ~(value <= verified.cut_off)
        sentence += f" Confirmed by a check of no more than {verified.cut_off:g}."
    abstinent = _answer(missing, fails, doubtful | absent, grid.unknown.any(axis=1) | absent)
    abstinent[(grid.length == 0) & ~absent] = pd.NA
    found = pd.DataFrame(
        {
            "abstinent": abstinent,
            "lapsed": grid.used.any(axis=1),
            "relapse_day": np.where(met >= 0, start.to_numpy(dtype=float) + met, np.nan),
            "days": grid.length,
            "known_days": grid.known.sum(axis=1),
            "use_days": grid.used.sum(axis=1),
        },
        index=grid.people,
    )
    found = found.rename_axis("participant_id").reset_index()
    found.attrs["definition"] = f"{sentence} {MISSING[missing]}"
    return found


def _answer(
    missing: str, fails: NDArray[np.bool_], doubtful: NDArray[np.bool_], incomplete: NDArray[np.bool_]
) -> pd.arrays.BooleanArray:
    """Answer True, False or missing, from what was reported and from what it could have been at worst."""
    if missing == "use":
        return pd.arrays.BooleanArray(~(fails | doubtful), np.zeros(len(fails), dtype=bool))
    unknown = doubtful & ~fails
    return pd.arrays.BooleanArray(~fails, unknown | incomplete if missing == "complete" else unknown)


def _nearest_check(verified: Verification, end: pd.Series) -> NDArray[np.float64]:
    """Value of the check nearest to each participant's visit; missing where none is near enough."""
    checks = verified.checks[verified.checks["amount"].notna()]
    visit = checks["participant_id"].map(end).astype(float)
    away = (checks["day"].astype(float) - visit).abs()
    near = checks.assign(away=away)[(away <= verified.within).to_numpy()]
    near = near.sort_values(["participant_id", "away", "amount"], ascending=[True, True, False])
    return near.groupby("participant_id")["amount"].first().reindex(end.index).to_numpy(dtype=float)
