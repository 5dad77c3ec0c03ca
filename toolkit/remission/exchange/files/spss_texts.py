"""Texts in an SPSS dictionary that have a form of their own: attributes, multiple-response sets, long labels."""

import re
import struct
from collections.abc import Iterator

from remission.exchange.files.spss_dictionary import SpssDictionary

Attributes = dict[bytes, tuple[bytes, ...]]
# By number: SPSS's own and PSPP's.
FORMATS = {40: "MTIME", 41: "YMDHMS", 85: "MTIME", 86: "YMDHMS"}
SET = re.compile(rb"\s*(\$?[^=\s]+)=", re.ASCII)


def file_attributes(dictionary: SpssDictionary) -> tuple[Attributes, bool]:
    """Return the file's custom attributes, and whether all of them could be read."""
    found, end = _attributes(dictionary.content(17), 0)
    return found, not dictionary.content(17)[end:].strip(b"\0 \n/")


def variable_attributes(dictionary: SpssDictionary) -> tuple[dict[bytes, Attributes], bool]:
    """Return the variables' custom attributes, roles among them, and whether all could be read."""
    content, at = dictionary.content(18), 0
    found: dict[bytes, Attributes] = {}
    while at < len(content):
        colon = content.find(b":", at)
        if colon < 0:
            break
        name = content[at:colon].strip(b"/ \n\0")
        found[name], at = _attributes(content, colon + 1)
        if content[at : at + 1] != b"/":
            break
        at += 1
    return found, not content[at:].strip(b"\0 \n/")


def _attributes(content: bytes, at: int) -> tuple[Attributes, int]:
    found: Attributes = {}
    while at < len(content) and content[at : at + 1] != b"/":
        opened = content.find(b"(", at)
        name = content[at:opened].strip() if opened >= 0 else b""
        if not name:
            break
        values, at = _values(content, opened + 1)
        if at < 0:
            return found, opened
        found[name] = values
    return found, at


def _values(content: bytes, at: int) -> tuple[tuple[bytes, ...], int]:
    values = []
    while content[at : at + 1] != b")":
        end = content.find(b"\n", at)
        if end < 0:
            return (), -1
        values.append(content[at:end].removeprefix(b"'").removesuffix(b"'"))
        at = end + 1
    return tuple(values), at + 1


def response_sets(
    dictionary: SpssDictionary,
) -> tuple[list[tuple[bytes, bytes, bytes, bytes, tuple[bytes, ...]]], bool]:
    """Return the multiple-response sets, and whether all could be read.

    Each is a name, a type (``C``, ``D`` or ``E``), the counted value, a label, and short or long names of variables
    in capitals. Both records that hold sets (7 and 19) are read; a set in both is taken from the later.
    """
    found, whole = {}, True
    for subtype in (7, 19):
        content, at = dictionary.content(subtype).rstrip(b"\0"), 0
        while content[at:].strip():
            try:
                one, at = _response_set(content, at)
            except ValueError:
                whole = False
                line = content.find(b"\n", at)
                if line < 0:
                    break
                at = line + 1
                continue
            found[one[0]] = one
    return list(found.values()), whole


def _response_set(content: bytes, at: int) -> tuple[tuple[bytes, bytes, bytes, bytes, tuple[bytes, ...]], int]:
    matched = SET.match(content, at)
    if not matched:
        raise ValueError("no name")
    name, at = matched.group(1), matched.end()
    kind, at = content[at : at + 1], at + 1
    counted = b""
    if kind == b"E":
        at = content.index(b" ", at + 1) if content[at : at + 1] == b" " else at
        counted, at = _counted(content, at + 1)
    elif kind == b"D":
        counted, at = _counted(content, at)
    elif kind != b"C":
        raise ValueError("no kind")
    label, at = _counted(content, at + 1)
    end = content.find(b"\n", at)
    end = len(content) if end < 0 else end
    return (name, kind, counted, label, tuple(word.upper() for word in content[at:end].split())), end + 1


def _counted(content: bytes, at: int) -> tuple[bytes, int]:
    """Read ``5 hello`` at a place: a length, one blank, so many bytes."""
    blank = content.index(b" ", at)
    digits = content[at:blank]
    if not digits.isdigit() or len(digits) > 6 or blank + 1 + int(digits) > len(content):
        raise ValueError("no length")
    return content[blank + 1 : blank + 1 + int(digits)], blank + 1 + int(digits)


def long_label_keys(dictionary: SpssDictionary) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield variable, code and label of value labels on texts wider than 8 bytes; stops where the bytes end."""
    content, order, at = dictionary.content(21), dictionary.records.order, 0
    try:
        while at < len(content):
            name, at = _sized(content, order, at)
            _, count = struct.unpack_from(order + "2i", content, at)
            at += 8
            for _ in range(count):
                code, at = _sized(content, order, at)
                label, at = _sized(content, order, at)
                yield name, code, label
    except (struct.error, ValueError):
        return


def long_missing_codes(dictionary: SpssDictionary) -> Iterator[tuple[bytes, bytes]]:
    """Yield variable and user-missing code, for texts wider than 8 bytes; stops where the bytes end."""
    content, order, at = dictionary.content(22), dictionary.records.order, 0
    try:
        while at < len(content):
            name, at = _sized(content, order, at)
            count, at = content[at], at + 1
            size, at = struct.unpack_from(order + "i", content, at)[0], at + 4
            if not 0 < size <= 8:
                return
            for _ in range(count):
                yield name, content[at : at + size]
                at += size
    except (struct.error, IndexError, ValueError):
        return


def newer_formats(dictionary: SpssDictionary) -> dict[bytes, str]:
    """Return variables whose format is newer than the variable's record can say: name to format's name."""
    content, order, at = dictionary.content(25), dictionary.records.order, 0
    found = {v.name: FORMATS.get(v.record.print_format >> 16 & 0xFF, "") for v in dictionary.variables}
    try:
        while at < len(content):
            name, at = _sized(content, order, at)
            number = struct.unpack_from(order + "2i", content, at)[0] >> 16 & 0xFF
            found[name], at = FORMATS.get(number, ""), at + 8
    except (struct.error, ValueError):
        pass
    return {name: form for name, form in found.items() if form}


def _sized(content: bytes, order: str, at: int) -> tuple[bytes, int]:
    size = struct.unpack_from(order + "i", content, at)[0]
    if not 0 <= size <= len(content) - at - 4:
        raise ValueError("no length")
    return content[at + 4 : at + 4 + size], at + 4 + size
