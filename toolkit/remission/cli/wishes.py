"""``remission stop``, ``remission resume`` and ``remission erase``: what a participant no longer wants."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import pandas as pd
import typer

from remission.cli.opening import a_date
from remission.cli.options import StudyFolder
from remission.cli.screen import sentence
from remission.cohort import (
    BatchInfo,
    Entries,
    Study,
    open_study,
    plan_erasure,
    record,
    stops,
)
from remission.cohort import erase as erase_participant
from remission.errors import RemissionError
from remission.vault import forget


class Wish(StrEnum):
    """What stops."""

    CONTACT = "contact"
    USE = "use"


Participant = Annotated[str, typer.Option(help="The participant's code.")]
Why = Annotated[str, typer.Option(metavar="REASON", help="Kept in the audit trail; it must name nobody.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="From this day on; today if not given.")]
AFTER = {
    Wish.CONTACT: "Nobody contacts them any more: no link, no line in the week's work. Their data stay in use.",
    Wish.USE: "From that day their data are in no analysis, export or release. What was published before stays.",
}


def stop(
    what: Annotated[Wish, typer.Argument(help="contact, or use of the data from now on.")],
    study: StudyFolder,
    participant: Participant,
    why: Why = "",
    since: From = "",
) -> None:
    """Stop contacting a participant, or stop using their data from now on; nothing is deleted.

    Example: remission stop contact --study my-study --participant 1017 --why "asked on the phone"
    """
    opened = open_study(study, create_database=False)
    day = a_date(since) if since else date.today()
    if _in_force(opened, participant, what) is not None:
        sentence(f"That was stopped before for participant {participant}; nothing changed.")
        return
    _record(opened, participant, what, day, None, why)
    sentence(f"Stopped {what.value} for participant {participant} from {day} on. {AFTER[what]}")


def resume(
    what: Annotated[Wish, typer.Argument(help="contact, or use of the data.")],
    study: StudyFolder,
    participant: Participant,
    why: Why = "",
    since: From = "",
) -> None:
    """Lift a stop, from today or a given day on.

    Example: remission resume contact --study my-study --participant 1017 --why "called back"
    """
    opened = open_study(study, create_database=False)
    began = _in_force(opened, participant, what)
    if began is None:
        raise RemissionError(f"No stop of {what.value} is in force for participant {participant}.", "Check the code.")
    day = a_date(since) if since else date.today()
    if day <= began:
        raise RemissionError(
            f"The stop of {what.value} began on {began}, not before {day}.",
            "A stop that was a mistake is taken back with `remission undo`, which lists the batches.",
        )
    _record(opened, participant, what, began, day, why)
    sentence(f"Lifted the stop of {what.value} for participant {participant} from {day} on.")


def erase(
    study: StudyFolder,
    participant: Participant,
    why: Why = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a participant for good: answers, links, and what the audit trail says in detail. It cannot be undone.

    Example: remission erase --study my-study --participant 1017 --why "asked in writing" --dry-run
    """
    opened = open_study(study, create_database=False)
    plan = plan_erasure(opened, participant)
    sentence(plan.sentence)
    if plan.exports:
        sentence(
            f"{plan.exports} exports went out since this participant was enrolled: `remission audit show` lists them. "
            "Ask those who hold them to delete the rows."
        )
    if dry_run:
        sentence("Dry run: nothing was erased.")
        return
    if not yes and not typer.confirm("Erase all of it? It cannot be undone."):
        raise typer.Exit(1)
    if not why.strip():
        raise RemissionError("No reason is given.", "Say why with --why; it must name nobody.")
    # The vault first: a name that nobody can address any more would be left behind otherwise.
    in_vault = forget(opened, plan.uid)
    erase_participant(opened, participant, why)
    sentence("Erased. Make a new backup now: it notes the erasure beside the older ones, which then bring nobody back.")
    if in_vault:
        sentence("Name and addresses were taken out of the vault as well.")


def _in_force(study: Study, participant: str, what: Wish) -> date | None:
    held = stops(study)
    mine = held[(held["participant_id"] == participant) & (held["kind"] == what.value) & held["lifted_on"].isna()]
    return None if mine.empty else mine["since_on"].iloc[-1]


def _record(study: Study, participant: str, what: Wish, since: date, lifted: date | None, why: str) -> None:
    if not why.strip():
        raise RemissionError("No reason is given.", "Say why with --why; it is kept in the audit trail.")
    # Refuses a code that nobody has, which would enrol somebody.
    plan_erasure(study, participant)
    row = {"participant_id": participant, "kind": what.value, "since_on": since, "lifted_on": lifted}
    info = BatchInfo("wish", reason=why)
    record(study, Entries(stops=pd.DataFrame([row], dtype=object)), info)
