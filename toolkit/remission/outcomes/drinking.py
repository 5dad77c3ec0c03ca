"""Drinking outcomes from a daily calendar of standard drinks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from remission.errors import DefinitionError
from remission.outcomes.day_grid import DayGrid, day_grid
from remission.outcomes.lapse_rules import LapseRule, first_met, run_lengths

# A share such as 0.7 of 10 days must not miss 7 by its last digit.
ROUNDING = 1e-9
HEAVY_FROM: Mapping[str, float] = {"male": 5.0, "female": 4.0}


def heavy_from_sex(sex: pd.Series) -> pd.Series:
    """Drinks from which on a day is one of heavy drinking: five for men, four for women.

    Parameters
    ----------
    sex : pandas.Series
        ``male`` or ``female`` by participant; missing stays missing.

    Raises
    ------
    DefinitionError
        Another word.

    References
    ----------
    National Institute on Alcohol Abuse and Alcoholism: drinking levels defined. Hagman BT and others (2022).
    doi:10.1176/appi.ajp.21090963
    """
    strange = sex.notna() & ~sex.isin(list(HEAVY_FROM))
    if strange.any():
        raise DefinitionError(
            f"The sex of participant {sex.index[strange][0]} is '{sex[strange].iloc[0]}', for which there is no "
            "threshold of heavy drinking.",
            "Use male, female or missing, or give each participant's threshold as a number.",
        )
    return sex.map(dict(HEAVY_FROM)).astype(float)


def drinking(
    calendar: pd.DataFrame,
    start: pd.Series,
    end: pd.Series,
    *,
    heavy_from: pd.Series | float,
    required_share: float,
    heavy_run: tuple[int, int] = (3, 3),
) -> pd.DataFrame:
    """Summarise each participant's drinking from one day up to the day before another.

    Parameters
    ----------
    calendar : pandas.DataFrame
        One row is a participant on a day: ``participant_id day amount``, the amount in standard drinks; 0 is
        no drinking, missing no entry.
    start, end : pandas.Series
        Days by participant, of one index; missing where the visit that sets them was missed.
    heavy_from : pandas.Series or float
        Drinks from which on a day is heavy; by participant as from ``heavy_from_sex``, or one for all. Where
        it is missing, all that is about heavy drinking is missing.
    required_share : float
        Share of days, 0 to 1, that must be known for the summaries of the whole window.
    heavy_run : tuple of int
        ``(k, w)``: k heavy days among w days in a row; (3, 3) is three in a row.

    Returns
    -------
    pandas.DataFrame
        One row is a participant: ``participant_id days known_days enough drinking_days heavy_days
        percent_days_abstinent percent_heavy_days drinks_per_drinking_day longest_abstinence no_heavy_days
        first_drinking_day first_drinking_certain first_heavy_day first_heavy_certain heavy_run_day``.

        Percentages are of known days. ``drinks_per_drinking_day`` is missing where no drinking day is known,
        not 0. A day without an entry interrupts ``longest_abstinence``. ``no_heavy_days`` is False once a
        heavy day is known. These five are missing where fewer days than ``required_share`` are known, a known
        heavy day excepted. First days are those known, on the calendar's own day numbers, and ``certain``
        where every day before them is known, or every day at all where there is none. ``heavy_run_day`` is
        the day on which the run was complete.

    Raises
    ------
    DefinitionError
        The share is not between 0 and 1, a threshold is not above 0, the run cannot be, or the calendar is wrong.

    References
    ----------
    Sobell LC, Sobell MB (1992). Timeline follow-back: a technique for assessing self-reported alcohol
    consumption. doi:10.1007/978-1-4612-0357-5_3

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.outcomes import drinking
    >>> days = pd.DataFrame({"participant_id": "a", "day": range(4), "amount": [0, 6, 0, 2]})
    >>> whole = pd.Series({"a": 0}), pd.Series({"a": 4})
    >>> found = drinking(days, *whole, heavy_from=5, required_share=1)
    >>> found[["percent_days_abstinent", "percent_heavy_days", "drinks_per_drinking_day"]].values.tolist()
    [[50.0, 25.0, 4.0]]
    """
    if not 0 <= required_share <= 1:
        raise DefinitionError(f"A share of {required_share} of the days is none.", "Name a share from 0 to 1.")
    grid = day_grid(calendar, start, end)
    limit = _thresholds(heavy_from, grid.people)
    rule = LapseRule("heavy run", "", days=heavy_run)
    heavy = grid.amount >= limit[:, None]
    judged = ~np.isnan(limit)
    known, first_day = grid.known.sum(axis=1), start.to_numpy(dtype=float)
    enough = (grid.length > 0) & (known >= required_share * grid.length - ROUNDING)
    run = first_met(rule, heavy, np.nan_to_num(grid.amount, nan=0.0))
    summary = _summary(grid, heavy, judged, enough)
    drank_first, drank_certain = _first(grid.used, grid.unknown, grid.length)
    heavy_first, heavy_certain = _first(heavy, grid.unknown, grid.length)
    found = pd.DataFrame(
        {
            "days": grid.length,
            "known_days": known,
            "enough": enough,
            **summary,
            "first_drinking_day": first_day + drank_first,
            "first_drinking_certain": drank_certain,
            "first_heavy_day": first_day + heavy_first,
            "first_heavy_certain": heavy_certain & judged,
            "heavy_run_day": np.where(run >= 0, first_day + run, np.nan),
        },
        index=grid.people,
    )
    return found.rename_axis("participant_id").reset_index()


def _summary(
    grid: DayGrid, heavy: NDArray[np.bool_], judged: NDArray[np.bool_], enough: NDArray[np.bool_]
) -> dict[str, object]:
    known, drank = grid.known.sum(axis=1), grid.used.sum(axis=1)
    heavy_days = np.where(judged, heavy.sum(axis=1), np.nan)
    drinks = np.nan_to_num(grid.amount, nan=0.0).sum(axis=1)
    per_known = np.where(enough & (known > 0), 100.0 / np.maximum(known, 1), np.nan)
    any_heavy = heavy_days > 0
    undecided = ~judged | (~any_heavy & (~enough | (known == 0)))
    return {
        "drinking_days": drank,
        "heavy_days": heavy_days,
        "percent_days_abstinent": (known - drank) * per_known,
        "percent_heavy_days": heavy_days * per_known,
        "drinks_per_drinking_day": np.where(enough & (drank > 0), drinks / np.maximum(drank, 1), np.nan),
        "longest_abstinence": np.where(enough, run_lengths(grid.known & ~grid.used).max(axis=1, initial=0), np.nan),
        "no_heavy_days": pd.arrays.BooleanArray(~any_heavy, undecided),
    }


def _thresholds(heavy_from: pd.Series | float, people: pd.Index) -> NDArray[np.float64]:
    if isinstance(heavy_from, pd.Series):
        limit = heavy_from.reindex(people).to_numpy(dtype=float)
    else:
        limit = np.full(len(people), float(heavy_from))
    if (limit <= 0).any():
        raise DefinitionError("A day with no drinks cannot be one of heavy drinking.", "Name a threshold above 0.")
    return limit


def _first(
    hit: NDArray[np.bool_], unknown: NDArray[np.bool_], length: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Column of the first hit, missing where none, and whether all columns before it are known."""
    if not hit.size:
        return np.full(len(hit), np.nan), np.zeros(len(hit), dtype=bool)
    any_hit = hit.any(axis=1)
    place = np.where(any_hit, hit.argmax(axis=1), length)
    silent = unknown & (np.arange(hit.shape[1])[None, :] < place[:, None])
    return np.where(any_hit, place, np.nan), ~silent.any(axis=1) & (length > 0)
