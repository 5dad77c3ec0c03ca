"""Reliable and clinically significant change, person by person."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.as_numbers import numbers
from remission.estimate.curves import require_choice, require_level
from remission.estimate.formula import complete_rows
from remission.estimate.kernels.reliable_change import (
    cutoff_between,
    error_of_difference,
    error_of_measurement,
    reliable_change_index,
    statuses,
)
from remission.estimate.record import Check, Estimand, Estimates, Method, Sample

FEW = 30
REACHED = "reached the smallest important change"


@dataclass(frozen=True, kw_only=True)
class ReliableChange(Estimates):
    """Reliable change of each person, with the yardsticks that it was judged by.

    Attributes
    ----------
    people : pandas.DataFrame
        One row is a person who has both scores, in the order of the table: ``participant_id`` (where the
        table has it), ``before``, ``after``, ``change`` (after minus before), ``index`` (change in errors of
        a difference), ``status``, and ``important`` (reached ``mcid``) where that was given.
    standard_error : float
        Standard error of measurement.
    difference_error : float
        Standard error of a difference.
    threshold : float
        Points by which a score must change, and more, to be a reliable change.
    cutoff : float or None
        Between the functional and the dysfunctional range.
    """

    people: pd.DataFrame
    standard_error: float
    difference_error: float
    threshold: float
    cutoff: float | None


def reliable_change(
    table: pd.DataFrame,
    *,
    before: str,
    after: str,
    sd: float,
    reliability: float,
    higher_is: str,
    mcid: float | None = None,
    functional: tuple[float, float] | None = None,
    dysfunctional: tuple[float, float] | None = None,
    conf_level: float = 0.95,
) -> ReliableChange:
    """Tell who changed by more than error, and who moved into the functional range (Jacobson and Truax).

    The index is the change over the error of a difference, ``sd * sqrt(2 * (1 - reliability))``. Who gets
    better by more than the normal quantile of it has ``improved``, and has ``recovered`` if besides the score
    was in the dysfunctional range (at or short of the cutoff) before and is past the cutoff after.
    ``deteriorated`` is the same the other way, without a cutoff; the rest is ``unchanged``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a person. Who lacks a score is left out and counted.
    before, after : str
        Columns of scores.
    sd, reliability : float
        Of the score before treatment in a comparable population; not estimated from this table.
    higher_is : {"better", "worse"}
        What a higher score means. There is no default: the wrong one swaps recovery and deterioration.
    mcid : float, optional
        Smallest important change in points, more than 0.
    functional, dysfunctional : (float, float), optional
        Mean and standard deviation of the score in people without and with the problem; both or neither.
        They give cutoff c. Without them nobody is called recovered.
    conf_level : float
        Of the change and of the intervals.

    Returns
    -------
    ReliableChange
        Rows ``standard error of measurement``, ``standard error of a difference``, ``smallest reliable
        change``, ``cutoff`` (if there is one), then the shares ``recovered`` (if there is a cutoff),
        ``improved`` (and not recovered), ``unchanged``, ``deteriorated``, and with ``mcid`` ``reached the
        smallest important change``, with Wilson's interval and two further columns ``count n``.

    Raises
    ------
    NotEstimable
        Nobody has both scores, or a score is infinite.
    DefinitionError
        A column is absent or holds no numbers, a person has two rows, or a yardstick is impossible.

    References
    ----------
    Jacobson NS, Truax P (1991), doi:10.1037/0022-006X.59.1.12. Wilson EB (1927),
    doi:10.1080/01621459.1927.10502953. Smallest important change: Jaeschke R, Singer J, Guyatt GH (1989),
    doi:10.1016/0197-2456(89)90005-6.
    """
    critical = require_level(conf_level)
    require_choice("higher_is", higher_is, ("better", "worse"))
    _require_yardsticks(sd, reliability, mcid)
    better = 1.0 if higher_is == "better" else -1.0
    cutoff = _cutoff(functional, dysfunctional, better)
    people, sample = _people(table, before, after)
    index = reliable_change_index(people["before"].to_numpy(), people["after"].to_numpy(), sd, reliability)
    people["index"] = index
    people["status"] = statuses(better * index, critical, _crossed(people, cutoff, better))
    if mcid is not None:
        people["important"] = better * people["change"] >= mcid
    errors = error_of_measurement(sd, reliability), error_of_difference(sd, reliability)
    yardsticks = {
        "standard error of measurement": errors[0],
        "standard error of a difference": errors[1],
        "smallest reliable change": critical * errors[1],
    } | ({} if cutoff is None else {"cutoff": cutoff})
    return ReliableChange(
        estimand=Estimand("reliable change", event=after, contrast=f"{after} against {before}"),
        method=_method(sd, reliability, higher_is, mcid, functional, dysfunctional, conf_level),
        sample=sample,
        table=_tidy(people, yardsticks, conf_level),
        checks=_checks(people, cutoff, better),
        people=people,
        standard_error=errors[0],
        difference_error=errors[1],
        threshold=critical * errors[1],
        cutoff=cutoff,
    )


def _require_yardsticks(sd: float, reliability: float, mcid: float | None) -> None:
    if not 0 < sd < np.inf:
        raise DefinitionError(f"sd={sd} is no standard deviation.", "Give a positive number of points.")
    if not 0 <= reliability < 1:
        raise DefinitionError(f"reliability={reliability} is none.", "Give 0 or more, and less than 1.")
    if mcid is not None and not 0 < mcid < np.inf:
        raise DefinitionError(f"mcid={mcid} is no change.", "Give a positive number of points, whatever higher means.")


def _cutoff(
    functional: tuple[float, float] | None, dysfunctional: tuple[float, float] | None, better: float
) -> float | None:
    if functional is None and dysfunctional is None:
        return None
    if functional is None or dysfunctional is None:
        raise DefinitionError("Cutoff c lies between two populations.", "Give both functional and dysfunctional.")
    if not (0 < functional[1] < np.inf and 0 < dysfunctional[1] < np.inf):
        raise DefinitionError("A standard deviation of the populations is not positive.", "Give (mean, sd) of each.")
    if better * (functional[0] - dysfunctional[0]) <= 0:
        raise DefinitionError(
            f"The functional mean {functional[0]:g} is not better than the dysfunctional {dysfunctional[0]:g}.",
            "Exchange them, or correct higher_is.",
        )
    return cutoff_between(functional, dysfunctional)


def _people(table: pd.DataFrame, before: str, after: str) -> tuple[pd.DataFrame, Sample]:
    if "participant_id" in table.columns and table["participant_id"].duplicated().any():
        twice = table.loc[table["participant_id"].duplicated(), "participant_id"].iloc[0]
        raise DefinitionError(f"Participant {twice} has two rows.", "Give one row a person, with both scores in it.")
    frame = complete_rows(table, [before, after])
    if frame.table.empty:
        raise NotEstimable(f"Nobody has both {before} and {after}.", "Name scores that the same people have.")
    scores = numbers(frame.table, [before, after])
    people = frame.table[["participant_id"]].copy() if "participant_id" in table.columns else scores[[]].copy()
    people["before"], people["after"] = scores[before], scores[after]
    people["change"] = people["after"] - people["before"]
    return people, Sample(len(people), len(people), left_out=frame.left_out)


def _crossed(people: pd.DataFrame, cutoff: float | None, better: float) -> np.ndarray:
    if cutoff is None:
        return np.zeros(len(people), dtype=bool)
    before, after = (better * (people[name].to_numpy() - cutoff) for name in ("before", "after"))
    return np.asarray((before <= 0) & (after > 0))


def _method(
    sd: float,
    reliability: float,
    higher_is: str,
    mcid: float | None,
    functional: tuple[float, float] | None,
    dysfunctional: tuple[float, float] | None,
    conf_level: float,
) -> Method:
    return Method(
        "reliable change index",
        "Jacobson and Truax 1991, doi:10.1037/0022-006X.59.1.12",
        {
            "sd": sd,
            "reliability": reliability,
            "higher_is": higher_is,
            "mcid": mcid,
            "functional": functional,
            "dysfunctional": dysfunctional,
            "conf_level": conf_level,
        },
    )


def _tidy(people: pd.DataFrame, yardsticks: dict[str, float], conf_level: float) -> pd.DataFrame:
    counts = {name: int((people["status"] == name).sum()) for name in ("improved", "unchanged", "deteriorated")}
    if "cutoff" in yardsticks:
        counts = {"recovered": int((people["status"] == "recovered").sum())} | counts
    if "important" in people:
        counts[REACHED] = int(people["important"].sum())
    rows: list[tuple[object, ...]] = [
        (name, "points", size, np.nan, np.nan, np.nan, pd.NA, pd.NA) for name, size in yardsticks.items()
    ]
    rows += [_share(name, count, len(people), conf_level) for name, count in counts.items()]
    names = ["term", "contrast", "estimate", "std_error", "conf_low", "conf_high", "count", "n"]
    return pd.DataFrame(rows, columns=names).astype({"count": "Int64", "n": "Int64"})


def _share(name: str, count: int, n: int, conf_level: float) -> tuple[object, ...]:
    share = count / n
    interval = binomtest(count, n).proportion_ci(conf_level, method="wilson")
    error = float(np.sqrt(share * (1 - share) / n))
    return (name, "share", share, error, float(interval.low), float(interval.high), count, n)


def _checks(people: pd.DataFrame, cutoff: float | None, better: float) -> tuple[Check, ...]:
    enough = Check("enough participants", len(people) >= FEW, f"{len(people)} people have both scores.")
    if cutoff is None:
        return (enough,)
    functional = int((better * (people["before"] - cutoff) > 0).sum())
    return (
        enough,
        Check(
            "everyone could recover",
            functional == 0,
            f"{functional} of {len(people)} were in the functional range before and cannot be called recovered."
            if functional
            else "Everyone was in the dysfunctional range before.",
        ),
    )
