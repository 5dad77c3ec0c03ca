"""XLSForm workbooks in: sheets to a form, and what of them has no place in one."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from remission.errors import DefinitionError
from remission.exchange.forms.form import Form, FormItem, Kind, number_of, rising, slug
from remission.exchange.forms.logic import Unfit
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.workbook import SheetRow, read_sheets
from remission.exchange.forms.xlsform_columns import (
    GROUPS,
    KINDS,
    OTHER_WORDS,
    REPEATS,
    SELECT_ONE,
    SETTINGS_TAKEN,
    TAKEN,
    column,
    language_code,
)
from remission.exchange.forms.xlsform_logic import names_in, read_constraint, read_relevant
from remission.survey.part import Choice, Condition
from remission.survey.wording import Wording

Labels = dict[str, str]
NO_BOUNDS = (None, None, False)
PARAMETER = re.compile(r"(\w+)\s*=\s*([^\s;,]+)")


def read_xlsform(path: Path) -> tuple[Form, Losses]:
    """Read a workbook with the sheets survey, choices and settings.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    Form
        Named by ``form_id``, else by the file; further languages are its translations.
    Losses
        What was not taken, naming sheet, row and question.

    Raises
    ------
    DefinitionError
        The file is no workbook, has no sheet survey, or a row breaks the rules of XLSForm.
    """
    sheets = read_sheets(path)
    if "survey" not in sheets:
        raise DefinitionError(f"{path.name} has no sheet 'survey'.", "Check that it is an XLSForm.")
    losses = Losses()
    for sheet in sorted(set(sheets) - {"survey", "choices", "settings"}):
        if sheets[sheet]:
            losses.add(f"sheet {sheet}", "it is not taken")
    settings = {column(name)[0]: cell for row in sheets.get("settings", [])[:1] for name, cell in row.cells.items()}
    for name in sorted(set(settings) - SETTINGS_TAKEN):
        losses.add("sheet settings", f"{name}: {settings[name]}")
    reader = _Reader(path, losses)
    reader.take_choices(sheets.get("choices", []))
    reader.take_survey(sheets["survey"])
    title = settings.get("form_title", "")
    name = slug(settings.get("form_id") or path.stem, "form")
    default = settings.get("default_language")
    return reader.form(name, title or name, language_code(default) if default else ""), losses


@dataclass
class _Gate:
    conditions: tuple[Condition, ...] = ()
    repeats: bool = False


@dataclass
class _Reader:
    path: Path
    losses: Losses
    choices: dict[str, list[tuple[float, Labels]]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)
    items: list[FormItem] = field(default_factory=list)
    labels: dict[str, Labels] = field(default_factory=dict)
    intro: Labels = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    all_names: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    languages: list[str] = field(default_factory=list)
    gates: list[_Gate] = field(default_factory=list)

    def fault(self, sheet: str, row: SheetRow, what: str, cure: str) -> DefinitionError:
        return DefinitionError(f"{self.path.name}, sheet {sheet}, row {row.number}: {what}.", cure)

    def cells(self, sheet: str, row: SheetRow) -> tuple[dict[str, str], Labels]:
        plain: dict[str, str] = {}
        labels: Labels = {}
        for title, cell in row.cells.items():
            name, language = column(title)
            if name == "label":
                labels[language] = cell
                if language not in self.languages:
                    self.languages.append(language)
            elif name in TAKEN and not language:
                plain[name] = cell
            else:
                self.losses.add(f"sheet {sheet}, row {row.number}", f"{title}: {cell}")
        return plain, labels

    def take_choices(self, rows: list[SheetRow]) -> None:
        for row in rows:
            cells, labels = self.cells("choices", row)
            listed, code = cells.get("list_name", ""), cells.get("name", "")
            if not listed or not code:
                raise self.fault("choices", row, "a choice needs list_name and name", "Fill in both.")
            value = number_of(code)
            if value is None:
                self.unusable.setdefault(listed, code)
                continue
            held = self.choices.setdefault(listed, [])
            if any(f"{one:g}" == f"{value:g}" for one, _ in held):
                raise self.fault("choices", row, f"the choice {code} stands twice in '{listed}'", "Rename one.")
            held.append((value, labels))

    def take_survey(self, rows: list[SheetRow]) -> None:
        named = [next((cell for title, cell in row.cells.items() if column(title)[0] == "name"), "") for row in rows]
        self.all_names = set(named)
        for row in rows:
            cells, labels = self.cells("survey", row)
            self.take(row, " ".join(cells.get("type", "").split()), cells, labels)
        if self.gates:
            raise DefinitionError(f"{self.path.name}, sheet survey: a group is not ended.", "Add its end_group.")

    def take(self, row: SheetRow, kind: str, cells: dict[str, str], labels: Labels) -> None:
        name, where = cells.get("name", ""), f"sheet survey, row {row.number}, {cells.get('name', '')}"
        if not kind:
            raise self.fault("survey", row, f"'{name}' has no type", "Fill in its type.")
        step = GROUPS.get(kind.lower()) or REPEATS.get(kind.lower())
        if step == -1:
            if not self.gates:
                raise self.fault("survey", row, "a group ends that did not begin", "Take the row out.")
            self.gates.pop()
            return
        if not name and not kind.startswith(("start", "end", "today", "audit", "deviceid")):
            raise self.fault("survey", row, f"a question of type {kind} has no name", "Fill in its name.")
        if name and name in self.seen:
            raise self.fault("survey", row, f"the name '{name}' stands twice", "Rename one of them.")
        self.seen.add(name)
        asked_if = self.asked_if(row, where, cells.get("relevant", ""))
        if step == 1:
            self.begin(where, asked_if, labels, kind.lower() in REPEATS)
        elif kind == "note":
            self.note(where, labels, asked_if)
        else:
            self.ask(row, kind, cells, labels, asked_if)

    def begin(self, where: str, asked_if: tuple[Condition, ...], labels: Labels, repeats: bool) -> None:
        if labels:
            self.losses.add(where, f"the label of a group: {next(iter(labels.values()))}")
        self.gates.append(_Gate(asked_if, repeats))

    def note(self, where: str, labels: Labels, asked_if: tuple[Condition, ...]) -> None:
        if self.items or self.intro or asked_if or self.gates:
            self.losses.add(where, "a note within the form or under a condition is not taken")
        else:
            self.intro = labels

    def ask(
        self, row: SheetRow, kind: str, cells: dict[str, str], labels: Labels, asked_if: tuple[Condition, ...]
    ) -> None:
        name, where = cells.get("name", ""), f"sheet survey, row {row.number}, {cells.get('name', '')}"
        selected = SELECT_ONE.fullmatch(kind)
        if selected is None and kind.lower() not in KINDS:
            if kind.lower().split()[0] not in OTHER_WORDS:
                raise self.fault("survey", row, f"'{name}' is of the unknown type '{kind}'", "Correct its type.")
            self.losses.add(where, f"type {kind}: it has no place in an instrument")
            return
        if any(gate.repeats for gate in self.gates):
            self.losses.add(where, "the question is repeated, and an instrument asks once")
            return
        listed = selected["list"] if selected else None
        if listed is not None and not self.usable(row, where, listed, bool(selected and selected["other"])):
            return
        plain = slug(name)
        if plain != name:
            self.losses.add(where, f"the question is called '{plain}'")
        if plain in self.names.values():
            raise self.fault("survey", row, f"two questions would be called '{plain}'", "Rename one of them.")
        minimum, maximum, whole = self.bounds(where, kind, cells)
        self.names[name] = plain
        self.labels[plain] = labels
        self.items.append(
            FormItem(
                name=plain,
                text="",
                kind="choice" if listed else cast(Kind, "count" if whole else KINDS[kind.lower()]),
                choices=listed,
                minimum=minimum,
                maximum=maximum,
                asked_if=tuple(one for gate in self.gates for one in gate.conditions) + asked_if,
                required=self.required(where, cells.get("required", "")),
            )
        )

    def usable(self, row: SheetRow, where: str, listed: str, other: bool) -> bool:
        if listed in self.unusable:
            self.losses.add(where, f"the question is not taken: its code '{self.unusable[listed]}' is no number")
            return False
        if listed not in self.choices:
            raise self.fault("survey", row, f"there is no list of choices '{listed}'", "Add it to the sheet choices.")
        if other:
            self.losses.add(where, "or_other: an answer in the person's own words has no place in an instrument")
        return True

    def required(self, where: str, said: str) -> bool:
        if said.lower() not in ("", "yes", "no", "true", "false", "true()", "false()"):
            self.losses.add(where, f"required: {said}")
        return said.lower() in ("yes", "true", "true()")

    def bounds(self, where: str, kind: str, cells: dict[str, str]) -> tuple[float | None, float | None, bool]:
        said = cells.get("constraint", "")
        if kind.lower() == "range" or (said and kind.lower() not in KINDS):
            if said:
                self.losses.add(where, f"the constraint {said} is not taken")
            return _range(cells.get("parameters", ""), where, self.losses) if kind.lower() == "range" else NO_BOUNDS
        if cells.get("parameters"):
            self.losses.add(where, f"parameters: {cells['parameters']}")
        try:
            return (*read_constraint(said), False) if said else NO_BOUNDS
        except Unfit as why:
            self.losses.add(where, f"the constraint {said} is not taken: {why}")
            return NO_BOUNDS

    def asked_if(self, row: SheetRow, where: str, said: str) -> tuple[Condition, ...]:
        absent = [name for name in names_in(said) if name not in self.all_names]
        if absent:
            raise self.fault("survey", row, f"relevant rests on '{absent[0]}', which is no question", "Correct it.")
        if not said:
            return ()
        try:
            found = read_relevant(said)
        except Unfit as why:
            self.losses.add(where, f"relevant {said} is not taken: {why}")
            return ()
        early = [name for condition in found for name in condition.sources if name not in self.names]
        if early:
            self.losses.add(where, f"relevant {said} is not taken: {early[0]} is no question that is asked before")
            return ()
        return tuple(self.renamed(condition) for condition in found)

    def renamed(self, condition: Condition) -> Condition:
        item = self.names[condition.item] if condition.item else None
        return condition.model_copy(
            update={"item": item, "sum_of": tuple(self.names[name] for name in condition.sum_of)}
        )

    def form(self, name: str, title: str, default: str) -> Form:
        own = default or next((one for one in self.languages if one), "") * ("" not in self.languages)
        own = own or ("en" if "en" not in self.languages else "und")
        source = own if own in self.languages or "" not in self.languages else ""
        choices = {
            listed: tuple(Choice(value=value, label=labels.get(source, "")) for value, labels in held)
            for listed, held in self.choices.items()
            if listed not in self.unusable
        }
        items = tuple(replace(item, text=self.labels[item.name].get(source, "")) for item in self.items)
        others = [language for language in self.languages if language != source]
        translations = tuple(self.translation(name, language) for language in others)
        return Form(name, title, items, choices, self.intro.get(source, ""), own, translations)

    def translation(self, form: str, language: str) -> Wording:
        said = {
            listed: {f"{value:g}": labels[language] for value, labels in held if language in labels}
            for listed, held in self.choices.items()
            if listed not in self.unusable
        }
        return Wording(
            instrument=form,
            language=language or "und",
            intro=self.intro.get(language, ""),
            items={name: labels[language] for name, labels in self.labels.items() if language in labels},
            choices={listed: labels for listed, labels in said.items() if labels},
        )


def _range(said: str, where: str, losses: Losses) -> tuple[float | None, float | None, bool]:
    given = {name.lower(): number_of(value) for name, value in PARAMETER.findall(said)}
    if None in given.values():
        losses.add(where, f"parameters {said}: not all are numbers")
    low, high, step = (given.get(name) or default for name, default in (("start", 1.0), ("end", 10.0), ("step", 1.0)))
    low = 0.0 if given.get("start") == 0 else low
    high = 0.0 if given.get("end") == 0 else high
    if step != 1:
        losses.add(where, f"parameters {said}: every value between the ends is allowed here")
    if not rising(low, high):
        losses.add(where, f"parameters {said}: the end is not above the start, so neither is taken")
        return NO_BOUNDS
    return low, high, low.is_integer() and step.is_integer()
