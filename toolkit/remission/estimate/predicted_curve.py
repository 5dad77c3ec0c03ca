"""Curves that a Cox model predicts for given covariates."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.cox_curves import CoxCurves, cox_curves, fixed_covariates
from remission.estimate.curves import label, require_choice, require_level
from remission.estimate.kernels.cox_baseline import predicted_hazard
from remission.estimate.kernels.product_limit import StepEstimate, survival_limits
from remission.estimate.result import CURVE_COLUMNS, Coefficients, Curve, Estimand, Method


def predicted_curve(
    fit: Coefficients,
    rows: pd.DataFrame,
    *,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    hold_fixed: bool = False,
) -> Curve:
    """Probability of no event yet for participants with given covariates, from a Cox model.

    As R's ``survfit`` of a Cox model with new data. Such a curve rests on proportional hazards; it is about one
    who has these values, not about an average (``standardised_curve`` is).

    Parameters
    ----------
    fit : Coefficients
        From ``cox``, with Efron's or Breslow's ties.
    rows : pandas.DataFrame
        One row is a curve: the columns of the formula's right side. With the columns of the strata a row gets
        the curve of its own stratum, without them one of each.
    conf_type : {"log-log", "log", "plain"}
    conf_level : float
    hold_fixed : bool
        Where covariates varied within participants: True for those who would stay at the given values all along.

    Returns
    -------
    Curve
        ``stratum`` is the row's label in the index of ``rows``, with its stratum of the model. Who is at risk is
        counted (by weight) over the model's stratum. Robust errors of the coefficients are carried on.

    Raises
    ------
    NotEstimable
        Covariates varied over time, or the fit cannot be trusted.
    DefinitionError
        The fit is no Cox model, or the rows cannot be placed.

    References
    ----------
    Tsiatis AA (1981). doi:10.1214/aos/1176345333. Therneau TM, Grambsch PM (2000). Modeling survival data.
    doi:10.1007/978-1-4757-3294-8
    """
    require_choice("conf_type", conf_type, ("log-log", "log", "plain"))
    z = require_level(conf_level)
    if rows.empty:
        raise DefinitionError("There is no row to predict for.", "Give one row a curve.")
    checks = fixed_covariates(fit, hold_fixed)
    curves = cox_curves(fit)
    covariates = curves.covariates(rows)
    names = [label(name) for name in rows.index]
    if len(set(names)) < len(names):
        raise DefinitionError("Two rows have the same label.", "Give them different ones, as with reset_index().")
    pieces = [
        _curve(curves, stratum, covariates[row], (names[row], conf_type, z)) for row, stratum in _wanted(curves, rows)
    ]
    return Curve(
        estimand=Estimand(
            "probability of no event yet",
            event=fit.estimand.event,
            population="one with the covariates of the row",
            contrast="row",
            horizon=f"time {curves.model.data.exit.max():g}",
            time_origin=fit.estimand.time_origin,
        ),
        method=Method(
            "curve from a Cox model",
            "Tsiatis 1981, doi:10.1214/aos/1176345333",
            {"conf_type": conf_type, "conf_level": conf_level, "hold_fixed": hold_fixed, "ties": curves.model.handling},
        ),
        sample=fit.sample,
        table=pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)],
        checks=checks,
    )


def _wanted(curves: CoxCurves, rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Pair each row with its stratum, or with every stratum where the rows name none."""
    named = [name in rows.columns for name in curves.model.layers]
    if all(named):
        return [(row, int(stratum)) for row, stratum in enumerate(curves.stratum_of(rows))]
    if any(named):
        raise DefinitionError(
            f"The rows name some strata of {', '.join(curves.model.layers)} only.", "Name all of them, or none."
        )
    return [(row, stratum) for row in range(len(rows)) for stratum in range(len(curves.names))]


def _curve(curves: CoxCurves, stratum: int, x: np.ndarray, told: tuple[str, str, float]) -> pd.DataFrame:
    name, conf_type, z = told
    times = curves.times(stratum)
    found = predicted_hazard(curves.baselines[stratum].at(times), curves.model.kernel.beta, x, curves.vcov)
    survival = np.exp(-found.hazard)
    step = StepEstimate(survival, survival * found.std_error)
    low, high = survival_limits(step, conf_type, z)
    return pd.DataFrame(
        {
            "stratum": f"{name}, {curves.names[stratum]}" if curves.names[stratum] else name,
            "event": "",
            "time": times,
            "estimate": survival,
            "std_error": step.std_error,
            "conf_low": low,
            "conf_high": high,
            **curves.counts(curves.model.stratum == stratum, times),
        }
    )
