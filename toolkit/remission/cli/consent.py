"""``remission consent``: who agreed to what, and what is withdrawn."""

from datetime import date
from typing import Annotated, get_args

import pandas as pd
import typer

from remission.cli.opening import a_date
from remission.cli.options import StudyFolder
from remission.cli.screen import sentence, table
from remission.cohort import EVERYONE, BatchInfo, Entries, consents, open_study, participants, permission, record
from remission.cohort.consent_plan import Purpose
from remission.errors import RemissionError

app = typer.Typer(help="Who agreed to what.", no_args_is_help=True)


@app.command("status")
def status(
    study: StudyFolder,
    participant: Annotated[str | None, typer.Option(help="Only this participant.")] = None,
) -> None:
    """Count who may be used for what today, or list what one participant agreed to.

    Example: remission consent status --study my-study
    """
    opened = open_study(study, create_database=False)
    if participant is not None:
        held = consents(opened)
        mine = held[held["participant_id"] == participant].drop(columns="participant_id")
        if mine.empty:
            sentence(f"No consent of participant {participant} is recorded.")
            return
        table(mine.astype(object).mask(mine.isna(), None))
        return
    enrolled = len(participants(opened.for_purpose(EVERYONE)))
    rows = []
    for purpose in get_args(Purpose):
        found = permission(opened, purpose)
        counts = {reason: len(codes) for reason, codes in found.left_out.items()}
        rows.append({"purpose": purpose, "may be used": enrolled - len(found.refused), **counts})
    table(pd.DataFrame(rows))
    if opened.protocol.consent is None:
        sentence(
            "study.yaml has no section `consent`: the study keeps consents elsewhere, and only those who asked for a "
            "stop are left out."
        )


@app.command("withdraw")
def withdraw(
    study: StudyFolder,
    participant: Annotated[str, typer.Option(help="The participant's code.")],
    why: Annotated[str, typer.Option(metavar="REASON", help="Kept in the audit trail; it must name nobody.")] = "",
    purpose: Annotated[str | None, typer.Option(help="Only this purpose; all of them if not given.")] = None,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="Today if not given.")] = "",
) -> None:
    """Note that a participant withdrew their consent.

    Example: remission consent withdraw --study my-study --participant 1017 --purpose export --why "by letter"
    """
    if not why.strip():
        raise RemissionError("No reason is given.", "Say why with --why; it is kept in the audit trail.")
    opened = open_study(study, create_database=False)
    held = consents(opened)
    mine = held[(held["participant_id"] == participant) & held["withdrawn_on"].isna()]
    if purpose is not None:
        mine = mine[mine["purpose"] == purpose]
    if mine.empty:
        raise RemissionError(
            f"Participant {participant} has no such consent in force.", "See `remission consent status --participant`."
        )
    day = a_date(since) if since else date.today()
    record(opened, Entries(consents=mine.assign(withdrawn_on=day)), BatchInfo("wish", reason=why))
    sentence(f"Withdrawn from {day} on: {', '.join(dict.fromkeys(mine['purpose']))}.")
