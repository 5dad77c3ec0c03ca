"""``remission query``: what looks wrong in the data, who clears it up, and what was done."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import sentence, table
from remission.cohort import EVERYONE, Study, open_study
from remission.queries import STATES, queries, take_step
from remission.report import query_sentence, query_table

app = typer.Typer(help="Queries on the data: found by rules, cleared up by people.", no_args_is_help=True)
Query = Annotated[str, typer.Argument(metavar="QUERY", help="Its short name, as `query list` shows it.")]
Because = Annotated[str, typer.Option("--because", metavar="REASON", help="Kept in the audit trail.")]


@app.command("list")
def show(
    study: StudyFolder,
    everything: Annotated[bool, typer.Option("--all", help="Settled and corrected ones too.")] = False,
    owner: Annotated[str, typer.Option(help="Only what this person has.")] = "",
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the list as CSV.")] = None,
) -> None:
    """List what looks wrong in the data, the oldest first. Nothing is changed.

    Example: remission query list --study my-study --owner "data manager"
    """
    found = queries(_opened(study))
    sentence(query_sentence(found))
    chosen = found[found["state"].isin(STATES if everything else STATES[:1])]
    chosen = chosen[chosen["owner"] == owner] if owner else chosen
    if len(chosen):
        table(query_table(chosen), whole=("Query",))
    if csv_file is not None:
        with new_private_file(csv_file) as file:
            chosen.to_csv(file, index=False)
        sentence(f"Wrote {csv_file}: {len(chosen)} queries.")


@app.command("assign")
def assign(
    query: Query, study: StudyFolder, owner: Annotated[str, typer.Option(help="Who is to clear it up.")]
) -> None:
    """Give a query to somebody.

    Example: remission query assign q1a2b3c4d --study my-study --owner "data manager"
    """
    _told(take_step(_opened(study), query, "assigned", owner=owner))


@app.command("settle")
def settle(query: Query, study: StudyFolder, because: Because) -> None:
    """Accept what looks wrong as it is, with a reason; wrong data are corrected instead, which ends the query.

    Example: remission query settle q1a2b3c4d --study my-study --because "held late, agreed with the study lead"
    """
    _told(take_step(_opened(study), query, "settled", note=because))


@app.command("reopen")
def reopen(query: Query, study: StudyFolder, because: Because) -> None:
    """Open a settled query again.

    Example: remission query reopen q1a2b3c4d --study my-study --because "the paper form says otherwise"
    """
    _told(take_step(_opened(study), query, "reopened", note=because))


def _opened(study: Path) -> Study:
    return open_study(study, create_database=False).for_purpose(EVERYONE)


def _told(one: pd.Series) -> None:
    has = f", {one['owner']} has it" if one["owner"] else ""
    sentence(f"{one['query']} is {one['state']}{has}: {one['sentence']}")
