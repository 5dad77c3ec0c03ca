"""Gray's test of equal incidence of a cause between groups."""

from functools import reduce

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cause_data import CauseData, cause_data, name_of, one_row_each
from remission.estimate.curves import label
from remission.estimate.event_data import refuse_the_future
from remission.estimate.kernels.cause_table import cause_table
from remission.estimate.kernels.gray_score import GrayScore, gray_score
from remission.estimate.result import Check, Estimand, Method, Test


def gray(
    table: pd.DataFrame,
    by: str = "group",
    *,
    exit: str = "exit",
    cause: str = "cause",
    rho: float = 0.0,
    strata: str | None = None,
) -> Test:
    """Test for each cause whether its cumulative incidence is the same in all groups.

    A difference may come from the cause itself or from other causes that leave fewer people to have it. A
    large p-value does not show that groups are alike.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    by : str
        Column of groups known at entry.
    exit, cause : str
        As in ``aalen_johansen``.
    rho : float
        Weight (1 - pooled incidence) ** rho: above 0 early differences count more.
    strata : str, optional
        Column within whose values groups are compared.

    Returns
    -------
    Test
        One row a cause: ``cause statistic df p_value``; ``method.options["groups"]`` has observed and
        expected events of each cause.

    Raises
    ------
    NotEstimable
        There are fewer than two groups, all are censored, or for no cause groups are at risk together. Where
        some causes can be compared, the others have no statistic and a check fails.
    ImmortalTime
        ``by`` or ``strata`` was measured after observation starts.
    DefinitionError
        A column is absent or holds impossible values, or ``rho`` is no finite number.

    References
    ----------
    Gray RJ (1988). A class of K-sample tests for comparing the cumulative incidence of a competing risk.
    doi:10.1214/aos/1176350951. As R's ``cmprsk::cuminc``, ties included.
    """
    if not np.isfinite(rho):
        raise DefinitionError(f"rho={rho} is no power.", "Give a finite number, such as 0 or 1.")
    explaining = [by] + ([strata] if strata else [])
    found = cause_data(table, exit, cause, None, explaining)
    refuse_the_future(table, explaining, None)
    groups, values = pd.factorize(found.data.table[by], sort=True)
    if len(values) < 2:
        raise NotEstimable(f"'{by}' has one value only, so there is nothing to compare.", "Choose other groups.")
    layers = pd.factorize(found.data.table[strata])[0] if strata else np.zeros(groups.size, dtype=int)
    names = [label(value) for value in values]
    scores = {
        event: _sum_strata(found, k, np.asarray(groups), np.asarray(layers), len(names), rho)
        for k, event in enumerate(found.causes, start=1)
        if (found.code == k).any()
    }
    comparable = _comparable(scores)
    return Test(
        estimand=Estimand(
            "equality of cumulative incidences",
            event=name_of(found.causes, table),
            contrast=by,
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "Gray's test",
            "Gray 1988, doi:10.1214/aos/1176350951",
            {"rho": rho, "strata": strata, "groups": _counts(scores, names), "causes": found.counts()},
        ),
        sample=found.data.sample,
        table=pd.DataFrame(
            [_row(event, score) for event, score in scores.items()], columns=["cause", "statistic", "df", "p_value"]
        ),
        checks=(_every_cause(found, np.asarray(groups), names), comparable, one_row_each(found.data)),
    )


def _sum_strata(found: CauseData, k: int, groups: np.ndarray, layers: np.ndarray, count: int, rho: float) -> GrayScore:
    parts = [_stratum(found, k, groups, layers == layer, count, rho) for layer in np.unique(layers[found.data.event])]
    return reduce(
        lambda a, b: GrayScore(a.observed + b.observed, a.expected + b.expected, a.variance + b.variance), parts
    )


def _stratum(found: CauseData, k: int, groups: np.ndarray, rows: np.ndarray, count: int, rho: float) -> GrayScore:
    """Count by group at each time with an event and score cause ``k``."""
    exit_time, code = found.data.exit[rows], found.code[rows]
    times = np.unique(exit_time[code > 0])
    at_risk, own, other = (np.zeros((times.size, count)) for _ in range(3))
    for group in range(count):
        inside = groups[rows] == group
        counts = cause_table(exit_time[inside], code[inside], len(found.causes), None)
        at_risk[:, group] = inside.sum() - np.searchsorted(np.sort(exit_time[inside]), times, side="left")
        place = np.searchsorted(times, counts.time[counts.n_event.sum(axis=1) > 0])
        dead = counts.n_event[counts.n_event.sum(axis=1) > 0]
        own[place, group] = dead[:, k - 1]
        other[place, group] = dead.sum(axis=1) - dead[:, k - 1]
    return gray_score(at_risk, own, other, rho)


def _row(event: str, score: GrayScore) -> tuple[str, float, int, float]:
    """Give the test of one cause, or no number where there is none to give."""
    if _why_not(event, score):
        return event, float("nan"), 0, float("nan")
    difference, df = score.observed - score.expected, _rank(score.variance)
    statistic = float(difference @ np.linalg.pinv(score.variance, rcond=1e-10, hermitian=True) @ difference)
    return event, statistic, df, float(chdtrc(df, statistic))


def _rank(variance: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(variance, tol=1e-10 * max(1.0, np.trace(variance))))


def _why_not(event: str, score: GrayScore) -> str:
    """Say why groups cannot be compared for a cause; empty where they can."""
    if not (np.isfinite(score.expected).all() and np.isfinite(score.variance).all()):
        return (
            f"Groups cannot be compared for '{event}' with this rho: their pooled incidence passes 1 before the last "
            "event, as when small groups end early."
        )
    if _rank(score.variance) == 0:
        return f"Groups cannot be compared for '{event}': whenever it came, one group alone was at risk."
    return ""


def _comparable(scores: dict[str, GrayScore]) -> Check:
    """Refuse when no cause can be compared, and say which one cannot when others can."""
    reasons = [reason for event, score in scores.items() if (reason := _why_not(event, score))]
    if len(reasons) == len(scores):
        raise NotEstimable(reasons[0], "Check exit times and strata, take rho=0, or compare the shares with the event.")
    return Check("every cause can be compared", not reasons, " ".join(reasons) or "Every cause can be compared.")


def _counts(scores: dict[str, GrayScore], names: list[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Name each cause's observed and expected events by group, weighted as the test is."""
    return {
        event: {
            name: {"observed": float(score.observed[code]), "expected": float(score.expected[code])}
            for code, name in enumerate(names)
        }
        for event, score in scores.items()
    }


def _every_cause(found: CauseData, groups: np.ndarray, names: list[str]) -> Check:
    quiet = [
        f"{event} in {name}"
        for k, event in enumerate(found.causes, start=1)
        for code, name in enumerate(names)
        if not ((found.code == k) & (groups == code)).any()
    ]
    sentence = "Every cause happens in every group."
    if quiet:
        sentence = f"Never observed: {', '.join(quiet)}. The p-value of such a cause is rough."
    return Check("every cause in every group", not quiet, sentence)
