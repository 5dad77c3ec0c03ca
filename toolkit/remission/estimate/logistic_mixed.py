"""Logistic mixed models for a yes or no repeated over the waves."""

import pandas as pd

from remission.estimate.curves import require_choice, require_level
from remission.estimate.generalized_data import generalized_data
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.generalized_model import fit_generalized, require_points
from remission.estimate.generalized_result import generalized_result
from remission.estimate.kernels.row_likelihood import BinomialLaw

INTERVALS = ("wald", "profile")


def logistic_mixed(
    formula: str,
    table: pd.DataFrame,
    *,
    quadrature: int | None = None,
    conf_level: float = 0.95,
    intervals: str = "wald",
    weights: str | None = None,
) -> GeneralizedMixedFit:
    """Log odds ratios between participants with the same random effects, by maximum likelihood.

    Random effects are normal and integrated out by adaptive Gauss-Hermite quadrature. Odds ratios are
    conditional: they compare a participant with itself under other covariates and lie further from 1 than
    population-averaged ones, which ``marginal_probability`` gives. Missing outcomes must be missing at random,
    given observed outcomes and covariates.

    Parameters
    ----------
    formula : str
        For example ``"abstinent ~ months + C(group) + (1 | participant_id)"`` with an outcome of 0 and 1, or
        ``"Trials(days_used, days) ~ ..."``. ``(1 + months | participant_id)`` adds a correlated slope,
        ``||`` an uncorrelated one. ``(1 | site/participant_id)`` nests participants in sites.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    quadrature : int, optional
        Points of each random effect; 1 is Laplace's approximation, which is biased for few waves of yes
        and no and the only one for nested groups. Default 15, and 1 for nested groups.
    conf_level : float
        Between 0 and 1.
    intervals : {"wald", "profile"}
        Profile intervals follow the likelihood; they need a few hundred evaluations more.
    weights : str, optional
        Column that says for how many equal rows a row stands.

    Returns
    -------
    GeneralizedMixedFit
        ``ratios()`` holds odds ratios, ``spreads()`` standard deviations with intervals, ``variances()``
        variances and covariances, ``random_effects()`` conditional modes with conditional standard deviations,
        ``glance()`` the likelihood-ratio test of no random effect. Errors come from the observed information of
        all parameters. The log-likelihood holds all constants.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong, or groups cross one another.
    NotEstimable
        The rows cannot carry the model, covariates separate the outcomes, or no participant changes.

    References
    ----------
    Pinheiro JC, Bates DM (1995). Approximations to the log-likelihood function in the nonlinear
    mixed-effects model. doi:10.1080/10618600.1995.10474663. Lesaffre E, Spiessens B (2001). On the effect of
    the number of quadrature points. doi:10.1111/1467-9876.00237. Self SG, Liang KY (1987).
    doi:10.1080/01621459.1987.10478472
    """
    require_choice("intervals", intervals, INTERVALS)
    z = require_level(conf_level)
    data = generalized_data(formula, table, counts=False, weights=weights)
    nested = len(data.groups) > 1
    points = quadrature if quadrature is not None else (1 if nested else 15)
    require_points(points, data.q, nested)
    options = {
        "formula": formula,
        "quadrature": points,
        "conf_level": conf_level,
        "intervals": intervals,
        "weights": weights,
        "z": z,
    }
    scaled = fit_generalized(data, BinomialLaw(), points)
    return generalized_result(data, scaled, options, (_name(points), "odds"))


def _name(points: int) -> str:
    way = "Laplace's approximation" if points == 1 else f"adaptive quadrature with {points} points"
    return f"Logistic mixed model by {way}"
