"""Conditions as other systems write them: one small grammar, and what of it ``asked_if`` can say.

A dialect gives the pattern of a field (``[name]`` or ``${name}``); the rest is shared: ``and``,
``or``, comparisons, ``+`` and calls. Whatever is not a conjunction of "one field, or a sum, has one
of these values" or "reaches this value" is refused with the reason.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from remission.exchange.forms.form import number_of, number_text
from remission.survey.part import Condition

DEEPEST = 40
FLIPPED = {"=": "=", ">=": "<=", "<=": ">=", ">": "<", "<": ">", "!=": "!="}


class Unfit(Exception):
    """An expression says more than a condition can."""


@dataclass(frozen=True)
class Dialect:
    """How a system writes a field: a pattern whose group ``name`` is the field's name."""

    field: str

    @property
    def tokens(self) -> re.Pattern[str]:
        """Return the pattern of one token."""
        return re.compile(
            rf"\s*(?:(?P<field>{self.field})|(?P<number>-?(?:\d+(?:\.\d*)?|\.\d+))"
            r"|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
            r"|(?P<sign><>|!=|>=|<=|=|>|<|\+|\(|\)|,)|(?P<word>[A-Za-z_][A-Za-z0-9_-]*))"
        )


@dataclass(frozen=True)
class Field:
    """A field of the form."""

    name: str


@dataclass(frozen=True)
class Value:
    """A number, or a text that stands for itself."""

    text: str


@dataclass(frozen=True)
class Call:
    """A function (or ``+``, ``and``, ``or``, a comparison) of several parts."""

    name: str
    parts: tuple["Node", ...]


Node = Field | Value | Call


class _Parser:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self.tokens = _tokens(text, dialect)
        self.at = 0
        self.depth = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def whole(self) -> Node:
        found = self.joined("or")
        if self.peek()[0] != "end":
            raise Unfit(f"'{self.peek()[1]}' is not expected there")
        return found

    def joined(self, word: str) -> Node:
        one: Callable[[], Node] = self.comparison if word == "and" else lambda: self.joined("and")
        parts = [one()]
        while self.peek() == ("word", word):
            self.take()
            parts.append(one())
        return parts[0] if len(parts) == 1 else Call(word, tuple(parts))

    def comparison(self) -> Node:
        left = self.added()
        kind, sign = self.peek()
        if kind == "sign" and sign in {*FLIPPED, "<>"}:
            self.take()
            return Call(sign.replace("<>", "!="), (left, self.added()))
        return left

    def added(self) -> Node:
        parts = [self.single()]
        while self.peek() == ("sign", "+"):
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Call("+", tuple(parts))

    def single(self) -> Node:
        kind, text = self.take()
        if kind == "field":
            return Field(text)
        if kind in ("number", "text"):
            return Value(text)
        if (kind, text) == ("sign", "("):
            return self.within(lambda: self.joined("or"))
        if kind == "word" and self.peek() == ("sign", "("):
            self.take()
            return Call(text, self.arguments())
        raise Unfit(f"'{text}' is not understood" if text else "it ends too soon")

    def arguments(self) -> tuple[Node, ...]:
        parts: list[Node] = []
        while self.peek() != ("sign", ")"):
            if parts and self.take() != ("sign", ","):
                raise Unfit("a comma is expected between the parts of a function")
            parts.append(self.deeper(lambda: self.joined("or")))
        self.take()
        return tuple(parts)

    def within(self, inner: Callable[[], Node]) -> Node:
        found = self.deeper(inner)
        if self.take() != ("sign", ")"):
            raise Unfit("a bracket is not closed")
        return found

    def deeper(self, inner: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unfit("its brackets nest too deeply")
        found = inner()
        self.depth -= 1
        return found


def _tokens(text: str, dialect: Dialect) -> list[tuple[str, str]]:
    pattern, found, at = dialect.tokens, [], 0
    text = text.strip()
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:
            raise Unfit(f"'{text[at : at + 20].strip()}' is not understood")
        kind = str(match.lastgroup)
        said = match[kind]
        if kind == "field":
            said = match["name"] or said
        if kind == "word" and said.lower() in ("and", "or"):
            said = said.lower()
        found.append(("text" if kind in ("single", "double") else kind, said))
        at = match.end()
    return found


def parse(text: str, dialect: Dialect) -> Node:
    """Read an expression.

    Raises
    ------
    Unfit
        It is not of this grammar.
    """
    return _Parser(text, dialect).whole()


def fields_of(node: Node) -> list[str]:
    """Name the fields an expression rests on."""
    if isinstance(node, Field):
        return [node.name]
    return [] if isinstance(node, Value) else [name for part in node.parts for name in fields_of(part)]


def conditions(node: Node) -> tuple[Condition, ...]:
    """Turn an expression into conditions that must all hold.

    Raises
    ------
    Unfit
        It says something that conditions cannot say.
    """
    if isinstance(node, Call) and node.name == "and":
        return tuple(one for part in node.parts for one in conditions(part))
    return (_condition(node),)


def _condition(node: Node) -> Condition:
    tests = [comparison(part) for part in _alternatives(node)]
    sources, sign, value = tests[0]
    if len(tests) == 1 and sign == ">=":
        return _made(sources, None, value)
    if any(one[1] != "=" for one in tests):
        raise Unfit("only 'is one of these values' and 'is at least' can be said")
    if any(one[0] != sources for one in tests):
        raise Unfit("an 'or' between different fields cannot be said")
    return _made(sources, tuple(one[2] for one in tests), None)


def _made(sources: tuple[str, ...], equals: tuple[float, ...] | None, at_least: float | None) -> Condition:
    if len(sources) == 1:
        return Condition(item=sources[0], equals=equals, at_least=at_least)
    return Condition(sum_of=sources, equals=equals, at_least=at_least)


def _alternatives(node: Node) -> list[Node]:
    if isinstance(node, Call) and node.name == "or":
        return [one for part in node.parts for one in _alternatives(part)]
    return [node]


def comparison(node: Node) -> tuple[tuple[str, ...], str, float]:
    """Read one comparison as (fields that are summed, sign, number).

    Raises
    ------
    Unfit
        It is no comparison of a field or a sum with a number.
    """
    if isinstance(node, Call) and node.name == "selected" and len(node.parts) == 2:
        node = Call("=", node.parts)
    if not isinstance(node, Call) or node.name not in FLIPPED:
        raise Unfit("it is no comparison of a field with a number")
    (left, right), sign = node.parts, node.name
    if isinstance(left, Value):
        left, right, sign = right, left, FLIPPED[sign]
    value = number_of(right.text) if isinstance(right, Value) else None
    if value is None:
        raise Unfit("a field is compared with something that is no number")
    return _summed(left), sign, value


def _summed(node: Node) -> tuple[str, ...]:
    if isinstance(node, Field):
        return (node.name,)
    if isinstance(node, Call) and node.name in ("+", "sum") and node.parts:
        return tuple(name for part in node.parts for name in _summed(part))
    raise Unfit("only a field or a sum of fields can decide")


def sums_skip_blanks(node: Node) -> bool:
    """Tell whether the expression uses ``sum()``, which takes a blank as nothing."""
    if not isinstance(node, Call):
        return False
    return node.name == "sum" or any(sums_skip_blanks(part) for part in node.parts)


def write(condition: Condition, field: Callable[[str], str], quoted: Callable[[str], bool]) -> str:
    """Write one condition.

    Parameters
    ----------
    condition : Condition
    field : callable
        Writes the name of an item as the dialect's field.
    quoted : callable
        Tells whether an item's values are written in quotes when tested for equality.

    Raises
    ------
    Unfit
        It lists no values, so it can never hold.
    """
    what = " + ".join(field(name) for name in condition.sources)
    if condition.at_least is not None:
        return f"{what} >= {number_text(condition.at_least)}"
    if not condition.equals:
        raise Unfit("it lists no value, so the item would never be asked")
    mark = "'" if condition.item is not None and quoted(condition.item) else ""
    tests = [f"{what} = {mark}{number_text(value)}{mark}" for value in condition.equals]
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"


def write_all(
    asked_if: Iterable[Condition], field: Callable[[str], str], quoted: Callable[[str], bool]
) -> tuple[str, list[str]]:
    """Write conditions that all must hold, and say in words which of them a dialect cannot say."""
    parts, left_out = [], []
    for condition in asked_if:
        try:
            parts.append(write(condition, field, quoted))
        except Unfit as why:
            left_out.append(f"the condition '{condition.sentence()}' is not written: {why}")
    return " and ".join(parts), left_out
