"""What every result holds: the estimand, the method, the sample, a tidy table, checks and a trace."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


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
        parts += [f"({self.estimand.contrast})"] if self.estimand.contrast else []
        origin = f"; day 0 is {self.estimand.time_origin}" if self.estimand.time_origin else ""
        return " ".join(parts) + origin

    def _who(self) -> str:
        words = f"{self.sample.participants} participants, {self.sample.rows} rows"
        return words if self.sample.events is None else f"{words}, {self.sample.events} events"


@dataclass(frozen=True, kw_only=True)
class Test(Result):
    """A hypothesis test: ``table`` has ``statistic df p_value``, with a name column where there are several."""

    __test__ = False


@dataclass(frozen=True, kw_only=True)
class Estimates(Result):
    """Named estimates with intervals: ``term contrast estimate std_error conf_low conf_high``."""
