"""``remission record``: plain lists in CSV into the cohort database."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import sentence
from remission.cohort import open_study
from remission.cohort.vocabulary import STANDINGS
from remission.errors import StudyError
from remission.exchange.lists import KINDS, read_list, record_list, template_of


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


WORDS = {
    ListKind.USE: "State is abstinent or used; substance a name, or any for all.",
    ListKind.USE_DAYS: "Quantity is 0 for a day without use, standard drinks for alcohol, 1 where only use is known.",
    ListKind.TESTS: "Result is positive, negative, missed or invalid.",
    ListKind.SOBRIETY: "Since is the first day free of use as told on the reported day.",
    ListKind.STATUS: f"Kind is one of {', '.join(STANDINGS)}.",
    ListKind.CALENDAR: "Kind is meeting, service, sponsor_contact, referral, linkage or accompanied_meeting.",
}


def record(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8 with a header.")],
    study: StudyFolder,
    kind: Annotated[ListKind, typer.Option("--as", help="What one row is.")],
    template: Annotated[bool, typer.Option("--template", help="Write the file's header instead, to fill in.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
) -> None:
    """Record a list: people by code, their groups, use, drug tests, meetings, stays in care, consents, attempts.

    `--template` writes a list's columns. A column that ends in day may be replaced by one that ends in date.

    Example: remission record people.csv --study my-study --as people
    """
    if template:
        _write_header(file, kind)
        return
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


def _write_header(file: Path, kind: ListKind) -> None:
    columns = template_of(KINDS[kind.value])
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(",".join(columns) + "\n")
    except FileExistsError:
        raise StudyError(f"{file} is there already.", "Name another file.") from None
    except OSError as error:
        raise StudyError(
            f"{file} cannot be written ({error.strerror}).", "Name a folder that you may write to."
        ) from error
    dated = KINDS[kind.value].days
    told = f" For {' and '.join(dated)} you may give dates: write date in place of day." if dated else ""
    sentence(f"{file} has the columns {', '.join(columns)}.{told} {WORDS.get(kind, '')}".rstrip())
