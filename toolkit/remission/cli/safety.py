"""``remission safety``: answers that ask for a person's attention, who looks, and what was done."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import sentence, table
from remission.cohort import EVERYONE, Study, open_study
from remission.report import safety_sentence, safety_table
from remission.safety import STATES, flags, take_step

app = typer.Typer(help="Answers that ask for a person's attention, and what was done.", no_args_is_help=True)
Flag = Annotated[str, typer.Argument(metavar="FLAG", help="Its short name, as `safety list` shows it.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="In a few words; kept in the audit trail.")]
SHOWN = ("open", "seen")
WAITING = 3


@app.command("list")
def show(
    study: StudyFolder,
    everything: Annotated[bool, typer.Option("--all", help="Handled, corrected and past ones too.")] = False,
    person: Annotated[str, typer.Option(help="Only what this person is to look at.")] = "",
    only_count: Annotated[bool, typer.Option("--count", help="Say only how many: no code of anybody.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help=f"End with {WAITING} while one is unseen.")] = False,
) -> None:
    """List answers that ask for a person's attention, those that nobody has seen first. Nothing is changed.

    Example: remission safety list --study my-study --count --exit-code
    """
    found = flags(_opened(study))
    found = found[found["person"] == person] if person else found
    sentence(safety_sentence(found))
    shown = found[found["state"].isin(STATES if everything else SHOWN)]
    if len(shown) and not only_count:
        table(safety_table(shown), whole=("Flag", "Participant"))
    if exit_code and (found["state"] == "open").any():
        raise typer.Exit(WAITING)


@app.command("assign")
def assign(flag: Flag, study: StudyFolder, person: Annotated[str, typer.Option(help="Who is to look.")]) -> None:
    """Give a flag to somebody.

    Example: remission safety assign f1a2b3c4d --study my-study --person "clinical lead"
    """
    _told(take_step(_opened(study), flag, "assigned", person=person))


@app.command("seen")
def seen(flag: Flag, study: StudyFolder, note: Note = "") -> None:
    """Note that a person has seen a flag and is at it.

    Example: remission safety seen f1a2b3c4d --study my-study
    """
    _told(take_step(_opened(study), flag, "seen", note=note))


@app.command("handled")
def handled(flag: Flag, study: StudyFolder, note: Note) -> None:
    """Note what was done about a flag.

    Example: remission safety handled f1a2b3c4d --study my-study --note "called, safe, appointment made"
    """
    _told(take_step(_opened(study), flag, "handled", note=note))


@app.command("reopen")
def reopen(flag: Flag, study: StudyFolder, note: Note) -> None:
    """Open a flag again.

    Example: remission safety reopen f1a2b3c4d --study my-study --note "the appointment was missed"
    """
    _told(take_step(_opened(study), flag, "reopened", note=note))


def _opened(study: Path) -> Study:
    return open_study(study, create_database=False).for_purpose(EVERYONE)


def _told(one: pd.Series) -> None:
    has = f", {one['person']} looks" if one["person"] else ", nobody is named to look"
    sentence(f"{one['flag']} is {one['state']}{has}: {one['sentence']}")
