"""Every number of one scale on one set of answer sheets: alpha, omega, and how each item goes with the rest."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import fdtri

from remission.errors import NotEstimable
from remission.estimate.item_statistics import Bounds, item_rows
from remission.estimate.omega_total import omega
from remission.estimate.record import Check

FEW = 30
ROUNDING = 1e-10
COLUMNS = ("term", "contrast", "estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True)
class Scale:
    """The rows of one scale, what was checked, and the sheets that hold an answer."""

    rows: pd.DataFrame
    checks: tuple[Check, ...]
    sheets: pd.DataFrame
    trace: pd.DataFrame = field(default_factory=pd.DataFrame)


def one_scale(everyone: pd.DataFrame, bounds: Bounds | None, draws: int, seed: int, conf_level: float) -> Scale:
    """Compute every row from the sheets that hold an answer.

    Raises
    ------
    NotEstimable
        Too few items, sheets or pairs of answers, or something never varies.
    """
    sheets = everyone.dropna(how="all")
    _require_variation(sheets)
    _require_pairs(sheets)
    items = list(sheets.columns)
    alpha = _alpha(sheets)
    if np.isnan(alpha):
        raise NotEstimable("The items cancel each other, so their sum never varies.", "Turn reversed items round.")
    average = _average_r(sheets.cov().to_numpy())
    spread = 1 + (len(items) - 1) * average
    standardized = len(items) * average / spread if spread > ROUNDING else np.nan
    rows: list[tuple[object, ...]] = [("alpha", "", alpha, np.nan, *_feldt(alpha, *sheets.shape, conf_level))]
    rows += [("standardized alpha", "", standardized), ("average r", "", average)]
    factor = omega(sheets, draws, seed, conf_level) if len(items) > 2 else None
    if factor:
        rows.append(("omega", "", factor.estimate, factor.std_error, factor.conf_low, factor.conf_high))
    for place, item in enumerate(items):
        rows.append(("item-rest correlation", item, _item_rest(sheets, item)))
        if factor:
            rows.append(("alpha without", item, _alpha(sheets.drop(columns=item))))
            rows.append(("loading", item, float(factor.loadings[place])))
        rows += item_rows(sheets, item, bounds)
    tidy = pd.DataFrame([(*row, *[np.nan] * (len(COLUMNS) - len(row))) for row in rows], columns=list(COLUMNS))
    checks = _checks(tidy, len(sheets))
    if factor is None:
        return Scale(tidy, checks, sheets)
    return Scale(tidy, checks + factor.checks, sheets, factor.trace)


def _alpha(sheets: pd.DataFrame) -> float:
    """Alpha of pairwise covariances; NaN where the sum of the items has no variance."""
    from pingouin import cronbach_alpha

    covariance = sheets.cov().to_numpy()
    if covariance.sum() <= ROUNDING * np.trace(covariance):
        return float("nan")
    return float(cronbach_alpha(data=sheets, nan_policy="pairwise")[0])


def _average_r(covariance: np.ndarray) -> float:
    """Mean correlation from the covariances behind alpha, each item with its one variance, as R's psych."""
    spread = np.sqrt(np.diag(covariance))
    return float((covariance / np.outer(spread, spread))[np.tril_indices(len(spread), -1)].mean())


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
    if rest <= ROUNDING * np.trace(covariance.to_numpy()):
        return float("nan")
    return float((with_all - own) / np.sqrt(own * rest))


def _require_variation(sheets: pd.DataFrame) -> None:
    if sheets.shape[1] < 2:
        raise NotEstimable("Reliability needs at least two items.", "Name more items.")
    if len(sheets) < 3:
        raise NotEstimable(f"Only {len(sheets)} answer sheets hold an answer.", "Reliability needs at least three.")
    empty = [name for name in sheets.columns if sheets[name].isna().all()]
    if empty:
        raise NotEstimable(f"Nobody answered '{empty[0]}'.", "Leave the item out.")
    flat = [name for name in sheets.columns if sheets[name].nunique() < 2]
    if flat:
        raise NotEstimable(f"Everyone gave the same answer to '{flat[0]}'.", "Leave the item out.")


def _require_pairs(sheets: pd.DataFrame) -> None:
    """Every two items need sheets that answer both, and answers that differ among those."""
    answered = sheets.notna().to_numpy().astype(int)
    names, together, correlation = list(sheets.columns), answered.T @ answered, sheets.corr().to_numpy()
    for i, j in zip(*np.tril_indices(len(together), -1), strict=True):
        pair = f"'{names[j]}' and '{names[i]}'"
        if together[i, j] < 3:
            count = f"{together[i, j]} answer sheets hold" if together[i, j] else "No answer sheet holds"
            raise NotEstimable(f"{count} both {pair}.", "Leave one of them out: a correlation needs three sheets.")
        if np.isnan(correlation[i, j]):
            raise NotEstimable(f"On the sheets that hold both {pair}, one never varies.", "Leave one of them out.")


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
