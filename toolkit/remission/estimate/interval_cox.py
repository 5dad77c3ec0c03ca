"""Proportional hazards for events known only to lie between two looks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.estimate.curves import require_level
from remission.estimate.event_data import refuse_the_future
from remission.estimate.formula import build_design, required, split_sides
from remission.estimate.interval_data import interval_data, interval_names
from remission.estimate.interval_fit import IntervalFit, fit_interval, interval_checks
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients, Estimand, Method


@dataclass(frozen=True, kw_only=True)
class IntervalCoxCoefficients(Coefficients):
    """Log hazard ratios from intervals, with the likelihood-ratio test of no effect in ``glance()``."""

    log_likelihood_null: float
    tests: dict[str, float]

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood_null": self.log_likelihood_null, **self.tests}

    def survival(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the probability of no event yet for new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side.

        Returns
        -------
        pandas.DataFrame
            One row is the end of an innermost interval with an event, where the curves fall; one column a
            row of ``table``, named by its index.
        """
        times, hazard = self.fitted.baseline()
        predictor = self.fitted.design_for(table) @ self.table["estimate"].to_numpy()
        curves = np.exp(-hazard[:, None] * np.exp(predictor))
        return pd.DataFrame(curves, index=pd.Index(times, name="time"), columns=table.index)


def interval_cox(formula: str, table: pd.DataFrame, *, conf_level: float = 0.95) -> IntervalCoxCoefficients:
    """Log hazard ratios under proportional hazards, where looks at wave times only bracket the event.

    The baseline is free, as Cox's. Both are fitted together by maximum likelihood. The times of the looks
    must not depend on the event to come, given the covariates. Where all share the same wave times this
    is the complementary log-log model of person-periods.

    Parameters
    ----------
    formula : str
        ``"Interval(left, right) ~ ..."``; the event is after ``left`` and not after ``right``, which is
        missing or infinite where none was found. The right side in formulaic's grammar.
    table : pandas.DataFrame
        One row is a participant.
    conf_level : float

    Returns
    -------
    IntervalCoxCoefficients
        Estimates are logs of hazard ratios. Errors come from the profile information: minus the second
        derivative of the likelihood with the baseline maximised out, where its support stays as it is.

    Raises
    ------
    NotEstimable
        All rows are right-censored, fewer than two participants are left, or a covariate never varies
        or repeats others.
    ImmortalTime
        A covariate was measured after the origin.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Finkelstein DM (1986). A proportional hazards model for interval-censored failure time data.
    doi:10.2307/2530698. Murphy SA, van der Vaart AW (2000), for the profile likelihood.
    doi:10.1080/01621459.2000.10474219. Prentice RL, Gloeckler LA (1978), for grouped times.
    doi:10.2307/2529588
    """
    z = require_level(conf_level)
    response, right_side = split_sides(formula)
    left, right = interval_names(response, formula)
    explaining = sorted(required(right_side))
    data = interval_data(table, left, right, explaining)
    refuse_the_future(table, explaining, None)
    fit = fit_interval(data, build_design(right_side, data.table, intercept=False))
    return _result(fit, table, {"conf_level": conf_level, "baseline": "nonparametric", "z": z})


def _result(fit: IntervalFit, table: pd.DataFrame, options: dict[str, Any]) -> IntervalCoxCoefficients:
    beta, terms = fit.kernel.beta / fit.scale, list(fit.design.terms)
    ratio = 2 * (fit.kernel.log_likelihood - fit.log_likelihood_null)
    tests = {"df": len(terms), "likelihood_ratio": ratio, "likelihood_ratio_p_value": float(chdtrc(len(terms), ratio))}
    return IntervalCoxCoefficients(
        estimand=Estimand(
            "log hazard ratio",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Cox regression from intervals", "Finkelstein 1986, doi:10.2307/2530698", options),
        sample=fit.data.sample,
        table=_tidy(terms, beta, np.sqrt(np.diag(fit.vcov)), options["z"]),
        checks=interval_checks(fit),
        trace=pd.DataFrame(fit.kernel.iterations, columns=["log_likelihood", "expected_gain"]),
        vcov=pd.DataFrame(fit.vcov, index=terms, columns=terms),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.log_likelihood_null,
        tests=tests,
    )


def _tidy(terms: list[str], beta: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):
        statistic = beta / error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": "log hazard ratio",
            "estimate": beta,
            "std_error": error,
            "conf_low": beta - z * error,
            "conf_high": beta + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]
