"""The rows of a time-to-event model: checked times, events, and what may not explain them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate.formula import complete_rows
from remission.estimate.result import Sample


@dataclass(frozen=True)
class EventData:
    """Arrays of a time-to-event table.

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


def event_data(table: pd.DataFrame, exit: str, event: str, entry: str | None, others: Iterable[str] = ()) -> EventData:
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

    Raises
    ------
    DefinitionError
        A column is absent, the event is not 0 or 1, or a row ends before it starts.
    NotEstimable
        No complete row is left.
    """
    names = [exit, event, *([entry] if entry else []), *others]
    frame = complete_rows(table, list(dict.fromkeys(names)))
    if table.empty:
        why = "; ".join(f"{count} {reason}" for reason, count in frame.left_out)
        raise NotEstimable(
            f"No participant has an outcome{f' ({why})' if why else ''}.", "Record what was reported on use first."
        )
    if frame.table.empty:
        raise NotEstimable(
            f"No row has a value in all of {', '.join(dict.fromkeys(names))}.",
            "Check that the outcome and the covariates were observed for the same participants.",
        )
    times = _numbers(frame.table, exit)
    happened = _zero_or_one(frame.table, event)
    entered = _numbers(frame.table, entry) if entry else None
    if entered is not None and (entered > times).any():
        row = frame.table.index[np.flatnonzero(entered > times)[0]]
        raise DefinitionError(f"Row {row} ends before it starts ({entry} > {exit}).", "Correct its times.")
    person_time = float((times - (entered if entered is not None else 0)).sum())
    sample = Sample(participants(frame.table), len(times), int(happened.sum()), person_time, frame.left_out)
    return EventData(frame.table, times, happened, entered, sample)


def participants(table: pd.DataFrame) -> int:
    """Count distinct participants, or rows where the table names none."""
    return int(table["participant_id"].nunique()) if "participant_id" in table.columns else len(table)


def refuse_the_future(table: pd.DataFrame, names: Sequence[str], entry: np.ndarray | None) -> None:
    """Refuse covariates that were measured after the participants came under observation.

    Raises
    ------
    ImmortalTime
        ``table.attrs["measured_day"]`` dates a covariate after the earliest entry.
    """
    measured = table.attrs.get("measured_day", {})
    start = 0.0 if entry is None or not entry.size else float(entry.min())
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
