"""Who is in the study: what was known at day 0, side by side for groups, with standardised differences."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from remission.cohort import Study
from remission.errors import NotEstimable
from remission.tables.covariates import covariates_at

IMBALANCED = 0.1
WHOLE = "all"


@dataclass(frozen=True)
class Baseline:
    """What was known at day 0.

    Attributes
    ----------
    by : str
        The grouping; empty where nobody is set apart.
    sizes : dict of str to int
        Participants by group, ``all`` first.
    rows : pandas.DataFrame
        One row is a value of a variable in a group: ``variable level group n of mean sd``; of a number ``level`` is
        empty and ``n`` are those who have it; of a category ``n`` are those with the level, ``of`` those who have any.
    differences : pandas.DataFrame
        One row is a variable: ``variable difference first second missing``: the largest standardised difference
        between two groups, and how many lack the variable.
    """

    by: str
    sizes: dict[str, int]
    rows: pd.DataFrame
    differences: pd.DataFrame


def baseline(study: Study, by: str) -> Baseline:
    """Describe the participants at day 0 by group: counts, means, and how far groups lie apart.

    Parameters
    ----------
    study : Study
    by : str
        A covariate known at day 0, such as ``group`` or ``arm``.

    Returns
    -------
    Baseline
        Characteristics and the measures of the first wave. Standardised differences tell imbalance without regard to
        the number of participants; no p-values are given, since they would not.

    Raises
    ------
    NotEstimable
        Nobody's value of ``by`` is known, or nothing else is.

    References
    ----------
    Austin PC (2009). Using the standardized difference to compare the prevalence of a binary variable between two
    groups. doi:10.1080/03610910902859574. Yang D, Dalton JE (2012), for categories: A unified approach to measuring
    the effect size between two groups using SAS. SAS Global Forum, paper 335.
    """
    names = [name for name in (*study.protocol.characteristics, *study.protocol.measures) if name != by]
    frame = covariates_at(study, [by, *names]).frame
    frame = frame[frame[by].notna()]
    if frame.empty:
        raise NotEstimable(f"Nobody's '{by}' is known.", "Record it first, or compare by something else.")
    groups = frame[by].astype(object).map(str)
    order = [str(value) for value in _order(frame[by]) if str(value) in set(groups)]
    kept = [name for name in names if frame[name].notna().any()]
    if not kept:
        raise NotEstimable(
            f"Besides '{by}' nothing is known of anybody at day 0.",
            "Record characteristics or the answers of day 0 first.",
        )
    pieces = [piece for name in kept for piece in _described(frame[name], groups, order)]
    differences = [_difference(name, frame[name], groups, order) for name in kept]
    sizes = {WHOLE: len(frame), **{name: int((groups == name).sum()) for name in order}}
    columns = ["variable", "difference", "first", "second", "missing"]
    return Baseline(by, sizes, pd.DataFrame(pieces), pd.DataFrame(differences, columns=columns))


def _order(values: pd.Series) -> list[object]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return list(values.cat.categories)
    return sorted(values.unique())


def _described(values: pd.Series, groups: pd.Series, order: list[str]) -> list[dict[str, object]]:
    found = []
    for name in (WHOLE, *order):
        mine = values if name == WHOLE else values[groups == name]
        known = mine.dropna()
        head = {"variable": str(values.name), "group": name, "of": len(known)}
        if pd.api.types.is_numeric_dtype(values):
            numbers = known.astype(float)
            spread = float(numbers.std()) if len(numbers) > 1 else np.nan
            found.append(
                {
                    **head,
                    "level": "",
                    "n": len(known),
                    "mean": float(numbers.mean()) if len(known) else np.nan,
                    "sd": spread,
                }
            )
        else:
            found += [
                {**head, "level": str(level), "n": int((known == level).sum()), "mean": np.nan, "sd": np.nan}
                for level in _order(values.dropna())
            ]
    return found


def _difference(name: str, values: pd.Series, groups: pd.Series, order: list[str]) -> tuple[str, float, str, str, int]:
    """Find the two groups that lie furthest apart."""
    apart = [(_apart(values, groups, first, second), first, second) for first, second in combinations(order, 2)]
    known = [one for one in apart if np.isfinite(one[0])]
    furthest = max(known, default=(np.nan, "", ""))
    return name, furthest[0], furthest[1], furthest[2], int(values.isna().sum())


def _apart(values: pd.Series, groups: pd.Series, first: str, second: str) -> float:
    here, there = (values[groups == name].dropna() for name in (first, second))
    if here.empty or there.empty:
        return float("nan")
    if pd.api.types.is_numeric_dtype(values):
        spread = np.sqrt((here.astype(float).var() + there.astype(float).var()) / 2)
        return abs(float(here.astype(float).mean() - there.astype(float).mean())) / spread if spread > 0 else np.nan
    levels = _order(values.dropna())
    p, q = (np.array([(mine == level).mean() for level in levels])[1:] for mine in (here, there))
    covariance = ((np.diag(p) - np.outer(p, p)) + (np.diag(q) - np.outer(q, q))) / 2
    return float(np.sqrt(max(0.0, (p - q) @ np.linalg.pinv(covariance) @ (p - q))))
