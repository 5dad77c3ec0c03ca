"""The records of an SPSS system file's dictionary, as bytes: every length is checked before it is believed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

HEADER = 176
LONGEST = 256 * 1024**2
MOST_RECORDS = 5_000_000
LAYOUTS = {b"\x02\0\0\0": "<", b"\x03\0\0\0": "<", b"\0\0\0\x02": ">", b"\0\0\0\x03": ">"}


class DamagedDictionary(Exception):
    """The bytes are no dictionary; the text says what does not fit."""


@dataclass(frozen=True)
class VariableRecord:
    """One record of type 2; a text wider than 8 bytes has further ones with ``width`` -1."""

    name: bytes
    width: int
    label: bytes
    missing: tuple[bytes, ...]
    missing_kind: int
    print_format: int


@dataclass(frozen=True)
class LabelRecord:
    """Value labels (type 3) and the places of the records they belong to (type 4), counted from 1."""

    pairs: tuple[tuple[bytes, bytes], ...]
    places: tuple[int, ...]


@dataclass
class Records:
    """All that stands before the data.

    Attributes
    ----------
    order : {"<", ">"}
        Byte order, as `struct` writes it.
    extensions : list of (subtype, size, count, content)
    """

    order: str
    product: bytes
    compression: int
    weight_place: int
    cases: int
    created: bytes
    label: bytes
    variables: list[VariableRecord] = field(default_factory=list)
    labels: list[LabelRecord] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)
    extensions: list[tuple[int, int, int, bytes]] = field(default_factory=list)


class _Bytes:
    """A file that gives exactly as many bytes as asked for, or fails."""

    def __init__(self, file: BinaryIO, order: str) -> None:
        self.file, self.order = file, order
        place = file.tell()
        self.left = file.seek(0, 2) - place
        file.seek(place)

    def take(self, count: int, what: str) -> bytes:
        if count < 0 or count > LONGEST:
            raise DamagedDictionary(f"the length of {what} is impossible")
        if count > self.left:
            raise DamagedDictionary(f"it ends within {what}")
        self.left -= count
        found = self.file.read(count)
        if len(found) != count:
            raise DamagedDictionary(f"it ends within {what}")
        return found

    def number(self, what: str) -> int:
        return int(struct.unpack(self.order + "i", self.take(4, what))[0])

    def numbers(self, count: int, what: str) -> tuple[int, ...]:
        if count < 0 or count > LONGEST // 4:
            raise DamagedDictionary(f"the number of {what} is impossible")
        return struct.unpack(f"{self.order}{count}i", self.take(4 * count, what))


def read_records(file: BinaryIO) -> Records:
    """Read the dictionary of a .sav or .zsav file, in either byte order.

    Raises
    ------
    DamagedDictionary
        A length, count or kind of record is impossible, or the file ends first.
    """
    head = file.read(HEADER)
    if len(head) < HEADER:
        raise DamagedDictionary("it ends within the header")
    order = LAYOUTS.get(head[64:68])
    if order is None:
        raise DamagedDictionary("its byte order cannot be told")
    compression, weight, cases = struct.unpack(order + "3i", head[72:84])
    found = Records(order, head[4:64], compression, weight, cases, head[92:109], head[109:173])
    source = _Bytes(file, order)
    for _ in range(MOST_RECORDS):
        kind = source.number("a record")
        if kind == 999:
            source.number("the end of the dictionary")
            _require_owners(found)
            return found
        _read_one(kind, source, found)
    raise DamagedDictionary("it holds more records than any dictionary does")


def _require_owners(found: Records) -> None:
    # Readers that follow such a place end their process.
    last = len(found.variables)
    if any(not 0 < place <= last for labels in found.labels for place in labels.places):
        raise DamagedDictionary("value labels belong to a variable that is not there")


def _read_one(kind: int, source: _Bytes, found: Records) -> None:
    if kind == 2:
        found.variables.append(_variable(source))
    elif kind == 3:
        found.labels.append(_labels(source))
    elif kind == 6:
        lines = source.number("the documents")
        content = source.take(80 * lines, "the documents")
        found.documents += [content[at : at + 80] for at in range(0, len(content), 80)]
    elif kind == 7:
        subtype, size, count = source.numbers(3, "an extension record")
        if size < 0 or count < 0:
            raise DamagedDictionary("the length of an extension record is impossible")
        found.extensions.append((subtype, size, count, source.take(size * count, "an extension record")))
    else:
        raise DamagedDictionary(f"a record has the unknown kind {kind}")


def _variable(source: _Bytes) -> VariableRecord:
    width, labelled, missing, shown, _ = source.numbers(5, "a variable")
    name = source.take(8, "a variable")
    label = b""
    if labelled not in (0, 1) or not -3 <= missing <= 3 or not -1 <= width <= 255:
        raise DamagedDictionary("a variable's record is impossible")
    if labelled:
        length = source.number("a variable's label")
        if not 0 <= length <= 65_535:
            raise DamagedDictionary("the length of a variable's label is impossible")
        label = source.take(-(-length // 4) * 4, "a variable's label")[:length]
    codes = tuple(source.take(8, "user-missing codes") for _ in range(abs(missing)))
    return VariableRecord(name, width, label, codes, missing, shown)


def _labels(source: _Bytes) -> LabelRecord:
    count = source.number("value labels")
    if not 0 <= count <= source.left // 16:
        raise DamagedDictionary("the number of value labels is impossible")
    pairs = tuple(_pairs(source, count))
    if source.number("value labels") != 4:
        raise DamagedDictionary("value labels belong to no variable")
    return LabelRecord(pairs, source.numbers(source.number("value labels"), "variables with value labels"))


def _pairs(source: _Bytes, count: int) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(count):
        code = source.take(8, "value labels")
        length = source.take(1, "value labels")[0]
        yield code, source.take(-(-(length + 1) // 8) * 8 - 1, "value labels")[:length]
