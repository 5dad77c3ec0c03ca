"""Nelson–Aalen cumulative hazards."""

import numpy as np
import pandas as pd

from remission.estimate.curves import curve_checks, curve_table, require_level
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.kernels.product_limit import StepEstimate
from remission.estimate.kernels.product_limit import nelson_aalen as cumulate
from remission.estimate.result import Curve, Estimand, Method


def nelson_aalen(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    entry: str | None = None,
    exit: str = "exit",
    event: str = "event",
    conf_level: float = 0.95,
) -> Curve:
    """Cumulative hazard: the events expected by a time if each were followed by a new risk.

    Parameters
    ----------
    table : pandas.DataFrame
    by, entry, exit, event : str
        As in ``kaplan_meier``.
    conf_level : float
        Limits are on the log scale.

    Returns
    -------
    Curve
        Tied events count d / n at once, as R's ``survfit(ctype=1)``.

    Raises
    ------
    NotEstimable, ImmortalTime, DefinitionError
        As in ``kaplan_meier``.

    References
    ----------
    Aalen O (1978). Nonparametric inference for a family of counting processes.
    doi:10.1214/aos/1176344247
    """
    data = event_data(table, exit, event, entry, [by] if by else [])
    refuse_the_future(table, [by] if by else [], data.entry)
    z = require_level(conf_level)
    tidy = curve_table(data, by, cumulate, lambda step: _log_limits(step, z), start=0.0)
    return Curve(
        estimand=Estimand(
            "cumulative hazard",
            event=table.attrs.get("definition", "the event"),
            contrast=by or "",
            horizon=f"time {data.exit.max():g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Nelson–Aalen", "Aalen 1978, doi:10.1214/aos/1176344247", {"conf_level": conf_level}),
        sample=data.sample,
        table=tidy,
        checks=curve_checks(tidy, data),
    )


def _log_limits(step: StepEstimate, z: float) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(z * step.std_error / step.estimate)
    flat = step.estimate == 0
    return np.where(flat, 0.0, step.estimate / factor), np.where(flat, 0.0, step.estimate * factor)
