"""What a file is, from its first bytes: each kind that cannot be read gets its own sentence."""

import re
from pathlib import Path

from remission.errors import UnreadableFile

HEAD = 4096
SAS = bytes.fromhex("c2ea8160b31411cfbd92080009c7318c181f1011")
SAS_CATALOGUE = SAS[:3] + b"\x63" + SAS[4:]
DTA_VERSIONS = (*range(104, 106), 108, *range(110, 116))
PORTABLE = b"ASCII SPSS PORT FILE"
PORTABLE_EBCDIC = PORTABLE.decode().encode("cp037")
SUFFIXES = {
    "sav": (".sav",),
    "zsav": (".zsav",),
    "por": (".por",),
    "dta": (".dta",),
    "sas7bdat": (".sas7bdat",),
    "xpt": (".xpt", ".xport", ".stx", ".v5", ".v8"),
    "csv": (".csv", ".tsv", ".txt", ".tab", ".dat"),
}
NAMES = {
    "sav": "an SPSS file (.sav)",
    "zsav": "a compressed SPSS file (.zsav)",
    "por": "an SPSS portable file (.por)",
    "dta": "a Stata file (.dta)",
    "sas7bdat": "a SAS file (.sas7bdat)",
    "xpt": "a SAS transport file (.xpt)",
    "csv": "a text file (.csv)",
}
SAVE = "Open it in SPSS or PSPP and save it as .sav."


def kind_of(path: Path) -> str:
    """Tell the kind of a data file from its content, whatever its name.

    Returns
    -------
    str
        ``sav``, ``zsav``, ``por``, ``dta``, ``sas7bdat``, ``xpt`` or ``csv``.

    Raises
    ------
    UnreadableFile
        The file is absent, a folder, empty, encrypted, or of a kind that holds no rows to read.
    """
    head = _head(path)
    for kind, recognised in _readable(head):
        if recognised:
            return kind
    for recognised, cause, cure in _refused(head):
        if recognised:
            raise UnreadableFile(f"{path.name} {cause}.", cure)
    if _is_text(head):
        return "csv"
    raise UnreadableFile(
        f"{path.name} is not a data file this program knows.",
        "Give an SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt) or CSV file.",
    )


def suffix_remark(path: Path, kind: str) -> str:
    """Return a sentence where the name's ending and the content disagree, else nothing."""
    if path.suffix.lower() in SUFFIXES[kind]:
        return ""
    ending = f"ends in {path.suffix}" if path.suffix else "has no ending"
    return f"{path.name} {ending} but is {NAMES[kind]}, and was read as that."


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise UnreadableFile(f"{path.name or path} is a folder.", "Give the file within it.")
    if not path.exists():
        raise UnreadableFile(f"There is no file {path}.", "Check its name and folder.")
    if not path.is_file():
        raise UnreadableFile(f"{path.name} is not an ordinary file.", "Copy it into a folder and give the copy.")
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be opened ({error.strerror}).", "Check its permissions.") from error


def _readable(head: bytes) -> list[tuple[str, bool]]:
    encrypted = head[8:20] == b"ENCRYPTEDSAV"
    return [
        ("sav", head[:4] == b"$FL2" and not encrypted),
        ("zsav", head[:4] == b"$FL3" and not encrypted),
        ("por", PORTABLE in head[:512] or PORTABLE_EBCDIC in head[:512]),
        ("dta", head[:11] == b"<stata_dta>" or _old_stata(head)),
        ("sas7bdat", head[12 : 12 + len(SAS)] == SAS),
        ("xpt", bool(re.match(rb"HEADER RECORD\*{7}LIB(RARY|V8) +HEADER RECORD!{7}", head))),
    ]


def _old_stata(head: bytes) -> bool:
    # Version, byte order, kind 1, a byte that is 0.
    return len(head) > 60 and head[0] in DTA_VERSIONS and head[1] in (1, 2) and head[2] == 1


def _refused(head: bytes) -> list[tuple[bool, str, str]]:
    return [
        (not head, "is empty", "Copy the file again from where it came."),
        (
            head[8:17] == b"ENCRYPTED",
            "is protected with a password",
            "Save it without one in SPSS, or run: pspp-convert -p PASSWORD in.sav out.sav.",
        ),
        (head[:4] in (b"\x02\0\0\0", b"\0\0\0\x02"), "is an SPSS/PC+ file from the 1980s", SAVE),
        (
            head[12 : 12 + len(SAS)] == SAS_CATALOGUE,
            "is a SAS catalogue: it holds labels and no rows",
            "Give the .sas7bdat file; a catalogue of the same name beside it is read along.",
        ),
        (
            head[:4] in (b"PK\x03\x04", b"PK\x05\x06"),
            "is a spreadsheet or another kind of zip file",
            "Open it and save the sheet as CSV (UTF-8).",
        ),
        (
            head[:8] == bytes.fromhex("d0cf11e0a1b11ae1"),
            "is an old office file (.xls or .doc)",
            "Open it and save the sheet as CSV (UTF-8).",
        ),
        (head[:4] == b"%PDF", "is a PDF", "A PDF is not a data file: ask for the file it was made from."),
        (head[:2] == b"\x1f\x8b", "is compressed with gzip", "Unpack it first."),
        (
            head[:2] in (b"X\n", b"A\n", b"B\n") or head[:5] in (b"RDX2\n", b"RDX3\n"),
            "is an R file",
            "Save it as .sav or CSV in R.",
        ),
        (
            head.lstrip()[:14].lower() == b"<!doctype html" or head.lstrip()[:5].lower() == b"<html",
            "is a web page",
            "Download the file itself; perhaps this is the page of a login.",
        ),
    ]


def _is_text(head: bytes) -> bool:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head)
    return not controls
