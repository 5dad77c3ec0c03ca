"""Branching logic of REDCap, to and from conditions."""

import re
from collections.abc import Callable, Iterable

from remission.exchange.forms.logic import Dialect, Unfit, conditions, parse, sums_skip_blanks, write_all
from remission.survey.part import Condition

FIELD = r"\[(?P<name>[a-z][a-z0-9_]*)\](?!\s*\[)"
REDCAP = Dialect(FIELD)
SKIPS_BLANKS = "sum() takes a blank as nothing, and here an unanswered item leaves the sum unknown"


def write_logic(asked_if: Iterable[Condition], field: Callable[[str], str] = str) -> tuple[str, list[str]]:
    """Write conditions as branching logic.

    A sum is written with ``+`` and not as ``sum()``: with ``+`` a blank leaves it unknown, as here.

    Parameters
    ----------
    asked_if : iterable of Condition
    field : callable
        Gives an item's field name.

    Returns
    -------
    str
        The logic.
    list of str
        What it leaves out, in words.
    """
    return write_all(asked_if, lambda name: f"[{field(name)}]", lambda name: True)


def read_logic(text: str) -> tuple[tuple[Condition, ...], list[str], list[str]]:
    """Read branching logic.

    Returns
    -------
    tuple of Condition
        Empty where it cannot be said.
    list of str
        The fields it names, of another event or not.
    list of str
        What is lost, in words.
    """
    fields = re.findall(FIELD, text)
    try:
        node = parse(text, REDCAP)
        found = conditions(node)
    except Unfit as why:
        return (), fields, [f"the branching logic {text} is not taken: {why}"]
    return found, fields, [f"the branching logic {text}: {SKIPS_BLANKS}"] if sums_skip_blanks(node) else []
