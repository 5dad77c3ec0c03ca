"""``remission profile``: what a data file holds, and a mapping drawn up from it."""

import json
import os
import textwrap
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import AsJson
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, progress, screen, sentence, table
from remission.cohort import open_study
from remission.errors import RemissionError
from remission.exchange.profile import Profile, as_dict, match_instruments, profile_file, sections, summary
from remission.exchange.profile.variables_table import variables_table
from remission.exchange.proposal import Draft, draw_up, mapping_text
from remission.exchange.proposal.lines import short
from remission.report.profile_page import write_profile_page

MOST_ASKED = 6
MOST_LETTERS = 36
NARROW = ["variable", "label", "valid", "missing", "from", "to", "labels", "notes"]


def profile(
    file: Annotated[Path, typer.Argument(help="A data file: SPSS, Stata, SAS or CSV.")],
    study: Annotated[
        Path | None,
        typer.Option("--study", help="Compare with this study's waves, measures and instruments.", metavar="FOLDER"),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Write a proposed mapping here; never over a file that exists.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write everything as one page here.")] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Read texts in this encoding, whatever the file declares.")
    ] = None,
    variables: Annotated[
        str, typer.Option("--variables", help="Also list variables whose names fit; '*' lists all.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show what a data file holds, what is odd and what it asks; nothing is imported.

    Example: remission profile help_wide.sav --study help-study --map mappings/help.yaml
    """
    if mapping is not None:
        mapping = _place(mapping, study)
    for wanted in (mapping, html):
        if wanted is not None and wanted.exists():
            raise RemissionError(f"{wanted} exists already.", "Choose another name, or delete it first.")
    opened = open_study(study, create_database=False) if study else None
    months = [wave.months for wave in opened.protocol.waves] if opened else []
    with progress(f"Reading {file.name}") as tell:
        found = profile_file(file, months, encoding, lambda done, total: tell(done, done if total is None else total))
    matches = match_instruments(found, opened.instruments_folder if opened else None)
    draft = draw_up(found, opened)
    if as_json:
        typer.echo(json.dumps(as_dict(found, matches), indent=2, default=str))
    else:
        show(found, [*summary(found, matches), *_unsure(draft)], variables)
    if html is not None:
        write_profile_page(found.dictionary.path.name, summary(found, matches), sections(found, matches), html)
        _say(f"The whole profile is in {html}.", as_json)
    if mapping is not None:
        _say(_write_mapping(found, draft, mapping), as_json)
    elif not as_json:
        sentence("\nWith --map FILE a mapping is drawn up from this; with --html FILE everything is written to a page.")


def show(found: Profile, parts: list[tuple[str, list[str]]], variables: str = "") -> None:
    """Print the summary, and the variables that were asked for."""
    sentence(found.dictionary.path.name, style="bold")
    for title, lines in parts:
        heading(title)
        for line in lines:
            sentence(textwrap.fill(line, width=screen.width, initial_indent="- ", subsequent_indent="  "))
    if variables:
        heading("Variables")
        chosen = variables_table(found, variables)
        if chosen.empty:
            raise RemissionError(
                f"No variable of {found.dictionary.path.name} fits '{variables}'.", "Use * for any part."
            )
        cut = {
            name: chosen[name].map(lambda text: short(text, MOST_LETTERS)) for name in ("label", "labels", "missing")
        }
        table(chosen[NARROW].assign(**cut))


def _place(mapping: Path, study: Path | None) -> Path:
    """Find the folder that a mapping is meant for: the one here, or the study's of that name."""
    if study is not None and not mapping.parent.is_dir() and (study / mapping.parent).is_dir():
        return study / mapping
    return mapping


def _unsure(draft: Draft) -> list[tuple[str, list[str]]]:
    """Give the single questions that may be items, for the summary."""
    lines = [
        f"{block.instrument}.{line.item} may be {line.variable or ', '.join(line.at.values())}."
        for block in draft.blocks
        for line in block.items
        if line.decide
    ]
    return [("What a mapping would ask", lines[:MOST_ASKED])] if lines else []


def _write_mapping(found: Profile, draft: Draft, path: Path) -> str:
    text = mapping_text(found, draft)
    _write_new(path, text)
    lines = sum(len(block.items) for block in draft.blocks) + len(draft.characteristics) + len(draft.enrolment)
    asked = text.count('decide: "')
    left = sum(len(group.variables) for group in draft.undecided)
    return (
        f"Proposed mapping: {path} ({lines} lines, {asked} of them to decide; {left} names are undecided). "
        "Read it line by line; the import waits until nothing is open."
    )


def _write_new(path: Path, text: str) -> None:
    """Write a file that takes its name only when it is complete, and never another's."""
    part = path.with_name(f".{path.name}.part")
    with new_private_file(part) as out:
        out.write(text)
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise RemissionError(f"{path} exists already.", "Choose another name, or delete it first.") from error
    except OSError:
        # A disk without links; the name was free when the command began.
        os.replace(part, path)
    part.unlink(missing_ok=True)


def _say(text: str, quiet: bool) -> None:
    if not quiet:
        sentence(f"\n{text}")
