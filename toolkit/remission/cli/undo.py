"""``remission undo``: take a batch back."""

from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import sentence, table
from remission.cohort import Study, batches, open_study, plan_undo
from remission.cohort import undo as take_back


def undo(
    study: StudyFolder,
    batch: Annotated[
        int | None, typer.Argument(help="The number of the batch; without it, the batches are listed.")
    ] = None,
    why: Annotated[str, typer.Option(metavar="REASON", help="Why it is taken back; kept in the audit trail.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
) -> None:
    """Take back what came in as one batch, and put what it changed back as it was.

    A batch that later ones rest on is refused, and so are answers that participants gave themselves.

    Example: remission undo 3 --study help-study --why "the wrong file"
    """
    opened = open_study(study, create_database=False)
    if batch is None:
        _list(opened)
        return
    if dry_run:
        sentence(plan_undo(opened, batch).sentence)
        sentence("Dry run: nothing was written.")
        return
    sentence(f"Taken back. {take_back(opened, batch, why).sentence}")


def _list(study: Study) -> None:
    found = batches(study)
    if found.empty:
        sentence("The study has no batches yet.")
        return
    found["recorded_at"] = found["recorded_at"].dt.strftime("%Y-%m-%d %H:%M UTC")
    found["undone"] = found["undone_at"].dt.strftime("%Y-%m-%d")
    shown = found[["id", "kind", "file_name", "rows", "recorded_at", "undone"]].rename(columns={"id": "batch"})
    table(shown.astype(object).mask(shown.isna(), None), whole=("recorded_at",))
