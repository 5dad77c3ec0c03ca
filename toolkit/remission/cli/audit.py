"""``remission audit``: who did what, and the proof that nothing was changed past it."""

import re
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence, table
from remission.cohort import audit_trail, open_study, trail_head
from remission.cohort.trail.chain import Head
from remission.cohort.trail.verify import LISTED, verify_trail
from remission.errors import RemissionError

app = typer.Typer(help="Who did what to which value, and the proof of it.", no_args_is_help=True)
HEAD = re.compile(r"(\d+):([0-9a-f]{32,64})")
SHOWN = ("at", "who", "action", "what", "old", "new", "reason")


@app.command("show")
def show(
    study: StudyFolder,
    participant: Annotated[str | None, typer.Option(help="Only what was done to this participant.")] = None,
    last: Annotated[int, typer.Option(min=1, help="How many entries, the newest at the end.")] = 50,
) -> None:
    """Print the audit trail.

    Example: remission audit show --study my-study --participant 1017
    """
    found = audit_trail(open_study(study, create_database=False), participant).tail(last)
    if found.empty:
        sentence("The trail has no entries about that." if participant else "The trail is empty.")
        return
    found["what"] = [
        " ".join(str(part) for part in (row["table"], row["key"], row["field"]) if part)
        for row in found.to_dict("records")
    ]
    # A batch is described by its number; what it was in JSON is for the proof.
    found.loc[found["table"] == "batch", "new"] = None
    found["at"] = found["at"].dt.strftime("%Y-%m-%d %H:%M")
    table(found[list(SHOWN)].astype(object).mask(found[list(SHOWN)].isna(), None), whole=("at",))


@app.command("verify")
def verify(
    study: StudyFolder,
    noted: Annotated[
        str,
        typer.Option(metavar="NUMBER:SEAL", help="A newest entry noted elsewhere, as `audit head` prints it."),
    ] = "",
) -> None:
    """Hold trail and stored facts against each other; exit code 1 where they disagree.

    Finds an entry or a stored value that was changed, taken out, added or moved. Somebody who may write to the
    database could make a whole trail anew: against that, note the newest entry elsewhere and give it here.

    Example: remission audit verify --study my-study
    """
    opened = open_study(study, create_database=False)
    with progress("Verifying participants") as tell:
        verdict = verify_trail(opened, _head(noted), tell)
    for fault in verdict.faults[:LISTED]:
        sentence(fault, style="red")
    if len(verdict.faults) > LISTED:
        sentence(f"... and {len(verdict.faults) - LISTED} more.", style="red")
    sentence(verdict.sentence)
    if verdict.faults:
        sentence("Restore a backup, and find out who could write to the database.")
        raise typer.Exit(1)


@app.command("head")
def head(study: StudyFolder) -> None:
    """Print number and seal of the newest entry, to be noted where nobody can change it.

    Example: remission audit head --study my-study
    """
    typer.echo(str(trail_head(open_study(study, create_database=False))))


def _head(noted: str) -> Head | None:
    if not noted:
        return None
    found = HEAD.fullmatch(noted.strip())
    if found is None:
        raise RemissionError(f"'{noted}' is no entry.", "Give it as `remission audit head` prints it: NUMBER:SEAL.")
    return Head(int(found.group(1)), found.group(2))
