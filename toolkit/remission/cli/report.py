"""``remission report``: one self-contained HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence
from remission.cohort import open_study
from remission.questions import study_results
from remission.report import write_report


def report(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; report.html in the study folder if not given.")
    ] = None,
) -> None:
    """Write the study's results as one HTML file with figures and tables, readable without a network.

    Example: remission report --study help-study
    """
    opened = open_study(study)
    with progress("Answering the study's questions") as tell:
        results = study_results(opened, progress=tell)
    with progress("Drawing the report"):
        path = write_report(results, out or study / "report.html")
    sentence(f"Wrote {path}. It holds person-level detail in its small groups: keep it inside the study team.")
