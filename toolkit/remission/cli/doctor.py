"""``remission doctor``: what is wrong with a study before it hurts."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from remission.cli.options import AsJson, StudyFolder
from remission.cli.screen import screen, sentence
from remission.keeping import examine

STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}


def doctor(
    study: StudyFolder,
    backups: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where its backups are kept.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at versions, database, permissions, leftovers and backups; nothing is changed. Exit code 1 with a fault.

    Example: remission doctor --study my-study --backups /backups
    """
    found = examine(study, backups)
    faults = sum(finding.state == "fault" for finding in found)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=2, ensure_ascii=False))
        raise typer.Exit(1 if faults else 0)
    for finding in found:
        text = f"{finding.state:<8}{finding.about}: {finding.said} {finding.cure}".rstrip()
        screen.print(text, style=STYLES[finding.state], markup=False, soft_wrap=True)
    warnings = sum(finding.state == "warning" for finding in found)
    sentence(f"{len(found)} things looked at: {faults} faults, {warnings} warnings.")
    raise typer.Exit(1 if faults else 0)
