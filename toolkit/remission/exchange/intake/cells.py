"""Cells of a file as values and typed reasons, by what the mapping says of their codes."""

from typing import Any

import pandas as pd

from remission.errors import ImportRefused
from remission.exchange.files import DataFile
from remission.exchange.intake.notes import Notes, place
from remission.exchange.mapping import Source


def numbers(file: DataFile, name: str) -> pd.Series:
    """Read a variable that must hold numbers; user-missing codes become missing.

    Raises
    ------
    ImportRefused
        It holds text.
    """
    raw = file.frame[name]
    if raw.dtype == object:
        raise ImportRefused(
            f"{file.path.name}, variable {name}: it holds text, and the mapping needs numbers there.",
            "Make it numeric in its file, or map another variable.",
        )
    return raw.astype(float).mask(file.variables[name].is_user_missing(raw))


def reasons(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Give the typed reason of each cell that is missing for one; None elsewhere.

    A code that is declared user-missing and has no reason in the mapping is a problem.
    """
    raw, tags = file.frame[variable], file.tag(variable)
    declared = file.variables[variable].is_user_missing(raw)
    found = raw.map(source.missing).astype(object)
    found = found.where(found.notna(), tags.map(source.missing)).astype(object)
    unexplained = (declared | (tags != "")) & found.isna()
    if unexplained.any():
        row = raw.index[unexplained][0]
        code = tags[row] or (raw[row] if isinstance(raw[row], str) else f"{raw[row]:g}")
        notes.problem(
            f"{place(file, variable=variable)}: the code {code} is declared user-missing, and the mapping "
            "gives no reason for it"
        )
    _count_missing(file, variable, raw.where(tags == "", tags), found, notes)
    return found.mask(found.isna(), None)


def _count_missing(file: DataFile, variable: str, raw: pd.Series, found: pd.Series, notes: Notes) -> None:
    labels = file.variables[variable].value_labels
    for code, reason in zip(raw[found.notna()], found.dropna(), strict=True):
        text = code if isinstance(code, str) else f"{code:g}"
        notes.missing[(variable, text, labels.get(code, ""), str(reason))] += 1


def is_missing(file: DataFile, source: Source, variable: str) -> pd.Series:
    """Tell the cells that hold no value: nothing, a declared code, or one that the mapping gives a reason."""
    raw = file.frame[variable]
    blank = raw.isna() | (raw == "") | (file.tag(variable) != "")
    words = raw.dtype == object
    given = [code for code in source.missing if isinstance(code, str) == words]
    return blank | file.variables[variable].is_user_missing(raw) | raw.isin(given)


def values(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Read a variable as numbers, its codes changed as the mapping says; NaN where there is no value."""
    raw = file.frame[variable].mask(is_missing(file, source, variable))
    if raw.dtype == object:
        raw = _from_text(file, variable, raw, source, notes)
        return raw.astype(float)
    codes = {code: float(value) for code, value in source.codes.items() if not isinstance(value, str)}
    return raw.replace(codes).astype(float)


def _from_text(file: DataFile, variable: str, raw: pd.Series, source: Source, notes: Notes) -> pd.Series:
    changed = raw.map(lambda text: source.codes.get(text, text), na_action="ignore")
    found = pd.to_numeric(changed, errors="coerce")
    words = raw[found.isna() & raw.notna()]
    if not words.empty:
        notes.problem(f"{place(file, words.index[0], variable)}: {words.iloc[0][:40]!r} is no number")
    return found


def labels(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Read a variable as words: what the mapping says of a code, else its value label, else the code."""
    raw = file.frame[variable]
    named: dict[Any, Any] = {**file.variables[variable].value_labels, **source.codes}
    gone = is_missing(file, source, variable)
    strange = raw[~gone & ~raw.isin(list(named))]
    if source.codes and not strange.empty:
        notes.problem(f"{place(file, strange.index[0], variable)}: the mapping has no code {_short(strange.iloc[0])}")
    return raw.map(lambda value: named.get(value, value)).astype(object).mask(gone, None)


def _short(value: Any) -> str:
    return value[:40] if isinstance(value, str) else f"{value:g}"
