"""Reliability results as tables that a person reads: one row a wave, one row an item."""

from collections.abc import Hashable, Mapping

import pandas as pd

from remission.estimate.result import Result

WHOLE = ("alpha", "omega", "average r")
BY_ITEM = {
    "mean": "mean",
    "floor": "at lowest",
    "ceiling": "at highest",
    "missing": "missing",
    "item-rest correlation": "item-rest r",
    "alpha without": "alpha without",
    "loading": "loading",
}


def reliability_by_wave(result: Result) -> pd.DataFrame:
    """Lay the coefficients of the whole scale out; one row is a wave, intervals in brackets.

    Returns
    -------
    pandas.DataFrame
        Columns ``wave`` and a coefficient each.
    """
    told = result.table[result.table["term"].isin(WHOLE) & (result.table["contrast"] == "")]
    rows = []
    for wave, mine in told.groupby("stratum", sort=False, observed=True):
        cells = {row["term"]: _with_interval(row) for row in mine.to_dict("records")}
        rows.append({"wave": str(wave), **{name: cells.get(name, "") for name in WHOLE}})
    return pd.DataFrame(rows)


def items_at(result: Result, wave: str) -> pd.DataFrame:
    """Lay out what each item did at a wave; one row is an item.

    Returns
    -------
    pandas.DataFrame
        Columns ``item``, mean, shares at the lowest and highest answer and missing, correlation with the
        rest, alpha without it, loading.
    """
    mine = result.table[(result.table["stratum"].astype(str) == wave) & (result.table["contrast"] != "")]
    wide = mine.pivot(index="contrast", columns="term", values="estimate").reindex(mine["contrast"].unique())
    kept = [name for name in BY_ITEM if name in wide.columns]
    return wide[kept].rename(columns=BY_ITEM).rename_axis(index="item", columns=None).reset_index()


def _with_interval(row: Mapping[Hashable, object]) -> str:
    estimate, low, high = (float(str(row[name])) for name in ("estimate", "conf_low", "conf_high"))
    if pd.isna(estimate):
        return ""
    return f"{estimate:.2f}" if pd.isna(low) else f"{estimate:.2f} ({low:.2f} to {high:.2f})"
