"""The rows of an interval-censored outcome: between which two looks the event happened."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, NotEstimable
from remission.estimate.event_data import participants
from remission.estimate.formula import Frame, Response, complete_rows, require_columns
from remission.estimate.result import Sample


@dataclass(frozen=True)
class IntervalData:
    """Arrays of an interval-censored table.

    The event happened after ``left`` and not after ``right``; where both are the same, exactly then;
    where ``right`` is infinite, it had not been seen at ``left``, the last look.

    Attributes
    ----------
    table : pandas.DataFrame
        The rows used.
    left, right : numpy.ndarray, shape (rows,)
    sample : Sample
        Its events are the finite intervals; its person-time is the time surely free of the event.
    """

    table: pd.DataFrame
    left: np.ndarray
    right: np.ndarray
    sample: Sample

    @property
    def event(self) -> np.ndarray:
        """Whether the event is known to have happened, shape (rows,)."""
        return np.asarray(np.isfinite(self.right))

    @property
    def exact(self) -> np.ndarray:
        """Whether the time itself is known, shape (rows,)."""
        return np.asarray(self.left == self.right)


def interval_names(response: Response, formula: str) -> tuple[str, str]:
    """Read the columns of ``Interval(left, right)`` off the left side of a formula.

    Raises
    ------
    DefinitionError
    """
    if response.kind == "Interval" and len(response.names) == 2:
        return response.names[0], response.names[1]
    raise DefinitionError(f"The left side of {formula!r} is no interval.", "Write Interval(left, right).")


def interval_data(table: pd.DataFrame, left: str, right: str, others: Iterable[str] = ()) -> IntervalData:
    """Check the columns of an interval-censored table and take the usable rows.

    Parameters
    ----------
    table : pandas.DataFrame
        One row is a participant.
    left : str
        Column of the last look before which the event had not happened; 0 where there was none.
    right : str
        Column of the first look that found the event; missing or infinite where none has.
    others : iterable of str
        Further columns that must not be missing.

    Raises
    ------
    DefinitionError
        A column is absent or no number, a participant has several rows, or an interval ends before it
        starts or starts before the origin.
    NotEstimable
        No usable row is left, fewer than two participants are, or no interval is finite.
    """
    require_columns(table, [left, right])
    frame = complete_rows(table, list(dict.fromkeys([left, *(name for name in others if name != right)])))
    if frame.table.empty:
        why = "; ".join(f"{count} {reason}" for reason, count in frame.left_out)
        raise NotEstimable(
            f"No row has a value in all of {', '.join([left, *others])}{f' ({why})' if why else ''}.",
            "Check that the outcome and the covariates were observed for the same participants.",
        )
    start, end = _looks(frame.table, left), _looks(frame.table, right, open_ended=True)
    _require_order(frame, start, end)
    _require_one_row_each(frame.table)
    count = participants(frame.table)
    finite = np.isfinite(end)
    if count < 2:
        raise NotEstimable("One participant is no sample.", "Wait until more participants have been followed.")
    if not finite.any():
        raise NotEstimable(
            f"All {len(start)} rows are right-censored: nobody was found to have had the event.",
            "Wait for events, or report follow-up alone.",
        )
    sample = Sample(count, len(start), int(finite.sum()), float(start.sum()), frame.left_out)
    return IntervalData(frame.table, start, end, sample)


def _looks(table: pd.DataFrame, name: str, open_ended: bool = False) -> np.ndarray:
    if table[name].dtype.kind in "mM":
        raise DefinitionError(f"Column '{name}' holds dates or spans.", "Give whole days since the time origin.")
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    unread = np.isnan(values) & table[name].notna().to_numpy()
    if unread.any() or (not open_ended and not np.isfinite(values).all()):
        raise DefinitionError(f"Column '{name}' holds values that are no finite numbers.", "Give times as numbers.")
    return np.where(np.isnan(values), np.inf, values)


def _require_one_row_each(table: pd.DataFrame) -> None:
    if "participant_id" in table.columns and table["participant_id"].duplicated().any():
        raise DefinitionError(
            "Some participants have several rows, but one interval holds all that is known of a first event.",
            "Give one row a participant: the last look without the event and the first look with it.",
        )


def _require_order(frame: Frame, start: np.ndarray, end: np.ndarray) -> None:
    early = start < 0
    if early.any():
        row = frame.table.index[np.flatnonzero(early)[0]]
        raise DefinitionError(f"The interval of row {row} starts before the time origin.", "Correct its times.")
    backwards = end < start
    if backwards.any():
        row = frame.table.index[np.flatnonzero(backwards)[0]]
        raise DefinitionError(f"The interval of row {row} ends before it starts.", "Correct its times.")
