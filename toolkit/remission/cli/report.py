"""``remission report``: one self-contained HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import StudyFolder
from remission.cli.screen import progress, sentence
from remission.questions import all_trajectory_means, study_results
from remission.report import names_of, write_pdf, write_report


def report(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; report.html in the study folder if not given.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write a tagged PDF beside it.")] = False,
    as_of: AsOf = "",
) -> None:
    """Write the study's results as one HTML file with figures and tables, readable without a network.

    With `--pdf` a PDF with tags and alternative texts stands beside it. The same data give the same bytes.

    Example: remission report --study help-study
    """
    opened = opened_at(study, as_of)
    with progress("Answering the study's questions") as tell:
        results = study_results(opened, progress=tell)
    with progress("Drawing the report"):
        means = all_trajectory_means(opened, results.trajectories)
        names = names_of(opened.protocol)
        path = write_report(results, out or study / "report.html", names=names, means=means)
        beside = [write_pdf(results, path.with_suffix(".pdf"), names=names, means=means)] if pdf else []
    told = " and ".join(map(str, [path, *beside]))
    sentence(f"Wrote {told}. It holds person-level detail in its small groups: keep it inside the study team.")
