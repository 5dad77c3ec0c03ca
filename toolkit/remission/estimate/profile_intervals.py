"""Profile likelihood intervals of a linear mixed model."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtri

from remission.errors import DefinitionError
from remission.estimate.kernels.mixed_profile import MixedArrays, VarianceProfile, fixed_limits
from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.mixed_data import MixedData, mixed_data
from remission.estimate.mixed_fit import LinearMixedFit
from remission.estimate.result import Check, Estimand, Estimates, Method

REFERENCE = "Bates et al. 2015, section 5.1, doi:10.18637/jss.v067.i01"


def profile_intervals(
    formula: str, table: pd.DataFrame, *, weights: str | None = None, conf_level: float = 0.95
) -> Estimates:
    """Intervals of all parameters of a linear mixed model from its profile likelihood.

    A parameter is held, the others are estimated anew, and the limits lie where the deviance has risen by the quantile
    of chi-squared on 1 degree of freedom. Unlike estimates with errors this suits standard deviations, whose
    uncertainty is lopsided, and says where one may be 0. Maximum likelihood throughout.

    Parameters
    ----------
    formula, table, weights
        As in ``linear_mixed``.
    conf_level : float

    Returns
    -------
    Estimates
        One row a parameter: first standard deviations and correlations of random effects, then the residual standard
        deviation, then the fixed effects; ``contrast`` says which. There are no errors. A limit of 0, or of a
        correlation at -1 or 1, means that the data do not rule it out.

    Raises
    ------
    DefinitionError
        As in ``linear_mixed``, or a level that is no share.
    NotEstimable
        As in ``linear_mixed``.

    References
    ----------
    Bates D, Mächler M, Bolker B, Walker S (2015). Fitting linear mixed-effects models using lme4.
    doi:10.18637/jss.v067.i01
    """
    if not 0 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level!r} is not between 0 and 1.", "Use 0.95, for example.")
    fit = linear_mixed(formula, table, reml=False, weights=weights, df="normal")
    data = mixed_data(formula, table, weights)
    rise = float(chdtri(1, 1 - conf_level))
    rows = [*_of_variances(data, fit, rise), *_of_fixed(data, fit, rise)]
    open_ended = [str(row["term"]) for row in rows if not np.isfinite([row["conf_low"], row["conf_high"]]).all()]
    told = f"No limit was found for {', '.join(open_ended)}." if open_ended else "Every limit was found."
    return Estimates(
        estimand=Estimand("parameters of a linear mixed model", event=data.outcome),
        method=Method(
            "Profile likelihood", REFERENCE, {"formula": formula, "weights": weights, "conf_level": conf_level}
        ),
        sample=fit.sample,
        table=pd.DataFrame(rows),
        checks=(*fit.checks, Check("limits found", not open_ended, told)),
    )


def _arrays(data: MixedData) -> MixedArrays:
    root = np.sqrt(data.weight)
    return MixedArrays(
        tuple(block.matrix * root[:, None] for block in data.blocks),
        data.fixed.matrix * root[:, None],
        data.y * root,
        data.codes,
        tuple(block.level for block in data.blocks),
    )


def _of_variances(data: MixedData, fit: LinearMixedFit, rise: float) -> list[dict[str, Any]]:
    held = fit.variances().set_index(["group", "term", "other"])["covariance"]
    covariances = []
    for block in data.blocks:
        size = len(block.terms)
        square = np.zeros((size, size))
        for i in range(size):
            for j in range(i, size):
                square[i, j] = square[j, i] = float(held[block.group, block.terms[i], block.terms[j]])
        covariances.append(square)
    profile = VarianceProfile(_arrays(data), tuple(covariances), fit.sigma)
    rows = []
    for number, (block, square) in enumerate(zip(data.blocks, covariances, strict=True)):
        spread = np.sqrt(np.diag(square))
        for i, name in enumerate(block.terms):
            limits = profile.limits(("sd", number, i, 0), rise)
            rows.append(_row(f"{name} | {block.group}", "standard deviation", float(spread[i]), limits))
        for one, other in zip(*np.triu_indices(len(square), 1), strict=True):
            i, j = int(one), int(other)
            both = spread[i] * spread[j]
            limits = profile.limits(("cor", number, i, j), rise)
            named = f"{block.terms[i]}, {block.terms[j]} | {block.group}"
            rows.append(_row(named, "correlation", float(square[i, j] / both) if both > 0 else np.nan, limits))
    limits = profile.limits(("sigma", 0, 0, 0), rise)
    return [*rows, _row("residual", "standard deviation", fit.sigma, limits)]


def _of_fixed(data: MixedData, fit: LinearMixedFit, rise: float) -> list[dict[str, Any]]:
    arrays, rows = _arrays(data), []
    for place, (_, row) in enumerate(fit.tidy().iterrows()):
        limits = fixed_limits(arrays, place, rise, float(row["estimate"]), float(row["std_error"]))
        rows.append(_row(str(row["term"]), str(row["contrast"]), float(row["estimate"]), limits))
    return rows


def _row(term: str, contrast: str, estimate: float, limits: tuple[float, float]) -> dict[str, Any]:
    return {
        "term": term,
        "contrast": contrast,
        "estimate": estimate,
        "std_error": np.nan,
        "conf_low": limits[0],
        "conf_high": limits[1],
    }
