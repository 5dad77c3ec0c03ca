"""A list of participants to enrol: codes and day 0, nothing that names a person."""

import re
from pathlib import Path

import pandas as pd

from remission.cohort import BatchInfo, BatchOutcome, Entries, Study, record
from remission.errors import ImportRefused
from remission.exchange.forms.csv_file import Row, read_rows
from remission.exchange.spss import sha256_of

COLUMNS = ("participant_id", "origin_date", "site", "arm")
# What a code must not look like: an address or a telephone number leaks whom it belongs to.
TELLING = re.compile(r"@|\s|^\+?[0-9()-]{9,}$")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def enrol(study: Study, path: Path) -> BatchOutcome:
    """Enrol the participants of a CSV file in one transaction; the same file again changes nothing.

    Parameters
    ----------
    study : Study
    path : pathlib.Path
        Columns ``participant_id``, and where they are known ``origin_date`` (year-month-day), ``site``, ``arm``.

    Raises
    ------
    DefinitionError
        The file is no CSV text, or has none of the columns.
    ImportRefused
        It has no rows, a code looks like a name, address or telephone number, or a date is none.
    """
    rows = read_rows(path, "a list of participants", COLUMNS[:1], {})
    if not rows:
        raise ImportRefused(f"{path.name} lists nobody.", "Write one row a participant.")
    for row in rows:
        _check(row)
    frame = pd.DataFrame([{name: row[name].strip() or None for name in COLUMNS} for row in rows])
    info = BatchInfo("enrolment", file_name=path.name, file_sha256=sha256_of(path))
    return record(study, Entries(participants=frame), info)


def _check(row: Row) -> None:
    code, date = row["participant_id"].strip(), row["origin_date"].strip()
    if not code or TELLING.search(code):
        raise ImportRefused(
            f"{row.path.name}, row {row.number}: '{code}' is no code for a participant.",
            "Use short codes that tell nothing of the person: no name, address or telephone number.",
        )
    if date and not DATE.fullmatch(date):
        raise ImportRefused(
            f"{row.path.name}, row {row.number}: the origin date of {code} is '{date}'.",
            "Write dates as year-month-day, such as 2024-03-01.",
        )
