"""The syntax beside an SPSS file: all its dictionary as commands, for whoever wants to check or redo it."""

from collections.abc import Iterator, Sequence

from remission.exchange.export.coding import code_word
from remission.exchange.export.column import Column, ExportTable
from remission.exchange.export.spss_patch import wrapped
from remission.exchange.export.write_spss import attributes_of

PIECE = 72
INFINITE = float("inf")


def syntax_text(
    table: ExportTable, file_name: str, about: Sequence[str], file_attributes: dict[str, tuple[str, ...]]
) -> str:
    """Write the commands; ``about`` stands above them as comments."""
    columns = table.columns
    lines = [f"/* {line} */" for paragraph in about for line in _comment(paragraph)]
    lines += ["", f"GET FILE={quoted(file_name)}.", ""]
    for column in columns:
        lines += _variable(column)
    lines += ["", *_levels(columns), *_roles(columns), ""]
    lines += [_attribute("DATAFILE ATTRIBUTE", name, values) for name, values in file_attributes.items()]
    for name, found in attributes_of(columns).items():
        lines += [_attribute(f"VARIABLE ATTRIBUTE VARIABLES={name}", each, values) for each, values in found.items()]
    return "\n".join([*lines, "", "* No weight is set: WEIGHT BY would name the variable.", "EXECUTE.", ""])


def _comment(text: str) -> Iterator[str]:
    return iter(wrapped(text.replace("*/", "* /").replace("/*", "/ *"), PIECE))


def _variable(column: Column) -> Iterator[str]:
    variable = column.variable
    if variable.label:
        yield f"VARIABLE LABELS {column.name}\n  {_pieces(variable.label)}."
    if variable.value_labels:
        said = [f"  {_code(code)} {_pieces(text)}" for code, text in variable.value_labels.items()]
        yield f"VALUE LABELS {column.name}\n" + "\n".join(said) + "."
    if variable.missing_ranges:
        codes = " ".join(_range(low, high) for low, high in variable.missing_ranges)
        yield f"MISSING VALUES {column.name} ({codes})."
    if not column.is_text:
        yield f"FORMATS {column.name} ({variable.format})."


def _levels(columns: Sequence[Column]) -> Iterator[str]:
    for measure in ("nominal", "ordinal", "scale"):
        names = [column.name for column in columns if column.variable.measure == measure]
        if names:
            yield f"VARIABLE LEVEL\n{_listed(names)} ({measure.upper()})."


def _roles(columns: Sequence[Column]) -> Iterator[str]:
    for role in dict.fromkeys(column.variable.role for column in columns if column.variable.role):
        names = [column.name for column in columns if column.variable.role == role]
        yield f"VARIABLE ROLE\n  /{role.upper()}\n{_listed(names)}."


def _attribute(command: str, name: str, values: tuple[str, ...]) -> str:
    several = len(values) > 1
    said = [
        f"{name}{f'[{place}]' if several else ''}({_pieces(' '.join(value.split()))})"
        for place, value in enumerate(values, start=1)
    ]
    return f"{command}\n  ATTRIBUTE={' '.join(said)}."


def _listed(names: Sequence[str]) -> str:
    return "\n".join(f"  {line}" for line in wrapped(" ".join(names), PIECE))


def _range(low: object, high: object) -> str:
    if low == high:
        return _code(low)
    ends = ["LOWEST" if low == -INFINITE else _code(low), "HIGHEST" if high == INFINITE else _code(high)]
    return " THRU ".join(ends)


def _code(code: object) -> str:
    return quoted(code) if isinstance(code, str) else code_word(float(code))  # type: ignore[arg-type]


def quoted(text: str) -> str:
    """Put a text into single quotes, those within doubled."""
    return "'" + " ".join(text.split("\n")).replace("'", "''") + "'"


def _pieces(text: str) -> str:
    """Write a long text as pieces joined with +, one a line."""
    cut = [text[start : start + PIECE] for start in range(0, len(text), PIECE)] or [""]
    return " +\n  ".join(quoted(piece) for piece in cut)
