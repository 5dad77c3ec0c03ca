"""Columns made ready for SPSS: formats wide enough, text widths fixed, labels cut where SPSS ends them."""

import math
import re
from dataclasses import replace

import pandas as pd

from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.request import ExportRefused
from remission.exchange.files import Variable

LABEL_BYTES = 256
VALUE_LABEL_BYTES = 120
LEAST_ID_WIDTH = 12
LONGEST_TEXT = 32_767
MOST_DECIMALS = 6
WIDEST_NUMBER = 40
SCIENTIFIC = "E22.15"
FIRST_DAY, LAST_DAY = -141_427, 2_932_896
SPSS_FORMAT = re.compile(r"(?P<kind>[A-Z]+)(?P<width>\d+)(?:\.(?P<decimals>\d+))?")
NUMERIC = ("F", "N", "E", "COMMA", "DOT", "DOLLAR", "PCT")
MOMENTS = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR", "DATETIME", "YMDHMS")
LONG_MISSING = 8


def dressed(table: ExportTable) -> ExportTable:
    """Give every variable its format, width and labels as SPSS can hold them; says what was cut.

    Raises
    ------
    ExportRefused
        A date or a text cannot be held.
    """
    remarks = list(table.remarks)
    columns = tuple(_dressed(column, remarks) for column in table.columns)
    return replace(table, columns=columns, remarks=tuple(remarks))


def _dressed(column: Column, remarks: list[str]) -> Column:
    variable = _with_labels(column.name, _of_its_kind(column), remarks)
    if column.is_text:
        width = text_width(column)
        missing = tuple(pair for pair in variable.missing_ranges if len(str(pair[0]).encode()) <= LONG_MISSING)
        variable = replace(variable, format=f"A{width}", width=width, missing_ranges=missing)
    elif variable.kind in ("date", "datetime"):
        _require_dates(column)
        known = SPSS_FORMAT.fullmatch(variable.format)
        keeps = known is not None and known["kind"] in MOMENTS
        variable = replace(variable, format=variable.format if keeps else "SDATE10")
    else:
        variable = replace(variable, format=number_format(column, remarks))
    return replace(column, variable=replace(variable, display_width=variable.display_width or 8))


def _of_its_kind(column: Column) -> Variable:
    """Leave out labels of codes that the variable cannot hold, such as Stata's .a."""
    labels = {
        code: said for code, said in column.variable.value_labels.items() if isinstance(code, str) == column.is_text
    }
    return replace(column.variable, value_labels=labels)


def text_width(column: Column) -> int:
    """Return the bytes of a text variable: as its file had them where they do, else rounded up to twelve and eights.

    Raises
    ------
    ExportRefused
        A text is longer than SPSS takes.
    """
    longest = max((len(text.encode()) for text in column.cells), default=0)
    if longest > LONGEST_TEXT:
        raise ExportRefused(
            f"A text of {column.name} has {longest:,} bytes, and SPSS takes {LONGEST_TEXT:,}.", "Write another format."
        )
    if column.sourced and longest <= column.variable.width:
        return column.variable.width
    return min(max(LEAST_ID_WIDTH, math.ceil(longest / 4) * 4), LONGEST_TEXT)


def number_format(column: Column, remarks: list[str]) -> str:
    """Return the format of a number: the file's own where its cells fit, else as wide as they need."""
    held = [float(value) for value in column.cells.dropna().unique()]
    held += [float(code) for code in column.variable.value_labels if isinstance(code, float)]
    decimals = max((_decimals(value) for value in held), default=0)
    whole = max((len(f"{value:.0f}") for value in held), default=1)
    decimals = decimals if whole + decimals < WIDEST_NUMBER else 0
    width = max(2, whole + (decimals + 1 if decimals else 0))
    fitting = f"F{width}.{decimals}" if width <= WIDEST_NUMBER else SCIENTIFIC
    known = SPSS_FORMAT.fullmatch(column.variable.format)
    if column.sourced and known is not None and known["kind"] in NUMERIC:
        # A file's own decimals stay as they were: rounding is in how a cell shows, never in what it holds.
        room = int(known["width"]) - (int(known["decimals"] or 0) + 1 if int(known["decimals"] or 0) else 0)
        if whole <= max(room, 1) or known["kind"] != "F":
            return column.variable.format
        remarks.append(f"{column.name}: its format {column.variable.format} is too narrow; {fitting} goes out.")
    return fitting


def _decimals(value: float) -> int:
    text = f"{value:.{MOST_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def _with_labels(name: str, variable: Variable, remarks: list[str]) -> Variable:
    label = cut(variable.label.strip(), LABEL_BYTES)
    if label != variable.label.strip():
        remarks.append(f"{name}: its label is cut to {LABEL_BYTES} bytes.")
    labels = {}
    for code, said in variable.value_labels.items():
        labels[code] = cut(said.rstrip(), VALUE_LABEL_BYTES)
        if labels[code] != said.rstrip():
            remarks.append(f"{name}: the label of {code} is cut to {VALUE_LABEL_BYTES} bytes.")
    return replace(variable, label=label, value_labels=labels)


def cut(text: str, limit: int) -> str:
    """Cut a text to a number of bytes of UTF-8, never within a sign."""
    return text if len(text.encode()) <= limit else text.encode()[:limit].decode(errors="ignore").rstrip()


def _require_dates(column: Column) -> None:
    days = column.cells.dropna()
    wrong = (days < FIRST_DAY) | (days > LAST_DAY)
    if wrong.any():
        raise ExportRefused(
            f"A date of {column.name} lies before 1582-10-15 or after 9999-12-31, and SPSS cannot hold it.",
            "Correct it in the study, or write another format.",
        )


def raw_frame(table: ExportTable) -> pd.DataFrame:
    """Return the cells as SPSS holds them: dates as seconds since 14 October 1582."""
    columns = {}
    for column in table.columns:
        dated = column.variable.kind in ("date", "datetime")
        columns[column.name] = (column.cells - FIRST_DAY + 1) * 86_400.0 if dated else column.cells
    return pd.DataFrame(columns)
