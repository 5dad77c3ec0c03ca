"""The rows of a time-to-event model: checked times, events, and what may not explain them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate.formula import Frame, complete_rows
from remission.estimate.result import Sample

JUST_BEFORE_DAY_0 = float(np.nextafter(0.0, -1.0))


@dataclass(frozen=True)
class EventData:
    """Arrays of a time-to-event table.

    Whoever is watched from the origin on is at risk on day 0 already. Where something happens on day
    0, an entry of 0 therefore stands just before it, and ``entry`` of 0 gives what no ``entry`` gives.

    Attributes
    ----------
    table : pandas.DataFrame
        The rows used.
    exit : numpy.ndarray, shape (rows,)
    event : numpy.ndarray of bool, shape (rows,)
    entry : numpy.ndarray, shape (rows,), or None
    sample : Sample
    """

    table: pd.DataFrame
    exit: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None
    sample: Sample


def event_data(
    table: pd.DataFrame,
    exit: str,
    event: str,
    entry: str | None,
    others: Iterable[str] = (),
    periods: bool = False,
) -> EventData:
    """Check the columns of a time-to-event table and take the complete rows.

    Parameters
    ----------
    table : pandas.DataFrame
    exit, event : str
        Columns; the event is 0 or 1 (or bool).
    entry : str or None
        Column of delayed entry.
    others : iterable of str
        Further columns that must not be missing.
    periods : bool
        Rows are periods, of which a participant has several.

    Raises
    ------
    DefinitionError
        A column is absent, the event is not 0 or 1, or a row ends before it starts or before the origin.
    NotEstimable
        No complete row is left.
    """
    names = list(dict.fromkeys([exit, event, *([entry] if entry else []), *others]))
    frame = complete_rows(table, names)
    if table.empty:
        why = "; ".join(f"{count} {reason}" for reason, count in frame.left_out)
        raise NotEstimable(
            f"No participant has an outcome{f' ({why})' if why else ''}.", "Record what was reported on use first."
        )
    if entry is None and not periods:
        _refuse_stretches(table)
    elif entry and not frame.table.empty:
        frame = _with_time_at_risk(frame, entry, exit)
    if frame.table.empty:
        raise NotEstimable(
            f"No row has a value in all of {', '.join(names)} and time at risk.",
            "Check that the outcome and the covariates were observed for the same participants.",
        )
    times = _numbers(frame.table, exit)
    happened = _zero_or_one(frame.table, event)
    entered = _numbers(frame.table, entry) if entry else None
    _require_order(frame.table, times, entered)
    person_time = float((times - (entered if entered is not None else 0)).sum())
    sample = Sample(participants(frame.table), len(times), int(happened.sum()), person_time, frame.left_out)
    if entered is not None and (times == 0).any():
        entered = np.where(entered == 0, JUST_BEFORE_DAY_0, entered)
    return EventData(frame.table, times, happened, entered, sample)


def _refuse_stretches(table: pd.DataFrame) -> None:
    """Refuse rows that start after day 0 and of which a participant has several: each would count from day 0."""
    if not {"participant_id", "entry"} <= set(table.columns):
        return
    later = pd.to_numeric(table["entry"], errors="coerce") > 0
    if later.any() and table["participant_id"].duplicated().any():
        raise DefinitionError(
            "The table has several stretches of time at risk a participant, and no column of entry is named, so that "
            "each would count from day 0.",
            "Name it, as entry='entry' or Event(entry, exit, event), or use time_to_event, one row a participant.",
        )


def _with_time_at_risk(frame: Frame, entry: str, exit: str) -> Frame:
    """Leave out rows that end as they start: nobody could have seen an event in them."""
    entered, left = _numbers(frame.table, entry), _numbers(frame.table, exit)
    empty = (entered == left) & (left != 0)
    if not empty.any():
        return frame
    reason = (f"{entry} equals {exit}, so there is no time at risk", int(empty.sum()))
    return Frame(frame.table.loc[~empty], (*frame.left_out, reason))


def _require_order(table: pd.DataFrame, times: np.ndarray, entered: np.ndarray | None) -> None:
    backwards = times < (0.0 if entered is None else entered)
    if backwards.any():
        row = table.index[np.flatnonzero(backwards)[0]]
        where = "the time origin" if entered is None else "it starts"
        raise DefinitionError(f"Row {row} ends before {where}.", "Correct its times.")


def participants(table: pd.DataFrame) -> int:
    """Count distinct participants, or rows where the table names none."""
    return int(table["participant_id"].nunique()) if "participant_id" in table.columns else len(table)


def first_entry(entry: np.ndarray | None) -> float:
    """Return the day on which observation starts."""
    start = 0.0 if entry is None or not entry.size else float(entry.min())
    return 0.0 if start == JUST_BEFORE_DAY_0 else start


def refuse_the_future(table: pd.DataFrame, names: Sequence[str], entry: np.ndarray | None) -> None:
    """Refuse covariates that were measured after the participants came under observation.

    Raises
    ------
    ImmortalTime
        ``table.attrs["measured_day"]`` dates a covariate after the earliest entry.
    """
    measured = table.attrs.get("measured_day", {})
    start = first_entry(entry)
    late = {name: measured[name] for name in names if measured.get(name, 0) > start}
    if late:
        name, day = next(iter(late.items()))
        raise ImmortalTime(
            f"'{name}' was known only on day {day:g}, after observation starts on day {start:g}: whoever has it "
            "was event-free until then (immortal time).",
            f"Start the clock there with remission.tables.landmark(study, day={day:g}, ...), or let it vary over "
            "time with remission.tables.risk_interval(study, ...).",
        )


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    if table[name].dtype.kind in "mM":
        raise DefinitionError(f"Column '{name}' holds dates or spans.", "Give whole days since the time origin.")
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise DefinitionError(f"Column '{name}' holds values that are no finite numbers.", "Give times as numbers.")
    return values


def _zero_or_one(table: pd.DataFrame, name: str) -> np.ndarray:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
    if not np.isin(values, (0.0, 1.0)).all():
        raise DefinitionError(
            f"Column '{name}' holds values other than 0 and 1.",
            "Code the event as 1 and censoring as 0; competing events need their own estimator.",
        )
    return values.astype(bool)
