"""What pyreadstat cannot write into a .sav: attributes, roles, multiple-response sets, the weight.

The records are inserted before the end of the dictionary (record 999); cells are not touched. Little-endian .sav
only: a .zsav holds the places of its blocks as numbers, which would have to move.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from remission.exchange.files import ResponseSet

HEADER_BYTES = 176
WEIGHT_AT = 76
END = 999
ROLES = {"input": "0", "target": "1", "both": "2", "none": "3", "partition": "4", "split": "5"}
Attributes = Mapping[str, Sequence[str]]


class NotPatchable(ValueError):
    """The bytes are no little-endian .sav as the patcher knows it."""


def patch(
    path: Path,
    file_attributes: Attributes,
    variable_attributes: Mapping[str, Attributes],
    roles: Mapping[str, str],
    sets: Sequence[ResponseSet] = (),
    weight: str = "",
) -> None:
    """Add attributes, roles, sets and a weight to a .sav in its place.

    Parameters
    ----------
    path : pathlib.Path
    file_attributes : mapping
        Name to values.
    variable_attributes : mapping
        Variable to its attributes.
    roles : mapping
        Variable to ``input``, ``target``, ``both``, ``none``, ``partition`` or ``split``.
    sets : sequence of ResponseSet
    weight : str
        A numeric variable; empty for none.

    Raises
    ------
    NotPatchable
        It is no little-endian .sav, or there is no such weight variable.
    """
    content = path.read_bytes()
    end, slots, short_names = _walk(content)
    records = b""
    if sets:
        records += _record(7, "".join(_set_line(each, short_names) for each in sets).encode())
    if file_attributes:
        records += _record(17, _attributes(file_attributes).encode())
    lines = [
        f"{name}:{_attributes({**found, **_role(roles.get(name, ''))})}"
        for name in dict.fromkeys([*variable_attributes, *roles])
        if (found := variable_attributes.get(name, {})) or roles.get(name)
    ]
    if lines:
        records += _record(18, "/".join(lines).encode())
    head = bytearray(content[:end])
    if weight:
        if weight not in slots:
            raise NotPatchable(f"there is no variable {weight} to weight by")
        struct.pack_into("<i", head, WEIGHT_AT, slots[weight])
    path.write_bytes(bytes(head) + records + content[end:])


def _role(role: str) -> dict[str, Sequence[str]]:
    return {"$@Role": (ROLES[role],)} if role else {}


def _attributes(found: Attributes) -> str:
    return "".join(f"{name}({''.join(_quoted(value) for value in values)})" for name, values in found.items())


def _quoted(value: str) -> str:
    # A line end closes a value; nothing else does.
    return f"'{' '.join(value.split())}'\n"


def _set_line(each: ResponseSet, short_names: Mapping[str, str]) -> str:
    counted = f"D{len(each.counted.encode())} {each.counted}" if each.kind == "dichotomies" else "C"
    names = " ".join(short_names[name].lower() for name in each.variables)
    return f"${each.name.lstrip('$')}={counted} {len(each.label.encode())} {each.label} {names}\n"


def _record(subtype: int, data: bytes) -> bytes:
    return struct.pack("<4i", 7, subtype, 1, len(data)) + data


def _walk(content: bytes) -> tuple[int, dict[str, int], dict[str, str]]:
    """Find record 999, each variable's place among the 8-byte slots, and each variable's short name."""
    if content[:4] != b"$FL2" or struct.unpack_from("<i", content, 64)[0] not in (2, 3):
        raise NotPatchable("it is no little-endian .sav")
    at, slot = HEADER_BYTES, 0
    short: dict[str, int] = {}
    long_names = b""
    try:
        while (kind := _int(content, at)) != END:
            if kind == 2:
                slot += 1
                name, at, is_piece = _variable(content, at)
                if not is_piece:
                    short[name] = slot
            elif kind == 7:
                subtype, size, count = struct.unpack_from("<3i", content, at + 4)
                if subtype == 13:
                    long_names = content[at + 16 : at + 16 + size * count]
                at += 16 + size * count
            else:
                at = _past(content, at, kind)
    except struct.error as error:
        raise NotPatchable("its dictionary has no end") from error
    pairs = [entry.split("=", 1) for entry in long_names.decode().split("\t") if "=" in entry]
    full = {name: long_name.rstrip("\0") for name, long_name in pairs}
    slots = {full.get(name, name): place for name, place in short.items()}
    return at, slots, {full.get(name, name): name for name in short}


def _int(content: bytes, at: int) -> int:
    return int(struct.unpack_from("<i", content, at)[0])


def _variable(content: bytes, at: int) -> tuple[str, int, bool]:
    width, labelled, missing = struct.unpack_from("<3i", content, at + 4)
    name = content[at + 24 : at + 32].decode("latin-1").rstrip()
    at += 32
    if labelled:
        at += 4 + (_int(content, at) + 3) // 4 * 4
    return name, at + 8 * abs(missing), width == -1


def _past(content: bytes, at: int, kind: int) -> int:
    if kind == 3:
        count, at = _int(content, at + 4), at + 8
        for _ in range(count):
            length = content[at + 8] if at + 8 < len(content) else 0
            at += 8 + (length + 8) // 8 * 8
        return at
    if kind == 4:
        return at + 8 + 4 * _int(content, at + 4)
    if kind == 6:
        return at + 8 + 80 * _int(content, at + 4)
    raise NotPatchable(f"its dictionary holds a record {kind}")


def wrapped(text: str, width: int = 80) -> Iterable[str]:
    """Wrap a text to lines of at most so many bytes of UTF-8."""
    line = ""
    for word in text.split():
        while len(word.encode()) > width:
            head = word.encode()[:width].decode(errors="ignore")
            if line:
                yield line
                line = ""
            yield head
            word = word[len(head) :]
        joined = f"{line} {word}" if line else word
        if len(joined.encode()) > width:
            yield line
            line = word
        else:
            line = joined
    if line:
        yield line
