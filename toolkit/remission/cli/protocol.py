"""``remission protocol``: what a change of study.yaml would do, the change itself, and those before."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.opening import a_date
from remission.cli.options import StudyFolder
from remission.cli.screen import heading, sentence, table
from remission.cohort import Study, open_study
from remission.cohort.amending import BEGINNING, amend, protocol_history, read_amended
from remission.cohort.protocol import Protocol
from remission.tracking.amendment import effect_of

app = typer.Typer(help="Changes of the protocol while the study runs.", no_args_is_help=True)
NewFile = Annotated[Path, typer.Argument(metavar="NEW.yaml", help="An edited copy of study.yaml.")]
Effective = Annotated[str, typer.Option(metavar="DATE", help="From this day on; today if not given.")]


@app.command("diff")
def diff(file: NewFile, study: StudyFolder, effective: Effective = "") -> None:
    """Show what a new study.yaml would change for the people in the study. Nothing is written.

    Example: remission protocol diff new.yaml --study my-study --effective 2026-12-01
    """
    opened = open_study(study, create_database=False)
    new = read_amended(opened, file)
    _show(opened, new, a_date(effective) if effective else date.today())
    sentence("Nothing was written. `remission protocol amend` makes the change.")


@app.command("amend")
def make(
    file: NewFile,
    study: StudyFolder,
    why: Annotated[str, typer.Option(metavar="REASON", help="Kept in the audit trail.")] = "",
    effective: Effective = "",
) -> None:
    """Put a new study.yaml in place; the former stays in the database, and every answer stays.

    Windows that closed before the day it takes effect stay as they were.

    Example: remission protocol amend new.yaml --study my-study --effective 2026-12-01 --why "ethics amendment 2"
    """
    opened = open_study(study, create_database=False)
    day = a_date(effective) if effective else date.today()
    _show(opened, read_amended(opened, file), day)
    amend(opened, file, day, why)
    sentence(f"study.yaml is replaced; the new protocol holds from {day} on.")


@app.command("history")
def history(study: StudyFolder) -> None:
    """List the versions of the protocol.

    Example: remission protocol history --study my-study
    """
    found = protocol_history(open_study(study, create_database=False))
    if found.empty:
        sentence("The protocol was never amended; study.yaml is the only version.")
        return
    found["from"] = ["the beginning" if day == BEGINNING else str(day) for day in found["effective_on"]]
    found["recorded"] = [f"{moment:%Y-%m-%d}" for moment in found["recorded_at"]]
    table(found[["from", "recorded", "who", "reason"]])
    if found.attrs["edited"]:
        sentence(
            "study.yaml was edited by hand since the last version; what it says now holds in that version's place."
        )


def _show(study: Study, new: Protocol, effective: date) -> None:
    effect = effect_of(study, new, effective)
    heading("What changes")
    for change in effect.changes:
        sentence(f"- {change.wave}: {change.sentence}" if change.wave else f"- {change.sentence}")
    if not effect.changes:
        sentence("Nothing but remarks.")
    heading("Waves: all answers stay")
    table(effect.waves)
    heading("What became of interviews, before and after")
    if effect.dispositions.empty:
        sentence("The same for everybody.")
    else:
        table(effect.dispositions)
