"""What an SPSS system file says about itself beyond what the reader of its cells tells."""

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from remission.exchange.files.encodings import CODE_PAGES
from remission.exchange.files.spss_records import DamagedDictionary, Records, VariableRecord, read_records

__all__ = ["DamagedDictionary", "SpssDictionary", "read_spss_dictionary"]

COMPRESSIONS = {0: "none", 1: "by row", 2: "zlib"}
ROLES = ("input", "target", "both", "none", "partition", "split")
MEASURES = ("unknown", "nominal", "ordinal", "scale")
ALIGNMENTS = ("left", "right", "center")
SEGMENT = 252


@dataclass(frozen=True)
class SpssVariable:
    """A variable as a person knows it: the segments of a long text are one."""

    short: bytes
    name: bytes
    label: bytes
    record: VariableRecord
    width: int


class SpssDictionary:
    """The dictionary of one .sav or .zsav file; texts stay bytes until an encoding is chosen.

    Parameters
    ----------
    records : Records

    Attributes
    ----------
    variables : list of SpssVariable
        In the order of the file.
    declared : str
        The encoding the file names, by its text record or else by its code page; empty where it names none.
    cases : int or None
        None where the file does not say.
    """

    def __init__(self, records: Records) -> None:
        self.records = records
        self._content = {subtype: content for subtype, _, _, content in records.extensions}
        self._long_names = dict(self._couples(13))
        self.variables = self._variables()
        self.declared = self._declared()
        self.cases = self._cases()

    def _couples(self, subtype: int) -> list[tuple[bytes, bytes]]:
        lines = self._content.get(subtype, b"").split(b"\t")
        halves = (line.strip(b"\0").partition(b"=") for line in lines)
        return [(name.strip().upper(), value.strip()) for name, found, value in halves if found]

    def _variables(self) -> list[SpssVariable]:
        long_widths = {name: int(width) for name, width in self._couples(14) if width.isdigit() and len(width) <= 6}
        whole = [record for record in self.records.variables if record.width >= 0]
        found, at = [], 0
        while at < len(whole):
            record = whole[at]
            short = record.name.strip().upper()
            width = long_widths.get(short, record.width) if record.width else 0
            # Before SPSS 12 names had no case: SPSS and PSPP show them in small letters.
            name = self._long_names.get(short, record.name.strip() if self._long_names else record.name.strip().lower())
            found.append(SpssVariable(short, name, record.label, record, width))
            at += max(1, -(-width // SEGMENT)) if width > 255 else 1
        return found

    def _declared(self) -> str:
        named = self._content.get(20, b"").strip(b"\0 ").decode("ascii", "replace")
        if named:
            return named
        integers = self._content.get(3, b"")
        if len(integers) < 32:
            return ""
        page = struct.unpack(self.records.order + "8i", integers[:32])[7]
        return CODE_PAGES.get(page, f"cp{page}" if 200 <= page < 65_536 else "").replace("cp125", "windows-125")

    def _cases(self) -> int | None:
        counts = self._content.get(16, b"")
        if self.records.cases >= 0 or len(counts) < 16:
            return self.records.cases if self.records.cases >= 0 else None
        many = int(struct.unpack(self.records.order + "2q", counts[:16])[1])
        return many if many >= 0 else None

    @property
    def producer(self) -> str:
        """The program that wrote the file."""
        return _plain(self.records.product.removeprefix(b"@(#) SPSS DATA FILE").removeprefix(b"@(#)")).lstrip("- ")

    @property
    def created(self) -> str:
        """When it was written, as ``2024-01-31 10:11:12``; as it stands where it is no date."""
        written = _plain(self.records.created)
        try:
            return datetime.strptime(written, "%d %b %y%H:%M:%S").isoformat(" ")
        except ValueError:
            return written

    @property
    def compression(self) -> str:
        """``none``, ``by row`` or ``zlib``."""
        return COMPRESSIONS.get(self.records.compression, "unknown")

    @property
    def weight(self) -> bytes:
        """Name of the weight variable; empty for none."""
        place = self.records.weight_place
        if not 0 < place <= len(self.records.variables):
            return b""
        short = self.records.variables[place - 1].name.strip().upper()
        return next((variable.name for variable in self.variables if variable.short == short), b"")

    def roles(self, attributes: dict[bytes, dict[bytes, tuple[bytes, ...]]]) -> dict[bytes, str]:
        """Pick the roles out of the variables' attributes: name to role."""
        said = {name: found[b"$@Role"][0] for name, found in attributes.items() if found.get(b"$@Role")}
        return {name: ROLES[int(role)] for name, role in said.items() if role in (b"0", b"1", b"2", b"3", b"4", b"5")}

    def display(self) -> list[tuple[str, int, str]]:
        """Return measure, columns on the screen and alignment of each variable; empty where not told."""
        found = [(size, count) for subtype, size, count, _ in self.records.extensions if subtype == 11]
        whole = [record for record in self.records.variables if record.width >= 0]
        if not found or found[-1][0] != 4 or found[-1][1] not in (3 * len(whole), 2 * len(whole)) or not whole:
            return []
        each = found[-1][1] // len(whole)
        numbers = struct.unpack(f"{self.records.order}{found[-1][1]}i", self._content[11])
        told = [numbers[at : at + each] for at in range(0, len(numbers), each)]
        lines = {id(record): line for record, line in zip(whole, told, strict=True)}
        return [_shown(lines[id(variable.record)]) for variable in self.variables]

    def content(self, subtype: int) -> bytes:
        """Return what an extension record holds, empty where there is none."""
        return self._content.get(subtype, b"")


def read_spss_dictionary(path: Path) -> SpssDictionary:
    """Read the dictionary of a .sav or .zsav file, and no cell of it.

    Raises
    ------
    DamagedDictionary
        The bytes are no dictionary.
    """
    with path.open("rb") as file:
        return parse(file)


def parse(file: BinaryIO) -> SpssDictionary:
    """Read the dictionary from an open file, as `read_spss_dictionary`."""
    return SpssDictionary(read_records(file))


def _plain(content: bytes) -> str:
    return " ".join(content.replace(b"\0", b" ").decode("latin-1").split())


def _shown(line: tuple[int, ...]) -> tuple[str, int, str]:
    measure, columns, alignment = line if len(line) == 3 else (line[0], 0, line[1])
    return (
        MEASURES[measure] if 0 <= measure < len(MEASURES) else "unknown",
        columns if 0 <= columns < 10_000 else 0,
        ALIGNMENTS[alignment] if 0 <= alignment < len(ALIGNMENTS) else "",
    )
