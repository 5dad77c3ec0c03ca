"""SPSS, Stata and SAS files through pyreadstat, in pieces; runs in the reading process only."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from remission.errors import UnreadableFile
from remission.exchange.files.codes import code_out
from remission.exchange.files.moments import moment_of
from remission.exchange.files.portable import true_texts
from remission.exchange.files.spss_dictionary import DamagedDictionary, SpssDictionary, parse
from remission.exchange.files.spss_told import choose_encoding, size_of_cells, told_of_spss, two_counts, unfit

CELLS = 4_000_000
MOST_ROWS = 50_000
LEAST_ROWS = 5_000
AGAIN = "Copy it again from where it came, or open it in the program it comes from and save it anew."
READERS: dict[str, Callable[..., Any]] = {
    "sav": pyreadstat.read_sav,
    "zsav": pyreadstat.read_sav,
    "dta": pyreadstat.read_dta,
    "sas7bdat": pyreadstat.read_sas7bdat,
    "xpt": pyreadstat.read_xport,
}
MEASURES = ("nominal", "ordinal", "scale")


class StatisticsFile:
    """One file and its dictionary.

    Parameters
    ----------
    path : pathlib.Path
    kind : {"sav", "zsav", "dta", "sas7bdat", "xpt"}
    name : str
        What sentences call the file.
    encoding : str or None
        An encoding a person asks for.
    texts_from : str or None
        A portable file with the same columns, from which the texts are taken.

    Attributes
    ----------
    told : dict
        As `reader_process` describes it.

    Raises
    ------
    UnreadableFile
        The dictionary is damaged or fits no encoding.
    """

    def __init__(
        self, path: Path, kind: str, name: str, encoding: str | None = None, texts_from: str | None = None
    ) -> None:
        self.path, self.kind, self.name = path, kind, name
        self._texts_from = texts_from
        self._encoding = encoding
        self._names: list[str] = []
        self._texts: set[str] = set()
        if kind in ("sav", "zsav"):
            self.told = self._spss(encoding)
        else:
            self.told = self._other()

    def _spss(self, asked: str | None) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                dictionary = parse(file)
                self._require_size(dictionary, file.tell())
        except DamagedDictionary as damage:
            raise UnreadableFile(f"The dictionary of {self.name} is damaged: {damage}.", AGAIN) from damage
        for encoding, note in choose_encoding(dictionary, self.name, asked):
            self._encoding = encoding if note else None
            told, parsed = told_of_spss(dictionary, encoding)
            try:
                meta, remarks = self._meta()
                self._probe(all_rows=bool(note) and asked is None)
            except _Unfit:
                continue
            variables = self._variables(meta, told["remarks"])
            _join(variables, parsed, told["remarks"])
            told["remarks"] += remarks
            label = meta.file_label or ""
            return {**told, "variables": variables, "label": label, "encoding": encoding, "encoding_note": note}
        verb = "is to be read as" if asked else "declares"
        raise UnreadableFile(
            *unfit(self.name, "a text in its cells", asked or dictionary.declared or "no encoding", verb)
        )

    def _require_size(self, dictionary: SpssDictionary, data_from: int) -> None:
        if counts := two_counts(dictionary):
            said = f"{self.name} announces {counts[0]:,} rows in one place and {counts[1]:,} in another."
            raise UnreadableFile(said, AGAIN)
        cells = size_of_cells(dictionary)
        found = self.path.stat().st_size - data_from
        width = 8 * len(dictionary.records.variables)
        if cells is not None and not 0 <= found - cells < max(width, 1):
            rows = f"{found // width:,}" if width else "none"
            raise UnreadableFile(f"{self.name} announces {dictionary.cases:,} rows and holds {rows}.", AGAIN)

    def _other(self) -> dict[str, Any]:
        size = self.path.stat().st_size
        if self.kind == "xpt" and size % 80:
            raise UnreadableFile(f"{self.name} is cut short: it does not end with a whole record of 80 bytes.", AGAIN)
        meta, remarks = self._meta()
        created = meta.creation_time
        encoding, note = self._encoding_of(meta)
        return {
            "rows": meta.number_rows,
            "variables": self._variables(meta, remarks),
            "label": meta.file_label or "",
            "encoding": encoding,
            "encoding_note": note,
            "created": created.isoformat(" ") if created is not None else "",
            "documents": list(meta.notes or []),
            "remarks": remarks,
        }

    def _encoding_of(self, meta: Any) -> tuple[str, str]:
        if self._encoding:
            return self._encoding, f"Read as {self._encoding}, as was asked."
        if self.kind != "dta":
            return meta.file_encoding or "", ""
        with self.path.open("rb") as file:
            head = file.read(31)
        if head.startswith(b"<stata_dta><header><release>") and head[28:31] >= b"118":
            return "UTF-8", ""
        return "windows-1252", "Stata files before version 14 name no encoding; read as windows-1252."

    def _read(self, **options: Any) -> tuple[dict[str, list[Any]], Any]:
        if self._encoding:
            options["encoding"] = self._encoding
        if self.kind != "xpt":
            options["user_missing"] = True
        try:
            columns, meta = READERS[self.kind](
                str(self.path), disable_datetime_conversion=True, output_format="dict", **options
            )
        except MemoryError:
            raise
        except (Exception, SystemError) as error:
            raise _explained(self.name, error) from error
        return columns, meta

    def _meta(self) -> tuple[Any, list[str]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _, meta = self._read(metadataonly=True)
        if not all(meta.column_names):
            raise UnreadableFile(f"The dictionary of {self.name} is damaged: a variable has no name.", AGAIN)
        self._names = list(meta.column_names)
        self._texts = {name for name, kind in meta.readstat_variable_types.items() if kind.startswith("string")}
        twice = [name for name in self._names if "_duplicated" in name] if caught else []
        return meta, [f"A name is used twice: the later one is called {name} here." for name in twice]

    def _probe(self, all_rows: bool) -> None:
        """Read some texts, or all of them where the encoding is a guess, to see whether they fit."""
        texts = [name for name in self._names if name in self._texts]
        if texts:
            self._read(usecols=texts, row_limit=0 if all_rows else LEAST_ROWS)

    def _variables(self, meta: Any, remarks: list[str]) -> list[dict[str, Any]]:
        labels = _catalogue(self.path, meta, remarks) if self.kind == "sas7bdat" else {}
        missing = meta.missing_ranges or {}
        variables = []
        for name in self._names:
            written = meta.original_variable_types.get(name)
            form = "" if written in (None, "None") else str(written)
            text = name in self._texts
            kind, clock, remark = ("text", None, "") if text else moment_of(self.kind, form)
            if remark:
                remarks.append(f"{name} {remark}.")
            measure = meta.variable_measure.get(name)
            found = {**labels.get(name, {}), **meta.variable_value_labels.get(name, {})}
            variables.append(
                {
                    "name": name,
                    "label": meta.column_names_to_labels.get(name) or "",
                    "value_labels": [[self._code(code, text), str(label)] for code, label in found.items()],
                    "missing_ranges": [[code_out(each["lo"]), code_out(each["hi"])] for each in missing.get(name, [])],
                    "measure": measure if measure in MEASURES else "unknown",
                    "format": form,
                    "kind": kind,
                    "clock": clock,
                    "width": int(meta.variable_storage_width.get(name) or 0) if text else 0,
                    "display_width": int(meta.variable_display_width.get(name) or 0),
                }
            )
        return variables

    def _code(self, code: Any, text: bool) -> Any:
        if text:
            return str(code)
        return f".{code.lower()}" if isinstance(code, str) else code_out(code)

    def batches(self, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order, some of their columns or all.

        Raises
        ------
        UnreadableFile
            The cells are damaged, cut short or do not fit the encoding.
        """
        shown = [variable["name"] for variable in self.told["variables"]]
        kept = set(shown if columns is None else columns)
        wanted = [name for name, known in zip(self._names, shown, strict=True) if known in kept]
        if not wanted:
            return
        unit = max(CELLS // len(wanted), min(LEAST_ROWS, 3 * CELLS // len(wanted)), 100)
        rows, done = self.told["rows"], 0
        while rows is None or done < rows:
            held, _ = self._read(usecols=wanted, row_offset=done, row_limit=unit)
            got = len(held[wanted[0]]) if wanted[0] in held else 0
            if self._texts_from:
                held |= true_texts(Path(self._texts_from), held, self._names, self._text_codes(), done)
            for start in range(0, got, MOST_ROWS):
                yield self._batch(held, wanted, start)
            done += got
            if got < unit:
                return

    def _text_codes(self) -> dict[str, list[str]]:
        variables = dict(zip(self._names, self.told["variables"], strict=True))
        return {
            name: [low for low, _ in variables[name]["missing_ranges"]] for name in self._names if name in self._texts
        }

    def _batch(self, held: dict[str, list[Any]], wanted: list[str], start: int) -> pa.RecordBatch:
        arrays, names = [], []
        places = {name: place for place, name in enumerate(self._names)}
        for name in wanted:
            cells = held[name][start : start + MOST_ROWS]
            names.append(f"c{places[name]}")
            if name in self._texts:
                arrays.append(pc.utf8_trim_whitespace(pa.array(cells, pa.string())))
                continue
            if self.kind in ("dta", "sas7bdat", "xpt"):
                tags = [f".{cell.lower()}" if isinstance(cell, str) else None for cell in cells]
                cells = [None if isinstance(cell, str) else cell for cell in cells]
                arrays.append(pa.array(cells, pa.float64()))
                names.append(f"t{places[name]}")
                arrays.append(pa.array(tags, pa.string()))
                continue
            arrays.append(pa.array(cells, pa.float64()))
        return pa.record_batch(arrays, names=names)


class _Unfit(UnreadableFile):
    """The texts do not fit the encoding tried."""


def _explained(name: str, error: BaseException) -> UnreadableFile:
    said = f"{type(error).__name__}: {error}"
    if "UnicodeDecodeError" in said or "convert string" in said:
        return _Unfit(
            f"{name} holds text that does not fit its encoding.",
            "Read it with another encoding: --encoding windows-1252.",
        )
    if "llocat" in said or "memory" in said.lower():
        raise MemoryError from error
    return UnreadableFile(f"{name} is damaged or cut short: it cannot be read to its end.", AGAIN)


def _catalogue(path: Path, meta: Any, remarks: list[str]) -> dict[str, dict[Any, str]]:
    """Return value labels of a SAS file from the catalogue of the same name beside it."""
    beside = path.with_suffix(".sas7bcat")
    if not beside.is_file():
        return {}
    try:
        _, catalogue = pyreadstat.read_sas7bcat(str(beside), output_format="dict")
    except (Exception, SystemError):
        remarks.append(f"The catalogue {beside.name} beside it cannot be read: value labels are missing.")
        return {}
    remarks.append(f"Value labels were read from {beside.name} beside it.")
    forms = meta.original_variable_types.items()
    stems = {name: str(form).upper().rstrip("0123456789.") for name, form in forms if form}
    return {name: catalogue.value_labels[stem] for name, stem in stems.items() if stem in catalogue.value_labels}


def _join(variables: list[dict[str, Any]], parsed: list[dict[str, Any]], remarks: list[str]) -> None:
    """Put what the parser knows beside what the reader of cells told, variable by variable."""
    if len(variables) != len(parsed):
        remarks.append("Roles and custom attributes of variables could not be matched and were left out.")
        return
    for variable, own in zip(variables, parsed, strict=True):
        if own["format"]:
            own["format"] += variable["format"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if own["name"] != variable["name"].lower():
            del own["name"]
        variable.update({key: value for key, value in own.items() if value})
