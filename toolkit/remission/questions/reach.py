"""How many attempts it takes to reach people, and what that means for the follow-up rate."""

from dataclasses import dataclass
from datetime import date
from math import ceil

import numpy as np
import pandas as pd

from remission.cohort import EVERYONE, Study, contact_attempts
from remission.errors import NotEstimable
from remission.estimate import aalen_johansen
from remission.estimate.result import Curve
from remission.tracking import dispositions

GOAL = 0.8
FEWEST_TRIED = 20
FEWEST_AT_RISK = 10
ANSWERED = ("completed_in_window", "completed_out_of_window")
FORECAST = ("wave", "due", "answered", "open", "need", "at_most", "expected", "low", "high", "chance")


@dataclass(frozen=True)
class Forecast:
    """Follow-up wave by wave against a goal.

    Attributes
    ----------
    goal : float
    waves : pandas.DataFrame
        One row is a wave whose window has opened for somebody: ``wave due answered open need at_most expected low
        high chance``. ``due`` are those whose window has opened; ``open`` those who may still answer; ``need`` how
        many of these must, for the goal; ``at_most`` the rate if all did; ``expected`` and ``low`` to ``high`` (90 %)
        how many will, and ``chance`` that it is enough, by the reach curve; missing where that is not known.
    """

    goal: float
    waves: pd.DataFrame


def reach_table(study: Study, today: date | None = None) -> pd.DataFrame:
    """One row is an interview for which somebody was tried.

    Returns
    -------
    pandas.DataFrame
        ``participant_id wave channel exit cause``: ``exit`` is the number of the attempt that completed it or was
        refused, or of the last so far; ``cause`` ``reached``, ``refused`` or empty. An interview that was completed
        without an attempt, or before any, is not in it.
    """
    held = contact_attempts(study.for_purpose(EVERYONE))
    held = held[held["wave"].notna()]
    keys = ["participant_id", "wave"]
    held = held.assign(number=held.groupby(keys).cumcount() + 1.0)
    held["cause"] = held["outcome"].map({"completed": "reached", "refused": "refused"}).fillna("")
    ends = held[held["cause"] != ""].drop_duplicates(keys)
    rest = held.drop_duplicates(keys, keep="last")
    rest = rest[~pd.MultiIndex.from_frame(rest[keys]).isin(pd.MultiIndex.from_frame(ends[keys]))]
    found = pd.concat([ends, rest]).sort_values(keys, kind="stable")
    done = dispositions(study, today)
    done = done.loc[done["disposition"].isin(ANSWERED), keys]
    answered = pd.MultiIndex.from_frame(found[keys]).isin(pd.MultiIndex.from_frame(done))
    # Answered after the attempts, though no attempt says so.
    found["cause"] = found["cause"].mask((found["cause"] == "") & answered, "reached")
    return found.rename(columns={"number": "exit"})[[*keys, "channel", "exit", "cause"]].reset_index(drop=True)


def reach_curve(study: Study, by: str | None = None, today: date | None = None) -> Curve:
    """Estimate the share of interviews completed by the first, second, third … attempt.

    Time is the number of the attempt; a refusal ends the trying and is a competing cause. Who was tried so often
    and not reached so far is censored at the last attempt, so the curve says what more attempts bring if those who
    were given up are like those who were not.

    Parameters
    ----------
    study : Study
    by : {"wave", "channel"}, optional
        ``channel`` is that of the attempt that ended it, or of the last.
    today : datetime.date, optional

    Raises
    ------
    NotEstimable
        Fewer than twenty interviews were tried, or none was completed.
    """
    table = reach_table(study, today)
    if len(table) < FEWEST_TRIED or not (table["cause"] == "reached").any():
        raise NotEstimable(
            f"{len(table)} interviews were tried; a reach curve takes {FEWEST_TRIED}, and one that was completed.",
            "Note every attempt, on the desk or with `remission contact log`.",
        )
    return aalen_johansen(table, by=by)


def follow_up_forecast(study: Study, goal: float = GOAL, today: date | None = None) -> Forecast:
    """Tell what it takes to bring follow-up to a goal, wave by wave, and how likely that is.

    Those whose window has opened are counted as due, so that a wave is told about while something can still be done.
    The chance of each open interview is read off the reach curve, given the attempts made so far, up to the last
    attempt that ten people were given; the number reached then follows the exact distribution of a sum of such chances.

    Parameters
    ----------
    study : Study
    goal : float
        Between 0 and 1; 80 % is what SAMHSA asks of grantees.
    today : datetime.date, optional

    Raises
    ------
    NotEstimable
        No window has opened yet, or the goal is no share.
    """
    if not 0 < goal <= 1:
        raise NotEstimable(f"A goal of {goal:g} is no share.", "Give one above 0 and up to 1, such as 0.8.")
    day = today or date.today()
    found = dispositions(study, day)
    found = found[found["opens_on"].le(pd.Timestamp(day)) | found["due"]]
    if found.empty:
        raise NotEstimable("No interview's window has opened yet.", "Come back when the first one has.")
    refused = _refused(study)
    waiting = (found["disposition"] == "not_yet_due") | (
        (found["disposition"] == "partial") & found["closes_on"].ge(pd.Timestamp(day))
    )
    waiting &= ~pd.MultiIndex.from_frame(found[["participant_id", "wave"]]).isin(refused)
    chances = _chances(study, found[waiting], day)
    order = [wave.name for wave in study.protocol.standing_waves]
    rows = [
        _row(wave, found[found["wave"] == wave], chances[found.loc[waiting, "wave"] == wave], goal)
        for wave in order
        if (found["wave"] == wave).any()
    ]
    return Forecast(goal, pd.DataFrame(rows, columns=list(FORECAST)))


def sum_of_chances(chances: np.ndarray) -> np.ndarray:
    """Return the probabilities of 0, 1, … successes of independent trials with given chances (Poisson binomial).

    References
    ----------
    Hong Y (2013), Computational Statistics & Data Analysis 59:41-51, doi:10.1016/j.csda.2012.10.006.
    """
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, [1 - chance, chance])
    return found


def _row(wave: str, due: pd.DataFrame, chances: pd.Series, goal: float) -> tuple[object, ...]:
    answered = int(due["disposition"].isin(ANSWERED).sum())
    total, waiting = len(due), len(chances)
    # A goal such as 0.8 of 10 is 8, whatever the last binary digit says.
    need = max(0, ceil(goal * total - 1e-9) - answered)
    at_most = (answered + waiting) / total
    known = (wave, total, answered, waiting, need, at_most)
    if chances.isna().any():
        return (*known, np.nan, np.nan, np.nan, np.nan)
    law = sum_of_chances(chances.to_numpy(dtype=float))
    reached = np.cumsum(law)
    low, high = (int(np.searchsorted(reached, level - 1e-12)) for level in (0.05, 0.95))
    chance = float(law[need:].sum()) if need < len(law) else 0.0
    return (*known, float(chances.sum()), float(low), float(high), min(1.0, chance))


def _refused(study: Study) -> pd.MultiIndex:
    held = contact_attempts(study.for_purpose(EVERYONE))
    return pd.MultiIndex.from_frame(held.loc[held["outcome"] == "refused", ["participant_id", "wave"]])


def _chances(study: Study, waiting: pd.DataFrame, day: date) -> pd.Series:
    """Return the chance that each open interview will be completed; missing where no curve is known."""
    try:
        table = reach_curve(study, today=day).table
    except NotEstimable:
        return pd.Series(np.nan, index=waiting.index)
    # So few were tried as often that what further attempts bring is not known.
    table = table[(table["n_at_risk"] >= FEWEST_AT_RISK) | (table["time"] <= 1)]
    share = {name: rows.set_index("time")["estimate"].sort_index() for name, rows in table.groupby("event")}
    held = contact_attempts(study.for_purpose(EVERYONE))
    tried = held[held["wave"].notna()].groupby(["participant_id", "wave"]).size()
    made = pd.MultiIndex.from_frame(waiting[["participant_id", "wave"]]).map(tried.to_dict())
    numbers = pd.Series(made, index=waiting.index, dtype=float).fillna(0.0)
    reached, refused = share.get("reached"), share.get("refused")
    assert reached is not None
    ever, by_now = float(reached.iloc[-1]), numbers.map(lambda number: _at(reached, number))
    gone = numbers.map(lambda number: 0.0 if refused is None else _at(refused, number))
    left = 1 - by_now - gone
    chances: pd.Series = ((ever - by_now) / left.where(left > 0)).fillna(0.0).clip(0.0, 1.0)
    return chances


def _at(curve: pd.Series, number: float) -> float:
    before = curve[curve.index <= number]
    return float(before.iloc[-1]) if len(before) else 0.0
