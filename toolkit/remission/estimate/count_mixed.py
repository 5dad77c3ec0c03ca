"""Mixed models for counts repeated over the waves: meetings, drinks, days used of thirty."""

import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.curves import require_choice, require_level
from remission.estimate.generalized_data import generalized_data
from remission.estimate.generalized_fit import GeneralizedMixedFit
from remission.estimate.generalized_model import fit_generalized, no_more_spread, require_points
from remission.estimate.generalized_result import generalized_result
from remission.estimate.kernels.beta_binomial import BetaBinomialLaw
from remission.estimate.kernels.row_likelihood import BinomialLaw, NegativeBinomialLaw, PoissonLaw, RowLaw
from remission.estimate.logistic_mixed import INTERVALS
from remission.estimate.result import Check

LAWS: dict[str, RowLaw] = {
    "poisson": PoissonLaw(),
    "negative_binomial": NegativeBinomialLaw(),
    "beta_binomial": BetaBinomialLaw(),
}
SIMPLER: dict[str, RowLaw] = {"negative_binomial": PoissonLaw(), "beta_binomial": BinomialLaw()}


def count_mixed(
    formula: str,
    table: pd.DataFrame,
    *,
    family: str = "negative_binomial",
    quadrature: int | None = None,
    conf_level: float = 0.95,
    intervals: str = "wald",
    weights: str | None = None,
    exposure: str | None = None,
) -> GeneralizedMixedFit:
    """Log rate ratios of counts, or log odds ratios of days of so many, given the random effects.

    Parameters
    ----------
    formula : str
        For example ``"meetings ~ months + (1 | participant_id)"``; for the beta-binomial law
        ``"Trials(days_used, days) ~ ..."``. Random terms as in ``logistic_mixed``.
    table : pandas.DataFrame
        One row is a participant at a wave. Rows with a missing value are left out and counted.
    family : {"negative_binomial", "poisson", "beta_binomial"}
        Poisson counts vary, given the random effects, as much as their mean; negative binomial ones more
        (``mean + mean**2 / size``). The beta-binomial law is for successes of a known number whose chance
        differs from row to row.
    quadrature, conf_level, intervals, weights
        As in ``logistic_mixed``.
    exposure : str, optional
        Column of the time or opportunity in which a row's count arose; rates are per unit of it. Not for
        the beta-binomial law.

    Returns
    -------
    GeneralizedMixedFit
        With ``dispersion`` in ``glance()``, estimated together with all else.

    Raises
    ------
    DefinitionError
        The formula, a column or an option is wrong.
    NotEstimable
        The rows cannot carry the model.

    References
    ----------
    Booth JG, Casella G, Friedl H, Hobert JP (2003). Negative binomial loglinear mixed models.
    doi:10.1191/1471082X03st058oa. Prentice RL (1986), for the beta-binomial law.
    doi:10.1080/01621459.1986.10478275
    """
    require_choice("family", family, tuple(LAWS))
    require_choice("intervals", intervals, INTERVALS)
    z = require_level(conf_level)
    _require_left_side(formula, family, exposure)
    data = generalized_data(formula, table, counts=True, weights=weights, exposure=exposure)
    nested = len(data.groups) > 1
    points = quadrature if quadrature is not None else (1 if nested else 15)
    require_points(points, data.q, nested)
    options = {
        "formula": formula,
        "family": family,
        "quadrature": points,
        "conf_level": conf_level,
        "intervals": intervals,
        "weights": weights,
        "exposure": exposure,
        "z": z,
    }
    words = f"{family.replace('_', ' ').capitalize()} mixed model", "odds" if family == "beta_binomial" else "rate"
    scaled = fit_generalized(data, LAWS[family], points)
    if no_more_spread(scaled):
        scaled = fit_generalized(data, SIMPLER[family], points)
        return generalized_result(data, scaled, options, words, (family, _no_more(family)))
    return generalized_result(data, scaled, options, words)


def _require_left_side(formula: str, family: str, exposure: str | None) -> None:
    trials = formula.lstrip().startswith("Trials(")
    if trials != (family == "beta_binomial"):
        raise DefinitionError(
            f"The left side of {formula!r} does not go with family={family!r}.",
            "Write Trials(days_used, days) for the beta-binomial law, and one column of counts for the others.",
        )
    if trials and exposure:
        raise DefinitionError("exposure does not go with the beta-binomial law.", "Leave it out.")


def _no_more(family: str) -> Check:
    simpler = "Poisson" if family == "negative_binomial" else "binomial"
    return Check(
        "more spread than the simpler law",
        False,
        f"Given the random effects the outcomes spread no more than {simpler} ones: the fit is that model's.",
    )
