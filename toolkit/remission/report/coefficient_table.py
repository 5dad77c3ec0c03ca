"""Regression coefficients as a table of text."""

from math import exp, isnan

import pandas as pd

from remission.estimate.result import Coefficients, Estimates
from remission.report.names import PLAIN, Names
from remission.report.numbers import ABSENT, estimate, interval, p_value, ratio
from remission.report.readings import cause_words

ESTIMATE = ("estimate", "conf_low", "conf_high")


def coefficient_table(fit: Coefficients | Estimates, names: Names = PLAIN) -> pd.DataFrame:
    """Write coefficients with their intervals and p-values; logs of ratios are shown as ratios.

    Parameters
    ----------
    fit : Coefficients or Estimates
    names : Names, optional
        Of variables and values.

    Returns
    -------
    pandas.DataFrame
        One row is a term: ``Term``, the estimate with its interval, ``p``. Where ratios of several kinds stand
        side by side, ``Kind`` names each.
    """
    shown_as = "Ratio" if is_ratios(fit) else ratio_name(fit)
    write = _ratio_as_it_is if is_ratios(fit) else _as_ratio if shown_as else _as_difference
    level = float(fit.method.options.get("conf_level", 0.95))
    kinds = {"Kind": [kind_words(kind) for kind in fit.table["contrast"]]} if is_ratios(fit) else {}
    return pd.DataFrame(
        {
            "Term": [names.term(str(term)) for term in fit.table["term"]],
            **kinds,
            f"{shown_as or 'Coefficient'} ({100 * level:g} % CI)": [write(row) for _, row in fit.table.iterrows()],
            "p": [p_value(float(p)) for p in fit.table["p_value"]],
        }
    )


def is_ratios(fit: Coefficients | Estimates) -> bool:
    """Tell whether a table holds ratios of several kinds, on their own scale."""
    return isinstance(fit, Estimates) and fit.estimand.quantity.endswith("ratios")


def kind_words(contrast: str) -> str:
    """Name a kind of ratio and its cause: ``cause-specific hazard ratio of “cause 1”``."""
    kind, of, cause = contrast.rpartition(" of ")
    return f"{kind}{of}“{cause_words(cause)}”" if of else contrast


def ratio_name(fit: Coefficients | Estimates) -> str | None:
    """Name the ratio that the coefficients are logs of; None where they are no logs."""
    quantity_name = fit.estimand.quantity
    if quantity_name == "conditional log odds":
        return "Conditional odds ratio"
    return quantity_name.removeprefix("log ").capitalize() if quantity_name.startswith("log ") else None


def exponential(value: float) -> float:
    """Raise e to a power; infinite where that is beyond a float."""
    return float("inf") if value > 700 else exp(value)


def _as_ratio(row: pd.Series) -> str:
    value, low, high = (_ratio(float(row[name])) for name in ESTIMATE)
    return f"{value} {interval(low, high)}"


def _ratio(logarithm: float) -> str:
    return ABSENT if isnan(logarithm) else ratio(exponential(logarithm))


def _ratio_as_it_is(row: pd.Series) -> str:
    value, low, high = (ratio(float(row[name])) for name in ESTIMATE)
    return f"{value} {interval(low, high)}"


def _as_difference(row: pd.Series) -> str:
    value, low, high = (float(row[name]) for name in ESTIMATE)
    return estimate(value, low, high)
