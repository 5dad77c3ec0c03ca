"""Cells of a file as values and typed reasons, by what the mapping says of their codes."""

from typing import Any

import numpy as np
import pandas as pd

from remission.errors import ImportRefused
from remission.exchange.files import DataFile
from remission.exchange.intake.notes import Notes, place, quoted
from remission.exchange.mapping import Source, plain_code


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


def plain_codes(raw: pd.Series) -> pd.Series:
    """Write cells as codes, so that 1, 1.0 and the text 1 are the same; nothing is the empty word."""
    numbers, kinds = pd.factorize(raw)
    texts = np.array([*(plain_code(kind) for kind in kinds), ""], dtype=object)
    return pd.Series(texts[numbers], index=raw.index, dtype=object)


def reasons(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Give the typed reason of each cell that is missing for one; None elsewhere.

    A code that is declared user-missing and has no reason in the mapping is a problem.
    """
    raw, tags = file.frame[variable], file.tag(variable)
    declared = file.variables[variable].is_user_missing(raw)
    codes = plain_codes(raw).where(tags == "", tags)
    found = codes.map(source.reasons).astype(object)
    unexplained = (declared | (tags != "")) & found.isna()
    if unexplained.any():
        notes.problem(
            f"{place(file, variable=variable)}: the code {codes[unexplained].iloc[0]} is declared user-missing, and "
            "the mapping gives no reason for it"
        )
    _count_missing(file, variable, codes, found, notes)
    return found.mask(found.isna(), None)


def _count_missing(file: DataFile, variable: str, codes: pd.Series, found: pd.Series, notes: Notes) -> None:
    labels = {plain_code(code): label for code, label in file.variables[variable].value_labels.items()}
    for code, reason in zip(codes[found.notna()], found.dropna(), strict=True):
        notes.missing[(variable, code, labels.get(code, ""), str(reason))] += 1


def is_missing(file: DataFile, source: Source, variable: str) -> pd.Series:
    """Tell the cells that hold no value: nothing, a declared code, or one that the mapping gives a reason."""
    raw = file.frame[variable]
    blank = raw.isna() | (raw == "") | (file.tag(variable) != "")
    blank |= file.variables[variable].is_user_missing(raw)
    return blank | plain_codes(raw).isin(list(source.reasons)) if source.missing else blank


def values(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Read a variable as numbers, its codes changed as the mapping says; NaN where there is no value."""
    raw = file.frame[variable].mask(is_missing(file, source, variable))
    if source.codes:
        raw = _changed(file, variable, raw, source, notes)
    found = pd.to_numeric(raw, errors="coerce").astype(float)
    for wrong, what in (
        (found.isna() & raw.notna(), "is no number"),
        (found.abs() == np.inf, "is no number to count with"),
    ):
        rows = raw.index[wrong]
        if len(rows):
            notes.problem(f"{place(file, rows[0], variable)}: {quoted(raw[rows[0]])} {what}")
    return found.mask(found.abs() == np.inf)


def recoded(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Read a variable as it is, its codes changed as the mapping says; missing where there is no value."""
    raw = file.frame[variable].mask(is_missing(file, source, variable))
    return _changed(file, variable, raw, source, notes) if source.codes else raw.astype(object)


def labels(file: DataFile, source: Source, variable: str, notes: Notes) -> pd.Series:
    """Read a variable as words: what the mapping says of a code, else its value label, else the code."""
    raw = file.frame[variable]
    gone = is_missing(file, source, variable)
    said = {plain_code(code): label for code, label in file.variables[variable].value_labels.items()}
    named: dict[str, Any] = {**said, **source.changed}
    codes = plain_codes(raw)
    if source.codes:
        _note_unlisted(file, variable, raw, ~gone & ~codes.isin(list(named)), notes)
    return codes.map(lambda code: named.get(code, code)).astype(object).mask(gone, None)


def _changed(file: DataFile, variable: str, raw: pd.Series, source: Source, notes: Notes) -> pd.Series:
    codes = plain_codes(raw)
    _note_unlisted(file, variable, raw, raw.notna() & ~codes.isin(list(source.changed)), notes)
    return codes.map(source.changed).astype(object)


def _note_unlisted(file: DataFile, variable: str, raw: pd.Series, unlisted: pd.Series, notes: Notes) -> None:
    if unlisted.any():
        row = raw.index[unlisted][0]
        notes.problem(f"{place(file, row, variable)}: the mapping has no code {quoted(raw[row])}; list all codes")
