"""Accelerated failure time models: how covariates stretch or shorten the time to the event."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, ndtr

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import require_choice, require_level
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.formula import build_design, required, split_sides
from remission.estimate.interval_data import interval_data, interval_names
from remission.estimate.kernels.time_laws import LAWS
from remission.estimate.life_fit import LifeFit, fit_life, life_checks
from remission.estimate.result import COEFFICIENT_COLUMNS, Coefficients, Estimand, Method, Sample

Times = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class LifeCoefficients(Coefficients):
    """Log time ratios, the intercept and the log scale, named as R's ``survreg`` names them."""

    log_likelihood_null: float
    scale: float

    def _glance(self) -> dict[str, Any]:
        count = len(self.table)
        slopes = sum(term not in ("Intercept", "log(scale)") for term in self.table["term"])
        ratio = 2 * ((self.log_likelihood or 0.0) - self.log_likelihood_null)
        return {
            **super()._glance(),
            "log_likelihood_null": self.log_likelihood_null,
            "scale": self.scale,
            "aic": 2 * count - 2 * (self.log_likelihood or 0.0),
            "df": slopes,
            "likelihood_ratio": ratio,
            "likelihood_ratio_p_value": float(chdtrc(slopes, max(ratio, 0.0))) if slopes else float("nan"),
        }

    def survival(self, table: pd.DataFrame, times: list[float]) -> pd.DataFrame:
        """Give the probability of no event yet for new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side.
        times : list of float

        Returns
        -------
        pandas.DataFrame
            One row a time, one column a row of ``table``, named by its index.
        """
        centre = self.fitted.design_for(table) @ self.table["estimate"].to_numpy()
        with np.errstate(divide="ignore"):
            z = (np.log(np.asarray(times, dtype=float))[:, None] - centre) / self.scale
        curves = np.exp(LAWS[self.fitted.distribution].log_above(z))
        return pd.DataFrame(curves, index=pd.Index(times, name="time"), columns=table.index)

    def hazard_ratios(self) -> pd.DataFrame:
        """Give log hazard ratios, which only a Weibull or exponential law has besides time ratios.

        Returns
        -------
        pandas.DataFrame
            Columns of ``COEFFICIENT_COLUMNS``; errors by the delta method.

        Raises
        ------
        DefinitionError
            The law is another.
        """
        if self.fitted.distribution not in ("weibull", "exponential"):
            raise DefinitionError(
                f"Hazards under a {self.fitted.distribution} law are not proportional.", "Read the time ratios."
            )
        slopes = [i for i, term in enumerate(self.table["term"]) if term not in ("Intercept", "log(scale)")]
        estimate = self.table["estimate"].to_numpy()
        turn = -np.eye(len(estimate))[slopes] / self.scale
        if len(estimate) > len(self.fitted.design.terms):
            turn[:, -1] = estimate[slopes] / self.scale
        error = np.sqrt(np.einsum("ij,jk,ik->i", turn, self.vcov.to_numpy(), turn))
        terms = [self.table["term"].iloc[i] for i in slopes]
        return _tidy(terms, ["log hazard ratio"] * len(terms), -estimate[slopes] / self.scale, error, self._z)

    @property
    def _z(self) -> float:
        return float(self.method.options["z"])


def parametric(
    formula: str,
    table: pd.DataFrame,
    *,
    distribution: str = "weibull",
    conf_level: float = 0.95,
) -> LifeCoefficients:
    """Log time ratios under a law of the time to the event.

    The logarithm of the time is linear in the covariates with an error of a known law times a scale.
    An estimate of 0.7 says that times are exp(0.7), twice, as long. Censoring must not depend on the event
    to come, given the covariates. A law can be wrong: compare ``survival`` with ``kaplan_meier`` or ``turnbull``.

    Parameters
    ----------
    formula : str
        ``"Event(exit, event) ~ ..."``, ``"Event(entry, exit, event) ~ ..."`` (observed only because event-free at
        ``entry``) or ``"Interval(left, right) ~ ..."``; the right side in formulaic's grammar, ``1`` for none.
    table : pandas.DataFrame
        One row is a participant.
    distribution : {"weibull", "exponential", "lognormal", "loglogistic"}
        The exponential law has scale 1.
    conf_level : float

    Returns
    -------
    LifeCoefficients
        Rows ``Intercept``, the terms and ``log(scale)``, as R's ``survreg``; errors from the observed
        information. ``hazard_ratios`` turns Weibull and exponential fits into log hazard ratios.

    Raises
    ------
    NotEstimable
        No event, fewer than two participants, an exact event at time 0, or covariates that repeat one another.
    ImmortalTime
        A covariate was measured after observation starts.
    DefinitionError
        The formula, a column or an option is wrong.

    References
    ----------
    Kalbfleisch JD, Prentice RL (2002). The Statistical Analysis of Failure Time Data, chapter 3.
    doi:10.1002/9781118032985. Wei LJ (1992). The accelerated failure time model.
    doi:10.1002/sim.4780111409
    """
    require_choice("distribution", distribution, tuple(LAWS))
    z = require_level(conf_level)
    times, rows, sample = _times(formula, table)
    _, right_side = split_sides(formula)
    _refuse(times, sample)
    fit = fit_life(times, build_design(right_side, rows, intercept=True), distribution)
    options = {"distribution": distribution, "conf_level": conf_level, "z": z}
    return _result(fit, sample, table, options)


def _times(formula: str, table: pd.DataFrame) -> tuple[Times, pd.DataFrame, Sample]:
    """Return interval and entry times, the rows used, and what is said of them."""
    response, right_side = split_sides(formula)
    explaining = sorted(required(right_side))
    if response.kind == "Interval":
        left, right = interval_names(response, formula)
        found = interval_data(table, left, right, explaining)
        refuse_the_future(table, explaining, None)
        return (found.left, found.right, np.zeros_like(found.left)), found.table, found.sample
    names = response.names
    if response.kind != "Event" or len(names) not in (2, 3):
        raise DefinitionError(
            f"The left side of {formula!r} is no event.",
            "Write Event(exit, event), Event(entry, exit, event) or Interval(left, right).",
        )
    data = event_data(table, names[-2], names[-1], names[0] if len(names) == 3 else None, explaining)
    refuse_the_future(table, explaining, data.entry)
    entry = np.zeros_like(data.exit) if data.entry is None else np.maximum(data.entry, 0.0)
    return (data.exit, np.where(data.event, data.exit, np.inf), entry), data.table, data.sample


def _refuse(times: Times, sample: Sample) -> None:
    if not sample.events:
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    if sample.participants < 2:
        raise NotEstimable("One participant is no sample.", "Wait until more participants have been followed.")
    at_origin = int((times[1] == 0).sum())
    if at_origin:
        raise NotEstimable(
            f"{at_origin} events happened exactly at time 0, which has no logarithm.",
            "Leave them out and say so, count the first day as 1, or use cox.",
        )


def _result(fit: LifeFit, sample: Sample, table: pd.DataFrame, options: dict[str, Any]) -> LifeCoefficients:
    names = fit.parameters
    spoken = {"Intercept": "log time", "log(scale)": "log scale"}
    contrast = [spoken.get(name, "log time ratio") for name in names]
    return LifeCoefficients(
        estimand=Estimand(
            "log time ratio",
            event=table.attrs.get("definition", "the event"),
            contrast="per unit or against the first category",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            f"Accelerated failure time model ({options['distribution']})",
            "Wei 1992, doi:10.1002/sim.4780111409",
            options,
        ),
        sample=sample,
        table=_tidy(names, contrast, fit.estimate, np.sqrt(np.diag(fit.vcov)), options["z"]),
        checks=life_checks(fit, int(sample.events or 0)),
        trace=pd.DataFrame(fit.kernel.iterations, columns=["log_likelihood", "expected_gain"]),
        vcov=pd.DataFrame(fit.vcov, index=names, columns=names),
        log_likelihood=fit.kernel.log_likelihood,
        fitted=fit,
        log_likelihood_null=fit.log_likelihood_null,
        scale=float(np.exp(fit.kernel.log_scale)),
    )


def _tidy(terms: list[str], contrast: list[str], estimate: np.ndarray, error: np.ndarray, z: float) -> pd.DataFrame:
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = estimate / error
    return pd.DataFrame(
        {
            "term": terms,
            "contrast": contrast,
            "estimate": estimate,
            "std_error": error,
            "conf_low": estimate - z * error,
            "conf_high": estimate + z * error,
            "statistic": statistic,
            "p_value": 2 * ndtr(-np.abs(statistic)),
        }
    )[list(COEFFICIENT_COLUMNS)]
