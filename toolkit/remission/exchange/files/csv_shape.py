"""A text file's encoding, delimiter and header, told from its bytes; runs in the reading process only."""

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from remission.errors import UnreadableFile
from remission.exchange.files.encodings import codec_of

DELIMITERS = (",", ";", "\t", "|")
NAMED = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_ROWS = 200
SAMPLE_TEXT = 1 << 18
CHUNK = 1 << 20
LONGEST_LINE = 8 << 20
LONGEST_CELL = 32_767
SAVE = "Save it as CSV in UTF-8 and try again."


@dataclass(frozen=True)
class Shape:
    """How a text file is to be read.

    Attributes
    ----------
    encoding : str
        As Python names it.
    note : str
        Why that one.
    delimiter : str
    skipped : int
        Lines before the header: Excel's ``sep=``, and empty ones.
    header : tuple of str
        As it stands.
    """

    encoding: str
    note: str
    delimiter: str
    skipped: int
    header: tuple[str, ...]


def shape_of(path: Path, encoding: str | None) -> Shape:
    """Tell the shape of a text file.

    Raises
    ------
    UnreadableFile
        It holds bytes that are no text, is a page or a JSON file, or has a line that never ends.
    """
    chosen, note = _encoding(path, encoding)
    text = _sample(path, chosen)
    start = text.lstrip()
    if start[:1] in ("<", "{") or re.match(r"\[\s*[\[{]", start):
        what = "a web page or XML" if start[:1] == "<" else "JSON"
        raise UnreadableFile(f"{path.name} holds {what} and no table.", "Download or export it as CSV.")
    skipped, declared = 0, ""
    lines = text.splitlines()
    if lines and (found := re.fullmatch(r"(?i)\s*\"?sep=(.)\"?\s*", lines[0])):
        skipped, declared = 1, found.group(1)
        text = text.split("\n", 1)[1] if "\n" in text else ""
    blank = re.match(r"([ \t]*(\r\n|\n|\r))*", text)
    empty = blank.group(0) if blank else ""
    skipped += len(empty.splitlines())
    text = text[len(empty) :]
    delimiter = declared or _delimiter(text)
    header = next(iter(_records(text, delimiter)), [])
    if not any(name.strip() for name in header):
        raise UnreadableFile(f"{path.name} has no header row.", "The first row must hold the names of the variables.")
    return Shape(chosen, note, delimiter, skipped, tuple(header))


def _encoding(path: Path, asked: str | None) -> tuple[str, str]:
    if asked:
        codec = codec_of(asked)
        if not codec:
            raise UnreadableFile(f"There is no encoding '{asked}'.", "Try utf-8 or windows-1252.")
        if not _fits(path, codec):
            raise UnreadableFile(f"{path.name} holds text that is not in {asked}.", "Try another encoding.")
        return codec, "as asked for"
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", "told by its first bytes"
    if head[:3] == codecs.BOM_UTF8:
        return "utf-8-sig", ""
    if _fits(path, "utf-8"):
        return "utf-8", ""
    if _fits(path, "cp1252"):
        return "cp1252", "it is not UTF-8; windows-1252 fits"
    raise UnreadableFile(f"{path.name} holds text that is neither UTF-8 nor windows-1252.", SAVE)


def _fits(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    unbroken = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                text = decoder.decode(chunk)
            except (UnicodeError, ValueError):
                return False
            if "\0" in text:
                raise UnreadableFile(f"{path.name} holds bytes that are no text.", "Give a CSV file of plain text.")
            first, last = text.find("\n"), text.rfind("\n")
            longest = unbroken + (len(text) if first < 0 else first)
            unbroken = longest if first < 0 else len(text) - last
            if longest > LONGEST_LINE:
                raise UnreadableFile(f"{path.name} holds a line of more than {LONGEST_LINE:,} letters.", SAVE)
    try:
        decoder.decode(b"", final=True)
    except (UnicodeError, ValueError):
        return False
    return True


def _sample(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(SAMPLE_TEXT)


def _records(text: str, delimiter: str) -> list[list[str]]:
    try:
        reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
        return [row for _, row in zip(range(SAMPLE_ROWS), (row for row in reader if row), strict=False)]
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    """Choose the delimiter by which most rows have as many cells as the header, and the most cells."""
    best, score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        rows = _records(text, delimiter)
        # The last record of the sample may be cut.
        widths = Counter(len(row) for row in (rows[:-1] if len(rows) > 2 else rows))
        if not rows or len(rows[0]) < 2:
            continue
        agreeing = widths[len(rows[0])] / max(sum(widths.values()), 1)
        if (round(agreeing, 2), len(rows[0])) > score:
            best, score = delimiter, (round(agreeing, 2), len(rows[0]))
    return best


def check_rows(path: Path, shape: Shape) -> tuple[int, int]:
    """Go through all rows by the strict rules of quoting.

    Returns
    -------
    tuple of int
        Rows up to the last that holds anything, and how many cells hold a line break.

    Raises
    ------
    UnreadableFile
        A row has more or fewer cells than the header, or a quotation mark stands where none may; names the line.
    """
    csv.field_size_limit(LONGEST_CELL)
    count, last, breaks, line = 0, 0, 0, 0
    width = len(shape.header)
    with path.open(encoding=shape.encoding, newline="") as file:
        for _ in range(shape.skipped):
            file.readline()
        reader = csv.reader(file, delimiter=shape.delimiter, strict=True)
        try:
            for row in reader:
                if not row:
                    continue
                if len(row) != width:
                    raise _ragged(path, shape, line + 1 + shape.skipped, len(row))
                line = reader.line_num
                count += 1
                if any(row):
                    last = count
                breaks += sum("\n" in cell or "\r" in cell for cell in row)
        except csv.Error as error:
            raise _broken(path, reader.line_num + shape.skipped, str(error)) from error
    return max(last - 1, 0), breaks


def _ragged(path: Path, shape: Shape, line: int, cells: int) -> UnreadableFile:
    named = NAMED.get(shape.delimiter, "delimiter")
    return UnreadableFile(
        f"{path.name}, line {line}: {cells} cells, not {len(shape.header)} as the header.",
        f"Cells that hold a {named} or a line break must stand in quotation marks.",
    )


def _broken(path: Path, line: int, said: str) -> UnreadableFile:
    if "limit" in said:
        return UnreadableFile(
            f"{path.name}, line {line}: a cell is longer than {LONGEST_CELL:,} letters.",
            "Shorten it; a quotation mark that is never closed is a common cause.",
        )
    return UnreadableFile(
        f"{path.name}, line {line}: a quotation mark stands where none may, or is never closed.",
        "A quotation mark within a cell is written twice, and the cell stands in quotation marks.",
    )
