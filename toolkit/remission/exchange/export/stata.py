"""A Stata file: reasons as extended missing values, labels as Stata holds them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from remission.exchange.export.column import LETTERS, REASON_WORDS, Column, ExportTable
from remission.exchange.export.request import ExportRefused
from remission.exchange.export.spss_dress import cut

LABEL_SIGNS = 80
LONGEST_TEXT = 2045
EPOCH_1960 = 3653
LARGEST_LABELLED = 2_147_483_620


def for_stata(table: ExportTable) -> ExportTable:
    """Turn codes of reasons into Stata's letters, and cut labels to what Stata holds; says what was changed.

    Raises
    ------
    ExportRefused
        A text is longer than pyreadstat writes for Stata.
    """
    remarks = list(table.remarks)
    columns = tuple(_changed(column, remarks) for column in table.columns)
    return replace(table, columns=columns, remarks=tuple(remarks))


def _changed(column: Column, remarks: list[str]) -> Column:
    variable = column.variable
    label = variable.label[:LABEL_SIGNS].strip()
    if label != variable.label.strip():
        remarks.append(f"{column.name}: its label is cut to {LABEL_SIGNS} signs.")
    variable = replace(variable, label=label, missing_ranges=())
    if column.is_text:
        longest = max((len(text.encode()) for text in column.cells), default=0)
        if longest > LONGEST_TEXT:
            raise ExportRefused(
                f"A text of {column.name} has {longest:,} bytes, and Stata takes {LONGEST_TEXT:,}.", "Write a .csv."
            )
        if variable.value_labels:
            remarks.append(f"{column.name}: Stata labels no texts, so its value labels are in the codebook only.")
        return replace(column, variable=replace(variable, value_labels={}, format="", width=longest))
    if variable.kind in ("date", "datetime"):
        return replace(column, variable=replace(variable, kind="date", value_labels={}, format="%td"))
    gone = {*column.missing} | {code for code in variable.value_labels if _is_declared(column, code)}
    labels: dict[float | str, str] = {}
    for code, said in variable.value_labels.items():
        if isinstance(code, str) or code in gone:
            continue
        if code != round(code) or abs(code) > LARGEST_LABELLED:
            remarks.append(f"{column.name}: Stata labels whole numbers only; the label of {code} is left out.")
            continue
        labels[code] = said
    reasons = dict.fromkeys(reason for reason in [*column.missing.values(), *column.reasons.dropna()])
    letters: dict[float | str, str] = {f".{LETTERS[reason]}": reason for reason in reasons}
    return replace(
        column,
        variable=replace(
            variable,
            value_labels={**labels, **{letter: REASON_WORDS[reason] for letter, reason in letters.items()}},
            format=variable.format if variable.format.startswith("%") else "",
        ),
        cells=column.cells.mask(column.reasons.notna()),
        missing=letters,
    )


def _is_declared(column: Column, code: float | str) -> bool:
    return bool(column.variable.is_user_missing(pd.Series([code])).iloc[0])


def letters_of(column: Column) -> pd.Series:
    """Give the letter of each cell that is missing for a reason, such as ``.a``; empty elsewhere."""
    letter = {reason: str(code) for code, reason in column.missing.items()}
    return column.reasons.map(letter).fillna("").astype(object)


def write_stata(table: ExportTable, path: Path, title: str) -> None:
    """Write a table that ``for_stata`` has made ready, as version 15."""
    frame: dict[str, pd.Series] = {}
    labels: dict[str, dict[Any, str]] = {}
    letters: dict[str, list[str]] = {}
    for column in table.columns:
        values: pd.Series = column.cells
        if column.variable.kind == "date":
            values = values + EPOCH_1960
        elif not column.is_text:
            values = _lettered(column)
            letters[column.name] = sorted({str(code)[1:] for code in column.missing})
        frame[column.name] = values
        if column.variable.value_labels:
            said = column.variable.value_labels.items()
            labels[column.name] = {str(code)[1:] if isinstance(code, str) else int(code): text for code, text in said}
    columns = table.columns
    pyreadstat.write_dta(
        pd.DataFrame(frame),
        str(path),
        file_label=cut(title, LABEL_SIGNS),
        column_labels={column.name: column.variable.label for column in columns},
        version=15,
        variable_value_labels=labels,
        missing_user_values={name: found for name, found in letters.items() if found},
        variable_format={column.name: column.variable.format for column in columns if column.variable.format},
    )


def _lettered(column: Column) -> pd.Series:
    letter = letters_of(column).str[1:]
    if not (letter != "").any():
        return column.cells
    return column.cells.astype(object).where(letter == "", letter)
