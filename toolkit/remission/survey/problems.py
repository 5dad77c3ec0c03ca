"""What pydantic found wrong with a definition, as one sentence that names the item or scale and the rule."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from remission.survey.definition import Instrument

LISTS = {"items": "item", "scales": "scale"}


def sentence(problem: ValidationError, raw: dict[str, Any]) -> str:
    """Return the first thing that is wrong, and how many more there are.

    Parameters
    ----------
    problem : pydantic.ValidationError
    raw : dict
        The content that was refused; names of items and scales are looked up in it.
    """
    errors = problem.errors()
    first = errors[0]
    where = _where(first["loc"], raw)
    more = len(errors) - 1
    tail = f" ({more} more problem{'s' if more > 1 else ''} after this one)" if more else ""
    return f"{where}{_what(first)}{tail}".strip()


def _where(place: tuple[int | str, ...], raw: dict[str, Any]) -> str:
    """Name the item or scale, then the path below it."""
    rest, words = list(place), ""
    if len(rest) > 1 and rest[0] in LISTS and isinstance(rest[1], int):
        kind, number = LISTS[str(rest[0])], rest[1]
        entry = raw[str(rest[0])][number]
        name = entry.get("name") if isinstance(entry, dict) else None
        words = f"{kind} '{name}' " if name else f"{kind} number {number + 1} "
        rest = rest[2:]
    path = ".".join(str(step + 1) if isinstance(step, int) else step for step in rest)
    return f"{words}{path}: " if path else words


def _what(error: Any) -> str:
    kind, message = error["type"], error["msg"]
    if kind == "extra_forbidden":
        return f"is an unknown key{_guess(error['loc'])}"
    if kind == "missing":
        return "is required and absent"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "string_type":
        return f"must be text; put it in quotes ({error['input']!r} was read)"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}, not {error['input']!r}"
    if kind == "string_pattern_mismatch":
        return f"'{error['input']}' must be lower-case letters, digits and underscores"
    return f"{message[0].lower()}{message[1:]}"


def _guess(place: tuple[int | str, ...]) -> str:
    close = get_close_matches(str(place[-1]), _known_keys(place[:-1]), n=1)
    return f"; '{close[0]}' may be meant" if close else ""


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    """Keys that the part of the definition at this place knows."""
    part: type[BaseModel] | None = Instrument
    for step in place:
        if part is not None and isinstance(step, str) and step in part.model_fields:
            part = _part_within(part.model_fields[step].annotation)
    return [] if part is None else [field.alias or name for name, field in part.model_fields.items()]


def _part_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_part_within(piece) for piece in getattr(annotation, "__args__", ()))
    return next((piece for piece in inner if piece is not None), None)
