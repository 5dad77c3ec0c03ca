"""What every estimator returns: the estimand, the method, the sample, a tidy table, checks and a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

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
COEFFICIENT_COLUMNS = (
    "term",
    "contrast",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "statistic",
    "p_value",
)


@dataclass(frozen=True)
class Estimand:
    """What the number is about, before any method is chosen.

    Attributes
    ----------
    quantity : str
        For example ``"probability of no event yet"`` or ``"log hazard ratio"``.
    event : str
        The event or outcome in the words of its definition.
    population : str
        Whom the number describes.
    contrast : str
        What is compared with what; empty where nothing is compared.
    horizon : str
        How far the statement reaches.
    time_origin : str
        What day 0 is.
    """

    quantity: str
    event: str = ""
    population: str = "participants in the table"
    contrast: str = ""
    horizon: str = ""
    time_origin: str = ""


@dataclass(frozen=True)
class Method:
    """How the number was computed: name, source and every option in force."""

    name: str
    reference: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """Whose data the number rests on.

    Attributes
    ----------
    participants : int
        Participants (or rows, where the table names no participant) used.
    rows : int
        Rows used.
    events : int or None
        Events among them; None where the outcome is not an event.
    person_time : float or None
        Time at risk summed over the rows, in the unit of the table.
    left_out : tuple of (str, int)
        Reason and number of rows that were not used.
    """

    participants: int
    rows: int
    events: int | None = None
    person_time: float | None = None
    left_out: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Check:
    """One thing that was looked at before the number was handed out."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """An estimate with all that is needed to judge it.

    Attributes
    ----------
    estimand : Estimand
    method : Method
    sample : Sample
    table : pandas.DataFrame
        The tidy numbers; its columns never vary within a kind of result.
    checks : tuple of Check
    trace : pandas.DataFrame
        One row is one iteration of the fit; empty for closed forms.
    """

    estimand: Estimand
    method: Method
    sample: Sample
    table: pd.DataFrame
    checks: tuple[Check, ...] = ()
    trace: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tidy(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.table.copy()

    def glance(self) -> pd.DataFrame:
        """Return one row that describes the whole result."""
        return pd.DataFrame([self._glance()])

    def _glance(self) -> dict[str, Any]:
        return {
            "method": self.method.name,
            "n_participants": self.sample.participants,
            "n_rows": self.sample.rows,
            "n_events": self.sample.events,
            "person_time": self.sample.person_time,
            "checks_passed": all(check.passed for check in self.checks),
        }

    def summary(self) -> str:
        """Return the result as text: what, how, from whom, the numbers, and failed checks."""
        lines = [self._headline(), f"Method: {self.method.name}. {self.method.reference}", self._who()]
        lines += [f"Left out: {count} rows, {reason}." for reason, count in self.sample.left_out if count]
        lines += ["", self.table.to_string(index=False, float_format=lambda x: f"{x:.4g}"), ""]
        lines += [f"CHECK FAILED {check.name}: {check.sentence}" for check in self.checks if not check.passed]
        return "\n".join(lines).rstrip() + "\n"

    def _headline(self) -> str:
        parts = [self.estimand.quantity]
        parts += [f"of {self.estimand.event}"] if self.estimand.event else []
        parts += [f"by {self.estimand.contrast}"] if self.estimand.contrast else []
        parts += [f"from {self.estimand.time_origin}"] if self.estimand.time_origin else []
        return " ".join(parts)

    def _who(self) -> str:
        words = f"{self.sample.participants} participants, {self.sample.rows} rows"
        return words if self.sample.events is None else f"{words}, {self.sample.events} events"


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
            previous requested time.
        """
        wanted = np.sort(np.atleast_1d(np.asarray(times, dtype=float)))
        pieces = [_read_steps(steps, wanted) for _, steps in self._strata()]
        return pd.concat(pieces, ignore_index=True)[list(CURVE_COLUMNS)]

    def quantile(self, p: Sequence[float] | float = 0.5) -> pd.DataFrame:
        """Give the times by which a share ``p`` has had the event.

        Where the curve is flat exactly at the wanted level, the middle of the flat piece is
        given, as ``quantile.survfit`` in R does. Limits are where the confidence bands cross
        the level (Brookmeyer and Crowley 1982, doi:10.2307/2530286).

        Returns
        -------
        pandas.DataFrame
            Columns ``stratum event p estimate conf_low conf_high``; missing where not reached.
        """
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


def _read_steps(steps: pd.DataFrame, wanted: np.ndarray) -> pd.DataFrame:
    times = steps["time"].to_numpy(dtype=float)
    held = np.searchsorted(times, wanted, side="right") - 1
    upcoming = np.searchsorted(times, wanted, side="left")
    read = steps.iloc[np.clip(held, 0, None)].reset_index(drop=True)
    before = held < 0
    start = 1.0 if steps["estimate"].iloc[0] > 0.5 or len(steps) == 1 else 0.0
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
    flat = abs(values[first] - wanted) <= tolerance and below.size
    return float((at[first] + at[below[0]]) / 2) if flat else float(at[first])


@dataclass(frozen=True, kw_only=True)
class Test(Result):
    """A hypothesis test: ``table`` has ``statistic df p_value``, with a name column where there are several."""

    __test__ = False


@dataclass(frozen=True, kw_only=True)
class Estimates(Result):
    """Named estimates with intervals: ``term contrast estimate std_error conf_low conf_high``."""


@dataclass(frozen=True, kw_only=True)
class Coefficients(Result):
    """Regression coefficients; ``table`` has the columns of ``COEFFICIENT_COLUMNS``.

    Attributes
    ----------
    vcov : pandas.DataFrame
        Variance matrix of the coefficients that the standard errors come from, terms on both axes.
    log_likelihood : float or None
        At the solution.
    fitted : object
        What ``predict`` needs: the model's own design and kernel result.
    """

    vcov: pd.DataFrame
    log_likelihood: float | None = None
    fitted: Any = field(default=None, repr=False)

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "log_likelihood": self.log_likelihood}

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the linear predictor for new rows.

        Parameters
        ----------
        table : pandas.DataFrame
            Rows with the columns of the formula's right side.

        Returns
        -------
        pandas.DataFrame
            Columns ``estimate std_error conf_low conf_high`` on the scale of the coefficients,
            index as in ``table``.
        """
        design = self.fitted.design_for(table)
        centre = np.asarray(design @ self.table["estimate"].to_numpy(), dtype=float)
        spread = np.sqrt(np.einsum("ij,jk,ik->i", design, self.vcov.to_numpy(), design))
        reach = float(self.method.options.get("z", 1.959963984540054)) * spread
        return pd.DataFrame(
            {
                "estimate": centre,
                "std_error": spread,
                "conf_low": centre - reach,
                "conf_high": centre + reach,
            },
            index=table.index,
        )


@dataclass(frozen=True, kw_only=True)
class MixedFit(Coefficients):
    """A mixed model: fixed effects as coefficients, variances and predicted random effects beside them.

    Attributes
    ----------
    variance_table : pandas.DataFrame
        Columns ``group term other covariance``; a variance where other equals term; the residual
        is group ``residual``.
    random_effect_table : pandas.DataFrame
        Columns ``group level term estimate std_error``; conditional modes.
    """

    variance_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    random_effect_table: pd.DataFrame = field(default_factory=pd.DataFrame)
    n_groups: int = 0

    def _glance(self) -> dict[str, Any]:
        return {**super()._glance(), "n_groups": self.n_groups}

    def variances(self) -> pd.DataFrame:
        """Return variances and covariances of the random effects and the residual."""
        return self.variance_table.copy()

    def random_effects(self) -> pd.DataFrame:
        """Return the predicted random effects (conditional modes), one row a level and term."""
        return self.random_effect_table.copy()
