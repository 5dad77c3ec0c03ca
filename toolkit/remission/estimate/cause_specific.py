"""Cox regression for the hazard of one cause."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cause_data import event_and_cause, name_of, read_causes, require_events_on_both_sides
from remission.estimate.cox import cox
from remission.estimate.cox_result import CoxCoefficients
from remission.estimate.curves import label
from remission.estimate.formula import require_columns, required, split_sides


def cause_specific(
    formula: str,
    table: pd.DataFrame,
    *,
    cause: object = 1,
    strata: str | Sequence[str] | None = None,
    cluster: str | None = None,
    weights: str | None = None,
    ties: str = "efron",
    conf_level: float = 0.95,
) -> CoxCoefficients:
    """Log cause-specific hazard ratios: how much faster one cause comes to those still free of any event.

    Other causes end the time at risk. A ratio alone does not say whose cumulative incidence is higher:
    that depends on the hazards of the other causes too; for that see ``fine_gray``.

    Parameters
    ----------
    formula : str
        ``"Event(exit, cause) ~ ..."`` or ``"Event(entry, exit, cause) ~ ..."``.
    table : pandas.DataFrame
        One row is a participant, or a stretch of one.
    cause : int or str
        The cause of interest; censoring is written as in ``aalen_johansen``.
    strata, cluster, weights, ties, conf_level
        As in ``cox``.

    Returns
    -------
    CoxCoefficients
        Estimates are logs of hazard ratios.

    Raises
    ------
    NotEstimable
        Nobody had the cause, or nobody in a group; a covariate never varies or repeats others.
    ImmortalTime
        A covariate or stratum was measured after observation starts.
    DefinitionError
        The formula or a column is wrong.

    References
    ----------
    Prentice RL, Kalbfleisch JD, Peterson AV, Flournoy N, Farewell VT, Breslow NE (1978). The analysis of
    failure times in the presence of competing risks. doi:10.2307/2530374
    """
    exit, column, entry = event_and_cause(formula, delayed=True)
    if {column, exit, entry} & required(split_sides(formula)[1]):
        raise DefinitionError(f"{formula!r} explains the outcome by itself.", "Take it off the right side.")
    require_columns(table, [exit, column])
    codes, causes = read_causes(table, column, exit)
    name = label(cause).strip()
    if name not in causes:
        seen = f"the causes seen are {', '.join(causes)}" if causes else "all rows are censored"
        raise NotEstimable(f"Nobody had an event of cause '{name}'; {seen}.", "Name another, or wait for events.")
    happened = np.where(codes < 0, np.nan, codes == causes.index(name) + 1)
    fit = cox(
        formula,
        table.assign(**{column: happened}),
        strata=strata,
        cluster=cluster,
        weights=weights,
        ties=ties,
        conf_level=conf_level,
    )
    require_events_on_both_sides(fit.fitted.design, fit.fitted.data.event, name)
    return replace(
        fit,
        estimand=replace(fit.estimand, quantity="log cause-specific hazard ratio", event=name_of([name], table)),
        method=replace(
            fit.method,
            name="cause-specific Cox regression",
            reference="Prentice et al. 1978, doi:10.2307/2530374",
            options={**fit.method.options, "cause": name},
        ),
        table=fit.table.assign(contrast="log cause-specific hazard ratio"),
    )
