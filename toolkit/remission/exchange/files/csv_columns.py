"""What the columns of a text file hold, over the whole file: numbers, dates, moments or texts."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

WORDS_FOR_NOTHING = ("NA", "na", "N/A", "#N/A", "NULL", "null", ".", "NaN", "nan", "None")
# An exponent needs its sign: 12E3 is more often a code. A plus in front is a telephone number's.
NUMBER = r"^-?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]\d{1,3})?$"
WITH_COMMA = r"^-?(\d{1,15}(,\d*)?|,\d+)$"
# Three digits behind the only mark may be thousands.
MAYBE_THOUSANDS = r"^-?[1-9]\d{0,2}[.,]\d{3}$"
CUT_BY_SPREADSHEET = r"^\d\.\d{2,6}E\+\d{2}$"
LEADING_ZERO = r"^-?0\d"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
ISO_MOMENT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$"
PARTED = r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"
GUARDED = r"^(=\".*\"|'[=+\-@0-9].*)$"
DAY_0 = date(1970, 1, 1).toordinal()


@dataclass
class Column:
    """What is known of a column after some batches.

    Attributes
    ----------
    name : str
    could_be : set of str
        ``number``, ``comma`` (decimal commas), ``date``, ``datetime``, ``day_first``, ``month_first``.
    """

    name: str
    could_be: set[str] = field(
        default_factory=lambda: {"number", "comma", "date", "datetime", "day_first", "month_first"}
    )
    seen: int = 0
    numbers: int = 0
    figures: int = 0
    marks: set[str] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    cut: bool = False
    offsets: bool = False
    without_offset: bool = False
    protected: bool = False
    distinct: set[str] | None = None
    words: Counter[str] = field(default_factory=Counter)
    width: int = 0

    def look(self, cells: pa.Array) -> None:
        """Take a batch of texts into account."""
        guarded = pc.match_substring_regex(pc.utf8_trim_whitespace(cells), GUARDED)
        if pc.any(guarded).as_py():
            self.protected = True
            self.could_be.clear()
        cells = unguarded(cells)
        self.width = max(self.width, pc.max(pc.binary_length(cells)).as_py() or 0)
        told = cells.filter(pc.not_equal(cells, ""))
        if self.distinct is not None:
            self.distinct |= set(pc.unique(told).to_pylist()[:20])
        if not len(told):
            return
        self.seen += len(told)
        self.numbers += pc.sum(pc.match_substring_regex(told, NUMBER)).as_py() or 0
        figures = pc.or_(pc.match_substring_regex(told, NUMBER), pc.match_substring_regex(told, WITH_COMMA))
        self.figures += pc.sum(figures).as_py() or 0
        if not self.could_be:
            return
        is_word = pc.is_in(told, value_set=pa.array(WORDS_FOR_NOTHING))
        words = told.filter(is_word)
        self.words.update(words.to_pylist())
        rest = pc.unique(told.filter(pc.invert(is_word)))
        if len(rest):
            self._narrow(rest)

    def _narrow(self, told: pa.Array) -> None:
        def all_match(pattern: str) -> bool:
            return bool(pc.all(pc.match_substring_regex(told, pattern)).as_py())

        zeros = bool(pc.any(pc.match_substring_regex(told, LEADING_ZERO)).as_py())
        if zeros or not all_match(NUMBER) or not _all_finite(told):
            self.could_be.discard("number")
        if zeros or not all_match(WITH_COMMA):
            self.could_be.discard("comma")
        for mark in ".,":
            marked = told.filter(pc.match_substring(told, mark))
            if len(marked):
                self.marks.add(mark)
                if not pc.all(pc.match_substring_regex(marked, MAYBE_THOUSANDS)).as_py():
                    self.proven.add(mark)
        self.cut |= bool(pc.any(pc.match_substring_regex(told, CUT_BY_SPREADSHEET)).as_py())
        texts = told.to_pylist() if self.could_be & {"date", "datetime", "day_first", "month_first"} else []
        if "date" in self.could_be and not (all_match(ISO_DATE) and all(map(_is_date, texts))):
            self.could_be.discard("date")
        if "datetime" in self.could_be:
            fits = all_match(ISO_MOMENT) and all(_moment(text) is not None for text in texts)
            self.offsets |= fits and any(_has_offset(text) for text in texts)
            self.without_offset |= fits and not all(_has_offset(text) for text in texts)
            if not fits or (self.offsets and self.without_offset):
                self.could_be.discard("datetime")
        self._narrow_parted(texts, all_match(PARTED))

    def _narrow_parted(self, texts: list[str], fits: bool) -> None:
        for kind in ("day_first", "month_first"):
            if kind in self.could_be and not (fits and all(_parted(text, kind) is not None for text in texts)):
                self.could_be.discard(kind)

    @property
    def kind(self) -> str:
        """Return ``number``, ``comma``, ``date``, ``datetime``, ``day_first``, ``month_first`` or ``text``."""
        if self.seen == sum(self.words.values()):
            return "text"
        if {"day_first", "month_first"} <= self.could_be:
            return "text"
        for kind in ("number", "comma", "date", "datetime", "day_first", "month_first"):
            if kind in self.could_be:
                return kind
        return "text"

    @property
    def ambiguous(self) -> bool:
        """Tell whether its dates could be read with the day or with the month first."""
        return self.seen > sum(self.words.values()) and {"day_first", "month_first"} <= self.could_be

    @property
    def numbers_only(self) -> bool:
        """Tell whether all its cells look like numbers, with a point or a comma in some."""
        return self.figures == self.seen - sum(self.words.values())

    @property
    def is_nearly_numeric(self) -> bool:
        """Tell whether it is text only because of a few cells."""
        told = self.seen - sum(self.words.values())
        odd = told - self.numbers
        return self.kind == "text" and not self.protected and 0 < odd <= told / 10

    def cells(self, texts: pa.Array) -> pa.Array:
        """Turn a batch of texts into what the column holds."""
        kind = self.kind
        if kind == "text":
            return texts
        gone = pc.or_(pc.equal(texts, ""), pc.is_in(texts, value_set=pa.array(WORDS_FOR_NOTHING)))
        told = pc.if_else(gone, pa.scalar(None, pa.string()), texts)
        if kind in ("number", "comma"):
            plain = pc.replace_substring(told, pattern=",", replacement=".") if kind == "comma" else told
            return pc.cast(plain, pa.float64())
        coded = told.dictionary_encode()
        values = [_seconds_or_days(text, kind) for text in coded.dictionary.to_pylist()]
        return pc.take(pa.array(values, pa.float64()), coded.indices)


def unguarded(cells: pa.Array) -> pa.Array:
    """Take off outer blanks, and what protects a text in a spreadsheet: ``="007"`` and a leading apostrophe."""
    cells = pc.utf8_trim_whitespace(cells)
    guarded = pc.match_substring_regex(cells, GUARDED)
    if not pc.any(guarded).as_py():
        return cells
    bare = pc.replace_substring_regex(cells, pattern=r"^=\"(.*)\"$", replacement=r"\1")
    bare = pc.replace_substring_regex(bare, pattern="^'", replacement="")
    return pc.if_else(guarded, bare, cells)


def _all_finite(told: pa.Array) -> bool:
    try:
        numbers = pc.cast(told, pa.float64())
    except pa.ArrowInvalid:
        return False
    return bool(pc.all(pc.is_finite(numbers)).as_py())


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> float | None:
    if re.search(r"[+-]\d{4}$", text):
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    # The clock on the wall where it was written: turned to UTC, an evening would be the next day.
    return found.replace(tzinfo=UTC).timestamp()


def _has_offset(text: str) -> bool:
    return text.endswith("Z") or bool(re.search(r":\d{2}.*[+-]\d{2}:?\d{2}$", text))


def _parted(text: str, kind: str) -> int | None:
    parts = [int(part) for part in re.split(r"[./-]", text)] if re.match(PARTED, text) else []
    if len(parts) != 3:
        return None
    day, month = (parts[0], parts[1]) if kind == "day_first" else (parts[1], parts[0])
    try:
        return date(parts[2], month, day).toordinal() - DAY_0
    except ValueError:
        return None


def _seconds_or_days(text: str, kind: str) -> float | None:
    if kind == "datetime":
        return _moment(text)
    if kind == "date":
        return float(date.fromisoformat(text).toordinal() - DAY_0)
    found: Any = _parted(text, kind)
    return None if found is None else float(found)
