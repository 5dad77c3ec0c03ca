"""The codes of a file for the study's values and reasons: a mapping turned round."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

import pandas as pd

from remission.exchange.export.column import OWN_CODES, REASON_WORDS, REASONS
from remission.exchange.files import Variable

Code = float | str


@dataclass(frozen=True)
class Coding:
    """How cells are written.

    Attributes
    ----------
    code_of : dict
        The study's value to the code that stands for it, where they differ.
    reasons : dict
        Reason to code.
    codes, missing : dict
        The same as a mapping reads it: code to value, code to reason.
    added : dict
        Codes that the file did not have before, with their labels.
    """

    code_of: dict[Code, Code] = field(default_factory=dict)
    reasons: dict[str, Code] = field(default_factory=dict)
    codes: dict[Code, Code] = field(default_factory=dict)
    missing: dict[Code, str] = field(default_factory=dict)
    added: dict[Code, str] = field(default_factory=dict)

    def cells(self, values: pd.Series, reasons: pd.Series, as_text: bool) -> pd.Series:
        """Write the study's values and reasons as cells."""
        said = values.map(lambda value: self.code_of.get(value, value), na_action="ignore").astype(object)
        why = reasons.map(self.reasons)
        cells = said.where(why.isna(), why)
        if as_text:
            return pd.Series(
                ["" if pd.isna(cell) else code_word(cell) for cell in cells], index=cells.index, dtype=object
            )
        return cells.astype(float)


def own_coding(values: Iterable[Code], lowest: float | None, labels: Mapping[Code, str] | None = None) -> Coding:
    """Make the coding of a variable that came in from no file.

    Parameters
    ----------
    values : iterable
        All that occur.
    lowest : float or None
        The least value that is allowed; codes of reasons stay below the allowed ones.
    labels : mapping, optional
        Values in words that are to be numbered from 1, in this order, to their labels.
    """
    numbered: dict[Code, Code] = {value: float(place) for place, value in enumerate(labels or {}, start=1)}
    numbers = [value for value in values if isinstance(value, float)] + ([lowest] if lowest is not None else [])
    reasons: dict[str, Code] = dict(own_reasons(numbers))
    return Coding(
        code_of=numbered,
        reasons=reasons,
        codes={code: value for value, code in numbered.items()},
        missing={code: reason for reason, code in reasons.items()},
    )


def own_reasons(numbers: Iterable[float]) -> dict[str, float]:
    """Choose five codes in a row for reasons: -9 to -5, or -99 to -95 and so on where values reach there."""
    held = [number for number in numbers if number < 0]
    for digits in range(1, 10):
        first = -(10.0**digits) + 1
        if not any(number <= first + 4 for number in held):
            return {reason: first + OWN_CODES[reason] + 9 for reason in REASONS}
    return {reason: -(10.0**10) + OWN_CODES[reason] for reason in REASONS}


def turned_round(
    codes: Mapping[Code, Code],
    missing: Mapping[Code, str],
    variable: Variable,
    values: Iterable[Code],
    reasons: Iterable[str],
    known: Mapping[Code, Code],
) -> Coding:
    """Turn what a mapping says of a variable round, adding free codes where the file has none.

    Parameters
    ----------
    codes, missing : mapping
        As in the mapping.
    variable : Variable
    values, reasons : iterable
        All that occur.
    known : mapping
        The study's value to its code, for values that need no line in ``codes``.
    """
    as_text = variable.kind == "text"
    mine = {code: value for code, value in codes.items() if isinstance(code, str) == as_text}
    why = {code: reason for code, reason in missing.items() if isinstance(code, str) == as_text}
    inverse: dict[Code, Code] = {}
    for code, value in mine.items():
        inverse.setdefault(value, code)
    for value, code in known.items():
        inverse.setdefault(value, code)
    free = _free_codes(variable, {*mine, *why, *variable.value_labels, *inverse.values()}, list(values), as_text)
    added: dict[Code, str] = {}
    for value in dict.fromkeys(values):
        if value not in inverse and not _stands_for_itself(value, mine, why, variable):
            code = next(free)
            inverse[value], mine[code], added[code] = code, value, code_word(value)
    found: dict[str, Code] = {}
    for code, reason in why.items():
        found.setdefault(reason, code)
    for reason in dict.fromkeys(reasons):
        if reason not in found:
            code = _wished(reason, free, inverse, why, variable, as_text)
            found[reason], why[code], added[code] = code, reason, REASON_WORDS[reason]
    return Coding(inverse, found, mine, why, added)


def _stands_for_itself(value: Code, mine: Mapping[Code, Code], why: Mapping[Code, str], variable: Variable) -> bool:
    as_text = variable.kind == "text"
    if isinstance(value, str) and not as_text:
        return False
    code: Code = code_word(value) if as_text else value
    declared = bool(variable.is_user_missing(pd.Series([code])).iloc[0])
    return code not in mine and code not in why and not declared


def _wished(
    reason: str,
    free: Iterator[Code],
    inverse: Mapping[Code, Code],
    why: Mapping[Code, str],
    variable: Variable,
    text: bool,
) -> Code:
    wish: Code = code_word(OWN_CODES[reason]) if text else OWN_CODES[reason]
    if wish not in why and wish not in variable.value_labels and wish not in inverse.values() and wish not in inverse:
        return wish
    return next(free)


def _free_codes(variable: Variable, taken: set[Code], values: list[Code], as_text: bool) -> Iterator[Code]:
    busy = {code_word(code) for code in (*taken, *values)}

    def codes() -> Iterator[Code]:
        for number in count(10):
            word = code_word(-float(number))
            if word not in busy and not variable.is_user_missing(pd.Series([-float(number)])).iloc[0]:
                yield word if as_text else -float(number)

    return codes()


def declared(variable: Variable, coding: Coding) -> tuple[Variable, list[Code]]:
    """Add new codes to a dictionary: their labels, and reasons as user-missing where there is room for them.

    Returns
    -------
    Variable
    list
        Codes of reasons that could not be declared: SPSS takes three, or a range and one.
    """
    labels = {**variable.value_labels, **coding.added}
    ranges, left = variable.missing_ranges, []
    for code in coding.added:
        if code not in coding.missing:
            continue
        single = all(low == high for low, high in ranges)
        if len(ranges) < (3 if single else 2):
            ranges = (*ranges, (code, code))
        else:
            left.append(code)
    return replace(variable, value_labels=labels, missing_ranges=ranges), left


def code_word(value: Code) -> str:
    """Write a code as a word; whole numbers without a decimal point."""
    return value if isinstance(value, str) else f"{value:.15g}"
