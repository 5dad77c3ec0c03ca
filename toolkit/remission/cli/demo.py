"""``remission demo``: the main job on a simulated cohort with known truth."""

from pathlib import Path
from typing import Annotated

import typer

from remission.cli.analyze import show
from remission.cli.dashboard import free_port, start, stop, wait_until_it_answers
from remission.cli.options import NoOpen, Port
from remission.cli.screen import heading, progress, sentence
from remission.cohort import EVERYONE, Study, create_study, open_study, participants
from remission.errors import StudyError
from remission.questions import all_trajectory_means, study_results
from remission.report import names_of, write_report
from remission.simulate import DEMO_TRUTH, record_simulated


def demo(
    folder: Annotated[Path, typer.Option(help="Where the example study goes.")] = Path("demo-study"),
    people: Annotated[int, typer.Option("--participants", min=1, help="How many to simulate.")] = 600,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 2026,
    port: Port = 8501,
    no_open: NoOpen = False,
) -> None:
    """Simulate a cohort, store it, analyse it, write a report and show the dashboard.

    With --no-open the dashboard is started, seen to answer, and ended again.

    Example: remission demo --no-open
    """
    study = _example(folder, people, seed)
    with progress("Answering the study's questions") as tell:
        results = study_results(study, progress=tell)
    show(results, names_of(study.protocol))
    heading("The simulated truth")
    sentence(DEMO_TRUTH.sentence())
    with progress("Drawing the report"):
        means = all_trajectory_means(study, results.trajectories)
        report = write_report(results, folder / "report.html", names=names_of(study.protocol), means=means)
    sentence(f"\nThe report is {report}.")
    _serve(folder, port, no_open)


def _example(folder: Path, people: int, seed: int) -> Study:
    if (folder / "study.yaml").is_file():
        study = open_study(folder)
        if study.protocol.name != "demo":
            raise StudyError(
                f"{folder} holds another study, {study.protocol.name}.", "Give another place with --folder."
            )
        if not participants(study.for_purpose(EVERYONE)).empty:
            sentence(f"Using the example study that is already in {folder}; delete the folder to simulate anew.")
            return study
    else:
        create_study(folder, "engagement", name="demo")
        study = _titled_as_simulated(folder)
    with progress(f"Simulating {people} participants") as tell:
        record_simulated(study, people, seed, progress=tell)
    return study


def _titled_as_simulated(folder: Path) -> Study:
    """Say in the study's title, which stands above every result, that nobody real is in it."""
    path = folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: ", "title: Simulated data, nobody real - ", 1), encoding="utf-8")
    return open_study(folder)


def _serve(folder: Path, port: int, no_open: bool) -> None:
    free = free_port(port)
    server = start(folder, free, headless=no_open)
    try:
        address = wait_until_it_answers(server, free)
        if no_open:
            sentence(f"The dashboard answered at {address} and was ended again. To keep it:")
            sentence(f"  remission dashboard --study {folder} --no-open")
            return
        sentence(f"The dashboard is at {address} (this computer only). Ctrl-C ends it.")
        server.wait()
    except KeyboardInterrupt:
        sentence("The dashboard was ended.")
    finally:
        stop(server)
