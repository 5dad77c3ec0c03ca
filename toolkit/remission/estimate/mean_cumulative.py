"""Mean number of events so far, for events that recur."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import label, require_choice, require_level
from remission.estimate.event_data import EventData, event_data, refuse_the_future
from remission.estimate.kernels.mean_count import MeanCount, mean_count
from remission.estimate.result import CURVE_COLUMNS, Check, Curve, Estimand, Method

FEW = 20


@dataclass(frozen=True, kw_only=True)
class MeanCumulative(Curve):
    """A mean number of events, which is no share and so has no quantiles."""

    def quantile(self, p: object = 0.5) -> pd.DataFrame:
        """Refuse.

        Raises
        ------
        DefinitionError
        """
        raise DefinitionError("A mean number of events is no share, so it has no quantiles.", "Use at(times).")


def mean_cumulative(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    entry: str | None = "entry",
    exit: str = "exit",
    event: str = "event",
    participant: str = "participant_id",
    conf_type: str = "log",
    conf_level: float = 0.95,
) -> MeanCumulative:
    """Mean number of events a participant has had so far, as a function of time since the origin.

    Every return to use counts, not the first alone. The end of observation must not depend on the number of
    events. After a death nothing recurs: where deaths are many, this is the mean number were nobody to die.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a stretch of a participant that ends with an event or without.
    by : str, optional
        Column of groups known at the origin; one curve each.
    entry, exit, event : str
        Columns; a row is at risk after its entry, up to its exit. ``entry=None``: one row a participant.
    participant : str
        Column of who the rows belong to.
    conf_type : {"log", "plain"}
        Scale of the limits.
    conf_level : float

    Returns
    -------
    MeanCumulative
        One row a stratum and distinct end of a row; errors are robust to dependence among the events of one
        participant, as R's ``survfit`` with ``id`` gives them.

    Raises
    ------
    NotEstimable
        No event, or no complete row.
    ImmortalTime
        ``by`` was measured after observation starts.
    DefinitionError
        A column is absent or holds impossible values, or rows of one participant overlap.

    References
    ----------
    Nelson W (1988). Graphical analysis of system repair data. doi:10.1080/00224065.1988.11979080.
    Lawless JF, Nadeau C (1995). doi:10.1080/00401706.1995.10484300
    """
    require_choice("conf_type", conf_type, ("log", "plain"))
    z = require_level(conf_level)
    data = event_data(table, exit, event, entry, [participant, *([by] if by else [])])
    refuse_the_future(table, [by] if by else [], data.entry)
    if not data.event.any():
        raise NotEstimable("No event was observed.", "Wait for events, or report follow-up alone.")
    counts = {name: _count(data, rows, participant) for name, rows in _strata(data, by).items()}
    return MeanCumulative(
        estimand=Estimand(
            "cumulative mean number of events",
            event=table.attrs.get("definition", "the event"),
            contrast=by or "",
            horizon=f"time {data.exit.max():g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "Mean cumulative function",
            "Lawless and Nadeau 1995, doi:10.1080/00401706.1995.10484300",
            {"conf_type": conf_type, "conf_level": conf_level, "by": by, "participant": participant},
        ),
        sample=replace(data.sample, participants=int(data.table[participant].nunique())),
        table=pd.concat([_piece(name, *found, conf_type, z) for name, found in counts.items()], ignore_index=True),
        checks=_checks(counts),
    )


def _strata(data: EventData, by: str | None) -> dict[str, np.ndarray]:
    if by is None:
        return {"all": np.arange(len(data.exit))}
    codes, values = pd.factorize(data.table[by], sort=True)
    return {label(value): np.flatnonzero(codes == code) for code, value in enumerate(values)}


def _count(data: EventData, rows: np.ndarray, participant: str) -> tuple[MeanCount, int]:
    codes, people = pd.factorize(data.table[participant].iloc[rows])
    entered = np.full(rows.size, -np.inf) if data.entry is None else data.entry[rows]
    found = mean_count(data.exit[rows], data.event[rows], entered, np.asarray(codes))
    if found.most_at_once > 1:
        raise DefinitionError(
            f"Some rows of one '{participant}' overlap.", "Let each row start where the one before it ends."
        )
    return found, len(people)


def _piece(name: str, found: MeanCount, people: int, conf_type: str, z: float) -> pd.DataFrame:
    mean, error = found.estimate, found.std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.exp(np.where(mean > 0, z * error / mean, 0.0))
    low, high = (mean / reach, mean * reach) if conf_type == "log" else (mean - z * error, mean + z * error)
    columns = {
        "stratum": name,
        "event": "",
        "time": found.time,
        "estimate": mean,
        "std_error": error,
        "conf_low": np.maximum(low, 0.0),
        "conf_high": high,
        "n_at_risk": found.n_at_risk,
        "n_event": found.n_event,
        "n_censored": found.n_censored,
    }
    piece = pd.DataFrame(columns)[list(CURVE_COLUMNS)]
    if found.time[0] <= 0:
        return piece
    numbers = dict.fromkeys(("time", "estimate", "std_error", "conf_low", "conf_high"), 0.0)
    first = piece.iloc[[0]].assign(**numbers, n_event=0, n_censored=0)
    return pd.concat([first, piece], ignore_index=True)


def _checks(counts: dict[str, tuple[MeanCount, int]]) -> tuple[Check, ...]:
    quiet = [name for name, (found, _) in counts.items() if not found.n_event.any()]
    few = [name for name, (_, people) in counts.items() if people < FEW]
    return (
        Check(
            "events in every group",
            not quiet,
            f"No event was observed in {', '.join(quiet)}." if quiet else "Every group has at least one event.",
        ),
        Check(
            "participants",
            not few,
            f"Fewer than {FEW} participants in {', '.join(few)}: robust errors are too small."
            if few
            else "Every group has participants enough for robust errors.",
        ),
    )
