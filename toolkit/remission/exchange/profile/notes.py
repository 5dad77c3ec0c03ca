"""What is odd about single variables, each with the step that would mend it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from remission.exchange.files import Variable
from remission.exchange.mapping import Code
from remission.exchange.profile.families import variable_holds
from remission.exchange.profile.missing_words import missing_labels
from remission.exchange.profile.tally import SENTINELS, Tally

FIRST_SHOWN = 5
TEXT_DATE = re.compile(
    r"(18|19|20|21)\d\d[-/.](0?[1-9]|1[0-2])[-/.](0?[1-9]|[12]\d|3[01])([T ].*)?|"
    r"(0?[1-9]|[12]\d|3[01])[-/.](0?[1-9]|[12]\d|3[01])[-/.]((18|19|20|21)\d\d|\d\d)"
)
NUMBER_TEXT = re.compile(r"[-+]?\d+([.,]\d+)?")
TYPES = (
    "empty", "constant", "outside labels", "missing not declared", "likely a missing code", "likely a date",
    "numbers as text", "labels without values", "one label twice", "partly labelled",
)  # fmt: skip


@dataclass(frozen=True)
class Note:
    """Something odd about a variable.

    Attributes
    ----------
    variable : str
    type : str
        One of ``TYPES``.
    text : str
    proposal : str
        What to write into the mapping; empty where there is nothing to write.
    is_question : bool
        The machine does not know; a person must say.
    """

    variable: str
    type: str
    text: str
    proposal: str = ""
    is_question: bool = False


def plain_number(value: Code) -> str:
    """Write a code without a needless ``.0``."""
    return f"{value:.15g}" if isinstance(value, float | int) else str(value)


def notes_on(name: str, variable: Variable, tally: Tally, is_private: bool) -> Iterator[Note]:
    """Give the notes on one variable; none of them shows a value of a private one."""
    if tally.is_empty:
        yield Note(name, "empty", "no row holds a value")
        return
    if tally.distinct == 1 and tally.n_valid > 1:
        only = "" if is_private else f": {plain_number(next(iter(tally.counts)))}"
        yield Note(name, "constant", f"one value only{only}")
    if is_private:
        return
    yield from _label_notes(name, variable, tally)
    yield from _undeclared(name, variable, tally)
    yield from _sentinels(name, variable, tally)
    date = likely_date(variable, tally)
    if date:
        yield Note(name, "likely a date", date, is_question=True)
    elif tally.is_text and not variable.value_labels and _holds_numbers(tally):
        yield Note(name, "numbers as text", "its texts are numbers", is_question=True)


def _label_notes(name: str, variable: Variable, tally: Tally) -> Iterator[Note]:
    labels = variable.value_labels
    if not labels:
        return
    gone = missing_labels(labels)
    plain = [code for code in labels if code not in gone and not _declared(variable, code)]
    outside = {value: rows for value, rows in tally.counts.items() if value not in labels} if tally.complete else {}
    seen = [code for code in plain if code in tally.counts]
    if outside and len(plain) >= 2 and len(outside) <= max(1, len(seen)):
        said = ", ".join(f"{plain_number(value)} ({rows})" for value, rows in sorted_counts(outside)[:FIRST_SHOWN])
        yield Note(name, "outside labels", f"value not in the label set: {said}{_more(len(outside))}")
    elif outside and len(seen) >= 2:
        yield Note(name, "partly labelled", f"{len(seen)} of {tally.distinct} values have a label")
    unused = [code for code in plain if code not in tally.counts]
    if unused and tally.complete and len(plain) >= 2:
        said = ", ".join(f"{plain_number(code)} {labels[code]}" for code in unused[:3])
        yield Note(name, "labels without values", f"no row holds {said}{_more(len(unused), 3)}")
    twice = [label for label, count in Counter(label.strip().lower() for label in labels.values()).items() if count > 1]
    for label in twice:
        codes = [plain_number(code) for code, said in labels.items() if said.strip().lower() == label]
        yield Note(name, "one label twice", f"codes {', '.join(codes)} share the label '{label}'", is_question=True)


def _undeclared(name: str, variable: Variable, tally: Tally) -> Iterator[Note]:
    for code, reasons in missing_labels(variable.value_labels).items():
        if _declared(variable, code) or code in tally.missing:
            continue
        rows = tally.counts.get(code, 0)
        held = f"{rows} rows" if rows else "no row"
        yield Note(
            name,
            "missing not declared",
            f"{plain_number(code)} is labelled '{variable.value_labels[code]}' and not declared missing ({held})",
            proposal=f"missing: {{{plain_number(code)}: {reasons[0]}}}",
            is_question=len(reasons) > 1,
        )


def _sentinels(name: str, variable: Variable, tally: Tally) -> Iterator[Note]:
    if tally.is_text or variable.kind != "number" or not tally.counts:
        return
    for code in likely_missing_codes(variable, tally):
        yield Note(
            name,
            "likely a missing code",
            f"{plain_number(code)} stands in {tally.counts[code]} rows, far from the other values: "
            "does it stand for no answer?",
            proposal=f"missing: {{{plain_number(code)}: not_recorded}}",
            is_question=True,
        )


def likely_missing_codes(variable: Variable, tally: Tally) -> list[float]:
    """Find the usual codes for a missing answer (-9, 99, 999, ...) that lie far outside the other values."""
    if not tally.complete:
        return []
    gone = missing_labels(variable.value_labels)
    numbers = sorted(value for value in tally.counts if isinstance(value, float | int) and value not in gone)
    suspects = [value for value in numbers if value in SENTINELS and value not in variable.value_labels]
    others = [value for value in numbers if value not in suspects]
    if not suspects or len(others) < 2 or len(suspects) > 4:
        return []
    low, high = others[0], others[-1]
    found = []
    for code in suspects:
        far = code - high > max(2.0, (high - low) * (0.5 if code >= 77 else 1.0))
        if (code < 0 <= low) or far:
            found.append(code)
    return found


def likely_date(variable: Variable, tally: Tally) -> str:
    """Say how a number or a text is likely a date; empty where it is not, or declared as one."""
    if variable.kind not in ("number", "text") or variable.value_labels or not tally.sample:
        return ""
    if tally.is_text:
        texts = [value for value in tally.sample if isinstance(value, str)]
        dates = sum(bool(TEXT_DATE.fullmatch(text)) for text in texts)
        return (
            "its texts look like dates: are they, and in which order of day and month?" if _most(dates, texts) else ""
        )
    if tally.whole and tally.low is not None and tally.high is not None and tally.low > 18_000_000:
        numbers = [int(value) for value in tally.sample if isinstance(value, float | int)]
        if tally.high < 21_500_000 + 10_000_000 and _most(sum(map(_is_yyyymmdd, numbers)), numbers):
            return "its numbers read as year, month, day (20240131): are they dates?"
    return ""


def _is_yyyymmdd(number: int) -> bool:
    return 1800 <= number // 10_000 <= 2150 and 1 <= number // 100 % 100 <= 12 and 1 <= number % 100 <= 31


def _most(count: int, of: list[str] | list[int]) -> bool:
    return count > 0 and count >= 0.9 * len(of)


def _holds_numbers(tally: Tally) -> bool:
    texts = [value for value in tally.sample if isinstance(value, str)]
    return len(texts) > 1 and all(NUMBER_TEXT.fullmatch(text) for text in texts)


def _declared(variable: Variable, code: Code) -> bool:
    if isinstance(code, str):
        return any(low <= code <= high for low, high in variable.missing_ranges if isinstance(low, str))
    return variable_holds(variable, code)


def sorted_counts(counts: dict[Code, int]) -> list[tuple[Code, int]]:
    """Sort values: numbers first, then texts."""
    return sorted(counts.items(), key=lambda item: (isinstance(item[0], str), item[0]))


def _more(count: int, shown: int = FIRST_SHOWN) -> str:
    return f" and {count - shown} more" if count > shown else ""
