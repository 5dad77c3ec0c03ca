"""REDCap data dictionaries in: rows to forms, and what of them has no place in a form."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from remission.errors import DefinitionError
from remission.exchange.forms.csv_file import Row, read_rows
from remission.exchange.forms.form import NAME, Form, FormItem, Kind, number_of, number_text, repeated, rising, slug
from remission.exchange.forms.loss import Losses
from remission.exchange.forms.redcap_columns import (
    ALIASES,
    ASKED,
    BUILT_IN,
    COLUMNS,
    LEFT_OUT,
    LIST_TAG,
    NEEDED,
    NUMBERS,
    SHOWN_ONLY,
    form_title,
)
from remission.exchange.forms.redcap_logic import read_logic
from remission.survey.part import Choice, Condition

PIPED = re.compile(r"\[([a-z][a-z0-9_]*)\]")


def read_dictionary(path: Path) -> tuple[list[Form], Losses]:
    """Read a data dictionary, with the headers of the download or those of the API.

    The first row is the record id. Field names that all begin with their form's name, in a
    dictionary of several forms, lose it.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    list of Form
        In the order of the file; a form without a question that can be taken is left out.
    Losses
        What was not taken, naming row and field.

    Raises
    ------
    DefinitionError
        The file is no data dictionary, or a row breaks its rules.
    """
    rows = read_rows(path, "a REDCap data dictionary", NEEDED, ALIASES)
    losses = Losses()
    _check_names(rows)
    for column in sorted({name for row in rows for name, cell in row.cells.items() if cell} - set(COLUMNS)):
        losses.add(path.name, f"the column '{column}' is not one of the 18 and is not taken")
    record_id = _record_id(rows, losses)
    asked = rows[1:] if record_id else rows
    by_form: dict[str, list[Row]] = {}
    for row in asked:
        by_form.setdefault(row["form_name"], []).append(row)
    names = [slug(name, "form") for name in by_form]
    twice = repeated(names)
    if twice is not None:
        raise DefinitionError(f"{path.name}: two forms would be called '{twice}'.", "Rename one of them.")
    fields = {row["field_name"]: row["form_name"] for row in rows}
    forms = []
    for name, (title, listed) in zip(names, by_form.items(), strict=True):
        reader = _FormReader(name, title, _prefix(name, listed, len(by_form)), fields, losses)
        for row in listed:
            reader.take(row)
        if reader.items:
            forms.append(reader.form())
        else:
            losses.add(name, "no question of the form can be taken")
    return forms, losses


def _check_names(rows: list[Row]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        name = row["field_name"]
        if not NAME.fullmatch(name):
            raise row.fault(
                f"'{name}' cannot be a field name", "Write a-z, 0-9 and _, beginning with a letter.", "field_name"
            )
        if name in seen:
            raise row.fault(f"the field '{name}' stands in row {seen[name]} already", "Rename one of them.")
        if not row["form_name"]:
            raise row.fault(f"the field '{name}' is of no form", "Fill in its form name.")
        if row["field_type"] not in ASKED | set(LEFT_OUT) | {"descriptive"}:
            raise row.fault(
                f"the field '{name}' is of the unknown type '{row['field_type']}'",
                f"REDCap has {', '.join(sorted(ASKED | set(LEFT_OUT) | {'descriptive'}))}.",
            )
        seen[name] = row.number


def _record_id(rows: list[Row], losses: Losses) -> bool:
    if not rows:
        return False
    first = rows[0]
    if first["field_type"] != "text":
        losses.add(f"row {first.number}", f"the first field '{first['field_name']}' is no record id; it is a question")
        return False
    if first["text_validation_type_or_show_slider_number"] in NUMBERS:
        losses.add(f"row {first.number}", f"the first field '{first['field_name']}' is taken to be the record id")
    return True


def _prefix(form: str, rows: list[Row], forms: int) -> str:
    prefix = f"{form}_"
    bare = [row["field_name"].removeprefix(prefix) for row in rows if row["field_name"].startswith(prefix)]
    whole = len(bare) == len(rows) and all(NAME.fullmatch(name) for name in bare)
    return prefix if forms > 1 and whole else ""


@dataclass
class _FormReader:
    name: str
    title: str
    prefix: str
    fields: dict[str, str]
    losses: Losses
    intro: str = ""
    items: list[FormItem] = field(default_factory=list)
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)

    def form(self) -> Form:
        title = form_title(self.name) if self.title == self.name else self.title
        return Form(self.name, title, tuple(self.items), self.choices, self.intro)

    def take(self, row: Row) -> None:
        name, kind = row["field_name"], row["field_type"]
        where = f"row {row.number}, {name}"
        if kind == "descriptive":
            self._describe(row, where)
        elif kind in LEFT_OUT:
            self.losses.add(where, f"type {kind}: {LEFT_OUT[kind]}")
        else:
            self._ask(row, where)

    def _describe(self, row: Row, where: str) -> None:
        if self.items or self.intro or row["branching_logic"]:
            self.losses.add(where, "descriptive text within the form or under a condition is not taken")
        else:
            self.intro = row["field_label"]

    def _ask(self, row: Row, where: str) -> None:
        listed = None
        minimum = maximum = None
        kind: Kind = "choice"
        if row["field_type"] in ("text", "slider"):
            found = self._number(row, where)
            if found is None:
                return
            kind, minimum, maximum = found
        else:
            choices = _choices(row, where, self.losses)
            if choices is None:
                return
            listed = self._list_name(row, choices)
        self._presentation(row, where)
        self.items.append(
            FormItem(
                name=row["field_name"].removeprefix(self.prefix),
                text=row["field_label"],
                kind=kind,
                choices=listed,
                minimum=minimum,
                maximum=maximum,
                asked_if=self._asked_if(row, where),
                required=row["required_field"].lower() == "y",
            )
        )

    def _number(self, row: Row, where: str) -> tuple[Kind, float | None, float | None] | None:
        validation = row["text_validation_type_or_show_slider_number"]
        if row["field_type"] == "slider":
            if row["select_choices_or_calculations"]:
                self.losses.add(where, f"the slider's labels: {row['select_choices_or_calculations']}")
            low, high = _bound(row, "min", where, self.losses), _bound(row, "max", where, self.losses)
            bounds: tuple[float | None, float | None] = (0.0 if low is None else low, 100.0 if high is None else high)
            kind = "count"
        elif validation in NUMBERS:
            kind = NUMBERS[validation]
            if validation not in ("integer", "number"):
                self.losses.add(where, f"validation {validation} is taken as any number")
            bounds = _bound(row, "min", where, self.losses), _bound(row, "max", where, self.losses)
        else:
            what = f"validation {validation}" if validation else "free text"
            self.losses.add(where, f"{what}: it has no place in an instrument")
            return None
        if not rising(*bounds):
            raise row.fault(f"the minimum of '{row['field_name']}' is not below its maximum", "Correct the two bounds.")
        return cast(Kind, kind), *bounds

    def _list_name(self, row: Row, choices: tuple[Choice, ...]) -> str:
        tag = next((word for word in row["field_annotation"].split() if word.startswith(LIST_TAG)), "")
        same = next((name for name, listed in self.choices.items() if listed == choices), None)
        wanted = tag.removeprefix(LIST_TAG)
        if not wanted:
            built_in = row["field_type"] if row["field_type"] in BUILT_IN else ""
            wanted = same or built_in or row["field_name"].removeprefix(self.prefix)
        while self.choices.get(wanted, choices) != choices:
            wanted += "_"
        self.choices[wanted] = choices
        return wanted

    def _presentation(self, row: Row, where: str) -> None:
        for column in SHOWN_ONLY:
            if row[column]:
                self.losses.add(where, f"{COLUMNS[column]}: {row[column]}")
        notes = " ".join(word for word in row["field_annotation"].split() if not word.startswith(LIST_TAG))
        if notes:
            self.losses.add(where, f"{COLUMNS['field_annotation']}: {notes}")
        piped = [name for name in PIPED.findall(row["field_label"]) if name in self.fields]
        if piped:
            self.losses.add(where, f"the label shows the answer to [{piped[0]}], which a form here does not")

    def _asked_if(self, row: Row, where: str) -> tuple[Condition, ...]:
        if not row["branching_logic"]:
            return ()
        conditions, sources, lost = read_logic(row["branching_logic"])
        absent = [name for name in sources if name not in self.fields]
        if absent:
            raise row.fault(
                f"the branching logic of '{row['field_name']}' rests on '{absent[0]}', which is no field",
                "Correct the branching logic.",
            )
        for what in lost:
            self.losses.add(where, what)
        taken = {f"{self.prefix}{item.name}" for item in self.items}
        early = [name for condition in conditions for name in condition.sources if name not in taken]
        if early:
            said = f"the branching logic {row['branching_logic']} is not taken"
            self.losses.add(where, f"{said}: [{early[0]}] is no question of this form that is asked before")
            return ()
        return tuple(self._bare(condition) for condition in conditions)

    def _bare(self, condition: Condition) -> Condition:
        item = condition.item.removeprefix(self.prefix) if condition.item else None
        sources = tuple(name.removeprefix(self.prefix) for name in condition.sum_of)
        return condition.model_copy(update={"item": item, "sum_of": sources})


def _bound(row: Row, end: str, where: str, losses: Losses) -> float | None:
    said = row[f"text_validation_{end}"]
    value = number_of(said)
    if said and value is None:
        losses.add(where, f"the {end}imum '{said}' is no number and is not taken")
    return value


def _choices(row: Row, where: str, losses: Losses) -> tuple[Choice, ...] | None:
    if row["field_type"] in BUILT_IN:
        return tuple(Choice(value=value, label=label) for value, label in BUILT_IN[row["field_type"]])
    name, said = row["field_name"], row["select_choices_or_calculations"]
    pairs = [part.partition(",") for part in re.split(r"[|\n]", said) if part.strip()]
    if not pairs:
        raise row.fault(f"the field '{name}' has no choices", "Write them as code, label | code, label.")
    if any(not comma for _, comma, _ in pairs):
        raise row.fault(f"a choice of '{name}' has no code before a comma", "Write code, label | code, label.")
    codes = [code.strip() for code, _, _ in pairs]
    twice = repeated(codes)
    if twice is not None:
        raise row.fault(f"two choices of '{name}' have the code {twice}", "Give every choice its own code.")
    values = [number_of(code) for code in codes]
    odd = next((code for code, value in zip(codes, values, strict=True) if value is None), None)
    if odd is not None:
        losses.add(where, f"the question is not taken: its code '{odd}' is no number")
        return None
    numbers = [value for value in values if value is not None]
    if repeated(f"{value:g}" for value in numbers) is not None:
        raise row.fault(f"two choices of '{name}' have codes of the same value", "Give every choice its own number.")
    for code, value in zip(codes, numbers, strict=True):
        if code != number_text(value):
            losses.add(where, f"the code '{code}' is kept as {number_text(value)}")
    return tuple(Choice(value=value, label=label.strip()) for value, (_, _, label) in zip(numbers, pairs, strict=True))
