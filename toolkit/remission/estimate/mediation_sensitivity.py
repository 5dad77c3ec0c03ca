"""How strong hidden confounding of mediator and outcome would have to be for the indirect effect to vanish."""

import numpy as np
import pandas as pd

from remission.estimate.e_value import e_value
from remission.estimate.kernels.path_models import PathFits
from remission.estimate.mediation_data import Chain, MediationData

# A standardised difference d is worth a risk ratio of about exp(0.91 d).
RATIO_OF_STANDARDISED = 0.91
RHO_GRID = np.round(np.arange(-0.9, 0.95, 0.1), 1)
COLUMNS = ("quantity", "estimate", "sentence")


def sensitivity_table(
    data: MediationData, fits: PathFits, chain: Chain, indirect: pd.Series, ratio: pd.Series
) -> pd.DataFrame:
    """Give the correlation of errors and the E-values at which the indirect effect would be 0.

    Parameters
    ----------
    data : MediationData
    fits : PathFits
        To all rows.
    chain : Chain
    indirect, ratio : pandas.Series
        Rows of the indirect effect and of its risk ratio: ``estimate conf_low conf_high``.

    Returns
    -------
    pandas.DataFrame
        ``quantity estimate sentence``. The correlation only for one mediator, a continuous outcome and no interaction.
    """
    rows = []
    if has_rho(data):
        rho = rho_at_zero(data, fits)
        rows.append(("rho at which the indirect effect is 0", rho, _rho_sentence(rho, chain)))
    low, value, high = _as_ratio(data, ratio if data.rows.logistic else indirect)
    if np.isfinite([low, value, high]).all() and low > 0:
        found = e_value(value, min(low, value), max(high, value), scale="risk_ratio").table["estimate"]
        rows.append(("e-value of the indirect effect", float(found.iloc[0]), _e_sentence(data, found)))
        rows.append(("e-value of its limit nearest no effect", float(found.iloc[1]), _e_sentence(data, found)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def rho_table(data: MediationData, fits: PathFits) -> pd.DataFrame:
    """Give the indirect effect under each correlation of errors: ``rho indirect``; empty where there is no formula."""
    if not has_rho(data):
        return pd.DataFrame({"rho": [], "indirect": []})
    zero, scale = rho_at_zero(data, fits), _outcome_per_mediator(data, fits)
    rho = np.sort(np.append(RHO_GRID, zero))
    slope = scale * (zero - rho * np.sqrt((1 - zero**2) / (1 - rho**2)))
    step = data.contrast[1] - data.contrast[0]
    return pd.DataFrame({"rho": rho, "indirect": step * fits.base[0, 0, 1] * slope})


def has_rho(data: MediationData) -> bool:
    """Whether the closed form holds: one mediator, linear equations without interaction."""
    return data.layout.mediators == 1 and not (data.rows.logistic or data.layout.interaction)


def rho_at_zero(data: MediationData, fits: PathFits) -> float:
    """Return the correlation of mediator and outcome given exposure and covariates."""
    reduced = _reduced_spread(data, fits)
    return float(fits.onto[0, 0] * np.sqrt(fits.residual[0, 0, 0]) / reduced) if reduced > 0 else float("nan")


def _reduced_spread(data: MediationData, fits: PathFits) -> float:
    """Spread of the outcome given exposure and covariates, over the degrees of freedom of the mediator's equation."""
    rows, base = len(data.z), data.layout.base
    left = fits.noise[0] * (rows - base - 1) / (rows - base)
    return float(np.sqrt(left + fits.onto[0, 0] ** 2 * fits.residual[0, 0, 0]))


def _outcome_per_mediator(data: MediationData, fits: PathFits) -> float:
    return _reduced_spread(data, fits) / float(np.sqrt(fits.residual[0, 0, 0]))


def _as_ratio(data: MediationData, row: pd.Series) -> tuple[float, float, float]:
    found = np.array([row["conf_low"], row["estimate"], row["conf_high"]], dtype=float)
    if not data.rows.logistic:
        found = np.exp(RATIO_OF_STANDARDISED * found / np.std(data.z[:, -1], ddof=1))
    return float(found[0]), float(found[1]), float(found[2])


def _rho_sentence(rho: float, chain: Chain) -> str:
    return (
        f"The indirect effect would be 0 if what else moves '{chain.mediators[0]}' and '{chain.outcome}' correlated by "
        f"{rho:.2f}: hidden causes that explain {100 * abs(rho):.0f} % of what is left of each would do "
        "(Imai, Keele and Yamamoto 2010)."
    )


def _e_sentence(data: MediationData, found: pd.Series) -> str:
    scale = "" if data.rows.logistic else " (approximately, from the standardised difference)"
    limit = (
        "the interval holds no effect already"
        if found.iloc[1] == 1
        else f"of {found.iloc[1]:.2f} to move the interval to no effect"
    )
    return (
        f"A hidden cause would need risk ratios of {found.iloc[0]:.2f} with both mediators and outcome, beyond the "
        f"covariates, to explain the indirect effect away{scale}; {limit}."
    )
