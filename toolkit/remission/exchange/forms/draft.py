"""A form read from a file as a draft definition: everything but the scoring, which no form holds."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from remission.errors import DefinitionError
from remission.exchange.forms.form import Form
from remission.exchange.forms.loss import Losses
from remission.survey.definition import Instrument
from remission.survey.item import Item
from remission.survey.part import Citation, Licence
from remission.survey.scale import Scale
from remission.survey.wording import Wording, wording_faults, wording_file, write_wording
from remission.yaml_file import first_fault

NO_SCALES = "scoring: the file says nothing of scales; write them"
NOT_STATED = "not stated in the file"


def to_instrument(form: Form, version: str = "draft") -> tuple[Instrument, Losses]:
    """Make a draft definition of a form.

    The questions' words stay apart (``wordings``), because a file does not say on what terms they
    may be used. An instrument needs a scale, so the draft has one that is the first item's value;
    the losses and the draft's ``unverified`` both say that the scales are to be written.

    Parameters
    ----------
    form : Form
    version : str
        The version of the definition.

    Returns
    -------
    Instrument
    Losses

    Raises
    ------
    DefinitionError
        The form has no items, or breaks a rule of definitions.
    """
    if not form.items:
        raise DefinitionError(f"Form '{form.name}' has no item that can be taken.", "Read what was lost, and why.")
    losses = Losses()
    losses.add(form.name, NO_SCALES)
    losses.add(form.name, "licence, source and recall period: the file says nothing of them; write them")
    for item in form.items:
        if item.required:
            losses.add(f"{form.name}.{item.name}", "required: here a person may always decline an answer")
    try:
        instrument = Instrument(
            name=form.name,
            version=version,
            title=form.title or form.name,
            concept=NOT_STATED,
            language=form.language,
            recall=NOT_STATED,
            wording="absent",
            citation=Citation(text=NOT_STATED),
            licence=Licence(holder=NOT_STATED, terms="unverified"),
            confidence="medium",
            unverified=(NO_SCALES,),
            choices=form.choices,
            items=tuple(_item(form, place) for place in range(len(form.items))),
            scales=(_placeholder(form),),
            note="A draft read from a file. Its one scale only holds the place of those that are to be written.",
        )
    except ValidationError as error:
        raise DefinitionError(f"Form '{form.name}': {first_fault(error)}.", "Mend it in the file.") from error
    for fault in wording_faults(instrument, form.words()):
        losses.add(form.name, fault)
    return instrument, losses


def _item(form: Form, place: int) -> Item:
    item = form.items[place]
    return Item(
        name=item.name,
        descriptor=item.name.replace("_", " "),
        kind=item.kind,
        choices=item.choices,
        minimum=item.minimum,
        maximum=item.maximum,
        asked_if=item.asked_if,
    )


def _placeholder(form: Form) -> Scale:
    first = form.items[0].name
    return Scale(name="answered", title=f"To be written ({first} as answered)", items=(first,), rule="value")


def wordings(form: Form) -> tuple[Wording, ...]:
    """Return a form's words in every language it has, its own first."""
    return (form.words(), *form.translations)


def write_definition(instrument: Instrument, folder: Path, replace: bool = False) -> Path:
    """Write ``<folder>/<name>/instrument.yaml``, as ``survey.library.read_definition`` reads it.

    Parameters
    ----------
    instrument : Instrument
    folder : pathlib.Path
        A folder of definitions, such as a study's ``instruments``.
    replace : bool
        Write over a definition that is there.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DefinitionError
        There is a definition already.
    """
    path = folder / instrument.name / "instrument.yaml"
    if path.exists() and not replace:
        raise DefinitionError(f"{path} is there already.", "Give the form another name, or say to replace it.")
    data = _whole_numbers(instrument.model_dump(mode="json", exclude_defaults=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    path.write_text(text, encoding="utf-8")
    return path


def write_wordings(form: Form, folder: Path) -> list[Path]:
    """Write a form's words, ``<name>.<language>.csv`` a language, as a site's own wording.

    Returns
    -------
    list of pathlib.Path
        The files.
    """
    written = []
    for words in wordings(form):
        path = folder / wording_file(form.name, words.language)
        write_wording(words, path)
        written.append(path)
    return written


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
