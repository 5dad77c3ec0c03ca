"""CSV files of other systems: read with errors that name the row, whatever Excel did to them."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remission.errors import DefinitionError
from remission.exchange.forms.form import tidy

LARGEST = 50_000_000


@dataclass(frozen=True)
class Row:
    """A row of a file with its number as a spreadsheet shows it."""

    path: Path
    number: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell; empty where the file has no such column."""
        return self.cells.get(column, "")

    def fault(self, what: str, cure: str, column: str = "") -> DefinitionError:
        """Make the error that names file, row and column."""
        where = f"{self.path.name}, row {self.number}" + (f", {column}" if column else "")
        return DefinitionError(f"{where}: {what}.", cure)


def read_rows(path: Path, what: str, columns: Iterable[str], aliases: dict[str, str]) -> list[Row]:
    """Read a file with a header; empty rows are left out.

    Parameters
    ----------
    path : pathlib.Path
    what : str
        What the file should be, for the errors ("a REDCap data dictionary").
    columns : iterable of str
        Those it must have.
    aliases : dict
        Other spellings of column names, in lower case, to the names used here.

    Returns
    -------
    list of Row

    Raises
    ------
    DefinitionError
        The file cannot be read, is no UTF-8, is no such file, or a row is cut short.
    """
    rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        table = list(rows)
    except csv.Error as error:
        raise DefinitionError(
            f"{path.name}, about line {rows.line_num}: the CSV is broken ({error}).", "Save it again as CSV UTF-8."
        ) from error
    header = [aliases.get(cell.strip().lower(), cell.strip()) for cell in table[0]] if table else []
    absent = [column for column in columns if column not in header]
    if absent:
        first = ",".join(table[0]) if table else ""
        split = "semicolons" if first.count(";") > first.count(",") else "tabs" if "\t" in first else ""
        cure = (
            f"Its columns are split by {split}; save it with commas." if split else "Check that it is the right file."
        )
        # A file split by another sign lacks every column; one of them is enough to say so.
        named = " and no column ".join(f"'{name}'" for name in (absent[:1] if split else absent))
        raise DefinitionError(f"{path.name} is not {what}: it has no column {named}.", cure)
    twice = [name for place, name in enumerate(header) if name and name in header[:place]]
    if twice:
        raise DefinitionError(f"{path.name} has the column '{twice[0]}' twice.", "Take one of them out.")
    found = []
    for number, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise DefinitionError(
                f"{path.name}, row {number}: it has {len(cells)} cells where the header has {len(header)}.",
                "Look for a quote or a comma that is not quoted.",
            )
        found.append(Row(path, number, {name: tidy(cell) for name, cell in zip(header, cells, strict=True)}))
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise DefinitionError(f"{path.name} is larger than {LARGEST // 10**6} MB.", "Check that it is the file.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read.", "Check its name, folder and permissions.") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"{path.name} is not UTF-8 text (byte {error.start}); Excel's plain CSV is not.",
            "Save it as 'CSV UTF-8 (comma delimited)'.",
        ) from error


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file in UTF-8 with the line ends of RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
