"""How strong an unmeasured confounder would have to be."""

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.curves import require_choice
from remission.estimate.record import Estimand, Estimates, Method, Sample

REFERENCE = "VanderWeele and Ding 2017, doi:10.7326/M16-2607"


def e_value(
    estimate: float,
    conf_low: float | None = None,
    conf_high: float | None = None,
    *,
    scale: str = "hazard_ratio",
    rare: bool = False,
) -> Estimates:
    """Find the least strength with which an unmeasured confounder could explain an association away.

    The confounder would need a risk ratio of at least this size both with the exposure (having chosen a group, say)
    and with the outcome, beyond all measured covariates.

    Parameters
    ----------
    estimate : float
        A ratio, not its logarithm.
    conf_low, conf_high : float, optional
        Limits of its interval, on the same scale.
    scale : {"risk_ratio", "odds_ratio", "hazard_ratio"}
    rare : bool
        Whether the outcome is rare (below 15 % at the end of follow-up), so that odds and hazard ratios stand for risk
        ratios. Relapse hardly ever is; then they are turned into approximate risk ratios first.

    Returns
    -------
    Estimates
        Rows ``e-value`` of the ``estimate`` and, with an interval, of its ``limit nearest 1`` (1 where the interval
        reaches across 1): columns ``term contrast estimate std_error conf_low conf_high risk_ratio``; there are no
        errors of an E-value.

    Raises
    ------
    DefinitionError
        A ratio is not above 0, or the estimate lies outside its interval.

    References
    ----------
    VanderWeele TJ, Ding P (2017). Sensitivity analysis in observational research: introducing the E-value.
    doi:10.7326/M16-2607

    Examples
    --------
    >>> from remission.estimate import e_value
    >>> e_value(3.9, 1.8, 8.7, scale="risk_ratio").table["estimate"].round(2).tolist()
    [7.26, 3.0]
    """
    require_choice("scale", scale, ("risk_ratio", "odds_ratio", "hazard_ratio"))
    low, high = estimate if conf_low is None else conf_low, estimate if conf_high is None else conf_high
    if not all(np.isfinite(value) and value > 0 for value in (estimate, low, high)):
        raise DefinitionError("An E-value is of ratios above 0.", "Give ratios, not their logarithms.")
    if not low <= estimate <= high:
        raise DefinitionError(f"The estimate {estimate:g} lies outside {low:g} to {high:g}.", "Correct the limits.")
    rows = [("estimate", _risk_ratio(estimate, scale, rare))]
    if conf_low is not None or conf_high is not None:
        nearest = low if estimate >= 1 else high
        crosses = low <= 1 <= high
        rows.append(("limit nearest 1", 1.0 if crosses else _risk_ratio(nearest, scale, rare)))
    table = pd.DataFrame(
        {
            "term": "e-value",
            "contrast": [name for name, _ in rows],
            "estimate": [_least(ratio) for _, ratio in rows],
            "std_error": np.nan,
            "conf_low": np.nan,
            "conf_high": np.nan,
            "risk_ratio": [ratio for _, ratio in rows],
        }
    )
    return Estimates(
        estimand=Estimand("least risk ratio of an unmeasured confounder with exposure and outcome"),
        method=Method("E-value", REFERENCE, {"scale": scale, "rare": rare}),
        sample=Sample(0, 0),
        table=table,
    )


def _risk_ratio(ratio: float, scale: str, rare: bool) -> float:
    if rare or scale == "risk_ratio":
        return float(ratio)
    if scale == "odds_ratio":
        return float(np.sqrt(ratio))
    return float((1 - 0.5 ** np.sqrt(ratio)) / (1 - 0.5 ** np.sqrt(1 / ratio)))


def _least(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return float(above + np.sqrt(above * (above - 1)))
