"""A site's licensed words, out of the file in which it holds them: CSV, REDCap dictionary, XLSForm or SPSS."""

from collections.abc import Mapping
from pathlib import Path

from remission.errors import DefinitionError
from remission.exchange.files import DataFile, read_file
from remission.exchange.form_files import read_forms
from remission.exchange.forms.form import Form
from remission.survey.definition import Instrument
from remission.survey.wording import COLUMNS, Wording, parse_wording, wording_faults


def wording_of_file(
    path: Path,
    instrument: Instrument,
    language: str,
    variables: Mapping[str, str] | None = None,
    intro: str | None = None,
) -> Wording:
    """Read an instrument's words from a file, and check that they are complete.

    Parameters
    ----------
    path : pathlib.Path
        A wording file (``part,name,value,text``), a REDCap data dictionary, an XLSForm, or an SPSS file
        whose variable and value labels are the words.
    instrument : Instrument
    language : str
    variables : mapping, optional
        Item to the name of its variable or field; the item's own name where not given.
    intro : str, optional
        What stands before the questions, where the file has no place for it.

    Raises
    ------
    DefinitionError
        An item or a choice has no words there, or the choices have other values.
    UnreadableFile
        The SPSS file cannot be read.
    """
    found = _read(path, instrument, language, variables or {})
    if intro is not None:
        found = found.model_copy(update={"intro": intro})
    faults = wording_faults(instrument, found)
    if faults:
        raise DefinitionError(
            f"{path.name}, words of {instrument.name}: {'; '.join(faults)}.",
            "Complete the file; a form is shown with all its words or not at all.",
        )
    return found


def _read(path: Path, instrument: Instrument, language: str, variables: Mapping[str, str]) -> Wording:
    if not path.is_file():
        raise DefinitionError(f"There is no file {path}.", "Check its name and folder.")
    if path.suffix.lower() in (".sav", ".zsav"):
        return _of_spss(read_file(path), instrument, language, variables)
    if path.suffix.lower() == ".csv" and _first_line(path) == ",".join(COLUMNS):
        return parse_wording(path, instrument, language)
    forms, _ = read_forms(path)
    return _of_form(path, forms, instrument, language, variables)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(500).decode("utf-8-sig", "replace").strip()


def _of_spss(file: DataFile, instrument: Instrument, language: str, variables: Mapping[str, str]) -> Wording:
    names = {name.lower(): name for name in file.variables}
    items: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    for item in instrument.items:
        held = names.get(variables.get(item.name, item.name).lower())
        if held is None:
            continue
        variable = file.variables[held]
        items[item.name] = variable.label.strip()
        if item.choices is not None and item.choices not in choices:
            allowed = [f"{value:g}" for value in instrument.values(item.name) or ()]
            labels = {f"{float(code):g}": said for code, said in variable.value_labels.items() if _is_number(code)}
            choices[item.choices] = {value: labels[value] for value in allowed if value in labels}
    source = f"labels of {file.path.name}"
    return Wording(instrument=instrument.name, language=language, items=items, choices=choices, source=source)


def _is_number(code: object) -> bool:
    try:
        float(str(code))
    except ValueError:
        return False
    return True


def _of_form(
    path: Path, forms: list[Form], instrument: Instrument, language: str, variables: Mapping[str, str]
) -> Wording:
    wanted = {item.name: variables.get(item.name, item.name) for item in instrument.items}
    best = max(forms, key=lambda form: _held(form, wanted), default=None)
    if best is None or not _held(best, wanted):
        raise DefinitionError(
            f"{path.name} asks none of the items of {instrument.name}.",
            f"Its fields must be called {', '.join(list(wanted.values())[:3])}, ... or be named with --map.",
        )
    said = next((words for words in best.translations if words.language == language), best.words())
    fields = {item.name: item for item in best.items}
    items: dict[str, str] = {}
    choices: dict[str, dict[str, str]] = {}
    for item in instrument.items:
        field = fields.get(_field(best, wanted[item.name]))
        if field is None:
            continue
        items[item.name] = said.items.get(field.name, "")
        if item.choices is not None and field.choices is not None:
            choices.setdefault(item.choices, dict(said.choices.get(field.choices, {})))
    return Wording(
        instrument=instrument.name,
        language=language,
        title=said.title,
        intro=said.intro,
        items=items,
        choices=choices,
        source=f"form '{best.name}' of {path.name}",
    )


def _field(form: Form, name: str) -> str:
    held = {item.name for item in form.items}
    return name if name in held else f"{form.name}_{name}"


def _held(form: Form, wanted: Mapping[str, str]) -> int:
    held = {item.name for item in form.items}
    return sum(_field(form, name) in held for name in wanted.values())
