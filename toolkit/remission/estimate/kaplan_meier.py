"""Kaplan–Meier curves."""

import pandas as pd

from remission.estimate.curves import curve_checks, curve_table, require_choice, require_level
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.kernels.product_limit import kaplan_meier as product_limit
from remission.estimate.kernels.product_limit import survival_limits
from remission.estimate.result import Curve, Estimand, Method


def kaplan_meier(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    entry: str | None = None,
    exit: str = "exit",
    event: str = "event",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
) -> Curve:
    """Probability of no event yet, as a function of time since the origin.

    Censoring must not depend on the event that would have followed. Events on day 0 lower the
    curve on day 0.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant (or a stretch of one, with ``entry``).
    by : str, optional
        Column of groups known at entry; one curve each.
    entry : str, optional
        Column of delayed entry; participants count as at risk only after it.
    exit, event : str
        Columns of the last time observed and of whether the event happened then (1) or not (0).
    conf_type : {"log-log", "log", "plain"}
        Scale of the limits; R's ``survfit`` takes "log" where nothing is said.
    conf_level : float

    Returns
    -------
    Curve
        One row a stratum and distinct time; the first row is the origin.

    Raises
    ------
    NotEstimable
        No complete row is left.
    ImmortalTime
        ``by`` was measured after observation starts.
    DefinitionError
        A column is absent or holds impossible values.

    References
    ----------
    Kaplan EL, Meier P (1958). Nonparametric estimation from incomplete observations.
    doi:10.1080/01621459.1958.10501452. Greenwood's standard error.

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.estimate import kaplan_meier
    >>> table = pd.DataFrame({"exit": [1, 2, 3, 4], "event": [1, 0, 1, 0]})
    >>> kaplan_meier(table).at(3)["estimate"].round(3).tolist()
    [0.375]
    """
    require_choice("conf_type", conf_type, ("log-log", "log", "plain"))
    data = event_data(table, exit, event, entry, [by] if by else [])
    refuse_the_future(table, [by] if by else [], data.entry)
    z = require_level(conf_level)
    tidy = curve_table(data, by, product_limit, lambda step: survival_limits(step, conf_type, z), start=1.0)
    return Curve(
        estimand=Estimand(
            "probability of no event yet",
            event=table.attrs.get("definition", "the event"),
            contrast=by or "",
            horizon=f"time {data.exit.max():g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "Kaplan–Meier",
            "Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452",
            {"conf_type": conf_type, "conf_level": conf_level, "entry": entry, "by": by},
        ),
        sample=data.sample,
        table=tidy,
        checks=curve_checks(tidy, data),
    )
