"""``remission instrument``: what there is, how it scores, its words, and its way to other tools."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
import yaml

from remission.cli.options import StudyFolder
from remission.cli.private_file import new_private_file
from remission.cli.screen import heading, sentence, table
from remission.cohort import Study, open_study
from remission.errors import DefinitionError
from remission.estimate.reliable_change import ReliableChange
from remission.estimate.result import Result
from remission.exchange.form_files import (
    export_instrument,
    export_project,
    export_responses,
    read_forms,
    require_new,
    words_of,
)
from remission.exchange.forms.draft import to_instrument, write_definition, write_wordings
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.redcap_events import read_schedule
from remission.exchange.mapping import read_mapping
from remission.exchange.wordings import wording_of_file
from remission.questions import Problem, ScaleCheck, check_instrument
from remission.report.instrument_tables import items_at, reliability_by_wave
from remission.survey import Instrument, available, codebook, instrument, needs_source
from remission.survey.describe import described, listed, readings, scale_table
from remission.survey.wording import languages, wording_file, write_wording

app = typer.Typer(
    help="Instruments: list, show, check, words, files for other tools.\n\nExample: remission instrument list",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The instrument's name.")]
MaybeStudy = Annotated[Path | None, typer.Option("--study", help="The study folder.", metavar="FOLDER")]
Words = Annotated[str, typer.Option("--language", help="A language code such as en or es.")]


@app.command("list")
def list_instruments(study: MaybeStudy = None) -> None:
    """List the instruments that are scored, and those that need their source.

    Example: remission instrument list
    """
    folder = _opened(study).instruments_folder if study else None
    table(listed([instrument(name, extra=folder) for name in available(folder)]))
    heading("Known by name, not scored")
    for name, entry in needs_source().items():
        sentence(f"{name} ({entry.title}): {entry.missing}.")


def _opened(study: Path) -> Study:
    return open_study(study, create_database=False)


def _instrument(name: str, study: Path | None) -> tuple[Instrument, Study | None]:
    opened = _opened(study) if study else None
    return (opened.instrument(name) if opened else instrument(name)), opened


@app.command("show")
def show(name: Name, study: MaybeStudy = None) -> None:
    """Show an instrument: source, licence, items, scales, cutoffs, and what was not verified.

    Example: remission instrument show audit
    """
    found, opened = _instrument(name, study)
    heading(found.title)
    for line in described(found):
        sentence(line)
    heading("Items")
    table(codebook(found))
    heading("Scales")
    table(scale_table(found))
    for line in readings(found):
        sentence(line)
    held = languages(found, opened.wordings_folder if opened else None)
    sentence(f"Words: {', '.join(held) or 'none ship; load your own with `remission instrument wording`'}.")


@app.command("check")
def check(
    name: Name,
    study: StudyFolder,
    wave: Annotated[str | None, typer.Option("--wave", help="Show the items of this wave; else the first.")] = None,
    people: Annotated[Path | None, typer.Option("--people", help="Write each person's change to a new CSV.")] = None,
) -> None:
    """Check how an instrument measures in a study: reliability by wave, floors, gaps, change of persons.

    Example: remission instrument check ces_d --study help-study
    """
    opened = _opened(study)
    if wave is not None:
        opened.protocol.wave(wave)
    checked = check_instrument(opened, name)
    if people is not None:
        _write_people(people, checked)
    for found in checked:
        heading(found.scale.title)
        table(found.waves)
        _print_reliability(found.reliability, wave or str(found.waves["wave"].iloc[0]))
        for title, result in (
            ("First against second wave", found.retest),
            ("Reliable change, first to last wave", found.change),
        ):
            _print(title, result)
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


def _print(title: str, result: Result | Problem | None) -> None:
    if result is None:
        return
    if isinstance(result, Problem):
        sentence(f"{title}: {result.sentence}")
        return
    heading(title)
    sentence(f"Method: {result.method.name}. {result.method.reference}")
    table(result.tidy().drop(columns="std_error").dropna(axis=1, how="all"))
    _print_checks(result)


@app.command("wording")
def load_wording(
    file: Annotated[Path, typer.Argument(help="CSV, REDCap dictionary (.csv), XLSForm (.xlsx) or SPSS file (.sav).")],
    name: Annotated[str, typer.Option("--instrument", help="Whose words they are.")],
    study: StudyFolder,
    language: Words = "en",
    mapping: Annotated[Path | None, typer.Option("--map", help="A mapping file that names the variables.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the words; write nothing.")] = False,
) -> None:
    """Load the words your site is licensed to use, so that a form can be shown.

    Example: remission instrument wording our_phq9.csv --instrument phq9 --study my-study
    """
    opened = _opened(study)
    found = opened.instrument(name)
    words = wording_of_file(file, found, language, _variables(mapping, name))
    path = opened.wordings_folder / wording_file(name, language)
    for item in found.items:
        sentence(f"{item.name} ({item.descriptor}): {words.items[item.name]}")
    if dry_run:
        sentence("Dry run: nothing was written.")
        return
    replaced = path.exists()
    write_wording(words, path)
    sentence(f"The words are in {path}{', in place of those before' if replaced else ''}.")


def _variables(mapping: Path | None, name: str) -> dict[str, str]:
    if mapping is None:
        return {}
    read = read_mapping(mapping)
    first = next(iter(read.waves.values()))
    return {item: first.variable(source.variable) for item, source in read.answers.get(name, {}).items()}


@app.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="The file to write; a folder where a whole study is exported.")],
    kind: Annotated[str, typer.Option("--to", help="redcap, xlsform or fhir.")],
    name: Annotated[str | None, typer.Option("--instrument", help="One instrument; without it, the study.")] = None,
    study: MaybeStudy = None,
    responses: Annotated[bool, typer.Option("--responses", help="FHIR only: the answers, not the questions.")] = False,
) -> None:
    """Write an instrument, or all that a study asks, for another tool; says what did not fit.

    Example: remission instrument export phq9.csv --to redcap --instrument phq9
    """
    if name is None:
        if study is None or kind != "redcap":
            raise DefinitionError(
                "An export needs an instrument, unless it is a study for REDCap.",
                "Add --instrument NAME, or --study FOLDER with --to redcap.",
            )
        losses = export_project(_opened(study), out)
        sentence(f"The project is in {out}: dictionary, events, and which form at which event.")
        return _show(losses)
    found, opened = _instrument(name, study)
    if responses:
        if kind != "fhir" or opened is None:
            raise DefinitionError("Answers are exported to FHIR, from a study.", "Add --to fhir and --study FOLDER.")
        count, losses = export_responses(opened, found, out)
        sentence(f"{count} responses are in {out}.")
        return _show(losses)
    words = words_of(found, opened.wordings_folder if opened else None)
    losses = export_instrument(found, words, kind, out)
    sentence(f"{found.title} is in {out}.")
    return _show(losses)


def _show(losses: Losses) -> None:
    if losses:
        heading("What did not fit")
        table(losses.as_frame())
    else:
        sentence("All of it fits.")


@app.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="A REDCap data dictionary (.csv) or an XLSForm (.xlsx).")],
    study: StudyFolder,
    events: Annotated[Path | None, typer.Option("--events", help="REDCap's events file.")] = None,
    event_map: Annotated[Path | None, typer.Option("--event-map", help="REDCap's instrument-event file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be made; write nothing.")] = False,
) -> None:
    """Read forms of another tool as drafts into the study's folder instruments/; their scoring is to be written.

    Example: remission instrument read dictionary.csv --study my-study --dry-run
    """
    opened = _opened(study)
    forms, losses = read_forms(file)
    drafts = [to_instrument(form) for form in forms]
    for draft, missed in drafts:
        losses.extend(missed)
        sentence(f"{draft.name}: {len(draft.items)} items.")
    for draft, _ in drafts:
        require_new(opened.instruments_folder / draft.name / "instrument.yaml")
    if not dry_run:
        for (draft, _), form in zip(drafts, forms, strict=True):
            path = write_definition(draft, opened.instruments_folder)
            write_wordings(form, opened.wordings_folder)
            sentence(f"Draft: {path}. Write its scales, licence and source there.")
    if events is not None:
        schedule = read_schedule(events, event_map)
        losses.extend(schedule.losses)
        heading("For study.yaml")
        waves = [wave.model_dump(mode="json") for wave in schedule.waves]
        forms_at = {name: list(names) for name, names in schedule.instruments.items()}
        sentence(yaml.safe_dump({"waves": waves, "asking": {"forms": forms_at}}, sort_keys=False))
    _show(losses)
    if dry_run:
        sentence("Dry run: nothing was written.")
