"""What is noticed while a file is taken in, and the words that say where."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from remission.exchange.files import DataFile

OUT_OF_RANGE = ("variable", "target", "value", "rows", "first_ids")
MISSING = ("variable", "code", "label", "becomes", "rows")
WINDOWS = ("wave", "interviews", "before_the_window", "after_the_window", "first_ids")
FIRST_IDS = 5


@dataclass
class Notes:
    """What was noticed while collecting; pieces of one file add to the same notes.

    Attributes
    ----------
    problems : list of str
        Faults that stop the import.
    out_of_range : dict
        (variable, target, value) to row count and first participants.
    left_out : Counter
        What the file has but the study cannot take: reason to rows.
    missing : Counter
        (variable, code, label, what it becomes) to cells.
    interviews : dict
        Wave to counts of interviews in, before and after its allowed window, and first participants outside.
    """

    problems: list[str] = field(default_factory=list)
    out_of_range: dict[tuple[str, str, float], list[Any]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    missing: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    interviews: dict[str, list[Any]] = field(default_factory=dict)

    def problem(self, text: str) -> None:
        """Note a fault once."""
        if text not in self.problems:
            self.problems.append(text)

    def add_out_of_range(self, variable: str, target: str, value: float, ids: pd.Series) -> None:
        """Note participants whose answer the item does not allow."""
        held = self.out_of_range.setdefault((variable, target, value), [0, []])
        held[0] += len(ids)
        held[1] = [*held[1], *ids.head(FIRST_IDS)][:FIRST_IDS]

    def add_interviews(self, wave: str, early: pd.Series, late: pd.Series, ids: pd.Series) -> None:
        """Count a wave's interviews, and those outside its allowed window."""
        held = self.interviews.setdefault(wave, [0, 0, 0, []])
        held[0] += len(ids)
        held[1] += int(early.sum())
        held[2] += int(late.sum())
        held[3] = [*held[3], *ids[early | late].head(FIRST_IDS)][:FIRST_IDS]

    def range_table(self) -> pd.DataFrame:
        """One row is a value that its item does not allow."""
        rows = [(*key, count, ", ".join(ids)) for key, (count, ids) in self.out_of_range.items()]
        return pd.DataFrame(rows, columns=list(OUT_OF_RANGE))

    def missing_table(self) -> pd.DataFrame:
        """One row is a code for a missing answer and what it becomes."""
        rows = [(*key, count) for key, count in sorted(self.missing.items())]
        return pd.DataFrame(rows, columns=list(MISSING))

    def window_table(self) -> pd.DataFrame:
        """One row is a wave with its interviews, inside its allowed window and outside."""
        rows = [(wave, *held[:3], ", ".join(held[3])) for wave, held in self.interviews.items()]
        return pd.DataFrame(rows, columns=list(WINDOWS))


def quoted(cell: Any) -> str:
    """Quote a cell where it can be no more than a code; longer texts may tell who someone is."""
    if not isinstance(cell, str):
        return f"{cell:g}"
    if len(cell) <= 12 and re.fullmatch(r"[\w.,:;+/<>=-]*", cell) and sum(sign.isdigit() for sign in cell) < 7:
        return repr(cell)
    return f"a text of {len(cell)} letters"


def place(file: DataFile, row: Any = None, variable: str = "", code: str = "") -> str:
    """Name a place in a file: ``follow_up.sav, row 12 (pid 7), variable E9A``."""
    said = file.path.name
    if row is not None:
        said += f", row {int(row) + 1}" + (f" ({code})" if code else "")
    return said + (f", variable {variable}" if variable else "")
