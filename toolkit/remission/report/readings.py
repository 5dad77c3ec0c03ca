"""A curve read at a few days: what tables and sentences say about it."""

from collections.abc import Sequence

import pandas as pd

from remission.estimate.result import Curve
from remission.report.names import PLAIN, Names
from remission.report.numbers import ABSENT, estimate, interval, percent, whole

FEW_AT_RISK = 11


def free_words(curve: Curve) -> str:
    """Say what those without the event have not done yet: ``not yet used`` for an outcome of use."""
    return "not yet used" if " use" in f" {curve.estimand.event}" else "no event yet"


def is_share(curve: Curve) -> bool:
    """Tell whether a curve gives shares of participants; hazards and numbers of events go beyond 1."""
    return not curve.estimand.quantity.startswith(("cumulative hazard", "cumulative mean"))


def cause_words(code: object) -> str:
    """Name one of several causes: numbers alone say too little."""
    written = str(code)
    return f"cause {written}" if written.isdecimal() else written.replace("_", " ")


def value_words(curve: Curve) -> str:
    """Head a column or an axis: what the curve gives at a day."""
    if not is_share(curve):
        return curve.estimand.quantity.capitalize()
    return ("With the event" if curve.rises else free_words(curve).capitalize()) + ", %"


def readings(curve: Curve, times: Sequence[float], names: Names = PLAIN) -> pd.DataFrame:
    """Read a curve at some times, one row a group, cause and time, groups in the order to show them.

    Returns
    -------
    pandas.DataFrame
        The curve's columns with ``label``, ``cause`` (empty where there is one event), ``line`` (both in one),
        ``followed`` (someone is still under observation, or all have had the event) and ``n_event`` counted from
        the origin on.
    """
    if curve.table.empty:
        return curve.table.assign(label="", cause="", line="", followed=False)
    labels = names.strata(curve.estimand.contrast, curve.table["stratum"].astype(str).unique())
    read = curve.at(list(times))
    code = read["stratum"].astype(str)
    read = read.assign(
        label=code.map(labels),
        cause=read["event"].map(cause_words),
        n_event=read.groupby(["stratum", "event"], sort=False)["n_event"].cumsum(),
        # Before any event the formula gives limits of no width, which would read as certainty.
        conf_low=read["conf_low"].where(read["std_error"] > 0),
        conf_high=read["conf_high"].where(read["std_error"] > 0),
        followed=read["estimate"].notna(),
        order=code.map({name: place for place, name in enumerate(labels)}),
        place=pd.factorize(read["event"])[0],
    )
    read["line"] = [_line(curve, label, cause) for label, cause in zip(read["label"], read["cause"], strict=True)]
    return read.sort_values(["order", "place", "time"], ignore_index=True).drop(columns=["order", "place"])


def _line(curve: Curve, label: str, cause: str) -> str:
    if not cause:
        return label
    return f"{label}, {cause}" if curve.estimand.contrast else cause


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
        One row is a group, and a cause of several, at a day. ``At risk`` counts those under observation just
        before the day, ``Events by then`` those with the event up to and on it.
    """
    read = readings(curve, times, names)
    shown = pd.DataFrame(
        {
            "Group": read["label"],
            "Cause": read["cause"],
            "Day": [whole(float(time)) for time in read["time"]],
            f"{value_words(curve)} (95 % CI)": [_value(row, is_share(curve)) for _, row in read.iterrows()],
            "At risk": read["n_at_risk"].astype(int),
            "Events by then": read["n_event"].astype(int),
        }
    )
    silent = [] if curve.estimand.contrast else ["Group"]
    return shown.drop(columns=silent if read["cause"].any() else [*silent, "Cause"])


def _value(row: pd.Series, share: bool) -> str:
    if not row["followed"]:
        return f"{ABSENT} (nobody followed so long)"
    if not share:
        return estimate(row["estimate"], row["conf_low"], row["conf_high"])
    limits = interval(percent(row["conf_low"]), percent(row["conf_high"]))
    return f"{percent(row['estimate'])} {limits}"
