"""The profile of a data file as one page that holds everything it shows."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from remission import __version__
from remission.errors import RemissionError

TEMPLATE = "profile_page.html.j2"


def write_profile_page(
    title: str,
    summary: Sequence[tuple[str, list[str]]],
    tables: Sequence[tuple[str, pd.DataFrame]],
    path: Path,
) -> Path:
    """Write a profile as one self-contained HTML file without script; it takes its name only when complete.

    Parameters
    ----------
    title : str
        Name of the data file.
    summary : sequence of (title, sentences)
        As from ``exchange.profile.summary``.
    tables : sequence of (title, pandas.DataFrame)
        As from ``exchange.profile.sections``.
    path : pathlib.Path
        The file to write; one that is there is replaced.

    Raises
    ------
    RemissionError
        The file cannot be written.
    """
    page = render_profile_page(title, summary, tables)
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as out:
            temporary = Path(out.name)
            out.write(page)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise RemissionError(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    return path


def render_profile_page(
    title: str, summary: Sequence[tuple[str, list[str]]], tables: Sequence[tuple[str, pd.DataFrame]]
) -> str:
    """Return the page as text."""
    room = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = [
        {
            "title": name,
            "columns": [str(column).replace("_", " ") for column in frame.columns],
            "rows": [["" if value is None else str(value) for value in row] for row in frame.itertuples(index=False)],
        }
        for name, frame in tables
    ]
    written = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return room.get_template(TEMPLATE).render(
        title=title, summary=summary, tables=drawn, written=written, version=__version__
    )
