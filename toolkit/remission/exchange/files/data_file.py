"""A data file as read: its dictionary, and its cells as the file states them."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from remission.exchange.files.codes import code_in, code_out

Kind = Literal["number", "text", "date", "datetime", "time", "duration"]
Code = float | str
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Clock:
    """How a file counts moments: seconds in one unit, and day 0 as days from 1970-01-01."""

    seconds: float
    epoch_day: int


@dataclass(frozen=True)
class Variable:
    """What a file says about one variable.

    Attributes
    ----------
    label : str
    value_labels : dict
        Code to label; text codes for text variables.
    missing_ranges : tuple of (low, high)
        User-missing codes; a single code has both ends alike, an open end is infinite.
    measure : {"nominal", "ordinal", "scale", "unknown"}
    format : str
        As the file writes it: ``F2.0``, ``DTIME12``, ``%td``, ``DATE9``.
    kind : {"number", "text", "date", "datetime", "time", "duration"}
        A time or duration may be longer than a day.
    clock : Clock or None
        Of moments only.
    width : int
        Bytes of a text; 0 for numbers.
    display_width : int
        Columns on the screen; 0 where unknown.
    role : str
        SPSS's ``input``, ``target``, ``both``, ``none``, ``partition`` or ``split``; empty where not said.
    attributes : dict
        Custom attributes of SPSS: name to its values.
    alignment : str
        ``left``, ``right`` or ``center``; empty where not said.
    """

    label: str = ""
    value_labels: dict[Code, str] = field(default_factory=dict)
    missing_ranges: tuple[tuple[Any, Any], ...] = ()
    measure: str = "unknown"
    format: str = ""
    kind: Kind = "number"
    clock: Clock | None = None
    width: int = 0
    display_width: int = 0
    role: str = ""
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alignment: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold; fields at their default are left out."""
        blank = Variable()
        found: dict[str, Any] = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(blank, each.name)
        }
        if self.value_labels:
            found["value_labels"] = [[code_out(code), label] for code, label in self.value_labels.items()]
        if self.missing_ranges:
            found["missing_ranges"] = [[code_out(low), code_out(high)] for low, high in self.missing_ranges]
        if self.clock:
            found["clock"] = {"seconds": self.clock.seconds, "epoch_day": self.clock.epoch_day}
        if self.attributes:
            found["attributes"] = {name: list(values) for name, values in self.attributes.items()}
        return found

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "Variable":
        """Return what `as_dict` was made of; keys that are no field (such as ``name``) are passed over."""
        known = {each.name: found[each.name] for each in fields(cls) if each.name in found}
        clock = known.get("clock")
        return cls(
            **{
                **known,
                "value_labels": {code_in(code): label for code, label in known.get("value_labels", [])},
                "missing_ranges": tuple((code_in(low), code_in(high)) for low, high in known.get("missing_ranges", [])),
                "clock": Clock(float(clock["seconds"]), int(clock["epoch_day"])) if clock else None,
                "attributes": {name: tuple(values) for name, values in known.get("attributes", {}).items()},
            }
        )

    def is_user_missing(self, values: pd.Series) -> pd.Series:
        """Tell which values are declared user-missing."""
        found = pd.Series(False, index=values.index)
        for low, high in self.missing_ranges:
            if isinstance(low, str) == (values.dtype == object):
                found |= (values >= low) & (values <= high)
        return found

    def seconds(self, values: pd.Series) -> pd.Series:
        """Turn raw cells into seconds: since 1970-01-01 for moments, long for times and durations."""
        clock = self.clock or Clock(1.0, 0)
        offset = clock.epoch_day * SECONDS_A_DAY if self.kind in ("date", "datetime") else 0
        return values.astype(float) * clock.seconds + offset

    def days(self, values: pd.Series) -> pd.Series:
        """Turn raw cells of a date or moment into whole days since 1970-01-01; its time of day is dropped."""
        return pd.Series(np.floor(self.seconds(values) / SECONDS_A_DAY), index=values.index)


@dataclass(frozen=True)
class ResponseSet:
    """A multiple-response set: several variables that answer one question."""

    name: str
    label: str
    kind: Literal["dichotomies", "categories"]
    variables: tuple[str, ...]
    counted: str = ""


@dataclass(frozen=True)
class Dictionary:
    """What a file says about itself.

    Attributes
    ----------
    path : pathlib.Path
    sha256 : str
    source : str
        ``sav``, ``zsav``, ``por``, ``dta``, ``sas7bdat``, ``xpt``, ``csv`` or ``redcap`` (a CSV with REDCap's columns).
    rows : int or None
        As its header announces; None where it does not.
    variables : dict of str to Variable
        In the order of the file.
    encoding, encoding_note : str
        The encoding used, and why where it was not simply declared.
    weight : str
        The weight variable; empty for none.
    remarks : tuple of str
        What was noticed while reading and a person should know, one sentence each.
    """

    path: Path
    sha256: str
    source: str
    rows: int | None
    variables: dict[str, Variable]
    label: str = ""
    encoding: str = ""
    encoding_note: str = ""
    producer: str = ""
    created: str = ""
    compression: str = ""
    weight: str = ""
    response_sets: tuple[ResponseSet, ...] = ()
    documents: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataFile:
    """A file, or some rows of it.

    Attributes
    ----------
    dictionary : Dictionary
    frame : pandas.DataFrame
        Index is the row of the file from 0. Numbers and moments as floats, raw as in the file, NaN for
        system-missing, user-missing codes kept; texts as stripped strings, empty where nothing stands.
    tags : dict of str to pandas.Series
        Stata's and SAS's extended missing values: variable to a column of ``.a`` to ``.z``, ``._``, or
        empty. Only variables that hold some are named; their cells in ``frame`` are NaN.
    """

    dictionary: Dictionary
    frame: pd.DataFrame
    tags: dict[str, pd.Series] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.dictionary.path

    @property
    def sha256(self) -> str:
        """Checksum of the file's bytes."""
        return self.dictionary.sha256

    @property
    def variables(self) -> dict[str, Variable]:
        """Variables by name."""
        return self.dictionary.variables

    def take(self, rows: Any) -> "DataFile":
        """Return some rows, chosen by index labels or by a boolean column."""
        tags = {name: column.loc[rows] for name, column in self.tags.items()}
        return replace(self, frame=self.frame.loc[rows], tags=tags)

    def tag(self, name: str) -> pd.Series:
        """Return the extended missing values of a variable, empty where there are none."""
        blank = pd.Series("", index=self.frame.index, dtype=object)
        return self.tags.get(name, blank)
