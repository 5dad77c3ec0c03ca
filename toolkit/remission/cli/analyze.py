"""``remission analyze``: the study's questions answered in the terminal."""

import json

import typer

from remission.cli.opening import AsOf, opened_at
from remission.cli.options import AsJson, Cluster, StudyFolder, Workers
from remission.cli.screen import heading, progress, sentence, table
from remission.estimate.result import Coefficients, Result
from remission.estimate.workers import Crew
from remission.questions import Comparison, Problem, StudyResults, as_dict, study_results
from remission.report import (
    Names,
    Section,
    answer_section,
    coefficient_table,
    curve_table,
    follow_up_table,
    names_of,
    sentences,
)


def analyze(
    study: StudyFolder, as_of: AsOf = "", as_json: AsJson = False, workers: Workers = 1, cluster: Cluster = ""
) -> None:
    """Estimate time to first use and trajectories, by attendance and group, as study.yaml asks.

    Example: remission analyze --study help-study
    """
    opened = opened_at(study, as_of)
    with progress("Answering the study's questions") as tell:
        results = study_results(opened, progress=tell, crew=Crew(workers, cluster))
    if as_json:
        typer.echo(json.dumps(as_dict(results), indent=2))
        return
    show(results, names_of(opened.protocol))


def show(results: StudyResults, names: Names) -> None:
    """Print all results of a study, each with its sentence."""
    heading(results.title)
    sentence(f"Day 0: {results.time_origin}. Outcome: {results.definition.sentence}")
    if results.not_used:
        sentence(results.not_used)
    heading("Follow-up")
    table(follow_up_table(results.follow_up))
    heading(f"Time to event: {results.definition.title}")
    _show_curve(results, names)
    for name, comparison in results.by.items():
        heading(f"Time to event by {name.replace('_', ' ')}")
        _show_comparison(results, comparison, names)
    for name, fit in results.models():
        heading(name)
        _show_fit(fit, names)
    for asked in results.others:
        show_section(answer_section(asked, names, None, results.times))


def _show_curve(results: StudyResults, names: Names) -> None:
    if isinstance(results.first_use, Problem):
        sentence(results.first_use.sentence, style="yellow")
        return
    table(curve_table(results.first_use, results.times, names))
    sentence(sentences.curve_sentence(results.first_use, results.times, names))
    _show_basis(results.first_use)


def _show_comparison(results: StudyResults, comparison: Comparison | Problem, names: Names) -> None:
    if isinstance(comparison, Problem):
        sentence(comparison.sentence, style="yellow")
        return
    table(curve_table(comparison.curve, results.times, names))
    sentence(sentences.comparison_sentence(comparison.curve, comparison.test, results.times, names))
    _show_basis(comparison.curve)


def _show_fit(fit: Coefficients | Problem, names: Names) -> None:
    if isinstance(fit, Problem):
        sentence(fit.sentence, style="yellow")
        return
    table(coefficient_table(fit, names))
    sentence(sentences.coefficients_sentence(fit, names))
    _show_basis(fit)
    for check in fit.checks:
        if not check.passed:
            sentence(f"Check failed, {check.name}: {check.sentence}", style="yellow")


def show_section(part: Section) -> None:
    """Print a part of a report."""
    heading(part.heading)
    if part.asks:
        sentence(part.asks, style="dim")
    sentence(part.sentence)
    for caption, rows in part.tables:
        sentence(f"{caption}:")
        table(rows)
    for basis in part.bases:
        sentence(f"{basis.method}: {basis.sample}.", style="dim")
        for reason, number in basis.left_out:
            sentence(f"Left out: {number}, {reason}.", style="dim")
        for failed in basis.failed:
            sentence(f"Check failed, {failed}", style="yellow")


def _show_basis(result: Result) -> None:
    """Print method, participants and events, and whom the result leaves out."""
    events = "" if result.sample.events is None else f", {result.sample.events} events"
    method = result.method.name[0].upper() + result.method.name[1:]
    sentence(f"{method}: {result.sample.participants} participants, {result.sample.rows} rows{events}.", style="dim")
    for reason, count in result.sample.left_out:
        if count:
            sentence(f"Left out: {count}, {reason}.", style="dim")
