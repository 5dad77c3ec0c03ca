"""Numbers and names as text, written the same way in every table and sentence."""

from collections.abc import Iterable
from math import isfinite, isnan

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EM DASH}"


def p_value(p: float) -> str:
    """Write a p-value: never 0, and never rounded across 0.05.

    Examples
    --------
    >>> p_value(0.00004), p_value(0.0042), p_value(0.0487), p_value(0.852)
    ('< 0.001', '0.004', '0.049', '0.85')
    """
    if isnan(p):
        return ABSENT
    if p < 0.001:
        return "< 0.001"
    if p > 0.99:
        return "> 0.99"
    if 0.0495 <= p < 0.0505:
        return f"{p:.4f}"
    return f"{p:.3f}" if p < 0.055 else f"{p:.2f}"


def p_equals(p: float) -> str:
    """Write ``p`` with its sign of equality, for sentences."""
    written = p_value(p)
    return f"p {written}" if written[0] in "<>" else f"p = {written}"


def ratio(value: float) -> str:
    """Write a ratio with two decimals, fewer where it is large, more where it is tiny."""
    if isnan(value):
        return ABSENT
    if value > 999:
        return "> 999"
    if value < 0.001:
        return "< 0.001"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def quantity(value: float, beside: Iterable[float] = ()) -> str:
    """Write a number with three or more significant digits and a true minus sign.

    Parameters
    ----------
    value : float
    beside : iterable of float
        Numbers that it is written next to; all get the decimals of the largest.
    """
    if not isfinite(value):
        return ABSENT
    size = max(abs(other) for other in (value, *beside) if isfinite(other))
    decimals = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3
    written = f"{abs(value):.{decimals}f}"
    return f"{MINUS}{written}" if value < 0 and float(written) else written


def estimate(value: float, low: float, high: float) -> str:
    """Write an estimate with its interval, all three with the same decimals."""
    written = [quantity(each, (value, low, high)) for each in (value, low, high)]
    return f"{written[0]} {interval(*written[1:])}"


def count(number: int, one: str, many: str) -> str:
    """Write a count with its noun."""
    return f"{number} {one if number == 1 else many}"


def percent(share: float, decimals: int = 1) -> str:
    """Write a share of 1 as a percentage without its sign, never rounding up to 100 or down to 0."""
    if isnan(share):
        return ABSENT
    nearly = 0.5 * 10.0**-decimals
    if 1 - nearly / 100 < share < 1:
        return "> 99" if decimals == 0 else f"> {100 - 10.0**-decimals:.{decimals}f}"
    if 0 < share < nearly / 100:
        return "< 1" if decimals == 0 else f"< {10.0**-decimals:.{decimals}f}"
    return f"{100 * share:.{decimals}f}"


def interval(low: str, high: str) -> str:
    """Write the two ends of an interval; ``(no interval)`` where an end is unknown."""
    return "(no interval)" if ABSENT in (low, high) else f"({low} to {high})"


def whole(value: float) -> str:
    """Write a whole number without a decimal point and another one as short as it goes."""
    return ABSENT if isnan(value) else f"{value:g}".replace("-", MINUS)


def listing(parts: list[str]) -> str:
    """Join parts into ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def plain(name: object) -> str:
    """Write a name from study.yaml with spaces."""
    return str(name).replace("_", " ")
