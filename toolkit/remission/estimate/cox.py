"""Cox regression."""

from collections.abc import Sequence

import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.cox_data import cox_rows
from remission.estimate.cox_fit import CoxFit, case_weights, fit_cox
from remission.estimate.cox_result import CoxCoefficients, cox_coefficients
from remission.estimate.curves import require_choice, require_level


def cox(
    formula: str,
    table: pd.DataFrame,
    *,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> CoxCoefficients:
    """Log hazard ratios under proportional hazards.

    Censoring must not depend on the event to come, given the covariates. With rows
    ``Event(entry, exit, event)`` covariates may change over time; they must be known at entry.

    Parameters
    ----------
    formula : str
        ``"Event(exit, event) ~ ..."`` or ``"Event(entry, exit, event) ~ ..."``; the right side in
        formulaic's grammar, without random terms.
    table : pandas.DataFrame
        One row is a participant, or a stretch of one.
    strata : str or list of str, optional
        Columns whose combinations have baseline hazards of their own.
    cluster : str, optional
        Column within which rows may depend; gives Lin–Wei robust errors.
    weights : str, optional
        Column of positive case weights. Whole numbers count as repeated rows; with others errors are
        robust, by participant where ``participant_id`` is there and by row otherwise.
    ties : {"efron", "breslow", "exact"}
        ``"exact"`` treats time as discrete: of those at risk together, whose event it was. With one stratum a
        matched set this is conditional logistic regression. It knows neither ``cluster`` nor ``weights``.
    conf_level : float

    Returns
    -------
    CoxCoefficients
        Estimates are logs of hazard ratios.

    Raises
    ------
    NotEstimable
        No event, a covariate that never varies, or covariates that repeat one another.
    ImmortalTime
        A covariate or stratum was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Cox DR (1972). Regression models and life-tables. doi:10.1111/j.2517-6161.1972.tb00899.x.
    Efron B (1977). doi:10.1080/01621459.1977.10480613. Lin DY, Wei LJ (1989).
    doi:10.1080/01621459.1989.10478874. Gail MH, Lubin JH, Rubinstein LV (1981), for exact ties.
    doi:10.1093/biomet/68.3.703
    """
    require_choice("ties", ties, ("efron", "breslow", "exact"))
    if ties == "exact" and (cluster or weights):
        raise DefinitionError(
            "The exact handling of ties knows neither weights nor robust errors.", 'Take ties="efron" for them.'
        )
    z = require_level(conf_level)
    rows = cox_rows(formula, table, strata, [name for name in (cluster, weights) if name])
    data = rows.data
    fit = fit_cox(data, rows.design, rows.layers, case_weights(data.table, weights), ties)
    together = cluster or _implied_cluster(fit)
    options = {"ties": ties, "strata": list(rows.layers), "cluster": cluster, "weights": weights}
    return cox_coefficients(fit, together, table, {**options, "conf_level": conf_level, "robust_by": together, "z": z})


def _implied_cluster(fit: CoxFit) -> str | None:
    """Weights that are no counts make the model-based error wrong, so R and we turn to the robust one."""
    if (fit.weights % 1 == 0).all():
        return None
    return "participant_id" if "participant_id" in fit.data.table.columns else "row"
