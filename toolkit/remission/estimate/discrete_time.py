"""Hazards in periods between waves."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.errors import NotEstimable
from remission.estimate.cox_checks import cluster_check
from remission.estimate.cox_data import event_names
from remission.estimate.cox_fit import cluster_codes
from remission.estimate.curves import label, require_choice, require_level
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.formula import Design, build_design, required, split_sides
from remission.estimate.kernels.binary_regression import BinaryFit, fit_binary
from remission.estimate.kernels.separation import separating_direction
from remission.estimate.result import COEFFICIENT_COLUMNS, Check, Coefficients, Estimand, Method, Sample

REFERENCES = {
    "logit": "Singer and Willett 1993, doi:10.3102/10769986018002155",
    "cloglog": "Prentice and Gloeckler 1978, doi:10.2307/2529588",
}
EVENTS_PER_TERM = 5


@dataclass(frozen=True, kw_only=True)
class DiscreteCoefficients(Coefficients):
    """Coefficients and period effects of hazards, with the test of no effect in ``glance()``."""

    tests: dict[str, float] = field(default_factory=dict)

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), **self.tests}


@dataclass(frozen=True)
class _Periods:
    """Rows of periods with an event and with none: the others say nothing about effects."""

    design: Design
    x: np.ndarray
    event: np.ndarray
    table: pd.DataFrame
    terms: tuple[str, ...]

    def design_for(self, table: pd.DataFrame) -> np.ndarray:
        """Lay out new rows; they need the column of the period's end."""
        names = [term for term in self.terms if term.startswith("period to ")]
        ends = table[self.table.attrs["exit"]].map(lambda end: f"period to {label(float(end))}").to_numpy()
        return np.column_stack([*(ends == name for name in names), self.design.design_for(table)]).astype(float)


def discrete_time(
    formula: str,
    table: pd.DataFrame,
    *,
    link: str = "logit",
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> DiscreteCoefficients:
    """Effects on the hazard in a period, where waves tell only in which period the event came.

    Each period has a free level of its own. With ``"cloglog"`` the effects are log hazard ratios of the proportional
    hazards model in continuous time; with ``"logit"`` log odds ratios of the event within a period.

    Parameters
    ----------
    formula : str
        ``"Event(exit, event) ~ ..."``: ``exit`` is the end of the period (or its number), ``event`` 1 where it came.
    table : pandas.DataFrame
        One row is a participant in a period at risk, as from ``remission.tables.person_period``.
    link : {"logit", "cloglog"}
    cluster : str, optional
        Column within which rows may depend; gives robust errors. Rows of one participant need none: a first event
        comes once.
    conf_level : float

    Returns
    -------
    DiscreteCoefficients
        Rows ``period to ...`` hold the level of each period's hazard, then the effects. Periods in which nobody, or
        everybody, had the event have no finite level; their rows are left out and counted, which changes nothing else.

    Raises
    ------
    NotEstimable
        No period has rows with the event and rows without, a covariate repeats others, or covariates tell events
        and no events apart.
    ImmortalTime
        A covariate was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Singer JD, Willett JB (1993). It's about time: using discrete-time survival analysis to study duration and the
    timing of events. doi:10.3102/10769986018002155. Prentice RL, Gloeckler LA (1978). doi:10.2307/2529588
    """
    require_choice("link", link, tuple(REFERENCES))
    z = require_level(conf_level)
    data, right, exit = _rows(formula, table, cluster)
    periods, silent = _periods(data, right, exit)
    fit = _fit(periods, link)
    checks = _checks(fit, periods, silent)
    vcov = np.linalg.inv(fit.information)
    if cluster:
        codes = cluster_codes(periods.table, cluster)
        summed = np.column_stack([np.bincount(codes, column) for column in fit.scores.T])
        vcov, checks = vcov @ summed.T @ summed @ vcov, (*checks, cluster_check(codes, cluster))
    ratio = "hazard" if link == "cloglog" else "odds"
    return DiscreteCoefficients(
        estimand=Estimand(
            f"log {ratio} ratio",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category, within a period",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "discrete-time hazard regression",
            REFERENCES[link],
            {"link": link, "cluster": cluster, "conf_level": conf_level, "z": z},
        ),
        sample=_sample(data.sample, silent),
        table=_tidy(periods.terms, fit.beta, np.sqrt(np.diag(vcov)), z),
        checks=checks,
        trace=pd.DataFrame({"log_likelihood": fit.iterations}),
        vcov=pd.DataFrame(vcov, index=list(periods.terms), columns=list(periods.terms)),
        log_likelihood=fit.log_likelihood,
        fitted=periods,
        tests=_tests(fit, periods),
    )


def _rows(formula: str, table: pd.DataFrame, cluster: str | None) -> tuple[EventData, str, str]:
    """Take the complete rows of a formula, its right side and the column of the period's end."""
    response, right = split_sides(formula)
    exit, event, entry = event_names(response, formula)
    explaining = sorted(required(right))
    others = [*explaining, *([entry] if entry else []), *([cluster] if cluster else [])]
    data = event_data(table, exit, event, None, others, periods=True)
    start = data.table[entry].to_numpy(dtype=float) if entry else None
    refuse_the_future(table, explaining, start)
    return data, right, exit


def _periods(data: EventData, right: str, exit: str) -> tuple[_Periods, int]:
    share = pd.Series(data.event.astype(float)).groupby(data.exit).transform("mean").to_numpy()
    telling = (share > 0) & (share < 1)
    if not telling.any():
        raise NotEstimable("In no period some had the event and others had not.", "Wait for events.")
    table = data.table.loc[telling].copy()
    table.attrs = {"exit": exit}
    design = build_design(right, table, intercept=False)
    at, ends = pd.factorize(data.exit[telling], sort=True)
    levels = (at[:, None] == np.arange(len(ends))).astype(float)
    x = np.column_stack([levels, design.matrix])
    terms = (*(f"period to {label(float(end))}" for end in ends), *design.terms)
    size = np.sqrt((x**2).mean(axis=0))
    for j in range(len(ends), x.shape[1]):
        left = x[:, : j + 1] / np.where(size[: j + 1] > 0, size[: j + 1], 1)
        if np.linalg.svd(left.T @ left / len(left), compute_uv=False)[-1] < 1e-11:
            raise NotEstimable(f"'{terms[j]}' repeats what the periods and other covariates say.", "Leave it out.")
    return _Periods(design, x, data.event[telling], table, terms), int((~telling).sum())


def _fit(periods: _Periods, link: str) -> BinaryFit:
    apart = separating_direction(periods.x, np.where(periods.event, 1, -1))
    if apart is not None:
        named = ", ".join(term for term, part in zip(periods.terms, apart, strict=True) if part)
        raise NotEstimable(
            f"{named} tell those with the event apart from those without, so the estimate runs away.",
            "Merge categories or periods, or leave a covariate out.",
        )
    return fit_binary(periods.x, periods.event, link, np.zeros(periods.x.shape[1]))


def _tests(fit: BinaryFit, periods: _Periods) -> dict[str, float]:
    """Return the likelihood-ratio test of all effects; without them each period has its observed share."""
    df = len(periods.design.terms)
    levels = periods.x[:, : len(periods.terms) - df]
    count, events = levels.sum(axis=0), levels.T @ periods.event
    null = float((events * np.log(events / count) + (count - events) * np.log(1 - events / count)).sum())
    ratio = max(2 * (fit.log_likelihood - null), 0.0)
    tests = {"log_likelihood_null": null, "deviance": -2 * fit.log_likelihood, "df": df, "likelihood_ratio": ratio}
    return {**tests, "likelihood_ratio_p_value": float(chdtrc(df, ratio)) if df else np.nan}


def _checks(fit: BinaryFit, periods: _Periods, silent: int) -> tuple[Check, ...]:
    events, terms = int(periods.event.sum()), len(periods.terms)
    settled = f"The likelihood was maximised in {len(fit.iterations)} iterations."
    words = settled if fit.converged else "The likelihood did not settle: treat the numbers as unusable."
    enough = events >= EVENTS_PER_TERM * terms
    few = "." if enough else f": fewer than {EVENTS_PER_TERM} a term, so intervals are unreliable."
    return (
        Check("converged", fit.converged, words),
        Check("events per term", enough, f"{events} events for {terms} periods and terms{few}"),
        Check("every period tells", not silent, f"{silent} rows are of periods in which nobody or all had the event."),
    )


def _sample(sample: Sample, silent: int) -> Sample:
    told = (("nobody or everybody had the event in the period", silent),) if silent else ()
    return Sample(
        sample.participants, sample.rows - silent, sample.events, sample.person_time, (*sample.left_out, *told)
    )


def _tidy(terms: tuple[str, ...], beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    statistic = beta / error
    columns = [list(terms), "", beta, error, beta - z * error, beta + z * error, statistic, 2 * ndtr(-abs(statistic))]
    return pd.DataFrame(dict(zip(COEFFICIENT_COLUMNS, columns, strict=True)))
