"""CSV files and record exports of REDCap, in pieces; runs in the reading process only."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from remission.errors import UnreadableFile
from remission.exchange.files import redcap_records
from remission.exchange.files.csv_columns import Column, unguarded
from remission.exchange.files.csv_remarks import remarks_on
from remission.exchange.files.csv_shape import LONGEST_LINE, SAVE, Shape, check_rows, shape_of

MOST_ROWS = 50_000
BLOCK = 4 << 20
CLOCKS = {"date": {"seconds": 86_400.0, "epoch_day": 0}, "datetime": {"seconds": 1.0, "epoch_day": 0}}
KINDS = {"comma": "number", "day_first": "date", "month_first": "date"}


class CsvTable:
    """A text file of rows and columns.

    Parameters
    ----------
    path : pathlib.Path
    encoding : str, optional
        An encoding a person asks for.

    Attributes
    ----------
    told : dict
        As `reader_process` describes it.

    Raises
    ------
    UnreadableFile
        It is no table of text: binary, JSON, rows of different length, a dictionary instead of records.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self.shape: Shape = shape_of(path, encoding)
        redcap_records.refuse_other_exports(path, self.shape.header)
        self._remarks: list[str] = []
        names = self._names()
        self.columns = [Column(name) for name in names]
        for column in self.columns:
            if self.shape.delimiter == ",":
                # Where the comma parts the cells, 1,234 is a thousand to some and a decimal to others.
                column.could_be.discard("comma")
            if column.name.lower().endswith("_complete") or "___" in column.name:
                column.distinct = set()
        rows, breaks = check_rows(path, self.shape)
        self._rows = rows
        self._look()
        self._settle_marks()
        redcap = redcap_records.is_redcap(names, {column.name: column.distinct or set() for column in self.columns})
        fields = redcap_records.dictionary_beside(path) if redcap else {}
        self._remarks += list(remarks_on(self.columns, breaks))
        if redcap:
            self._remark_redcap(fields)
        self.told: dict[str, Any] = {
            "source": "redcap" if redcap else "csv",
            "rows": rows,
            "encoding": {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp1252": "windows-1252"}.get(
                self.shape.encoding, self.shape.encoding
            ),
            "encoding_note": self.shape.note,
            "variables": [self._variable(column, fields) for column in self.columns],
            "response_sets": redcap_records.response_sets(names, fields, self._is_labelled()) if redcap else [],
            "remarks": self._remarks,
        }

    def batches(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        """Stream the asked columns, 50,000 rows at most at a time."""
        places = [place for place, column in enumerate(self.columns) if columns is None or column.name in set(columns)]
        names = [f"c{place}" for place in places]
        empty = [pa.array([], pa.string() if self.columns[place].kind == "text" else pa.float64()) for place in places]
        yield pa.RecordBatch.from_arrays(empty, names=names)
        for batch in self._texts():
            cells = [self.columns[place].cells(unguarded(batch.column(place))) for place in places]
            whole = pa.RecordBatch.from_arrays([_one_chunk(column) for column in cells], names=names)
            for start in range(0, whole.num_rows, MOST_ROWS):
                yield whole.slice(start, MOST_ROWS)

    def _names(self) -> list[str]:
        names: list[str] = []
        for place, given in enumerate(self.shape.header, start=1):
            name = " ".join(given.split())
            if not name:
                name = f"column_{place}"
                self._remarks.append(f"Column {place} has no name and is called {name}.")
            names.append(name)
        low = [name.lower() for name in names]
        for place, name in enumerate(names):
            if name in names[:place]:
                redcap_records.refuse_labels_as_names(self.path, name)
                raise UnreadableFile(f"{self.path.name} has two columns called {name}.", "Rename one of them.")
            if low[place] in low[:place]:
                self._remarks.append(
                    f"Two columns are called {name}, but for capital letters; SPSS could not hold both."
                )
        return names

    def _look(self) -> None:
        for batch in self._texts():
            for column, cells in zip(self.columns, batch.columns, strict=True):
                column.look(cells)

    def _settle_marks(self) -> None:
        """Leave as text what may be thousands or decimals, where nothing in the column proves which."""
        by_comma = any(column.kind == "comma" and "," in column.proven for column in self.columns)
        for column in self.columns:
            if column.kind == "comma" and "," not in column.proven:
                column.could_be.clear()
            if column.kind == "number" and by_comma and "." in column.marks and "." not in column.proven:
                column.could_be.clear()

    def _texts(self) -> Iterator[pa.RecordBatch]:
        names = [str(place) for place in range(len(self.columns))]
        reading = arrow_csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK,
            skip_rows=self.shape.skipped,
            skip_rows_after_names=1,
            column_names=names,
            encoding={"utf-8-sig": "utf8", "utf-8": "utf8"}.get(self.shape.encoding, self.shape.encoding),
        )
        parsing = arrow_csv.ParseOptions(delimiter=self.shape.delimiter, newlines_in_values=True)
        converting = arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=True
        )
        try:
            with arrow_csv.open_csv(self.path, reading, parsing, converting) as stream:
                left = self._rows
                for batch in stream:
                    yield batch.slice(0, left)
                    left -= min(left, batch.num_rows)
        except pa.ArrowInvalid as error:
            raise self._explain(str(error)) from None

    def _explain(self, said: str) -> Exception:
        if "block" in said:
            return UnreadableFile(f"{self.path.name} holds a row of more than {LONGEST_LINE:,} letters.", SAVE)
        if "Empty CSV" in said:
            return UnreadableFile(f"{self.path.name} has no rows.", "Export it again.")
        return UnreadableFile(
            f"{self.path.name} is no table of text that can be read to its end.",
            "Look for quotation marks that are never closed.",
        )

    def _variable(self, column: Column, fields: dict[str, dict[str, str]]) -> dict[str, Any]:
        kind = KINDS.get(column.kind, column.kind)
        found: dict[str, Any] = {"name": column.name, "kind": kind, **redcap_records.dress(column.name, fields)}
        if kind == "text":
            found["width"] = max(column.width, 1)
            found["value_labels"] = [[_as_text(code), said] for code, said in found.get("value_labels", [])]
        if kind in CLOCKS:
            found |= {"clock": CLOCKS[kind], "value_labels": []}
        return found

    def _remark_redcap(self, fields: dict[str, dict[str, str]]) -> None:
        names = [column.name for column in self.columns]
        if any(redcap_records.CHECKBOX.fullmatch(name) for name in names):
            self._remarks.append(
                "Checkbox columns hold 0 both where a box was left empty and where nobody was asked; "
                "the form's _complete column tells the two apart."
            )
        marked = [name for name in names if redcap_records.is_identifying(name, fields)]
        if marked:
            self._remarks.append(f"These columns may identify a person: {', '.join(marked)}.")
        if self._is_labelled():
            self._remarks.append("It is an export of labels, and not of raw codes; a raw export keeps the codes.")

    def _is_labelled(self) -> bool:
        held = {value for column in self.columns for value in column.distinct or ()}
        if held & redcap_records.WORDS_OF_LABELLED:
            return True
        names = [column.name for column in self.columns]
        if "redcap_event_name" not in names:
            return False
        batch = next(iter(self._texts()), None)
        if batch is None or not batch.num_rows:
            return False
        events = pc.unique(batch.column(names.index("redcap_event_name"))).to_pylist()
        return not all(redcap_records.UNIQUE_EVENT.fullmatch(event) for event in events if event)


def _as_text(code: Any) -> str:
    return f"{code:g}" if isinstance(code, float) else str(code)


def _one_chunk(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
