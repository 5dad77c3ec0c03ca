"""The log-rank test and its weighted relatives."""

from functools import reduce

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import label, require_choice
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.kernels.log_rank_sums import LogRankSums, Weigh, log_rank_sums, survival_before
from remission.estimate.result import Estimand, Method, Test

WEIGHTS = ("log-rank", "gehan", "tarone-ware", "peto", "fleming-harrington")
# Of the spread at the events: less than this is rounding.
NOTHING_LEFT = 1e-10


def log_rank(
    table: pd.DataFrame,
    by: str = "group",
    *,
    exit: str = "exit",
    event: str = "event",
    entry: str | None = None,
    strata: str | None = None,
    weights: str = "log-rank",
    rho: float = 0.0,
    gamma: float = 0.0,
    trend: bool = False,
) -> Test:
    """Test whether time to the event has the same distribution in all groups.

    A large p-value does not show that groups are alike.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant (or a stretch of one, with ``entry``).
    by : str
        Column of groups known at entry.
    exit, event, entry : str
        As in ``kaplan_meier``.
    strata : str, optional
        Column within whose values groups are compared.
    weights : {"log-rank", "gehan", "tarone-ware", "peto", "fleming-harrington"}
        "peto" weighs by the pooled survival just before each time, as R's ``survdiff(rho=1)``.
    rho, gamma : float
        Powers for "fleming-harrington": S(t-) ** rho * (1 - S(t-)) ** gamma.
    trend : bool
        Test for a trend over the sorted groups with scores 0, 1, 2, …

    Returns
    -------
    Test
        Columns ``statistic df p_value``; ``method.options["groups"]`` has observed and expected.

    Raises
    ------
    NotEstimable
        There are fewer than two groups, no event, or nothing but times at which the groups could not
        differ; or the weights are 0, or no finite numbers, at the events.
    ImmortalTime
        ``by`` or ``strata`` was measured after observation starts.
    DefinitionError
        A power is no finite number, or a column is absent or holds impossible values.

    References
    ----------
    Mantel N (1966). Evaluation of survival data and two new rank order statistics.
    Fleming TR, Harrington DP (1981). doi:10.1080/03610928108828073.
    Peto R, Peto J (1972). doi:10.2307/2344317
    """
    require_choice("weights", weights, WEIGHTS)
    _require_powers(rho, gamma)
    data = event_data(table, exit, event, entry, [by] + ([strata] if strata else []))
    refuse_the_future(table, [by] + ([strata] if strata else []), data.entry)
    codes, values = pd.factorize(data.table[by], sort=True)
    _require_comparison(data, by, len(values))
    sums = _sum_strata(data, strata, codes, len(values), _weigher(weights, rho, gamma))
    _require_weights(sums, weights)
    statistic, df = _trend(sums) if trend else _overall(sums)
    return Test(
        estimand=Estimand(
            "equality of time to the event",
            event=table.attrs.get("definition", "the event"),
            contrast=by,
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            f"{weights} test" + (" for trend" if trend else ""),
            "Mantel 1966; Fleming and Harrington 1981, doi:10.1080/03610928108828073",
            {
                "weights": weights,
                "rho": rho,
                "gamma": gamma,
                "strata": strata,
                "groups": _counts(sums, codes, values),
            },
        ),
        sample=data.sample,
        table=pd.DataFrame({"statistic": [statistic], "df": [df], "p_value": [float(chdtrc(df, statistic))]}),
    )


def _counts(sums: LogRankSums, codes: np.ndarray, values: pd.Index) -> dict[str, dict[str, float]]:
    """Name each group's size with its observed and expected events, weighted as the test is."""
    return {
        label(value): {
            "n": int((codes == code).sum()),
            "observed": float(sums.observed[code]),
            "expected": float(sums.expected[code]),
        }
        for code, value in enumerate(values)
    }


def _require_comparison(data: EventData, by: str, groups: int) -> None:
    if groups < 2:
        raise NotEstimable(f"'{by}' has one value only, so there is nothing to compare.", "Choose other groups.")
    if not data.event.any():
        raise NotEstimable("No event was observed in any group.", "Wait for events, or report follow-up alone.")


def _weigher(weights: str, rho: float, gamma: float) -> Weigh:
    if weights == "gehan":
        return lambda n, d: n
    if weights == "tarone-ware":
        return lambda n, d: np.sqrt(n)
    if weights == "peto":
        return survival_before
    if weights == "fleming-harrington":
        return lambda n, d: _by_survival(survival_before(n, d), rho, gamma)
    return lambda n, d: np.ones_like(n)


def _by_survival(survival: np.ndarray, rho: float, gamma: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.asarray(survival**rho * (1 - survival) ** gamma)
    if not np.isfinite(weight).all():
        raise NotEstimable(
            f"With rho={rho:g} and gamma={gamma:g} the weight of some event is no finite number.",
            "Take powers of 0 or more.",
        )
    return weight


def _sum_strata(data: EventData, strata: str | None, codes: np.ndarray, groups: int, weigh: Weigh) -> LogRankSums:
    levels = pd.factorize(data.table[strata])[0] if strata else np.zeros(len(codes), dtype=int)
    parts = [
        log_rank_sums(
            data.exit[rows],
            data.event[rows],
            None if data.entry is None else data.entry[rows],
            codes[rows],
            groups,
            weigh,
        )
        for rows in (np.flatnonzero(levels == level) for level in np.unique(levels))
    ]
    return reduce(
        lambda a, b: LogRankSums(
            a.observed + b.observed, a.expected + b.expected, a.variance + b.variance, a.spread + b.spread
        ),
        parts,
    )


def _overall(sums: LogRankSums) -> tuple[float, int]:
    difference = sums.observed - sums.expected
    df = int(np.linalg.matrix_rank(sums.variance, tol=NOTHING_LEFT * sums.spread, hermitian=True))
    if df == 0:
        raise _alone()
    return float(difference @ np.linalg.pinv(sums.variance, hermitian=True) @ difference), df


def _trend(sums: LogRankSums) -> tuple[float, int]:
    scores = np.arange(sums.observed.size, dtype=float)
    variance = float(scores @ sums.variance @ scores)
    if variance <= NOTHING_LEFT * sums.spread * scores[-1] ** 2:
        raise _alone()
    return float((scores @ (sums.observed - sums.expected)) ** 2 / variance), 1


def _alone() -> NotEstimable:
    return NotEstimable(
        "Groups cannot be compared: whenever an event came, one group alone was at risk at that time, or all "
        "at risk had the event.",
        "Check entry times and strata, or compare the shares with the event.",
    )


def _require_powers(rho: float, gamma: float) -> None:
    if not np.isfinite([rho, gamma]).all():
        raise DefinitionError(f"rho={rho}, gamma={gamma} are no powers.", "Give finite numbers, such as 0 or 1.")


def _require_weights(sums: LogRankSums, weights: str) -> None:
    if not np.any(sums.expected):
        raise NotEstimable(
            f'The weights "{weights}" are 0 at every time of an event, so nothing is compared.',
            'Take weights="log-rank", or other powers.',
        )
