"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[Path, typer.Option("--study", help="The study folder.", metavar="FOLDER")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output and nothing else there.")]
NoOpen = Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")]
Port = Annotated[int, typer.Option("--port", help="Port on this computer; the next free one if it is taken.")]
MaybeStudy = Annotated[
    Path | None, typer.Option("--study", help="A study, for definitions of its own.", metavar="FOLDER")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes for resamples and imputed copies.")]
Cluster = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler of your own, like tcp://10.0.0.5:8786.")
]
