"""``remission instrument check``: how an instrument measures in a study."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, sentence, table
from remission.cohort import open_study
from remission.estimate.reliable_change import ReliableChange
from remission.estimate.result import Result
from remission.questions import Problem, ScaleCheck, check_instrument
from remission.report.instrument_tables import items_at, reliability_by_wave

Name = Annotated[str, typer.Argument(help="The instrument's name.")]


def check(
    name: Name,
    study: StudyFolder,
    wave: Annotated[str | None, typer.Option("--wave", help="Show the items of this wave; else the first.")] = None,
    people: Annotated[Path | None, typer.Option("--people", help="Write each person's change to a new CSV.")] = None,
) -> None:
    """Check how an instrument measures in a study: reliability by wave, floors, gaps, change of persons.

    Example: remission instrument check ces_d --study help-study
    """
    opened = open_study(study, create_database=False)
    if wave is not None:
        opened.protocol.wave(wave)
    checked = check_instrument(opened, name)
    if people is not None:
        _write_people(people, checked)
    for found in checked:
        heading(found.scale.title)
        table(found.waves)
        _print_reliability(found.reliability, wave or str(found.waves["wave"].iloc[0]))
        _print("First against second wave", found.retest, "")
        _print("Reliable change, first to last wave", found.change, found.change_basis)
        if not found.flagged.empty:
            sentence(f"{len(found.flagged)} answers ask for a person's attention at once:", style="bold red")
            table(found.flagged)


def _write_people(path: Path, checked: tuple[ScaleCheck, ...]) -> None:
    frames = [
        found.change.people.assign(scale=found.scale.name)
        for found in checked
        if isinstance(found.change, ReliableChange)
    ]
    with new_private_file(path) as file:
        (pd.concat(frames) if frames else pd.DataFrame()).to_csv(file, index=False)
    sentence(f"Each person's change is in {path}, which only you can read.")


def _print_reliability(result: Result | Problem | None, wave: str) -> None:
    if result is None:
        return
    if isinstance(result, Problem):
        sentence(f"Reliability: {result.sentence}")
        return
    heading("Reliability by wave, with 95% intervals")
    sentence(f"Method: {result.method.name}. {result.method.reference}")
    table(reliability_by_wave(result))
    heading(f"Items at {wave}")
    table(items_at(result, wave))
    _print_checks(result)


def _print_checks(result: Result) -> None:
    for each in result.checks:
        if not each.passed:
            sentence(f"Check failed, {each.name}: {each.sentence}", style="bold red")


def _print(title: str, result: Result | Problem | None, basis: str) -> None:
    if result is None:
        return
    if isinstance(result, Problem):
        sentence(f"{title}: {result.sentence}")
        return
    heading(title)
    sentence(f"Method: {result.method.name}. {result.method.reference}")
    if basis:
        sentence(basis)
    table(result.tidy().drop(columns="std_error").dropna(axis=1, how="all"))
    _print_checks(result)
