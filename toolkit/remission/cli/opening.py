"""Opening a study for a command, as it is or as it stood on a date."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.screen import errors
from remission.cohort import Study, end_of, open_study, study_as_of
from remission.errors import RemissionError

AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="The data as they stood at the end of that day. Consents and stops are those of today.",
    ),
]


def opened_at(folder: Path, as_of: str) -> Study:
    """Open a study, or its state at the end of a local day.

    Raises
    ------
    RemissionError
        The date is none.
    """
    study = open_study(folder, create_database=False)
    if not as_of:
        return study
    past = study_as_of(study, end_of(datetime.combine(a_date(as_of), time(12))))
    # On standard error: what follows may be JSON.
    errors.print(f"As things stood on {as_of}. study.yaml is today's.", style="dim", markup=False)
    return past


def a_date(text: str) -> date:
    """Read a date that somebody typed.

    Raises
    ------
    RemissionError
        It is none.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise RemissionError(f"'{text}' is no date.", "Write dates as year-month-day, such as 2024-03-01.") from None
