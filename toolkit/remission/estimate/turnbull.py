"""Turnbull's curve for events known only to lie between two looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.curves import label, require_level
from remission.estimate.event_data import refuse_the_future
from remission.estimate.interval_data import IntervalData, interval_data
from remission.estimate.kernels.turnbull_curve import TurnbullCurve, resample, turnbull_curve
from remission.estimate.result import CURVE_COLUMNS, Check, Curve, Estimand, Method

KUHN_TUCKER = 1e-7
FEW = 20


@dataclass(frozen=True, kw_only=True)
class IntervalCurve(Curve):
    """A curve from intervals.

    Attributes
    ----------
    innermost : pandas.DataFrame
        Columns ``stratum left right probability``: the innermost intervals that hold probability. Inside
        ``(left, right]`` the data do not say when the curve falls.
    last_look : mapping of str to float
        The last time at which anybody of a stratum was seen.
    """

    innermost: pd.DataFrame = field(default_factory=pd.DataFrame)
    last_look: Mapping[str, float] = field(default_factory=dict)

    def _followed_to(self, stratum: Any, steps: pd.DataFrame) -> float:
        # Looks after the last innermost interval add no row, but they do say that the curve stays where it is.
        return max(super()._followed_to(stratum, steps), self.last_look.get(stratum, 0.0))


def turnbull(
    table: pd.DataFrame,
    by: str | None = None,
    *,
    left: str = "left",
    right: str = "right",
    conf_level: float = 0.95,
    resamples: int = 500,
    seed: int = 0,
) -> IntervalCurve:
    """Probability of no event yet, where looks at wave times only bracket the event.

    An interval ``(left, right]`` is open on the left: whoever was free of the event on day 91 and not
    on day 182 had it on day 92 at the earliest. The times of the looks must not depend on the event.
    Between the ends of an innermost interval the curve is not determined; it is drawn falling at
    the right end, when the event would have been seen.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    by : str, optional
        Column of groups known at the origin; one curve each.
    left, right : str
        Columns of the last look free of the event (0 where there was none) and the first look with it
        (missing or infinite where none). Equal: the event was exactly then.
    conf_level : float
    resamples : int
        Participants are drawn anew this often, within each group, for errors and limits; 0 leaves
        both out.
    seed : int
        Of the resampling; the same seed gives the same limits.

    Returns
    -------
    IntervalCurve
        One row a stratum and right end of an innermost interval. ``n_event`` and ``n_at_risk`` are expected
        numbers, whole where the intervals leave no doubt. ``std_error`` is the standard deviation and
        the limits are percentiles over the resamples; both are missing where the curve has reached 0.

    Raises
    ------
    NotEstimable
        All rows are right-censored, or fewer than two participants are left.
    ImmortalTime
        ``by`` was measured after the origin.
    DefinitionError
        A column is absent or holds impossible values.

    References
    ----------
    Turnbull BW (1976). The empirical distribution function with arbitrarily grouped, censored and
    truncated data. doi:10.1111/j.2517-6161.1976.tb01597.x. Gentleman R, Geyer CJ (1994), for the
    conditions checked. doi:10.1093/biomet/81.3.618. Percentile limits: Efron B (1981).
    doi:10.1080/01621459.1981.10477650

    Examples
    --------
    >>> import pandas as pd
    >>> from remission.estimate import turnbull
    >>> table = pd.DataFrame({"left": [0, 0, 6, 6], "right": [6, 6, 12, None]})
    >>> turnbull(table).at([6, 12])["estimate"].round(3).tolist()
    [0.5, 0.25]
    """
    require_level(conf_level)
    if resamples < 0:
        raise DefinitionError(f"resamples={resamples} is negative.", "Give 500, or 0 for no limits.")
    data = interval_data(table, left, right, [by] if by else [])
    refuse_the_future(table, [by] if by else [], None)
    strata = _strata(data, by)
    curves = {name: turnbull_curve(data.left[rows], data.right[rows]) for name, rows in strata.items()}
    drawn = {
        name: resample(curves[name], data.left[rows], data.right[rows], resamples, seed)
        for name, rows in strata.items()
    }
    options = {"limits": "bootstrap percentile", "resamples": resamples, "seed": seed, "by": by}
    looks = np.where(data.event, data.right, data.left)
    last = {name: float(looks[rows].max()) for name, rows in strata.items()}
    return _result(data, (curves, drawn, last), table, {"conf_level": conf_level, **options})


def _result(
    data: IntervalData,
    found: tuple[dict[str, TurnbullCurve], dict[str, np.ndarray], dict[str, float]],
    table: pd.DataFrame,
    options: dict[str, Any],
) -> IntervalCurve:
    curves, drawn, last_look = found
    pieces = [_piece(name, curve, drawn[name], options["conf_level"]) for name, curve in curves.items()]
    return IntervalCurve(
        estimand=Estimand(
            "probability of no event yet",
            event=table.attrs.get("definition", "the event"),
            contrast=options["by"] or "",
            horizon=f"time {max(data.left.max(), data.right[data.event].max()):g}",
            time_origin=table.attrs.get("time_origin", ""),
        ),
        method=Method("Turnbull's curve", "Turnbull 1976, doi:10.1111/j.2517-6161.1976.tb01597.x", options),
        sample=data.sample,
        table=pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)],
        checks=_checks(curves, drawn),
        trace=pd.concat([_trace(name, curve) for name, curve in curves.items()], ignore_index=True),
        innermost=pd.concat([_innermost(name, curve) for name, curve in curves.items()], ignore_index=True),
        last_look=last_look,
    )


def _strata(data: IntervalData, by: str | None) -> dict[str, np.ndarray]:
    if by is None:
        return {"all": np.arange(len(data.left))}
    codes, values = pd.factorize(data.table[by], sort=True)
    names = [label(value) for value in values]
    if len(set(names)) < len(names):
        raise DefinitionError(f"Two values of '{by}' read the same.", "Give its values different names.")
    return {name: np.flatnonzero(codes == code) for code, name in enumerate(names)}


def _piece(name: str, curve: TurnbullCurve, drawn: np.ndarray, conf_level: float) -> pd.DataFrame:
    """Lay the curve out at the finite ends of its innermost intervals, the origin first."""
    error, low, high = _spread(curve, drawn, conf_level)
    piece = pd.DataFrame(
        {
            "stratum": name,
            "event": "",
            "time": curve.spans.right,
            "estimate": curve.survival,
            "std_error": error,
            "conf_low": low,
            "conf_high": high,
            "n_at_risk": _whole(curve.at_risk),
            "n_event": _whole(curve.events),
            "n_censored": curve.gone,
        }
    )
    piece = piece.iloc[np.flatnonzero(np.isfinite(curve.spans.right))]
    if curve.spans.right[0] == 0:
        return piece
    origin = {"stratum": name, "event": "", "time": 0.0, "estimate": 1.0, "std_error": 0.0, "conf_low": 1.0}
    counts = {"conf_high": 1.0, "n_at_risk": float(curve.watched), "n_event": 0.0, "n_censored": curve.gone_before}
    return pd.concat([pd.DataFrame([origin | counts]), piece], ignore_index=True)


def _spread(curve: TurnbullCurve, drawn: np.ndarray, conf_level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the standard deviation and the percentiles over resamples, missing where there are none."""
    settled = drawn[~np.isnan(drawn).any(axis=1)]
    if len(settled) < 2 or curve.watched < 2:
        nothing = np.full(curve.masses.size, np.nan)
        return nothing, nothing, nothing
    tail = (1 - conf_level) / 2
    low, high = np.clip(np.quantile(settled, [tail, 1 - tail], axis=0), 0, 1)
    known = np.where(curve.survival <= 0, np.nan, 1.0)
    return known * settled.std(axis=0, ddof=1), known * low, known * high


def _whole(values: np.ndarray) -> np.ndarray:
    """Take rounding off numbers that are whole."""
    near = np.round(values)
    return np.where(np.abs(values - near) < 1e-9 * (1 + np.abs(values)), near, values)


def _trace(name: str, curve: TurnbullCurve) -> pd.DataFrame:
    return pd.DataFrame(curve.kernel.iterations, columns=["log_likelihood", "expected_gain"]).assign(stratum=name)


def _innermost(name: str, curve: TurnbullCurve) -> pd.DataFrame:
    there = curve.masses > 0
    spans = {"left": curve.spans.left[there], "right": curve.spans.right[there]}
    return pd.DataFrame({"stratum": name, **spans, "probability": curve.masses[there]})


def _checks(curves: dict[str, TurnbullCurve], drawn: dict[str, np.ndarray]) -> tuple[Check, ...]:
    """Look at the maximum, at events, and at what the resampling rests on."""
    return (_at_the_maximum(curves), _events(curves), _resampled(curves, drawn))


def _at_the_maximum(curves: dict[str, TurnbullCurve]) -> Check:
    excess = max(curve.excess for curve in curves.values())
    passed = excess <= KUHN_TUCKER
    words = "hold" if passed else "do not hold, so the curve is not the most likely one"
    return Check("Kuhn–Tucker conditions", passed, f"The conditions of the maximum {words} (missed by {excess:.1e}).")


def _events(curves: dict[str, TurnbullCurve]) -> Check:
    quiet = [name for name, curve in curves.items() if not np.isfinite(curve.spans.right).any()]
    words = f"No event was found in {', '.join(quiet)}: its curve says only how long it was watched."
    return Check("events in every group", not quiet, words if quiet else "Every group has at least one event.")


def _resampled(curves: dict[str, TurnbullCurve], drawn: dict[str, np.ndarray]) -> Check:
    few = [name for name, curve in curves.items() if curve.watched < FEW]
    lost = int(sum(np.isnan(values).any(axis=1).sum() for values in drawn.values()))
    none = not any(len(values) for values in drawn.values())
    words = [
        "Nothing was resampled, so there are no errors or limits." if none else "",
        f"Fewer than {FEW} participants in {', '.join(few)}: limits from resampling are too narrow." if few else "",
        f"{lost} resamples did not settle and were left out." if lost else "",
    ]
    told = " ".join(word for word in words if word)
    return Check("limits", not told, told or "Every resample settled, and groups are large enough to be resampled.")
