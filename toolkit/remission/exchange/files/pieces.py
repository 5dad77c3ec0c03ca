"""Record batches to frames: one at a time, or gathered without holding everything twice."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from remission.exchange.files.data_file import DataFile, Dictionary

# Above this, columns stay blocks of their own: pandas would copy them all to lay them side by side.
CONSOLIDATED_CELLS = 8_000_000


def piece_of(batch: pa.RecordBatch, dictionary: Dictionary, first_row: int) -> DataFile:
    """Turn one record batch into a data file of some rows.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        As `reader_process` describes it.
    dictionary : Dictionary
    first_row : int
        The row of the file that the batch begins with.
    """
    gathered = Columns(dictionary, None)
    gathered.add(batch)
    return gathered.data_file(first_row, whole=False)


class Columns:
    """Columns that grow by batches.

    Parameters
    ----------
    dictionary : Dictionary
    names : sequence of str or None
        The variables asked for; all where None. They are there even if no batch comes.
    """

    def __init__(self, dictionary: Dictionary, names: Sequence[str] | None) -> None:
        self._dictionary = dictionary
        self._names = list(dictionary.variables)
        self._wanted = names
        self._parts: dict[str, list[np.ndarray]] = {}
        self._tags: dict[str, list[np.ndarray | None]] = {}
        self._lengths: list[int] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Append the rows of a batch, copied out of it so that it can go."""
        self._lengths.append(batch.num_rows)
        for place, column in zip(batch.schema.names, batch.columns, strict=True):
            name = self._names[int(place[1:])]
            if place[0] == "t":
                self._tags.setdefault(name, []).append(_tags(column))
            else:
                self._parts.setdefault(name, []).append(_cells(column))

    def data_file(self, first_row: int = 0, whole: bool = True) -> DataFile:
        """Return what was gathered; the parts are gone afterwards."""
        rows = sum(self._lengths)
        index = pd.RangeIndex(first_row, first_row + rows)
        wanted = self._names if self._wanted is None else [name for name in self._names if name in set(self._wanted)]
        if not whole:
            wanted = [name for name in wanted if name in self._parts]
        columns = {name: self._joined(name) for name in wanted}
        copied = rows * len(columns) <= CONSOLIDATED_CELLS
        frame = pd.DataFrame(columns, index=index, copy=copied)
        dictionary = replace(self._dictionary, rows=rows) if whole else self._dictionary
        return DataFile(dictionary, frame, self._all_tags(index))

    def _joined(self, name: str) -> np.ndarray:
        parts = self._parts.pop(name, [])
        if not parts:
            return np.empty(0, dtype=object if self._dictionary.variables[name].kind == "text" else float)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _all_tags(self, index: pd.RangeIndex) -> dict[str, pd.Series]:
        found = {}
        for name, parts in self._tags.items():
            if all(part is None for part in parts):
                continue
            filled = [
                np.full(length, "", dtype=object) if part is None else part
                for part, length in zip(parts, self._lengths, strict=True)
            ]
            found[name] = pd.Series(np.concatenate(filled), index=index, dtype=object)
        return found


def _cells(column: Any) -> np.ndarray:
    if pa.types.is_floating(column.type):
        # Nulls become NaN; a copy always, so that the batch is not kept alive by one column.
        return np.array(column.to_numpy(zero_copy_only=False), dtype=float)
    return _texts(column)


def _texts(column: Any) -> np.ndarray:
    found = np.asarray(column.to_pandas(), dtype=object)
    if column.null_count:
        found = found.copy()
        found[np.asarray(column.is_null())] = ""
    return found


def _tags(column: Any) -> np.ndarray | None:
    return None if column.null_count == len(column) else _none_if_blank(_texts(column))


def _none_if_blank(found: np.ndarray) -> np.ndarray | None:
    return found if (found != "").any() else None
