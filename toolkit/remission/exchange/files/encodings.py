"""Which encoding a file's texts are in: the declared one, or the first that fits."""

import codecs
from collections.abc import Iterable

LADDER = ("UTF-8", "windows-1252")
# Code pages by number that have no "cp" name in Python; 1 to 4 are SPSS's own and 2 and 3 declare nothing of use.
CODE_PAGES = {
    1: "EBCDIC-US",
    2: "",
    3: "",
    4: "",
    20127: "US-ASCII",
    28591: "ISO-8859-1",
    28592: "ISO-8859-2",
    28593: "ISO-8859-3",
    28594: "ISO-8859-4",
    28595: "ISO-8859-5",
    28596: "ISO-8859-6",
    28597: "ISO-8859-7",
    28598: "ISO-8859-8",
    28599: "ISO-8859-9",
    28605: "ISO-8859-15",
    51932: "EUC-JP",
    51936: "GB2312",
    51949: "EUC-KR",
    54936: "GB18030",
    65001: "UTF-8",
}
ALIASES = {"ebcdic-us": "cp037", "windows-936": "gbk", "windows-949": "cp949", "windows-932": "cp932"}


def codec_of(name: str) -> str:
    """Return Python's name for an encoding, empty where Python does not know it.

    Only encodings of text count: names such as ``hex`` or ``idna`` are unknown.
    """
    low = name.strip().lower()
    low = ALIASES.get(low, low).replace("windows-", "cp") if low.startswith("windows-") else ALIASES.get(low, low)
    for tried in (low, low.replace("-", "_").replace(":", "_")):
        try:
            found = codecs.lookup(tried)
        except (LookupError, ValueError):
            continue
        if found._is_text_encoding and found.name not in ("idna", "punycode", "unicode_escape", "raw_unicode_escape"):
            return found.name
    return ""


def first_unfit(places: Iterable[tuple[str, bytes]], encoding: str) -> str | None:
    """Return the place of the first text that is not in the encoding, or None.

    Parameters
    ----------
    places : iterable of (str, bytes)
        What a person would call the place, and the text there.
    encoding : str
        As `codec_of` gives it.
    """
    for place, content in places:
        try:
            content.decode(encoding)
        except (UnicodeError, ValueError):
            return place
    return None
