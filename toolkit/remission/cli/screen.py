"""What the commands print: headings, tables, sentences, progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

screen = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def heading(text: str) -> None:
    """Print a heading with a blank line above it."""
    screen.print(f"\n{text}", style="bold", markup=False)


def sentence(text: str, style: str = "") -> None:
    """Print one sentence as it is, wrapped to the width of the terminal."""
    screen.print(text, style=style, markup=False)


def table(frame: pd.DataFrame, title: str = "", whole: tuple[str, ...] = ()) -> None:
    """Print a frame: numbers to the right, missing values as an empty cell, ``whole`` columns never wrapped."""
    drawn = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False)
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        drawn.add_column(
            str(name).replace("_", " "), justify="right" if numeric else "left", overflow="fold", no_wrap=name in whole
        )
    for row in frame.itertuples(index=False):
        # As text: what stands in brackets is not markup.
        drawn.add_row(*[Text(_cell(value)) for value in row])
    screen.print(drawn)


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) and abs(value) < 1e6 else f"{value:.3f}"
    return str(value)


@contextmanager
def progress(text: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a progress bar on standard error; yields ``tell(done, total)``, total None where unknown."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=errors, transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
