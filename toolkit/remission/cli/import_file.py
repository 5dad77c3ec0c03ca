"""``remission import``: bring a data file into the cohort database."""

import json
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import AsJson, StudyFolder
from remission.cli.screen import heading, progress, sentence, table
from remission.cohort import open_study
from remission.errors import ImportRefused
from remission.exchange import ImportPlan, apply_plan, plan_import, read_mapping
from remission.exchange.intake.importing import read_for
from remission.exchange.intake.report import sections
from remission.report import write_tables


def import_file(
    file: Annotated[
        Path, typer.Argument(help="A data file of SPSS (.sav .zsav .por), Stata, SAS, or CSV, REDCap's among them.")
    ],
    study: StudyFolder,
    mapping: Annotated[Path, typer.Option("--map", help="The mapping file; also looked for inside the study folder.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
    accept_changes: Annotated[
        str | None,
        typer.Option("--accept-changes", metavar="REASON", help="Change stored values that differ; say why."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write what would happen as a page, every change listed.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Read the file's text in this encoding, such as windows-1252.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a file through a mapping and enter it in one transaction.

    Example: remission import help_wide.sav --study help-study --map mappings/help.yaml --dry-run
    """
    opened = open_study(study, create_database=False)
    chosen = read_mapping(_find(mapping, study))
    with progress(f"Reading {file.name}") as tell:
        read = read_for(file, chosen, encoding, progress=tell)
    with progress("Comparing it with the study") as tell:
        plan = plan_import(opened, read, chosen, progress=tell)
    if html is not None:
        write_tables(
            f"Import of {file.name}",
            f"Into the study {opened.protocol.title}. For the study team: values of single participants are shown.",
            sections(plan, True),
            html,
        )
    if as_json:
        typer.echo(json.dumps(plan.as_dict(), indent=2))
    else:
        show(plan)
    plan.refuse_if_faulty(accept_changes)
    if dry_run:
        _say("Dry run: nothing was written.", as_json)
        return
    with progress("Writing to the cohort database") as tell:
        outcome = apply_plan(opened, plan, progress=tell, accept=accept_changes)
    _say(outcome.sentence, as_json)


def _find(mapping: Path, study: Path) -> Path:
    for place in (mapping, study / mapping, study / "mappings" / mapping.name):
        if place.is_file():
            return place
    raise ImportRefused(
        f"There is no mapping file {mapping}, neither here nor in {study}.",
        f"Put it into {study / 'mappings'}, give its path, or have one proposed with `remission profile`.",
    )


def show(plan: ImportPlan) -> None:
    """Print an import plan: one table a topic."""
    for title, frame in sections(plan):
        heading(title)
        table(frame)


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        sentence(text)
