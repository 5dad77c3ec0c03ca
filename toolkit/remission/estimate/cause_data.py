"""The rows of an analysis with several causes: which cause ended each row, and who was censored."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.curves import label
from remission.estimate.event_data import EventData, event_data
from remission.estimate.formula import Design, require_columns, split_sides
from remission.estimate.result import Check

# What a cause column may say of a row that ended without an event, upper or lower case.
CENSORED = ("", "0", "censor", "censored")
CODES = "code of the cause"


@dataclass(frozen=True)
class CauseData:
    """A checked time-to-event table whose events have causes.

    Attributes
    ----------
    data : EventData
        Its event is any cause.
    code : numpy.ndarray of int, shape (rows,)
        0 censored, then 1, 2, … in the order of ``causes``.
    causes : tuple of str
        Numbers in their order, words in that of the alphabet or, for a categorical column, of its categories.
    """

    data: EventData
    code: np.ndarray
    causes: tuple[str, ...]

    def code_of(self, cause: object) -> int:
        """Return the code of a cause.

        Raises
        ------
        NotEstimable
            Nobody had it.
        """
        name = label(cause).strip()
        if name not in self.causes or not (self.code == self.causes.index(name) + 1).any():
            raise NotEstimable(
                f"Nobody had an event of cause '{name}'; the causes seen are {', '.join(self.causes)}.",
                "Name one of these, or wait for events.",
            )
        return self.causes.index(name) + 1

    def counts(self) -> dict[str, int]:
        """Count the rows of each cause, censored ones first."""
        found = np.bincount(self.code, minlength=len(self.causes) + 1)
        return dict(zip(("censored", *self.causes), map(int, found), strict=True))


def cause_data(table: pd.DataFrame, exit: str, cause: str, entry: str | None, others: Iterable[str] = ()) -> CauseData:
    """Check the columns of a table with causes and take the complete rows.

    Parameters
    ----------
    table : pandas.DataFrame
    exit, cause : str
        Columns. A cause is a whole number or a word; 0, an empty word, "censor" or "censored" is
        censoring; a missing cause is unknown, and its row is left out.
    entry : str or None
        Column of delayed entry.
    others : iterable of str
        Further columns that must not be missing.

    Raises
    ------
    DefinitionError
        As ``event_data``; or a cause is no whole number, or censoring seems to be written as a missing value.
    NotEstimable
        No complete row is left, or all rows are censored.
    """
    require_columns(table, [exit, cause])
    code, causes = read_causes(table, cause, exit)
    happened = np.where(code < 0, np.nan, code > 0)
    data = event_data(table.assign(**{cause: happened, CODES: code}), exit, cause, entry, others)
    if not data.event.any():
        raise NotEstimable(
            f"All {len(data.exit)} rows are censored: no event of any cause was observed.",
            "Wait for events, or report follow-up alone.",
        )
    return CauseData(data, data.table[CODES].to_numpy(dtype=int), causes)


def read_causes(table: pd.DataFrame, cause: str, exit: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give each row's code (-1 missing, 0 censored, then 1, 2, …) and the causes in order.

    Raises
    ------
    DefinitionError
        A cause is a number but no whole one from 0 on; or some are missing and none is censored.
    """
    column = table[cause]
    place, values = pd.factorize(column)
    words = [_word(value, cause) for value in values]
    censored = [word.casefold() in CENSORED for word in words]
    missing = (place < 0) & table[exit].notna().to_numpy()
    if words and missing.any() and not any(censored):
        raise DefinitionError(
            f"Column '{cause}' is missing in {int(missing.sum())} rows and nobody is censored; an empty cell of a "
            "file may have meant censored.",
            "Write 0 or 'censored' for whoever left without an event, and leave out rows whose cause is unknown.",
        )
    causes = _in_order(column, {word for word, gone in zip(words, censored, strict=True) if not gone})
    codes = [0 if gone else causes.index(word) + 1 for word, gone in zip(words, censored, strict=True)]
    return np.array([*codes, -1])[place], causes


def _word(value: object, cause: str) -> str:
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, int | float | np.number) and not (float(value) >= 0 and float(value).is_integer()):
        raise DefinitionError(
            f"Column '{cause}' holds {value}, which is no cause.",
            "Number causes 1, 2, … and censoring 0, or use words.",
        )
    return label(float(value) if isinstance(value, np.floating) else value).strip()


def _in_order(column: pd.Series, names: set[str]) -> tuple[str, ...]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        given = list(dict.fromkeys(label(value).strip() for value in column.cat.categories))
        return tuple(name for name in given if name in names)
    return tuple(sorted(names, key=lambda name: (0, int(name), "") if name.isdecimal() else (1, 0, name)))


def one_row_each(data: EventData) -> Check:
    """Look whether each row is a participant of its own, as estimators without entry times take it."""
    several = len(data.exit) - data.sample.participants
    sentence = "Each participant has one row."
    if several:
        sentence = f"{len(data.exit)} rows are of {data.sample.participants} participants, yet count as so many people."
    return Check("one row a participant", not several, sentence)


def name_of(causes: Iterable[str], table: pd.DataFrame) -> str:
    """Name one cause, or each of several, with the table's own definition of its event."""
    named = [f"cause {cause}" if cause.isdecimal() else cause for cause in causes]
    words = named[0] if len(named) == 1 else f"each of {', '.join(named)}"
    definition = table.attrs.get("definition", "")
    return f"{words} ({definition})" if definition else words


def event_and_cause(formula: str, delayed: bool) -> tuple[str, str, str | None]:
    """Read exit, cause and entry off the left side of a formula.

    Parameters
    ----------
    formula : str
    delayed : bool
        Whether ``Event(entry, exit, cause)`` is allowed.

    Raises
    ------
    DefinitionError
    """
    response, _ = split_sides(formula)
    if response.kind == "Event" and len(response.names) == 2:
        return response.names[0], response.names[1], None
    if response.kind == "Event" and len(response.names) == 3 and delayed:
        return response.names[1], response.names[2], response.names[0]
    if response.kind == "Event" and len(response.names) == 3:
        raise DefinitionError(
            f"The left side of {formula!r} has delayed entry, which the Fine–Gray weights here do not cover.",
            "Use cause_specific, or start the clock when everybody is under observation.",
        )
    raise DefinitionError(f"The left side of {formula!r} is no event with a cause.", "Write Event(exit, cause).")


def require_events_on_both_sides(design: Design, event: np.ndarray, cause: str) -> None:
    """Refuse a group in which the cause never happens: its ratio is 0 or infinite.

    Parameters
    ----------
    design : Design
    event : numpy.ndarray of bool, shape (rows,)
        Whether the row ended with the cause.
    cause : str

    Raises
    ------
    NotEstimable
    """
    sums = {
        f"all of {term}": design.matrix[:, places].sum(axis=1)
        for term, places in design.columns_by_term().items()
        if len(places) > 1
    }
    for term, values in {**dict(zip(design.terms, design.matrix.T, strict=True)), **sums}.items():
        seen, with_event = np.unique(values), np.unique(values[event])
        if seen.size == 2 and with_event.size == 1:
            empty = seen[seen != with_event[0]][0]
            raise NotEstimable(
                f"'{cause}' never happens where {term} is {empty:g}, so its ratio is 0 or infinite.",
                "Merge groups, leave the term out, or report the incidence curves alone.",
            )
