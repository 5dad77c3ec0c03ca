"""XLSForm workbooks: written here, read by ``xlsform_rows``."""

import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from remission.errors import DefinitionError
from remission.exchange.forms.form import Form, FormItem, number_text, repeated, with_plain_lists
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.xlsform_columns import language_title
from remission.exchange.forms.xlsform_logic import write_constraint, write_relevant
from remission.exchange.forms.xlsform_rows import read_xlsform
from remission.survey.wording import Wording

__all__ = ["read_xlsform", "write_xlsform"]

LONGEST = 32_767
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TYPES = {"count": "integer", "number": "decimal"}


def write_xlsform(form: Form, path: Path) -> Losses:
    """Write a form as an XLSForm workbook with the sheets survey, choices and settings.

    Every language has its column ``label::Language (code)``. The intro is a note. Texts are written
    as texts, so that none becomes a formula.

    Parameters
    ----------
    form : Form
    path : pathlib.Path
        The name of an .xlsx file.

    Returns
    -------
    Losses
        What the workbook cannot carry.

    Raises
    ------
    DefinitionError
        Two of its wordings are in the same language, or the file's name does not end in .xlsx.
    """
    if path.suffix.lower() != ".xlsx":
        raise DefinitionError(f"{path.name} is no name of a workbook.", "Let it end in .xlsx.")
    losses = Losses()
    form = with_plain_lists(form, losses)
    said = [form.words(), *form.translations]
    twice = repeated(words.language for words in said)
    if twice is not None:
        raise DefinitionError(f"Form '{form.name}' has two wordings in '{twice}'.", "Give one wording a language.")
    _note_titles(form, losses)
    book = Workbook()
    survey = book.active
    assert isinstance(survey, Worksheet)
    survey.title = "survey"
    labels = [f"label::{language_title(words.language)}" for words in said]
    rows = [["type", "name", *labels, "required", "relevant", "constraint"]]
    if any(words.intro for words in said):
        rows.append(["note", _free_name(form), *[words.intro for words in said], "", "", ""])
    rows += [_item_row(form, item, said, losses) for item in form.items]
    _fill(survey, rows, losses)
    _fill(book.create_sheet("choices"), [["list_name", "name", *labels], *_choice_rows(form, said)], losses)
    settings = [["form_title", "form_id", "default_language"], [form.title, form.name, language_title(form.language)]]
    _fill(book.create_sheet("settings"), settings, losses)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return losses


def _note_titles(form: Form, losses: Losses) -> None:
    for words in form.translations:
        if words.title and words.title != form.title:
            losses.add(form.name, f"the title in '{words.language}', {words.title}: a workbook has one title")
        if words.source:
            losses.add(form.name, f"the source of the words in '{words.language}': {words.source}")


def _free_name(form: Form) -> str:
    name, taken = "intro", {item.name for item in form.items}
    while name in taken:
        name += "_text"
    return name


def _item_row(form: Form, item: FormItem, said: Sequence[Wording], losses: Losses) -> list[str]:
    where = f"{form.name}.{item.name}"
    choice = {one.name for one in form.items if one.kind == "choice"}
    relevant, left_out = write_relevant(item.asked_if, lambda name: name in choice)
    for what in left_out:
        losses.add(where, what)
    labels = [words.items.get(item.name, "") for words in said]
    for words, label in zip(said, labels, strict=True):
        if not label:
            losses.add(where, f"it has no words in '{words.language}'")
    kind = f"select_one {item.choices}" if item.choices is not None else TYPES[item.kind]
    required = "yes" if item.required else ""
    return [kind, item.name, *labels, required, relevant, write_constraint(item.minimum, item.maximum)]


def _choice_rows(form: Form, said: Sequence[Wording]) -> list[list[str]]:
    rows = []
    for listed, choices in form.choices.items():
        for choice in choices:
            labels = [words.choices.get(listed, {}).get(f"{choice.value:g}", "") for words in said]
            rows.append([listed, number_text(choice.value), *labels])
    return rows


def _fill(sheet: Worksheet, rows: Sequence[Sequence[str]], losses: Losses) -> None:
    for number, row in enumerate(rows, start=1):
        for place, text in enumerate(row, start=1):
            plain = NOT_IN_XML.sub("", text)
            if len(plain) > LONGEST or plain != text:
                losses.add(f"sheet {sheet.title}, row {number}", "a text is cut: it is too long or has control signs")
            if plain:
                cell = sheet.cell(number, place, plain[:LONGEST])
                cell.data_type = "s"
