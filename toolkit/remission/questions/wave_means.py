"""Observed means over the waves, beside what a mixed model says of the same rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from remission.cohort import Study
from remission.cohort.protocol import ENGAGEMENT
from remission.estimate.curves import label
from remission.estimate.formula import variables_of
from remission.estimate.result import MixedFit
from remission.questions.models import NOT_MEASURES
from remission.questions.problem import Problem
from remission.tables import repeated

ENROLMENT = ("group", ENGAGEMENT, "arm", "site")
WAVE_MEANS = ("stratum", "wave", "months", "n", "mean", "conf_low", "conf_high", "fitted")


def wave_means(study: Study, measure: str, by: str | None = None) -> pd.DataFrame:
    """Average a measure over those who answered, wave by wave.

    Parameters
    ----------
    study : Study
    measure : str
        A measure of study.yaml.
    by : str, optional
        What does not change and was known at day 0: ``group``, ``arm``, a category.

    Returns
    -------
    pandas.DataFrame
        One row is a wave of a group: ``stratum wave months n mean conf_low conf_high fitted``. The
        interval is Student's, 95 %, missing for one participant alone; ``fitted`` is missing.
        ``attrs["by"]`` names the variable of the groups.
    """
    table = repeated(study, measures=[measure], characteristics=[by] if by else []).dropna(subset=measure)
    return _averaged(table.assign(fitted=np.nan), measure, by)


def trajectory_means(study: Study, formula: str, fit: MixedFit) -> pd.DataFrame:
    """Average a measure and the model's fixed effects over the same rows, wave by wave.

    Parameters
    ----------
    study : Study
    formula : str
        The mixed model's, as in study.yaml.
    fit : MixedFit
        What it came to.

    Returns
    -------
    pandas.DataFrame
        As from ``wave_means``, with ``fitted`` the mean prediction for participants with random
        effects of 0; groups are those of the first category in the formula, if it has one.
    """
    measure, names = fit.estimand.event, sorted(variables_of(formula) - NOT_MEASURES)
    measures = [name for name in names if name in study.protocol.measures]
    others = [name for name in names if name not in measures]
    table = repeated(study, measures=measures, characteristics=others).dropna(subset=names)
    fitted = fit.predict(table)["estimate"].to_numpy()
    return _averaged(table.assign(fitted=fitted), measure, grouping(study, formula))


def all_trajectory_means(study: Study, trajectories: Mapping[str, MixedFit | Problem]) -> dict[str, pd.DataFrame]:
    """Average every measure over the waves that has a fitted model, by formula."""
    return {
        formula: trajectory_means(study, formula, fit)
        for formula, fit in trajectories.items()
        if isinstance(fit, MixedFit)
    }


def grouping(study: Study, formula: str) -> str | None:
    """Name the category that a formula compares, the first one written; None where it has none."""
    known = study.protocol.characteristics
    categories = [*ENROLMENT, *(name for name, stated in known.items() if stated.kind == "category")]
    right = formula.split("~")[-1]
    named = [name for name in variables_of(formula) if name in categories]
    return min(named, key=right.index, default=None)


def _averaged(table: pd.DataFrame, measure: str, by: str | None) -> pd.DataFrame:
    if table.empty:
        return pd.DataFrame(columns=list(WAVE_MEANS))
    stratum = table[by].map(label).astype(object) if by else pd.Series("all", index=table.index)
    grouped = table.assign(stratum=stratum).groupby(["stratum", "months", "wave"], sort=True)
    means = grouped.agg(
        n=(measure, "count"), mean=(measure, "mean"), spread=(measure, "std"), fitted=("fitted", "mean")
    ).reset_index()
    degrees = (means["n"] - 1).where(means["n"] > 1)
    reach = stdtrit(degrees, 0.975) * means["spread"] / np.sqrt(means["n"])
    means = means.assign(conf_low=means["mean"] - reach, conf_high=means["mean"] + reach)
    chosen = means[list(WAVE_MEANS)]
    chosen.attrs = {"by": by or ""}
    return chosen
