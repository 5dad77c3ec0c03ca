"""REDCap data dictionaries: the 18 columns, written here and read by ``redcap_rows``."""

from collections.abc import Sequence
from pathlib import Path

from remission.errors import DefinitionError
from remission.exchange.forms.csv_file import write_rows
from remission.exchange.forms.form import NAME, Form, FormItem, number_text, repeated, with_plain_lists
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.redcap_columns import ADVISED_LENGTH, COLUMNS, LIST_TAG, form_title
from remission.exchange.forms.redcap_logic import write_logic
from remission.exchange.forms.redcap_rows import read_dictionary
from remission.survey.part import Choice

__all__ = ["read_dictionary", "write_dictionary"]


def write_dictionary(forms: Sequence[Form], path: Path, record_id: str = "record_id") -> Losses:
    """Write forms as one data dictionary.

    The first row is the record id. With several forms, the fields of each have its name in front,
    because REDCap knows a field by its name alone. A form's intro is a descriptive field, and the
    name of a list of choices stands in the annotation, so that it comes back.

    Parameters
    ----------
    forms : sequence of Form
    path : pathlib.Path
    record_id : str
        The name of the record id.

    Returns
    -------
    Losses
        What a dictionary cannot carry.

    Raises
    ------
    DefinitionError
        There is no form, or two forms or fields would have the same name.
    """
    if not forms:
        raise DefinitionError("There is no form to write.", "Name at least one instrument.")
    twice = repeated(form.name for form in forms)
    if twice is not None:
        raise DefinitionError(f"Two forms are called '{twice}'.", "Give one of them another name.")
    if not NAME.fullmatch(record_id):
        raise DefinitionError(f"'{record_id}' cannot be a field name.", "Write a-z, 0-9 and _ only.")
    losses = Losses()
    rows = [_row(field_name=record_id, form_name=forms[0].name, field_type="text", field_label="Record ID")]
    for form in forms:
        rows += _form_rows(with_plain_lists(form, losses), f"{form.name}_" if len(forms) > 1 else "", losses)
    names = [row["field_name"] for row in rows]
    twice = repeated(names)
    if twice is not None:
        raise DefinitionError(f"Two fields would be called '{twice}'.", "Rename a form, an item or the record id.")
    for name in names:
        if len(name) > ADVISED_LENGTH:
            losses.add(name, f"the name is longer than the {ADVISED_LENGTH} characters that REDCap advises")
    write_rows(path, tuple(COLUMNS.values()), [tuple(row.values()) for row in rows])
    return losses


def _row(**cells: str) -> dict[str, str]:
    return {**dict.fromkeys(COLUMNS, ""), **cells}


def _form_rows(form: Form, prefix: str, losses: Losses) -> list[dict[str, str]]:
    rows = []
    if form.title != form_title(form.name):
        losses.add(form.name, f"the title '{form.title}': a dictionary holds form names only")
    if form.translations:
        others = ", ".join(words.language for words in form.translations)
        losses.add(form.name, f"the words in {others}: a dictionary holds one language")
    for listed in sorted(set(form.choices) - {item.choices for item in form.items}):
        losses.add(form.name, f"the choices '{listed}': no item uses them")
    if form.intro:
        name = f"{prefix}{_free_name('intro', form)}"
        rows.append(_row(field_name=name, form_name=form.name, field_type="descriptive", field_label=form.intro))
    return rows + [_item_row(form, item, prefix, losses) for item in form.items]


def _free_name(wanted: str, form: Form) -> str:
    taken = {item.name for item in form.items}
    while wanted in taken:
        wanted += "_text"
    return wanted


def _item_row(form: Form, item: FormItem, prefix: str, losses: Losses) -> dict[str, str]:
    where = f"{form.name}.{item.name}"
    if not item.text:
        losses.add(where, "it has no words, and REDCap wants a label")
    logic, left_out = write_logic(item.asked_if, lambda name: f"{prefix}{name}")
    for what in left_out:
        losses.add(where, what)
    cells = {"field_type": "text"}
    if item.choices is not None:
        cells = {
            "field_type": "radio",
            "select_choices_or_calculations": _choices(form.choices[item.choices], where, losses),
            "field_annotation": f"{LIST_TAG}{item.choices}",
        }
    else:
        cells["text_validation_type_or_show_slider_number"] = "integer" if item.kind == "count" else "number"
        for column, bound in (("text_validation_min", item.minimum), ("text_validation_max", item.maximum)):
            cells[column] = "" if bound is None else number_text(bound)
    return _row(
        field_name=f"{prefix}{item.name}",
        form_name=form.name,
        field_label=item.text,
        branching_logic=logic,
        required_field="y" if item.required else "",
        **cells,
    )


def _choices(listed: Sequence[Choice], where: str, losses: Losses) -> str:
    written = []
    for choice in listed:
        label = choice.label.replace("|", "/").replace("\n", " ")
        if label != choice.label:
            losses.add(where, f"the label '{choice.label}' is written '{label}': no | and no line end fit there")
        written.append(f"{number_text(choice.value)}, {label}")
    return " | ".join(written)
