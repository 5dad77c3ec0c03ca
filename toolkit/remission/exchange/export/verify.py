"""An export read back and held against what was meant, before it takes its name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat

from remission.errors import UnreadableFile
from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.plain_files import cell_texts, read_texts
from remission.exchange.export.spss_dress import raw_frame
from remission.exchange.export.stata import EPOCH_1960, letters_of
from remission.exchange.export.write_spss import attributes_of
from remission.exchange.files import read_file


class Differs(ValueError):
    """The file that was written does not hold what was meant."""


def verify_spss(table: ExportTable, path: Path) -> None:
    """Compare a .sav or .zsav cell by cell and label by label.

    Raises
    ------
    Differs
        Names the variable and what is not as meant.
    """
    try:
        file = read_file(path)
    except UnreadableFile as error:
        raise Differs(error.cause) from error
    meant = raw_frame(table)
    _require_names(list(file.frame.columns), table)
    for column in table.columns:
        _require_cells(column, meant[column.name], file.frame[column.name])
        found, wanted = file.variables[column.name], column.variable
        for what in ("label", "measure", "format"):
            _require(column.name, what, getattr(wanted, what), getattr(found, what))
        _require(column.name, "value labels", wanted.value_labels, dict(found.value_labels))
        _require(column.name, "missing codes", _pairs(wanted.missing_ranges), _pairs(found.missing_ranges))
    if file.dictionary.source == "sav":
        for name, attributes in attributes_of(table.columns).items():
            _require(name, "attributes", attributes, dict(file.variables[name].attributes))
        for column in table.columns:
            _require(column.name, "role", column.variable.role, file.variables[column.name].role)


def verify_stata(table: ExportTable, path: Path) -> None:
    """Compare a .dta cell by cell and label by label.

    Raises
    ------
    Differs
        As ``verify_spss``.
    """
    frame, told = pyreadstat.read_dta(str(path), user_missing=True, disable_datetime_conversion=True)
    _require_names(list(frame.columns), table)
    for column in table.columns:
        found = frame[column.name]
        if column.is_text:
            _require_cells(column, column.cells, found.fillna("").astype(object))
        else:
            letters = found.map(lambda cell: f".{cell}" if isinstance(cell, str) else "")
            _require(column.name, "missing letters", list(letters_of(column)), list(letters))
            shift = EPOCH_1960 if column.variable.kind == "date" else 0
            _require_cells(column, column.cells + shift, pd.to_numeric(found, errors="coerce"))
        _require(column.name, "label", column.variable.label, told.column_names_to_labels[column.name] or "")
        labels = {
            f".{code}" if isinstance(code, str) else float(code): text
            for code, text in told.variable_value_labels.get(column.name, {}).items()
        }
        _require(column.name, "value labels", column.variable.value_labels, labels)


def verify_texts(table: ExportTable, path: Path) -> None:
    """Compare a CSV text by text.

    Raises
    ------
    Differs
        As ``verify_spss``.
    """
    found = read_texts(path)
    _require_names(list(found), table)
    for column in table.columns:
        _require(column.name, "cells", cell_texts(column), found[column.name])


def verify_parquet(table: ExportTable, path: Path) -> None:
    """Compare a Parquet file cell by cell and label by label.

    Raises
    ------
    Differs
        As ``verify_spss``.
    """
    found = pq.read_table(path)
    _require_names(found.column_names, table)
    for column in table.columns:
        array = found.column(column.name)
        if column.is_text:
            cells = pd.Series([text or "" for text in array.to_pylist()], dtype=object)
        else:
            days = column.variable.kind in ("date", "datetime")
            plain = array.cast("int32") if days else array
            cells = pd.Series(plain.to_pylist(), dtype=float)
        _require_cells(column, column.cells, cells)
        told = found.field(column.name).metadata or {}
        _require(column.name, "label", column.variable.label, told.get(b"label", b"").decode())


def _require_names(found: list[str], table: ExportTable) -> None:
    meant = [column.name for column in table.columns]
    if found != meant:
        first = next((name for name in [*meant, *found] if name not in found or name not in meant), "their order")
        raise Differs(f"the variables are not those that were meant ({first})")


def _require_cells(column: Column, meant: pd.Series, found: pd.Series) -> None:
    if len(meant) != len(found):
        raise Differs(f"it holds {len(found)} rows, not {len(meant)}")
    if column.is_text:
        # SPSS fills texts up with blanks, and the reader of files takes outer ones off.
        same = np.array([str(a).strip() == str(b).strip() for a, b in zip(meant, found, strict=True)])
    else:
        wanted, held = (values.to_numpy(dtype=float) for values in (meant, found))
        same = (np.isnan(wanted) & np.isnan(held)) | (wanted == held)
    if not same.all():
        raise Differs(f"{column.name} differs in row {int(np.flatnonzero(~same)[0]) + 1}")


def _require(name: str, what: str, meant: object, found: object) -> None:
    if meant != found:
        raise Differs(f"{name}: its {what} differ")


def _pairs(ranges: tuple[tuple[object, object], ...]) -> list[tuple[object, object]]:
    return sorted(((low, high) for low, high in ranges), key=str)
