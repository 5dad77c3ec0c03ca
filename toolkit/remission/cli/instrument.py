"""``remission instrument``: what there is, how it scores, its words, and its way to other tools."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import heading, sentence, table
from remission.cohort import open_study
from remission.survey import available, codebook, instrument, needs_source
from remission.survey.describe import described, listed, scale_table
from remission.survey.wording import languages, parse_wording, read_wording, wording_faults, write_wording

app = typer.Typer(
    help="Instruments: list, show, check, words, files for other tools.\n\nExample: remission instrument list",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The instrument's name.")]


@app.command("list")
def list_instruments() -> None:
    """List the instruments that are scored, and those that need their source.

    Example: remission instrument list
    """
    table(listed([instrument(name) for name in available()]))
    heading("Known by name, not scored")
    for name, entry in needs_source().items():
        sentence(f"{name} ({entry.title}): {entry.missing}.")


@app.command("show")
def show(name: Name) -> None:
    """Show an instrument: source, licence, items, scales, cutoffs, and what was not verified.

    Example: remission instrument show audit
    """
    found = instrument(name)
    heading(found.title)
    for line in described(found):
        sentence(line)
    heading("Items")
    table(codebook(found))
    heading("Scales")
    table(scale_table(found))
    sentence(f"Words: {', '.join(languages(found)) or 'none ship; load your own with `remission instrument wording`'}.")
