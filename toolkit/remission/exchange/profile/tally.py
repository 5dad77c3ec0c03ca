"""What is counted of one variable while its file goes by, piece after piece."""

from typing import Any

import numpy as np
import pandas as pd

from remission.exchange.files import Variable
from remission.exchange.mapping import Code

MOST_VALUES = 1_000
MOST_SAMPLED = 400
SAMPLED_A_PIECE = 80
NINES = (9.0, 99.0, 999.0, 9999.0, 99999.0)
SENTINELS = frozenset(
    sign * (top - step) for top in NINES for step in (0, 1, 2, 11, 22) for sign in (1, -1) if top - step > 0
) | {-888.0, 888.0, -777.0, 777.0, -8888.0, 8888.0, -7777.0, 7777.0, -1.0}


class Tally:
    """Counts of one variable.

    Attributes
    ----------
    n_valid, system_missing, blank : int
        Rows with a value, rows without any (numbers), rows with an empty text.
    missing : dict
        Declared user-missing code, or extended missing value such as ``.a``, to its rows.
    counts : dict
        Value to its rows; while ``complete`` all values, else those with a label and the usual
        codes for a missing answer.
    complete : bool
        Whether the variable has at most 1,000 values.
    low, high : float or None
        Of the valid numbers.
    whole : bool
        All valid numbers are whole.
    longest : int
        Characters of the longest text.
    sample : list
        Some distinct values.
    """

    def __init__(self, variable: Variable) -> None:
        self.variable = variable
        self.is_text = variable.kind == "text"
        self.n_valid = self.system_missing = self.blank = self.longest = 0
        self.missing: dict[Code, int] = {}
        self.counts: dict[Code, int] = {}
        self.complete = True
        self.low: float | None = None
        self.high: float | None = None
        self.whole = True
        self.sample: list[Code] = []

    @property
    def distinct(self) -> int | None:
        """Number of distinct valid values; None above 1,000."""
        return len(self.counts) if self.complete else None

    @property
    def is_empty(self) -> bool:
        """Tell whether no row holds a value."""
        return self.n_valid == 0

    def add(self, values: pd.Series, tags: pd.Series | None = None) -> None:
        """Count the rows of a piece."""
        if tags is not None:
            self._add_tags(tags)
        if pd.api.types.is_numeric_dtype(values.dtype):
            self._add_numbers(values.to_numpy(dtype=float), tags)
        else:
            self._add_texts(values.to_numpy(dtype=object))

    def _add_tags(self, tags: pd.Series) -> None:
        for tag, rows in tags[tags != ""].value_counts().items():
            self.missing[str(tag)] = self.missing.get(str(tag), 0) + int(rows)

    def _add_numbers(self, cells: np.ndarray, tags: pd.Series | None) -> None:
        gone = np.isnan(cells)
        tagged = 0 if tags is None else int((tags != "").sum())
        self.system_missing += int(gone.sum()) - tagged
        valid = self._set_aside_missing(cells[~gone])
        if not len(valid):
            return
        self.n_valid += len(valid)
        low, high = float(valid.min()), float(valid.max())
        self.low = low if self.low is None else min(low, self.low)
        self.high = high if self.high is None else max(high, self.high)
        self.whole = self.whole and bool((valid == np.floor(valid)).all())
        self._count(valid)

    def _add_texts(self, cells: np.ndarray) -> None:
        self.is_text = True
        filled = np.asarray(cells != "", dtype=bool)
        self.blank += int(len(cells) - filled.sum())
        valid = self._set_aside_missing(cells[filled])
        if len(valid):
            self.n_valid += len(valid)
            self.longest = max(self.longest, max(map(len, valid)))
            self._count(valid)

    def _set_aside_missing(self, cells: np.ndarray) -> np.ndarray:
        if not self.variable.missing_ranges or not len(cells):
            return cells
        declared = self.variable.is_user_missing(pd.Series(cells)).to_numpy()
        self._tally(self.missing, cells[declared])
        kept: np.ndarray = cells[~declared]
        return kept

    def _count(self, valid: np.ndarray) -> None:
        if not self.complete:
            valid = valid[np.isin(valid, self._followed())] if not self.is_text else valid[:0]
            self._tally(self.counts, valid)
            return
        fresh = self._tally(self.counts, valid)
        room = MOST_SAMPLED - len(self.sample)
        self.sample += fresh[: max(0, min(room, SAMPLED_A_PIECE))]
        if len(self.counts) > MOST_VALUES:
            self.complete = False
            kept = set(self._followed())
            self.counts = {value: rows for value, rows in self.counts.items() if value in kept}

    def _followed(self) -> list[float]:
        labelled = [code for code in self.variable.value_labels if isinstance(code, float | int)]
        return [*labelled, *SENTINELS]

    @staticmethod
    def _tally(counts: dict[Code, int], cells: np.ndarray) -> list[Code]:
        """Add the cells to the counts; returns the values that were new."""
        if not len(cells):
            return []
        places, values = pd.factorize(cells)
        rows = np.bincount(places, minlength=len(values))
        found = _plain(values)
        fresh = [value for value in found if value not in counts]
        for value, number in zip(found, rows.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + number
        return fresh


def _plain(values: Any) -> list[Code]:
    found: list[Code] = np.asarray(values).tolist()
    return found
