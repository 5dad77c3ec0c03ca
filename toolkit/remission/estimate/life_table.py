"""The actuarial life table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.curves import require_choice, require_level, stratify
from remission.estimate.event_data import event_data, refuse_the_future
from remission.estimate.kernels.actuarial import Actuarial, actuarial
from remission.estimate.kernels.product_limit import StepEstimate, survival_limits
from remission.estimate.result import CURVE_COLUMNS, Check, Curve, Estimand, Method


@dataclass(frozen=True, kw_only=True)
class LifeTable(Curve):
    """Survival at the end of each interval; ``intervals`` has the hazard and the counts.

    Attributes
    ----------
    intervals : pandas.DataFrame
        One row is an interval of a stratum: ``stratum start end n_entering n_censored n_exposed n_event share hazard
        hazard_std_error density density_std_error``. ``n_exposed`` counts those censored within it by half; hazard and
        density are per unit of time, in the middle of the interval.
    """

    intervals: pd.DataFrame = field(default_factory=pd.DataFrame)


def life_table(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    cuts: Sequence[float],
    exit: str = "exit",
    event: str = "event",
    closed: str = "right",
    conf_level: float = 0.95,
) -> LifeTable:
    """Probability of no event yet at the ends of intervals, with those censored within one at risk for half of it.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    by : str, optional
        Column of groups known at day 0.
    cuts : sequence of float
        Ends of the intervals, increasing, above 0; the first interval starts at 0. What comes after the last cut is
        not told.
    exit, event : str
    closed : {"right", "left"}
        Whether what happens on a cut belongs to the interval that it ends (as in all tables here; day 0 belongs to
        the first) or to the one that it starts (as in most textbooks).
    conf_level : float

    Returns
    -------
    LifeTable
        A curve with one row at 0 and one a cut; limits on the log-log scale. ``n_at_risk``, ``n_event`` and
        ``n_censored`` are of the interval that ends there.

    Raises
    ------
    NotEstimable
        No complete row is left.
    ImmortalTime
        ``by`` was measured after observation starts.
    DefinitionError
        The cuts do not increase, or a column is absent or holds impossible values.

    References
    ----------
    Cutler SJ, Ederer F (1958). Maximum utilization of the life table method in analyzing survival.
    doi:10.1016/0021-9681(58)90126-7. Gehan EA (1969). Estimating survival functions from the life table.
    doi:10.1016/0021-9681(69)90035-6
    """
    require_choice("closed", closed, ("right", "left"))
    z = require_level(conf_level)
    grid = np.asarray(cuts, dtype=float)
    if not grid.size or not np.isfinite(grid).all() or grid[0] <= 0 or (np.diff(grid) <= 0).any():
        raise DefinitionError("The cuts are no increasing numbers above 0.", "Give ends such as [90, 180, 365].")
    data = event_data(table, exit, event, None, [by] if by else [])
    refuse_the_future(table, [by] if by else [], None)
    found = {
        name: actuarial(data.exit[rows], data.event[rows], grid, closed == "left") for name, rows in stratify(data, by)
    }
    bounds = np.concatenate([[0.0], grid])
    late = int((data.exit > grid[-1]).sum())
    said = f"{late} participants were watched beyond the last cut, of which nothing is told."
    return LifeTable(
        estimand=Estimand(
            "probability of no event yet",
            event=table.attrs.get("definition", "the event"),
            contrast=by or "",
            horizon=f"time {grid[-1]:g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method(
            "actuarial life table",
            "Cutler and Ederer 1958, doi:10.1016/0021-9681(58)90126-7",
            {"cuts": tuple(grid.tolist()), "closed": closed, "conf_level": conf_level, "by": by},
        ),
        sample=data.sample,
        table=pd.concat([_curve(name, one, bounds, z) for name, one in found.items()], ignore_index=True),
        checks=(_half_rule(found), Check("events in every group", _all_have(found), _quiet(found)))
        + ((Check("whole follow-up", True, said),) if late else ()),
        intervals=pd.concat([_intervals(name, one, bounds) for name, one in found.items()], ignore_index=True),
    )


def _curve(name: str, one: Actuarial, bounds: np.ndarray, z: float) -> pd.DataFrame:
    low, high = survival_limits(StepEstimate(one.survival, one.survival_error), "log-log", z)
    counts = {
        "n_at_risk": [one.entering[0], *one.entering],
        "n_event": [0, *one.events],
        "n_censored": [0, *one.censored],
    }
    frame = {
        "stratum": name,
        "event": "",
        "time": bounds,
        "estimate": one.survival,
        "std_error": one.survival_error,
        "conf_low": low,
        "conf_high": high,
        **counts,
    }
    return pd.DataFrame(frame)[list(CURVE_COLUMNS)]


def _intervals(name: str, one: Actuarial, bounds: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stratum": name,
            "start": bounds[:-1],
            "end": bounds[1:],
            "n_entering": one.entering,
            "n_censored": one.censored,
            "n_exposed": one.exposed,
            "n_event": one.events,
            "share": one.share,
            "hazard": one.hazard,
            "hazard_std_error": one.hazard_error,
            "density": one.density,
            "density_std_error": one.density_error,
        }
    )


def _half_rule(found: dict[str, Actuarial]) -> Check:
    worst = max(float(np.max(one.censored / np.maximum(one.entering, 1))) for one in found.values())
    fine = worst <= 0.5
    words = "." if fine else ", so that counting them for half of it is a guess: cut finer, or use kaplan_meier."
    return Check("few censored within an interval", fine, f"At most {100 * worst:.0f} % are censored in one{words}")


def _all_have(found: dict[str, Actuarial]) -> bool:
    return all(one.events.sum() > 0 for one in found.values())


def _quiet(found: dict[str, Actuarial]) -> str:
    quiet = ", ".join(name for name, one in found.items() if not one.events.sum())
    return f"No event was observed in {quiet}." if quiet else "Every group has at least one event."
