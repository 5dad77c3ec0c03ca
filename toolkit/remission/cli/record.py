"""``remission record``: plain lists in CSV into the cohort database."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import sentence
from remission.cohort import open_study
from remission.exchange.lists import read_list, record_list


class ListKind(StrEnum):
    """The kinds of list."""

    PEOPLE = "people"
    GROUPS = "groups"
    USE = "use"
    USE_DAYS = "use-days"
    TESTS = "tests"
    SOBRIETY = "sobriety"
    STATUS = "status"
    CALENDAR = "calendar"
    ATTEMPTS = "attempts"
    INCENTIVES = "incentives"
    CARE = "care"
    CONSENTS = "consents"


def record(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a header.")],
    study: StudyFolder,
    kind: Annotated[ListKind, typer.Option("--as", help="What one row is.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
) -> None:
    """Record a list: people by code, their groups, use, drug tests, meetings, stays in care, consents, attempts.

    Example: remission record people.csv --study my-study --as people
    """
    opened = open_study(study, create_database=False)
    found = read_list(opened, file, kind.value)
    new = {table: count for table, count in found.differences.new.items() if count}
    if dry_run:
        told = ", ".join(f"{count} new in {table.replace('_', ' ')}" for table, count in new.items())
        sentence(told or "All of it is recorded already.")
        found.differences.refuse_if_changed()
        sentence("Dry run: nothing was written.")
        return
    sentence(record_list(opened, found))
