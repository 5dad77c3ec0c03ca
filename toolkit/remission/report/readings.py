"""A curve read at a few days: what tables and sentences say about it."""

from collections.abc import Sequence

import pandas as pd

from remission.estimate.result import Curve
from remission.report.names import PLAIN, Names
from remission.report.numbers import ABSENT, interval, percent, whole

FEW_AT_RISK = 11


def free_words(curve: Curve) -> str:
    """Say what those without the event have not done yet: ``not yet used`` for an outcome of use."""
    return "not yet used" if " use" in f" {curve.estimand.event}" else "no event yet"


def readings(curve: Curve, times: Sequence[float], names: Names = PLAIN) -> pd.DataFrame:
    """Read a curve at some times, one row a group and time, groups in the order to show them.

    Returns
    -------
    pandas.DataFrame
        The curve's columns with ``label``, ``followed`` (someone is still under observation, or
        all have had the event) and ``n_event`` counted from the origin on.
    """
    if curve.table.empty:
        return curve.table.assign(label="", followed=False)
    labels = names.strata(curve.estimand.contrast, curve.table["stratum"].astype(str).unique())
    read = curve.at(list(times))
    code = read["stratum"].astype(str)
    read = read.assign(
        label=code.map(labels),
        n_event=read.groupby("stratum", sort=False)["n_event"].cumsum(),
        # Before any event the formula gives limits of no width, which would read as certainty.
        conf_low=read["conf_low"].where(read["std_error"] > 0),
        conf_high=read["conf_high"].where(read["std_error"] > 0),
        followed=(read["n_at_risk"] > 0) | (read["estimate"] == 0),
        order=code.map({name: place for place, name in enumerate(labels)}),
    )
    return read.sort_values(["order", "time"], ignore_index=True).drop(columns="order")


def curve_table(curve: Curve, times: Sequence[float], names: Names = PLAIN) -> pd.DataFrame:
    """Write a curve at some days as a table of text, the twin of its figure.

    Parameters
    ----------
    curve : Curve
    times : sequence of float
        Days to read it at.
    names : Names, optional
        Of variables and values.

    Returns
    -------
    pandas.DataFrame
        One row is a group at a day. ``At risk`` counts those under observation just before the
        day, ``Events by then`` those with the event up to and on it.
    """
    read = readings(curve, times, names)
    shown = pd.DataFrame(
        {
            "Group": read["label"],
            "Day": [whole(float(time)) for time in read["time"]],
            f"{free_words(curve).capitalize()}, % (95 % CI)": [_share(row) for _, row in read.iterrows()],
            "At risk": read["n_at_risk"].astype(int),
            "Events by then": read["n_event"].astype(int),
        }
    )
    return shown if curve.estimand.contrast else shown.drop(columns="Group")


def _share(row: pd.Series) -> str:
    if not row["followed"]:
        return f"{ABSENT} (nobody followed so long)"
    limits = interval(percent(row["conf_low"]), percent(row["conf_high"]))
    return f"{percent(row['estimate'])} {limits}"
