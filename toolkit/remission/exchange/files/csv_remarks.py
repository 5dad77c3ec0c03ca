"""What a person should know of a text file's columns, one sentence each."""

from collections.abc import Iterable, Iterator

from remission.exchange.files.csv_columns import Column


def remarks_on(columns: Iterable[Column], breaks: int) -> Iterator[str]:
    """Say what was assumed, and what was left as text because nothing proves how to read it."""
    if breaks:
        yield (f"{breaks} cells hold line breaks; where none were typed, a quotation mark may be missing or too many.")
    for column in columns:
        yield from _on_numbers(column)
        yield from _on_dates(column)


def _on_numbers(column: Column) -> Iterator[str]:
    name = column.name
    if column.kind != "text" and column.words:
        words = ", ".join(f"'{word}' ({count})" for word, count in sorted(column.words.items()))
        yield f"{name} holds {words} among its values; they are read as nothing."
    if column.kind == "comma" and "," in column.marks:
        yield f"{name} is read with decimal commas."
    if column.is_nearly_numeric:
        odd = column.seen - sum(column.words.values()) - column.numbers
        yield f"{name} is left as text: {odd} of {column.seen} cells are no plain numbers."
    if column.marks and not column.proven and not column.could_be and not column.protected and column.numbers_only:
        yield f"{name} is left as text: its marks may part thousands or decimals. Write decimals with a point."
    if column.cut:
        yield f"{name} holds numbers such as 1.23E+15; a spreadsheet may have cut their digits."
    if column.protected:
        yield f"{name} holds cells protected as text; they are taken as text, without what protected them."


def _on_dates(column: Column) -> Iterator[str]:
    name = column.name
    if column.ambiguous:
        yield (
            f"{name} holds dates that could have the day or the month first; it is left as text. "
            "Write them as year-month-day."
        )
    if column.kind in ("day_first", "month_first"):
        yield f"The dates in {name} are read with the {column.kind.replace('_', ' ')}: some fit no other way."
    if column.kind == "datetime" and column.offsets:
        yield f"The moments in {name} carry offsets, which are dropped: the local date and time stay."
    if column.offsets and column.without_offset:
        yield f"{name} is left as text: some of its moments carry an offset and some do not."
