"""Excel workbooks in, as sheets of texts; a damaged or foreign file gives one sentence."""

import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from remission.errors import DefinitionError
from remission.exchange.forms.form import tidy

LARGEST = 100_000_000
MOST_ROWS, MOST_COLUMNS = 20_000, 400


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet with its number as Excel shows it; empty cells are left out."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell; empty where there is none."""
        return self.cells.get(column, "")


def read_sheets(path: Path) -> dict[str, list[SheetRow]]:
    """Read every sheet of an .xlsx file; the first row of a sheet names its columns.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict
        Name of a sheet in lower case to its rows, keyed by the cells of the header.

    Raises
    ------
    DefinitionError
        The file is absent, no workbook, damaged or oversized, or a column stands twice.
    """
    if not path.is_file():
        raise DefinitionError(f"There is no file {path}.", "Check its name and folder.")
    if _unpacked(path) > LARGEST:
        raise DefinitionError(f"{path.name} unpacks to over {LARGEST // 10**6} MB.", "Check that it is the right file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, data_only=True)
    except Exception as error:  # openpyxl lets through whatever its zip, XML and type readers raise
        raise _unreadable(path) from error
    sheets = [sheet for sheet in book.worksheets if isinstance(sheet, Worksheet)]
    return {sheet.title.strip().lower(): _rows(path, sheet) for sheet in sheets}


def _unpacked(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as packed:
            return sum(entry.file_size for entry in packed.infolist())
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> DefinitionError:
    return DefinitionError(
        f"{path.name} is no readable Excel workbook.", "Open it in Excel or LibreOffice and save it as .xlsx."
    )


def _rows(path: Path, sheet: Worksheet) -> list[SheetRow]:
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise DefinitionError(
            f"{path.name}, sheet {sheet.title}: it has {sheet.max_row} rows and {sheet.max_column} columns.",
            "Delete the empty rows and columns beyond the form.",
        )
    table = [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    header = table[0] if table else []
    named = [title for title in header if title]
    twice = next((title for place, title in enumerate(named) if title in named[:place]), None)
    if twice is not None:
        raise DefinitionError(f"{path.name}, sheet {sheet.title}: the column '{twice}' stands twice.", "Take one out.")
    found = []
    for number, row in enumerate(table[1:], start=2):
        cells = {title: cell for title, cell in zip(header, row, strict=True) if title and cell}
        if cells:
            found.append(SheetRow(number, cells))
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return tidy(str(value))
