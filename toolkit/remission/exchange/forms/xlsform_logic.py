"""Expressions of XLSForm (``relevant``, ``constraint``), to and from conditions and bounds."""

import re
from collections.abc import Callable, Iterable

from remission.exchange.forms.form import number_text, rising
from remission.exchange.forms.logic import (
    Call,
    Dialect,
    Node,
    Unfit,
    comparison,
    conditions,
    parse,
    sums_skip_blanks,
    write_all,
)
from remission.survey.part import Condition

FIELD = r"\$\{\s*(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\s*\}|\.(?!\d)"
XLSFORM = Dialect(FIELD)


def write_relevant(
    asked_if: Iterable[Condition], quoted: Callable[[str], bool], field: Callable[[str], str] = str
) -> tuple[str, list[str]]:
    """Write conditions as ``relevant``.

    Parameters
    ----------
    asked_if : iterable of Condition
    quoted : callable
        Tells whether an item is a choice, whose values are texts there.
    field : callable
        Gives an item's name in the file.

    Returns
    -------
    str
        The expression.
    list of str
        What it leaves out, in words.
    """
    return write_all(asked_if, lambda name: f"${{{field(name)}}}", quoted)


def names_in(text: str) -> list[str]:
    """Name the fields an expression mentions."""
    return [match["name"] for match in re.finditer(FIELD, text) if match["name"]]


def read_relevant(text: str) -> tuple[Condition, ...]:
    """Read ``relevant``.

    Raises
    ------
    Unfit
        It says more than conditions can.
    """
    node = parse(text, XLSFORM)
    if sums_skip_blanks(node):
        raise Unfit("sum() of repeated answers cannot be said; write + between the fields")
    return conditions(node)


def write_constraint(minimum: float | None, maximum: float | None) -> str:
    """Write bounds as ``constraint``."""
    low = [] if minimum is None else [f". >= {number_text(minimum)}"]
    high = [] if maximum is None else [f". <= {number_text(maximum)}"]
    return " and ".join(low + high)


def read_constraint(text: str) -> tuple[float | None, float | None]:
    """Read bounds.

    Raises
    ------
    Unfit
        It says more than a lowest and a highest value.
    """
    bounds: dict[str, float] = {}
    for part in _parts(parse(text, XLSFORM)):
        sources, sign, value = comparison(part)
        if sources != (".",) or sign not in (">=", "<=") or sign in bounds:
            raise Unfit("only a lowest and a highest value can be said")
        bounds[sign] = value
    if not rising(bounds.get(">="), bounds.get("<=")):
        raise Unfit("its lowest value is not below its highest")
    return bounds.get(">="), bounds.get("<=")


def _parts(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.name == "and":
        return [one for part in node.parts for one in _parts(part)]
    return [node]
