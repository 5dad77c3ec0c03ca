"""Data files in, with labels, user-missing codes and measures kept: whole, in pieces, or only their dictionary."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from remission.errors import UnreadableFile
from remission.exchange.files.child import ReadingProcess
from remission.exchange.files.data_file import DataFile, Dictionary
from remission.exchange.files.dictionary_json import dictionary_from_told
from remission.exchange.files.magic import kind_of, suffix_remark
from remission.exchange.files.pieces import Columns, piece_of
from remission.exchange.files.portable import converted, letters_remark

Progress = Callable[[int, int | None], None]


class Reading:
    """A data file being read; made by `open_file`, used in a ``with`` statement.

    Iterating gives `DataFile` pieces of 50,000 rows at most, in the order of the file; the index of a frame is the
    row of the file from 0. It can be iterated once.

    Attributes
    ----------
    dictionary : Dictionary
        Of all variables, whichever columns are read. Known on entering, before any row is.
    """

    dictionary: Dictionary

    def __init__(
        self,
        path: Path,
        columns: Sequence[str] | None = None,
        encoding: str | None = None,
        progress: Progress | None = None,
        rows: bool = True,
    ) -> None:
        self._path, self._encoding, self._progress, self._rows = path, encoding, progress, rows
        self._columns = None if columns is None else list(columns)
        self._stack = ExitStack()
        self._begun = False

    def __enter__(self) -> "Reading":
        with ExitStack() as stack:
            kind = kind_of(self._path)
            sha256 = sha256_of(self._path)
            source, job_kind, remarks = self._path, kind, [suffix_remark(self._path, kind)]
            if kind == "por":
                source, job_kind = stack.enter_context(converted(self._path)), "sav"
                remarks += ["Converted with PSPP, which keeps user-missing codes.", letters_remark(self._path)]
            job = {"kind": job_kind, "encoding": self._encoding, "columns": self._columns, "rows": self._rows}
            if kind == "por":
                # PSPP leaves the end of a longer text behind a shorter one: texts come from the file itself.
                job["texts_from"] = str(self._path.resolve())
            self._process = stack.enter_context(ReadingProcess(source, self._path.name, job))
            found = dictionary_from_told(self._process.dictionary(), self._path, sha256)
            remarks = [remark for remark in remarks if remark] + list(found.remarks)
            self.dictionary = replace(found, remarks=tuple(remarks))
            if kind == "por":
                # What PSPP says of its own making is nothing about the file.
                self.dictionary = replace(
                    self.dictionary,
                    source="por",
                    producer="",
                    created="",
                    compression="",
                    encoding="",
                    encoding_note="",
                )
            self._require_columns()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __iter__(self) -> Iterator[DataFile]:
        done = 0
        for batch in self.batches():
            piece = piece_of(batch, self.dictionary, done)
            done += batch.num_rows
            yield piece

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows as record batches, as `reader_process` describes them, and check their number at the end.

        Raises
        ------
        UnreadableFile
            The file is damaged, or holds another number of rows than it announces.
        """
        if self._begun:
            raise RuntimeError("A reading can be iterated once: open the file again.")
        self._begun = True
        done, announced = 0, self.dictionary.rows
        try:
            for batch in self._process.batches():
                if not batch.num_rows:
                    continue
                done += batch.num_rows
                if self._progress:
                    self._progress(done, announced)
                yield batch
        finally:
            self._process.close()
        if announced is not None and announced != done and self._columns != []:
            raise UnreadableFile(
                f"{self._path.name} announces {announced:,} rows and holds {done:,}.",
                "Copy it again from where it came.",
            )

    def _require_columns(self) -> None:
        for name in self._columns or []:
            if name not in self.dictionary.variables:
                near = [known for known in self.dictionary.variables if known.lower() == name.lower()]
                near = near or get_close_matches(name, self.dictionary.variables, 1)
                cure = f"Perhaps {near[0]} is meant." if near else "Check the names."
                raise UnreadableFile(f"{self._path.name} has no variable {name}.", cure)


def open_file(
    path: Path,
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Reading:
    """Open a data file to read it in pieces, in a process of its own.

    Parameters
    ----------
    path : pathlib.Path
    columns : sequence of str, optional
        Names of the variables to read; all where not given.
    encoding : str, optional
        Of the texts, where the file declares a wrong one or none.
    progress : callable, optional
        Called after each piece with the rows read and the rows announced (None where the file does not say).

    Returns
    -------
    Reading
        To be used in a ``with`` statement; entering raises what follows, and so may every further piece.

    Raises
    ------
    UnreadableFile
        The file is absent, of a kind that cannot be read, damaged, cut short or too large; a column is not in it.
    """
    return Reading(Path(path), columns, encoding, progress)


def read_dictionary(path: Path, encoding: str | None = None) -> Dictionary:
    """Read what a data file says about itself, and none of its rows.

    Raises
    ------
    UnreadableFile
        As `open_file`.
    """
    with Reading(Path(path), None, encoding, rows=False) as reading:
        return reading.dictionary


def read_file(
    path: Path,
    columns: Sequence[str] | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> DataFile:
    """Read a data file whole, in a process of its own; parameters as `open_file`.

    The dictionary tells of all variables, and ``rows`` is what was read.

    Raises
    ------
    UnreadableFile
        As `open_file`.
    """
    with open_file(path, columns, encoding, progress) as reading:
        gathered = Columns(reading.dictionary, columns)
        for batch in reading.batches():
            gathered.add(batch)
        return gathered.data_file()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
