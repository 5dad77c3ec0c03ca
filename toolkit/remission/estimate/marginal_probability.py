"""Population-averaged probabilities from a logistic mixed model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from remission.errors import DefinitionError
from remission.estimate.curves import label, require_level
from remission.estimate.formula import require_columns
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.result import Check, Estimand, Estimates, Method, Sample

REACH = 8.5
STEP = 0.1
PIECE = 5_000
COLUMNS = ["term", "contrast", "estimate", "std_error", "conf_low", "conf_high"]


@dataclass(frozen=True)
class _Average:
    """A mean probability and its derivative by fixed effects and entries of ``Lambda``."""

    value: float
    slope: np.ndarray


def marginal_probability(
    fit: GeneralizedMixedFit, table: pd.DataFrame, *, by: str | None = None, conf_level: float = 0.95
) -> Estimates:
    """Probability averaged over participants' random effects and over the rows of a table.

    A logistic mixed model's odds ratios are conditional on the random effects. Here these are integrated out,
    so the numbers speak of shares of a population, as those of GEE do. With ``by``, every row is given
    each value of that column in turn (standardisation); the contrasts are causal only if the column is as good
    as randomised given the other covariates.

    Parameters
    ----------
    fit : GeneralizedMixedFit
        From ``logistic_mixed``, or ``count_mixed`` with the beta-binomial law.
    table : pandas.DataFrame
        Rows with the columns of the model, such as the fitted table; rows with a missing value are left out.
    by : str, optional
        Column whose values are compared, each with the first: the first category of a categorical column.
    conf_level : float

    Returns
    -------
    Estimates
        ``contrast`` is ``marginal probability``, ``marginal risk difference`` or ``marginal odds ratio``. Errors
        by the delta method, the rows taken as fixed; intervals of probabilities on the logit,
        of ratios on the log scale.

    Raises
    ------
    DefinitionError
        The fit is of counts, a column is absent, or no row is whole.

    References
    ----------
    Zeger SL, Liang KY, Albert PS (1988). Models for longitudinal data: a generalized estimating equation
    approach. doi:10.2307/2531734
    """
    z = require_level(conf_level)
    if fit.fitted.measure != "odds":
        raise DefinitionError("The model is one of counts, not of probabilities.", "Use a logistic mixed model.")
    rows = _whole_rows(fit, table)
    if by is None:
        found = [("all", _average(fit, rows))]
    else:
        require_columns(rows, [by])
        values = _values(rows[by])
        found = [(f"{by}={label(value)}", _average(fit, rows.assign(**{by: value}))) for value in values]
    covariance = _covariance(fit)
    lines = [_probability(name, one, covariance, z) for name, one in found]
    for name, one in found[1:]:
        against = f"{name} against {found[0][0]}"
        lines += [
            _difference(against, one, found[0][1], covariance, z),
            _odds_ratio(against, one, found[0][1], covariance, z),
        ]
    return Estimates(
        estimand=Estimand("marginal (population-averaged) probability", event=fit.estimand.event, contrast=by or ""),
        method=Method(
            "Logistic mixed model averaged over its random effects",
            "Zeger, Liang and Albert 1988, doi:10.2307/2531734",
            {"by": by, "conf_level": conf_level},
        ),
        sample=Sample(_people(fit, rows), len(rows), left_out=_left_out(table, rows)),
        table=pd.DataFrame(lines, columns=COLUMNS),
        checks=(_model_below(fit),),
    )


def _values(column: pd.Series) -> list[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [value for value in column.cat.categories if (column == value).any()]
    return sorted(column.unique())


def _model_below(fit: GeneralizedMixedFit) -> Check:
    good = all(check.passed for check in fit.checks)
    told = "All checks of the mixed model passed." if good else "A check of the mixed model failed; see its summary."
    return Check("the model below", good, told)


def _people(fit: GeneralizedMixedFit, rows: pd.DataFrame) -> int:
    """Count participants, or else values of the innermost grouping, or else rows."""
    groupings = [block.group.split("/") for block in fit.fitted.blocks]
    for columns in (["participant_id"], groupings[-1], groupings[0]):
        if set(columns) <= set(rows.columns):
            return len(rows[columns].drop_duplicates())
    return len(rows)


def _whole_rows(fit: GeneralizedMixedFit, table: pd.DataFrame) -> pd.DataFrame:
    complete = np.isfinite(fit.fitted.design_for(table)).all(axis=1)
    complete &= np.isfinite(fit.fitted.random_design_for(table)).all(axis=1)
    if not complete.any():
        raise DefinitionError(
            "No row has a value in every covariate of the model.", "Use the fitted table, for example."
        )
    return pd.DataFrame(table.loc[complete])


def _left_out(table: pd.DataFrame, rows: pd.DataFrame) -> tuple[tuple[str, int], ...]:
    gone = len(table) - len(rows)
    return (("a covariate is missing", gone),) if gone else ()


def _covariance(fit: GeneralizedMixedFit) -> np.ndarray:
    size = len(fit.fitted.covariance) - 1
    return np.asarray(fit.fitted.covariance[:size, :size])


def _average(fit: GeneralizedMixedFit, rows: pd.DataFrame) -> _Average:
    """Integrate by the trapezoidal rule, exact here to ten digits for spreads up to 8."""
    x, z = fit.fitted.design_for(rows), fit.fitted.random_design_for(rows)
    node = np.arange(-REACH, REACH + STEP / 2, STEP)
    weight = np.exp(-(node**2) / 2)
    weight /= weight.sum()
    total, by_centre, by_spread = 0.0, np.zeros(x.shape[1]), np.zeros(len(fit.fitted.places[0]))
    at_rows, at_columns = fit.fitted.places
    eta = x @ fit.table["estimate"].to_numpy()
    v = z @ fit.fitted.factor
    spread = np.sqrt((v**2).sum(axis=1))
    for start in range(0, len(eta), PIECE):
        here = slice(start, start + PIECE)
        mean = expit(eta[here, None] + spread[here, None] * node)
        steep = mean * (1 - mean) * weight
        total += float((mean @ weight).sum())
        by_centre += steep.sum(axis=1) @ x[here]
        rate = (steep @ node) / np.where(spread[here] > 0, spread[here], 1.0)
        by_spread += (rate[:, None] * z[here][:, at_rows] * v[here][:, at_columns]).sum(axis=0)
    return _Average(total / len(eta), np.concatenate([by_centre, by_spread]) / len(eta))


def _error(slope: np.ndarray, covariance: np.ndarray) -> float:
    return float(np.sqrt(slope @ covariance @ slope))


def _probability(name: str, one: _Average, covariance: np.ndarray, z: float) -> tuple[object, ...]:
    error = _error(one.slope, covariance)
    reach = z * error / (one.value * (1 - one.value))
    centre = logit(one.value)
    return name, "marginal probability", one.value, error, float(expit(centre - reach)), float(expit(centre + reach))


def _difference(name: str, one: _Average, other: _Average, covariance: np.ndarray, z: float) -> tuple[object, ...]:
    value, error = one.value - other.value, _error(one.slope - other.slope, covariance)
    return name, "marginal risk difference", value, error, value - z * error, value + z * error


def _odds_ratio(name: str, one: _Average, other: _Average, covariance: np.ndarray, z: float) -> tuple[object, ...]:
    slope = one.slope / (one.value * (1 - one.value)) - other.slope / (other.value * (1 - other.value))
    centre, error = float(logit(one.value) - logit(other.value)), _error(slope, covariance)
    ratio = float(np.exp(centre))
    low, high = float(np.exp(centre - z * error)), float(np.exp(centre + z * error))
    return name, "marginal odds ratio", ratio, ratio * error, low, high
