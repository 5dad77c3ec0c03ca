"""Step functions of time, read at days and inverted at shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import DefinitionError
from remission.estimate.record import Result

CURVE_COLUMNS = (
    "stratum",
    "event",
    "time",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "n_at_risk",
    "n_event",
    "n_censored",
)
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Curve(Result):
    """A step function of time for each stratum and event.

    ``table`` has the columns of ``CURVE_COLUMNS``, one row a distinct time. ``event`` names the
    cause for competing events and is empty otherwise.
    """

    def at(self, times: Sequence[float] | float) -> pd.DataFrame:
        """Read the curve at given times.

        Parameters
        ----------
        times : float or sequence of float
            Times in the unit of the table.

        Returns
        -------
        pandas.DataFrame
            The curve's columns, one row a stratum, event and time. ``n_at_risk`` counts those
            under observation just before the time; ``n_event`` and ``n_censored`` count since the
            previous requested time. After the last time that a stratum was followed to, estimate, error and
            limits are missing, unless nobody was left without the event; ``attrs["note"]`` says so.
        """
        wanted = np.sort(np.atleast_1d(np.asarray(times, dtype=float)))
        start = 0.0 if self.rises else 1.0
        pieces = []
        for (stratum, _), steps in self._strata():
            read = _read_steps(steps, wanted, start)
            if not self._nobody_is_left(stratum, steps):
                read.loc[wanted > self._followed_to(stratum, steps), list(NUMBERS)] = np.nan
            pieces.append(read)
        found = pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)]
        beyond = found.loc[found["estimate"].isna(), "stratum"].astype(str).unique()
        if beyond.size:
            found.attrs["note"] = f"Nothing is known beyond the last time of observation in {', '.join(beyond)}."
        return found

    def quantile(self, p: Sequence[float] | float = 0.5) -> pd.DataFrame:
        """Give the times by which a share ``p`` has had the event.

        Where the curve is flat exactly at the wanted level, the middle of the flat piece (up to the
        last time observed, where the curve ends at that level) is given, as ``quantile.survfit`` in
        R does. Limits are where the confidence bands cross
        the level (Brookmeyer and Crowley 1982, doi:10.2307/2530286).

        Returns
        -------
        pandas.DataFrame
            Columns ``stratum event p estimate conf_low conf_high``; missing where not reached.
        """
        if self.estimand.quantity == "cumulative hazard":
            raise DefinitionError("A cumulative hazard is no share, so it has no quantiles.", "Use kaplan_meier.")
        shares = np.atleast_1d(np.asarray(p, dtype=float))
        rows = [
            {
                "stratum": stratum,
                "event": event,
                "p": share,
                "estimate": _crossing(steps["time"], self._falling(steps["estimate"]), 1 - share),
                "conf_low": _crossing(steps["time"], self._lower_band(steps), 1 - share),
                "conf_high": _crossing(steps["time"], self._upper_band(steps), 1 - share),
            }
            for (stratum, event), steps in self._strata()
            for share in shares
        ]
        return pd.DataFrame(rows)

    def _strata(self) -> list[tuple[tuple[Any, Any], pd.DataFrame]]:
        grouped = self.table.groupby(["stratum", "event"], sort=False, dropna=False)
        return [((key[0], key[1]), steps) for key, steps in grouped]

    def _followed_to(self, stratum: Any, steps: pd.DataFrame) -> float:
        """Return the last time of observation in a stratum."""
        return float(steps["time"].iloc[-1])

    def _nobody_is_left(self, stratum: Any, steps: pd.DataFrame) -> bool:
        """Whether all have had the event by the end of the curve, so that it stays there for good."""
        if not self.rises:
            return bool(steps["estimate"].iloc[-1] <= 0)
        if not self.estimand.quantity.startswith(("cumulative incidence", "probability")):
            return False
        of_all_causes = self.table[self.table["stratum"] == stratum].groupby("event")["estimate"].last().sum()
        return bool(of_all_causes >= 1 - ROUNDING)

    @property
    def rises(self) -> bool:
        """Whether the curve starts at 0 (incidence) and not at 1 (survival)."""
        return self.estimand.quantity.startswith(("cumulative", "probability of the event"))

    def _falling(self, values: pd.Series) -> pd.Series:
        return 1 - values if self.rises else values

    def _lower_band(self, steps: pd.DataFrame) -> pd.Series:
        return self._falling(steps["conf_high"] if self.rises else steps["conf_low"])

    def _upper_band(self, steps: pd.DataFrame) -> pd.Series:
        return self._falling(steps["conf_low"] if self.rises else steps["conf_high"])


def _read_steps(steps: pd.DataFrame, wanted: np.ndarray, start: float) -> pd.DataFrame:
    times = steps["time"].to_numpy(dtype=float)
    held = np.searchsorted(times, wanted, side="right") - 1
    upcoming = np.searchsorted(times, wanted, side="left")
    read = steps.iloc[np.clip(held, 0, None)].reset_index(drop=True)
    before = held < 0
    read.loc[before, ["estimate", "conf_low", "conf_high"]] = start
    read.loc[before, "std_error"] = 0.0
    read["time"] = wanted
    at_risk = np.append(steps["n_at_risk"].to_numpy(), 0)
    read["n_at_risk"] = at_risk[upcoming]
    for column in ("n_event", "n_censored"):
        total = np.append(0, np.cumsum(steps[column].to_numpy()))[held + 1]
        read[column] = np.diff(total, prepend=0)
    return read


def _crossing(times: pd.Series, level: pd.Series, wanted: float) -> float:
    """Time at which a falling step function reaches the wanted level; NaN where it never does."""
    tolerance = 1e-12 + 1e-9 * abs(wanted)
    known = level.notna().to_numpy()
    at, values = times.to_numpy(dtype=float)[known], level.to_numpy(dtype=float)[known]
    reached = np.flatnonzero(values <= wanted + tolerance)
    if not reached.size:
        return float("nan")
    first = reached[0]
    below = np.flatnonzero(values < wanted - tolerance)
    if abs(values[first] - wanted) > tolerance:
        return float(at[first])
    return float((at[first] + (at[below[0]] if below.size else at[-1])) / 2)
