"""A variable that goes out: its dictionary, its cells, and what they stand for in the study."""

from dataclasses import dataclass, field, replace

import pandas as pd

from remission.exchange.files import Variable

REASONS = ("refused", "not_applicable", "not_asked", "unknown", "not_recorded")
REASON_WORDS = {
    "refused": "refused",
    "not_applicable": "not applicable",
    "not_asked": "not asked",
    "unknown": "unknown",
    "not_recorded": "not recorded",
}
OWN_CODES = {"refused": -9.0, "not_applicable": -8.0, "not_asked": -7.0, "unknown": -6.0, "not_recorded": -5.0}
OWN_RANGE = ((-9.0, -5.0),)
LETTERS = {"refused": "a", "not_applicable": "b", "not_asked": "c", "unknown": "d", "not_recorded": "e"}


@dataclass(frozen=True)
class Target:
    """What of the study a variable holds.

    ``kind`` is ``id``, ``wave``, ``day``, ``enrolment``, ``characteristic``, ``answer``, ``about`` (an answer about
    one group), ``text`` (an answer in free words), ``use_day``, ``use_yes``, ``score`` or ``list``; ``name`` says
    which, ``wave`` at which wave, where that is in the variable and not in the row.
    """

    kind: str
    name: str = ""
    wave: str = ""

    @property
    def text(self) -> str:
        """Write the target as one word, such as ``ces_d.item1``."""
        if self.kind in ("answer", "about", "text", "list"):
            return self.name
        return f"{self.kind}.{self.name}" if self.name else self.kind

    @property
    def topic(self) -> str:
        """Say what it is about: the instrument of an answer, else the kind."""
        return self.name.split(".")[0] if self.kind in ("answer", "about", "text") else self.kind.replace("_", " ")


@dataclass(frozen=True)
class Column:
    """One variable of an export.

    Attributes
    ----------
    name : str
    target : Target
    variable : Variable
        What its dictionary says.
    cells : pandas.Series
        Cells as the file holds them: floats with NaN, or texts with "" where nothing stands; codes of missing
        reasons included. Dates are days from 1970-01-01.
    reasons : pandas.Series
        Why a cell has no value; None elsewhere.
    codes, missing : dict
        How a mapping reads the cells: code to the study's value, code to reason.
    sourced : bool
        It carries the name and the dictionary of the file it came from.
    """

    name: str
    target: Target
    variable: Variable
    cells: pd.Series
    reasons: pd.Series
    codes: dict[float | str, float | str] = field(default_factory=dict)
    missing: dict[float | str, str] = field(default_factory=dict)
    sourced: bool = False

    @property
    def is_text(self) -> bool:
        """Tell whether the cells are texts."""
        return self.variable.kind == "text"

    @property
    def stated(self) -> pd.Series:
        """Tell the cells that hold a value, not a reason and not nothing."""
        filled = self.cells != "" if self.is_text else self.cells.notna()
        return filled & self.reasons.isna()

    def renamed(self, name: str) -> "Column":
        """Return the column under another name."""
        return replace(self, name=name)


@dataclass(frozen=True)
class ExportTable:
    """What goes out, and what a person should know about it.

    Attributes
    ----------
    columns : tuple of Column
        All with the same rows.
    waves : tuple of str
        Waves that occur, in the order of the study.
    days : dict
        Wave to its interview day where that is one number for all, and has no variable.
    wave_codes : dict
        Wave to the value of the wave variable, of a long table.
    remarks : tuple of str
    """

    columns: tuple[Column, ...]
    waves: tuple[str, ...] = ()
    days: dict[str, int] = field(default_factory=dict)
    wave_codes: dict[str, float | str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Count the rows."""
        return len(self.columns[0].cells)

    def of(self, kind: str) -> list[Column]:
        """Return the columns of a kind of target."""
        return [column for column in self.columns if column.target.kind == kind]
