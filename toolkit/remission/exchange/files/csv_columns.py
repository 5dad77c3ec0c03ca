"""What the columns of a text file hold, over the whole file: numbers, dates, moments or texts."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

WORDS_FOR_NOTHING = ("NA", "N/A", "#N/A", "NULL", "null", ".", "NaN", "nan", "None")
NUMBER = r"^[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
WITH_COMMA = r"^[+-]?(\d{1,15}(,\d*)?|,\d+)$"
LEADING_ZERO = r"^[+-]?0\d"
ISO_DATE = r"^\d{4}-\d{2}-\d{2}$"
ISO_MOMENT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$"
PARTED = r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"
GUARDED = r"^(=\".*\"|'[=+\-@0-9].*)$"
DAY_0 = date(1970, 1, 1).toordinal()
LONGEST_CELL = 32_767


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
    commas: bool = False
    order_proven: bool = False
    offsets: bool = False
    words: Counter[str] = field(default_factory=Counter)
    width: int = 0

    def look(self, cells: pa.Array) -> None:
        """Take a batch of texts into account."""
        self.width = max(self.width, pc.max(pc.binary_length(cells)).as_py() or 0)
        told = cells.filter(pc.not_equal(cells, ""))
        if not len(told):
            return
        self.seen += len(told)
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
        if zeros or not all_match(NUMBER):
            self.could_be.discard("number")
        if zeros or not all_match(WITH_COMMA):
            self.could_be.discard("comma")
        self.commas |= bool(pc.any(pc.match_substring(told, ",")).as_py())
        texts = told.to_pylist() if self.could_be & {"date", "datetime", "day_first", "month_first"} else []
        if "date" in self.could_be and not (all_match(ISO_DATE) and all(map(_is_date, texts))):
            self.could_be.discard("date")
        if "datetime" in self.could_be:
            fits = all_match(ISO_MOMENT) and all(_moment(text) is not None for text in texts)
            self.offsets |= fits and any(_has_offset(text) for text in texts)
            if not fits:
                self.could_be.discard("datetime")
        self._narrow_parted(texts, all_match(PARTED))

    def _narrow_parted(self, texts: list[str], fits: bool) -> None:
        for kind in ("day_first", "month_first"):
            if kind in self.could_be and not (fits and all(_parted(text, kind) is not None for text in texts)):
                self.could_be.discard(kind)
                self.order_proven |= fits

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
        return self.seen > 0 and {"day_first", "month_first"} <= self.could_be

    def cells(self, texts: pa.Array) -> pa.Array:
        """Turn a batch of texts into what the column holds."""
        kind = self.kind
        if kind == "text":
            return texts
        gone = pc.or_(pc.equal(texts, ""), pc.is_in(texts, value_set=pa.array(WORDS_FOR_NOTHING)))
        told = pc.if_else(gone, pa.scalar(None, pa.string()), texts)
        if kind in ("number", "comma"):
            plain = pc.replace_substring_regex(told, pattern=r"^\+", replacement="")
            plain = pc.replace_substring(plain, pattern=",", replacement=".") if kind == "comma" else plain
            return pc.cast(plain, pa.float64())
        coded = told.dictionary_encode()
        values = [_seconds_or_days(text, kind) for text in coded.dictionary.to_pylist()]
        return pc.take(pa.array(values, pa.float64()), coded.indices)


def unguarded(cells: pa.Array) -> pa.Array:
    """Take off what protects a text in a spreadsheet: ``="007"`` and a leading apostrophe."""
    guarded = pc.match_substring_regex(cells, GUARDED)
    if not pc.any(guarded).as_py():
        return cells
    bare = pc.replace_substring_regex(cells, pattern=r"^=\"(.*)\"$", replacement=r"\1")
    bare = pc.replace_substring_regex(bare, pattern="^'", replacement="")
    return pc.if_else(guarded, bare, cells)


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
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


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
