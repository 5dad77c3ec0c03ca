"""A .sav or .zsav written under another name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.spss_dress import cut, raw_frame
from remission.exchange.export.spss_patch import patch, wrapped

FILE_LABEL_BYTES = 64


def write_spss(
    table: ExportTable,
    path: Path,
    title: str,
    documents: Sequence[str],
    file_attributes: dict[str, tuple[str, ...]],
    compressed: bool,
    plain: bool,
) -> None:
    """Write a dressed table; into a .sav also attributes and roles.

    Parameters
    ----------
    table : ExportTable
    path : pathlib.Path
    title : str
    documents : sequence of str
        Paragraphs.
    file_attributes : dict
    compressed : bool
        A .zsav.
    plain : bool
        Without row compression.
    """
    frame = raw_frame(table)
    for column in table.columns:
        if column.is_text:
            _pad(frame, column)
    named = {column.name: column.variable for column in table.columns}
    labels: dict[str, dict[Any, str]] = {
        name: {**each.value_labels} for name, each in named.items() if each.value_labels
    }
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=cut(title, FILE_LABEL_BYTES),
        column_labels={name: each.label for name, each in named.items() if each.label},
        compress=compressed,
        row_compress=not compressed and not plain,
        note=[line for paragraph in documents for line in wrapped(paragraph)],
        variable_value_labels=labels,
        missing_ranges={name: _ranges(each.missing_ranges) for name, each in named.items() if each.missing_ranges},
        variable_display_width={name: each.display_width for name, each in named.items()},
        variable_measure={name: each.measure for name, each in named.items()},
        variable_format={name: each.format for name, each in named.items() if each.kind != "text"},
    )
    if not compressed:
        roles = {column.name: column.variable.role for column in table.columns if column.variable.role}
        patch(path, file_attributes, attributes_of(table.columns), roles)


def _pad(frame: pd.DataFrame, column: Column) -> None:
    """Give a text variable its width: pyreadstat takes that of the longest cell."""
    cells = frame[column.name].tolist()
    cells[0] += " " * (column.variable.width - len(cells[0].encode()))
    frame[column.name] = cells


def _ranges(pairs: tuple[tuple[Any, Any], ...]) -> list[Any]:
    return [low if low == high else {"lo": low, "hi": high} for low, high in pairs]


def attributes_of(columns: Sequence[Column]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Say of each variable what of the study it holds."""
    found = {}
    for column in columns:
        came = {
            name: tuple(" ".join(each.split()) for each in told) for name, told in column.variable.attributes.items()
        }
        said = {**came, "remission_target": (column.target.text,)}
        if column.target.wave:
            said["remission_wave"] = (column.target.wave,)
        if column.target.kind in ("answer", "about", "text"):
            said["remission_instrument"] = (column.target.name.split(".")[0],)
        found[column.name] = said
    return found
