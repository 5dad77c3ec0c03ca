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
