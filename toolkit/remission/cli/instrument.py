"""``remission instrument``: what there is, how it scores, its words, and its way to other tools."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
import yaml

from remission.cli import instrument_check
from remission.cli.options import StudyFolder
from remission.cli.screen import heading, sentence, table
from remission.cohort import Study, open_study
from remission.errors import DefinitionError
from remission.exchange.form_files import (
    export_instrument,
    export_project,
    export_responses,
    read_forms,
    require_new,
    words_of,
)
from remission.exchange.forms.draft import to_instrument, write_definition, write_wordings
from remission.exchange.forms.form import Form
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.redcap_events import read_schedule
from remission.exchange.mapping import read_mapping
from remission.exchange.wordings import wording_of_file
from remission.survey import Instrument, available, codebook, instrument, needs_source
from remission.survey.describe import described, listed, readings, scale_table
from remission.survey.wording import Wording, languages, wording_file, write_wording

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
    table(listed([instrument(name, extra=folder) for name in available(folder)]), whole=("name",))
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


app.command("check")(instrument_check.check)


@app.command("wording")
def load_wording(
    file: Annotated[Path, typer.Argument(help="CSV, REDCap dictionary (.csv), XLSForm (.xlsx) or SPSS file (.sav).")],
    name: Annotated[str, typer.Option("--instrument", help="Whose words they are.")],
    study: StudyFolder,
    language: Words = "en",
    mapping: Annotated[Path | None, typer.Option("--map", help="A mapping file that names the variables.")] = None,
    intro: Annotated[str | None, typer.Option("--intro", help="What stands before the questions.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the words; write nothing.")] = False,
) -> None:
    """Load the words your site is licensed to use, so that a form can be shown.

    Example: remission instrument wording our_phq9.csv --instrument phq9 --study my-study
    """
    opened = _opened(study)
    found = opened.instrument(name)
    words = wording_of_file(file, found, language, _variables(mapping, name), intro)
    path = opened.wordings_folder / wording_file(name, language)
    sentence(f"Before the questions: {words.intro}")
    for item in found.items:
        sentence(f"{item.name} ({item.descriptor}): {words.items[item.name]}")
    for name_of_list, labels in words.choices.items():
        sentence(f"{name_of_list}: {'; '.join(f'{value} {label}' for value, label in labels.items())}")
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


def _own_name(form: Form, losses: Losses) -> Form:
    """Keep a draft from standing before an instrument of the library."""
    if form.name not in available():
        return form
    losses.add(form.name, f"the library has an instrument of that name, so the draft is called site_{form.name}")
    return replace(form, name=f"site_{form.name}")


@app.command("template")
def template(
    name: Name,
    out: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    study: MaybeStudy = None,
) -> None:
    """Write a wording file to fill in: every item and every choice has its line.

    Example: remission instrument template phq9 our_phq9.csv
    """
    found, _ = _instrument(name, study)
    require_new(out)
    blank = Wording(
        instrument=name,
        language="en",
        title=found.title,
        intro=f"[write here what comes before the questions, with the time frame: {found.recall}]",
        items={item.name: f"[{item.descriptor}]" for item in found.items},
        choices={
            listed: {f"{choice.value:g}": f"[{choice.label}]" for choice in choices}
            for listed, choices in found.choices.items()
        },
        source="[where the words come from, and on what terms]",
    )
    write_wording(blank, out)
    sentence(f"{out} has a line for each text. Replace what stands in [brackets], then load it.")


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
    forms = [_own_name(form, losses) for form in forms]
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
