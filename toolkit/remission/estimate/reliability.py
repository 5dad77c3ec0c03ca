"""Internal consistency of a scale."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import fdtri

from remission.errors import NotEstimable
from remission.estimate.formula import require_columns
from remission.estimate.record import Check, Estimand, Estimates, Method, Sample

FEW = 30


def reliability(table: pd.DataFrame, items: Sequence[str], *, conf_level: float = 0.95) -> Estimates:
    """Cronbach's alpha with Feldt's interval, and how each item goes with the rest.

    Items must already point the same way: reversed items are turned round before. Alpha is a lower
    bound of reliability where items measure one thing, and says nothing about whether they do.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is an answer sheet. Covariances use every pair of answers that is there; sheets
        without any answer are left out and counted.
    items : sequence of str
        Columns, two or more.
    conf_level : float

    Returns
    -------
    Estimates
        Rows ``alpha``, then ``item-rest correlation`` and ``alpha without`` with the item as
        contrast; only alpha has an interval, for as many sheets as were used.

    Raises
    ------
    NotEstimable
        There are fewer than two items or three sheets, or an item never varies.

    References
    ----------
    Cronbach LJ (1951), doi:10.1007/BF02310555, as computed by pingouin. Feldt LS, Woodruff DJ,
    Salih FA (1987), doi:10.1177/014662168701100107.
    """
    from pingouin import cronbach_alpha

    require_columns(table, list(items))
    sheets = table[list(items)].astype(float).dropna(how="all")
    _require_variation(sheets)
    alpha = float(cronbach_alpha(data=sheets, nan_policy="pairwise")[0])
    low, high = _feldt(alpha, *sheets.shape, conf_level)
    rows = [("alpha", "", alpha, low, high)]
    for item in items:
        rows.append(("item-rest correlation", item, _item_rest(sheets, item), np.nan, np.nan))
        if len(items) > 2:
            without = cronbach_alpha(data=sheets.drop(columns=item), nan_policy="pairwise")[0]
            rows.append(("alpha without", item, without, np.nan, np.nan))
    tidy = pd.DataFrame(rows, columns=["term", "contrast", "estimate", "conf_low", "conf_high"])
    tidy.insert(3, "std_error", np.nan)
    silent = len(table) - len(sheets)
    return Estimates(
        estimand=Estimand("internal consistency", contrast=f"{len(items)} items"),
        method=Method("Cronbach's alpha, Feldt interval", "doi:10.1007/BF02310555", {"conf_level": conf_level}),
        sample=Sample(len(sheets), len(sheets), left_out=(("no item was answered", silent),) if silent else ()),
        table=tidy,
        checks=_checks(tidy, len(sheets)),
    )


def _feldt(alpha: float, sheets: int, items: int, conf_level: float) -> tuple[float, float]:
    """Exact interval under normality; pingouin gives the same rounded to three places."""
    one, two = sheets - 1, (sheets - 1) * (items - 1)
    tail = (1 - conf_level) / 2
    return 1 - (1 - alpha) * float(fdtri(one, two, 1 - tail)), 1 - (1 - alpha) * float(fdtri(one, two, tail))


def _item_rest(sheets: pd.DataFrame, item: str) -> float:
    """Correlation of an item with the sum of the others, from pairwise covariances."""
    covariance = sheets.cov()
    own, with_all = covariance.loc[item, item], covariance[item].sum()
    rest = covariance.to_numpy().sum() - 2 * with_all + own
    return float((with_all - own) / np.sqrt(own * rest))


def _require_variation(sheets: pd.DataFrame) -> None:
    if sheets.shape[1] < 2:
        raise NotEstimable("Reliability needs at least two items.", "Name more items.")
    if len(sheets) < 3:
        raise NotEstimable(f"Only {len(sheets)} answer sheets hold an answer.", "Reliability needs at least three.")
    flat = [name for name in sheets.columns if sheets[name].nunique() < 2]
    if flat:
        raise NotEstimable(f"Everyone gave the same answer to '{flat[0]}'.", "Leave the item out.")


def _checks(tidy: pd.DataFrame, sheets: int) -> tuple[Check, ...]:
    against = tidy[(tidy["term"] == "item-rest correlation") & (tidy["estimate"] < 0)]["contrast"].tolist()
    return (
        Check(
            "items point the same way",
            not against,
            f"{', '.join(against)} goes against the rest: is it a reversed item that was not turned round?"
            if against
            else "Every item goes with the rest.",
        ),
        Check("enough sheets", sheets >= FEW, f"{sheets} answer sheets."),
    )
