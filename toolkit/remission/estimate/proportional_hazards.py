"""The test of proportional hazards."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc
from scipy.stats import rankdata

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.cox_fit import CoxFit
from remission.estimate.cox_result import require_cox, require_sound
from remission.estimate.curves import require_choice
from remission.estimate.kernels.product_limit import kaplan_meier, life_table
from remission.estimate.kernels.score_test_of_time import time_score
from remission.estimate.record import Estimand, Method, Test
from remission.estimate.result import Coefficients

TRANSFORMS = ("km", "rank", "identity")


def proportional_hazards(fit: Coefficients, transform: str = "km") -> Test:
    """Test whether the hazard ratios of a Cox model stay the same over time.

    Score test for the product of each term with a function of time, all terms in the model; a
    large p-value does not show proportionality, least of all with few events.

    Parameters
    ----------
    fit : Coefficients
        From ``cox``.
    transform : {"km", "rank", "identity"}
        Function of time: one minus the pooled curve just before, the rank among all rows' last times,
        time itself.

    Returns
    -------
    Test
        One row a term, then ``GLOBAL``: ``term statistic df p_value``.

    Raises
    ------
    DefinitionError
        The fit is no Cox model, or the transform is not known.
    NotEstimable
        All events came at one time, or an estimate of the fit ran away.

    References
    ----------
    Grambsch PM, Therneau TM (1994), doi:10.1093/biomet/81.3.515, in the exact form that R's
    ``cox.zph`` has used since survival 3.0.
    """
    require_choice("transform", transform, TRANSFORMS)
    model = require_cox(fit)
    if model.handling == "exact":
        raise DefinitionError("The test is not defined for exact ties.", 'Fit the model with ties="efron".')
    if model.penalised:
        raise DefinitionError("The test is not defined for a penalised model.", "Give a result of cox().")
    _require_trend(fit, model)
    found = time_score(model.kernel.beta, model.x, model.weights, model.sets, model.ties, _of_time(model, transform))
    columns = {**model.design.columns_by_term(), "GLOBAL": list(range(len(model.design.terms)))}
    rows = []
    for term, places in columns.items():
        statistic = found.statistic(places)
        rows.append((term, statistic, len(places), float(chdtrc(len(places), statistic))))
    return Test(
        estimand=Estimand("hazard ratios that stay the same over time", event=fit.estimand.event),
        method=Method(
            "score test of proportional hazards",
            "Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515",
            {"transform": transform},
        ),
        sample=fit.sample,
        table=pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value"]),
    )


def _require_trend(fit: Coefficients, model: CoxFit) -> None:
    if np.unique(model.sets.times).size < 2:
        raise NotEstimable("All events came at one time, so nothing can change over time.", "Wait for more events.")
    require_sound(fit, "asking whether its hazards are proportional")


def _of_time(model: CoxFit, transform: str) -> np.ndarray:
    """Evaluate the function of time at each event time, centred over events."""
    times = model.sets.times
    if transform == "identity":
        values = times
    elif transform == "rank":
        days, first = np.unique(model.data.exit, return_index=True)
        values = rankdata(model.data.exit)[first][np.searchsorted(days, times)]
    else:
        counts = life_table(model.data.exit, model.data.event, model.data.entry)
        before = np.concatenate([[1.0], kaplan_meier(counts).estimate[:-1]])
        values = 1 - before[np.searchsorted(counts.time, times)]
    return np.asarray(values - values[model.sets.died_at].mean())
