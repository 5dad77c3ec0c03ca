"""``remission report``: one self-contained HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence
from remission.questions import all_trajectory_means, study_results
from remission.report import names_of, write_report


def report(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; report.html in the study folder if not given.")
    ] = None,
    as_of: AsOf = "",
) -> None:
    """Write the study's results as one HTML file with figures and tables, readable without a network.

    Example: remission report --study help-study
    """
    opened = opened_at(study, as_of)
    with progress("Answering the study's questions") as tell:
        results = study_results(opened, progress=tell)
    with progress("Drawing the report"):
        means = all_trajectory_means(opened, results.trajectories)
        path = write_report(results, out or study / "report.html", names=names_of(opened.protocol), means=means)
    sentence(f"Wrote {path}. It holds person-level detail in its small groups: keep it inside the study team.")
