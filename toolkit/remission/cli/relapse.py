"""``remission relapse``: time to the event by one exposure, read in the way that is asked for."""

from typing import Annotated, cast

import typer

from remission.cli.analyze import show_section
from remission.cli.opening import AsOf, opened_at
from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence
from remission.questions import WAYS, Reading, as_python
from remission.questions import relapse as read
from remission.questions.relapse import Way
from remission.questions.study_results import READING_DAYS
from remission.report import names_of, relapse_section


def relapse(
    study: StudyFolder,
    by: Annotated[str, typer.Option(metavar="NAME", help="group, group_type, levels or a measure of study.yaml.")],
    way: Annotated[str, typer.Option(help=f"Which value counts: {', '.join(WAYS)}.")] = WAYS[0],
    day: Annotated[int, typer.Option(min=1, help="The landmark.")] = 183,
    definition: Annotated[str, typer.Option(metavar="NAME", help="An outcome definition; the study's own.")] = "",
    terms: Annotated[str, typer.Option(metavar="TERMS", help="Covariates of day 0 to adjust for.")] = "",
    python: Annotated[bool, typer.Option("--python", help="Print the Python call instead.")] = False,
    as_of: AsOf = "",
) -> None:
    """Estimate time to relapse by group or engagement: over time, from a landmark on, or from day 0.

    Example: remission relapse --study my-study --by involvement --way landmark --day 183
    """
    reading = Reading(by, cast("Way", way), day, definition, terms)
    if python:
        typer.echo(as_python(reading, str(study)))
        return
    opened = opened_at(study, as_of)
    with progress("Estimating"):
        found = read(opened, reading)
    sentence(f"Outcome: {found.definition}")
    show_section(relapse_section(found, names_of(opened.protocol), None, READING_DAYS))
