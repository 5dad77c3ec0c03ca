"""Titled tables as one self-contained page: what an import would do, what a file holds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from remission import __version__
from remission.report.in_place import put_in_place

TEMPLATE = "tables.html.j2"
Titled = tuple[str, pd.DataFrame]


def write_tables(title: str, lead: str, tables: Sequence[Titled], path: Path) -> Path:
    """Write tables as one HTML file without script, readable without a network and by its owner alone.

    Parameters
    ----------
    title, lead : str
        The heading, and a sentence below it.
    tables : sequence of (str, pandas.DataFrame)
        Column names are shown with their underscores as blanks; empty cells stay empty.
    path : pathlib.Path
        One that is there is replaced once the page is complete.

    Raises
    ------
    StudyError
        The file cannot be written.
    """
    room = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = room.get_template(TEMPLATE).render(
        title=title,
        lead=lead,
        tables=[(name, _titles(frame), _rows(frame)) for name, frame in tables],
        numeric=[[_is_numeric(frame[column]) for column in frame.columns] for _, frame in tables],
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=__version__,
    )
    put_in_place(page, path)
    return path


def _titles(frame: pd.DataFrame) -> list[str]:
    return [str(column).replace("_", " ") for column in frame.columns]


def _rows(frame: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in frame.itertuples(index=False)]


def _cell(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _is_numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))
