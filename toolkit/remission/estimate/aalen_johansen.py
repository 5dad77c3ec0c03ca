"""Cumulative incidence of each of several causes."""

import numpy as np
import pandas as pd

from remission.errors import NotEstimable
from remission.estimate.cause_data import CauseData, cause_data, name_of
from remission.estimate.curves import require_choice, require_level, stratify
from remission.estimate.event_data import first_entry, refuse_the_future
from remission.estimate.kernels.cause_table import CauseTable, cause_table
from remission.estimate.kernels.incidence import (
    Incidence,
    aalen_variance,
    incidence,
    jackknife_variance,
    participant_variance,
)
from remission.estimate.kernels.product_limit import StepEstimate, survival_limits
from remission.estimate.result import CURVE_COLUMNS, Check, Curve, Estimand, Method


def aalen_johansen(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    entry: str | None = None,
    exit: str = "exit",
    cause: str = "cause",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    variance: str = "jackknife",
) -> Curve:
    """Probability that an event of each cause has happened, as a function of time since the origin.

    Other causes are not treated as censoring: one minus Kaplan–Meier would overstate. Censoring must not
    depend on the event that would have followed. Events at one time count at once, whatever their cause.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant (or a stretch of one, with ``entry``).
    by : str, optional
        Column of groups known at entry; one set of curves each.
    entry : str, optional
        Column of delayed entry; participants count as at risk only after it.
    exit : str
        Column of the last time observed.
    cause : str
        Column of what happened then: whole numbers with 0 for censored, or words with "", "censor" or
        "censored" for censored. A missing cause is unknown, and its row is left out.
    conf_type : {"log-log", "log", "plain"}
        Scale of the limits of the incidence; R's ``survfit`` takes "log" where nothing is said.
    conf_level : float
    variance : {"jackknife", "aalen"}
        The infinitesimal jackknife over participants as R's ``survfit`` gives it, or Aalen's variance
        as ``cmprsk::cuminc``.

    Returns
    -------
    Curve
        One row a stratum, cause and distinct time; column ``event`` names the cause. ``n_event`` counts
        that cause, ``n_censored`` censoring. Where everybody has had the same cause the error is undefined.

    Raises
    ------
    NotEstimable
        No complete row is left, all are censored, or there is one participant only.
    ImmortalTime
        ``by`` was measured after observation starts.
    DefinitionError
        A column is absent or holds impossible values.

    References
    ----------
    Aalen OO, Johansen S (1978). An empirical transition matrix for non-homogeneous Markov chains based on
    censored observations. Scandinavian Journal of Statistics 5:141–150.
    Aalen O (1978). Nonparametric estimation of partial transition probabilities in multiple decrement
    models. doi:10.1214/aos/1176344198

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.estimate import aalen_johansen
    >>> table = pd.DataFrame({"exit": [1, 2, 3, 4], "cause": ["relapse", "death", "", "relapse"]})
    >>> aalen_johansen(table).at(4)[["event", "estimate"]].values.tolist()
    [['death', 0.25], ['relapse', 0.75]]
    """
    require_choice("conf_type", conf_type, ("log-log", "log", "plain"))
    require_choice("variance", variance, ("jackknife", "aalen"))
    found = cause_data(table, exit, cause, entry, [by] if by else [])
    refuse_the_future(table, [by] if by else [], found.data.entry)
    z = require_level(conf_level)
    _require_two(found)
    tidy = pd.concat(
        [
            _stratum(found, name, rows, variance, conf_type, z).assign(stratum=name)
            for name, rows in stratify(found.data, by)
        ],
        ignore_index=True,
    )[list(CURVE_COLUMNS)]
    options = {"conf_type": conf_type, "conf_level": conf_level, "entry": entry, "by": by, "variance": variance}
    return Curve(
        estimand=Estimand(
            "cumulative incidence",
            event=name_of(found.causes, table),
            contrast=by or "",
            horizon=f"time {found.data.exit.max():g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "Aalen–Johansen", "Aalen 1978, doi:10.1214/aos/1176344198", {**options, "causes": found.counts()}
        ),
        sample=found.data.sample,
        table=tidy,
        checks=_checks(tidy, found),
    )


def _require_two(found: CauseData) -> None:
    if found.data.sample.participants < 2:
        raise NotEstimable("There is one participant only, which says nothing about others.", "Wait for more.")


def _stratum(found: CauseData, name: str, rows: np.ndarray, variance: str, conf_type: str, z: float) -> pd.DataFrame:
    entry = None if found.data.entry is None else found.data.entry[rows]
    counts = cause_table(found.data.exit[rows], found.code[rows], len(found.causes), entry)
    curve = incidence(counts)
    error = np.sqrt(_variance(found, rows, counts, curve, variance))
    error[_everybody(curve)] = np.nan
    pieces = [
        _with_origin(_piece(counts, curve.estimate[:, k], error[:, k], k, conf_type, z), entry).assign(event=event)
        for k, event in enumerate(found.causes)
    ]
    return pd.concat(pieces, ignore_index=True)


def _variance(found: CauseData, rows: np.ndarray, counts: CauseTable, curve: Incidence, variance: str) -> np.ndarray:
    if variance == "aalen":
        return aalen_variance(counts, curve)
    data = found.data
    named = "participant_id" in data.table.columns
    people = pd.factorize(data.table["participant_id"].iloc[rows])[0] if named else np.arange(rows.size)
    if data.entry is None and np.unique(people).size == rows.size:
        return jackknife_variance(counts, curve)
    entry = np.full(rows.size, -np.inf) if data.entry is None else data.entry[rows]
    return participant_variance(counts, curve, data.exit[rows], found.code[rows], entry, people)


def _everybody(curve: Incidence) -> np.ndarray:
    """Find where all have had one and the same cause: no error can be told there."""
    others = curve.estimate.sum(axis=1, keepdims=True) - curve.estimate
    return np.asarray((curve.survival[:, None] == 0) & (curve.estimate > 0) & (others <= 0))


def _piece(
    counts: CauseTable, estimate: np.ndarray, error: np.ndarray, k: int, conf_type: str, z: float
) -> pd.DataFrame:
    low, high = survival_limits(StepEstimate(estimate, error), conf_type, z)
    unknown, none = np.isnan(error), estimate == 0
    return pd.DataFrame(
        {
            "time": counts.time,
            "estimate": estimate,
            "std_error": error,
            "conf_low": np.where(unknown, np.nan, np.where(none, 0.0, low)),
            "conf_high": np.where(unknown, np.nan, np.where(none, 0.0, high)),
            "n_at_risk": counts.n_at_risk,
            "n_event": counts.n_event[:, k],
            "n_censored": counts.n_censored,
        }
    )


def _with_origin(piece: pd.DataFrame, entry: np.ndarray | None) -> pd.DataFrame:
    """Put the time origin first, unless something already happens there."""
    origin = first_entry(entry)
    if piece["time"].iloc[0] <= origin:
        return piece
    nothing = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), 0.0)
    first = piece.iloc[[0]].assign(time=origin, n_event=0, n_censored=0, **nothing)
    if entry is not None:
        first["n_at_risk"] = int((entry <= origin).sum())
    return pd.concat([first, piece], ignore_index=True)


def _checks(table: pd.DataFrame, found: CauseData) -> tuple[Check, ...]:
    """Look at what would make the curves untrustworthy: no events, groups of one, an early empty risk set."""
    return (_every_cause(table), _more_than_one(table), *_never_empties(table, found))


def _every_cause(table: pd.DataFrame) -> Check:
    events = table.groupby(["stratum", "event"], sort=False, as_index=False)["n_event"].sum()
    empty = events[events["n_event"] == 0]
    quiet = [f"{event} in {stratum}" for stratum, event in zip(empty["stratum"], empty["event"], strict=True)]
    sentence = "Every cause happens in every group."
    if quiet:
        sentence = f"Never observed: {', '.join(quiet)}. An incidence of 0 says only how long people were watched."
    return Check("every cause in every group", not quiet, sentence)


def _more_than_one(table: pd.DataFrame) -> Check:
    most = table.groupby("stratum", sort=False)["n_at_risk"].max()
    alone = [str(name) for name, count in most.items() if count < 2]
    sentence = "Every group has several participants at risk at once."
    if alone:
        sentence = f"Never more than one participant at risk in {', '.join(alone)}: its error is not 0 but unknown."
    return Check("several participants in every group", not alone, sentence)


def _never_empties(table: pd.DataFrame, found: CauseData) -> tuple[Check, ...]:
    if found.data.entry is None:
        return ()
    steps = table.groupby(["stratum", "time"], sort=False).agg({"n_at_risk": "first", "n_event": "sum"}).reset_index()
    emptied = steps[(steps["n_at_risk"] == steps["n_event"]) & (steps["n_event"] > 0)]
    last = steps.groupby("stratum")["time"].max()
    early = emptied[emptied["time"] < emptied["stratum"].map(last)]
    sentence = "Someone is at risk until the last time."
    if not early.empty:
        sentence = "With delayed entry nobody is left without an event while others are still to be observed."
    return (Check("risk set never empties early", early.empty, sentence),)
