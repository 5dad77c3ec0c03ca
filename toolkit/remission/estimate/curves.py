"""From life tables of strata to the tidy table of a curve."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import ndtri

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.event_data import EventData, first_entry
from remission.estimate.kernels.product_limit import LifeTable, StepEstimate, life_table
from remission.estimate.result import CURVE_COLUMNS, Check

Limits = Callable[[StepEstimate], tuple[np.ndarray, np.ndarray]]
FEW_AT_RISK = 11


def stratify(data: EventData, by: str | None) -> list[tuple[str, np.ndarray]]:
    """Give each stratum's name and the rows in it, in the order of the values.

    Raises
    ------
    NotEstimable
        A stratum name is shared by two different values.
    """
    if by is None:
        return [("all", np.arange(len(data.exit)))]
    codes, values = pd.factorize(data.table[by], sort=True)
    names = [label(value) for value in values]
    if len(set(names)) < len(names):
        raise NotEstimable(f"Two values of '{by}' read the same.", "Give its values different names.")
    return [(name, np.flatnonzero(codes == code)) for code, name in enumerate(names)]


def label(value: object) -> str:
    """Name a stratum: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def curve_table(
    data: EventData,
    by: str | None,
    estimate: Callable[[LifeTable], StepEstimate],
    limits: Limits,
    start: float,
) -> pd.DataFrame:
    """Estimate every stratum and lay the pieces one under the other."""
    pieces = []
    for name, rows in stratify(data, by):
        entry = None if data.entry is None else data.entry[rows]
        counts = life_table(data.exit[rows], data.event[rows], entry)
        step = estimate(counts)
        low, high = limits(step)
        piece = pd.DataFrame(
            {
                "stratum": name,
                "event": "",
                "time": counts.time,
                "estimate": step.estimate,
                "std_error": step.std_error,
                "conf_low": low,
                "conf_high": high,
                "n_at_risk": counts.n_at_risk,
                "n_event": counts.n_event,
                "n_censored": counts.n_censored,
            }
        )
        pieces.append(_with_origin(piece, start, entry))
    return pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)]


def _with_origin(piece: pd.DataFrame, start: float, entry: np.ndarray | None) -> pd.DataFrame:
    """Put the time origin first, unless something already happens there."""
    origin = first_entry(entry)
    if piece["time"].iloc[0] <= origin:
        return piece
    at_risk = piece["n_at_risk"].iloc[0] if entry is None else int((entry <= origin).sum())
    first = piece.iloc[[0]].assign(
        time=origin, estimate=start, std_error=0.0, conf_low=start, conf_high=start, n_event=0, n_censored=0
    )
    first["n_at_risk"] = at_risk
    return pd.concat([first, piece], ignore_index=True)


def curve_checks(table: pd.DataFrame, data: EventData) -> tuple[Check, ...]:
    """Look at what would make a curve untrustworthy: no events, early emptying of the risk set."""
    events = table.groupby("stratum", sort=False)["n_event"].sum()
    quiet = [str(name) for name, count in events.items() if count == 0]
    checks = [
        Check(
            "events in every group",
            not quiet,
            f"No event was observed in {', '.join(quiet)}: its curve says only how long it was watched."
            if quiet
            else "Every group has at least one event.",
        )
    ]
    if data.entry is not None:
        emptied = table[(table["n_at_risk"] == table["n_event"]) & (table["n_event"] > 0)]
        early = emptied[emptied["time"] < data.exit.max()]
        checks.append(
            Check(
                "risk set never empties early",
                early.empty,
                "With delayed entry the curve falls to 0 while others are still to be observed."
                if not early.empty
                else "Someone is at risk until the last time.",
            )
        )
    return tuple(checks)


def require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse an option that is none of the choices.

    Raises
    ------
    DefinitionError
    """
    if value not in choices:
        raise DefinitionError(f"{name}={value!r} is not known.", f"Choose one of {', '.join(choices)}.")


def require_level(conf_level: float) -> float:
    """Return the normal quantile of a two-sided confidence level.

    Raises
    ------
    DefinitionError
        The level does not lie between 0 and 1.
    """
    if not 0 < conf_level < 1:
        raise DefinitionError(f"conf_level={conf_level} is no share.", "Give it as a share, such as 0.95.")
    return float(ndtri(0.5 + conf_level / 2))
