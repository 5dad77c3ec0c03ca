"""``remission new``: make a study folder."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.screen import sentence
from remission.cohort import create_study


def new(
    folder: Annotated[Path, typer.Argument(help="The folder to make; it must not exist or be empty.")],
    template: Annotated[str, typer.Option(help="follow-up or engagement.")] = "follow-up",
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A PostgreSQL database: postgresql+psycopg://host/name, without a password."),
    ] = None,
) -> None:
    """Make a study folder: study.yaml, cohort.db, mappings/ and releases/.

    Example: remission new help-study --template follow-up
    """
    study = create_study(folder, template, database=database)
    waves = ", ".join(wave.name for wave in study.protocol.waves)
    sentence(f"Made the study folder {folder} with the waves {waves}.")
    sentence(f"Next: read {folder / 'study.yaml'}, then bring in a file:")
    sentence(f"  remission import FILE.sav --study {folder} --map mappings/NAME.yaml --dry-run")
    if study.protocol.asking is not None:
        sentence("or enrol people by code and ask them:")
        sentence(f"  remission record PEOPLE.csv --study {folder} --as people")
