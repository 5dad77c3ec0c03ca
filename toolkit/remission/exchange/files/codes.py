"""Codes and bounds as JSON and back, exactly: numbers stay numbers, texts stay texts, open ends stay open."""

import math
from typing import Any

Code = float | str


def code_out(code: Any) -> Any:
    """Return a code or bound that JSON can hold; infinite and missing numbers become ``{"float": "inf"}``."""
    if isinstance(code, str):
        return code
    number = float(code)
    return number if math.isfinite(number) else {"float": str(number)}


def code_in(code: Any) -> Code:
    """Return what `code_out` was given, numbers as floats."""
    if isinstance(code, str):
        return code
    return float(code["float"]) if isinstance(code, dict) else float(code)


def shown_number(number: float) -> str:
    """Return a number as a person writes it: ``3``, ``2.5``, empty where there is none."""
    if math.isnan(number):
        return ""
    if number == int(number) if math.isfinite(number) and abs(number) < 1e15 else False:
        return str(int(number))
    return repr(number)
