"""A form: the common ground between an instrument and the files other systems read."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite
from typing import Literal

from remission.errors import DefinitionError
from remission.exchange.forms.loss import Losses
from remission.survey.definition import Instrument
from remission.survey.part import Choice, Condition
from remission.survey.wording import Wording

Kind = Literal["choice", "count", "number"]
NAME = re.compile(r"[a-z][a-z0-9_]*")
LIST_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


@dataclass(frozen=True)
class FormItem:
    """One question of a form.

    Attributes
    ----------
    name, text : str
    kind : {"choice", "count", "number"}
    choices : str or None
        The list a choice is made from.
    minimum, maximum : float or None
        Bounds of a count or a number, both included.
    asked_if : tuple of Condition
        All must hold for the item to be asked.
    required : bool
        The system that shows the form does not go on without an answer.
    """

    name: str
    text: str
    kind: Kind = "choice"
    choices: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    asked_if: tuple[Condition, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Form:
    """Questions, their choices and when they are asked; no scoring.

    Attributes
    ----------
    name, title, intro : str
    items : tuple of FormItem
    choices : dict
        Name of a list to its choices, labels in the form's own language.
    language : str
        Code of the language of ``title``, ``intro``, texts and labels.
    translations : tuple of Wording
        The same form in further languages.

    Raises
    ------
    DefinitionError
        A name is not allowed or stands twice, a list is absent, bounds do not rise, or a condition
        rests on an item that is not asked before.
    """

    name: str
    title: str
    items: tuple[FormItem, ...]
    choices: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    intro: str = ""
    language: str = "en"
    translations: tuple[Wording, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DefinitionError(f"'{self.name}' cannot be the name of a form.", "Write a-z, 0-9 and _ only.")
        for listed, choices in self.choices.items():
            twice = repeated(f"{choice.value:g}" for choice in choices)
            if twice is not None:
                raise _fault(self.name, f"choices '{listed}'", f"the value {twice} stands twice")
            if not choices or not all(isfinite(choice.value) for choice in choices):
                raise _fault(self.name, f"choices '{listed}'", "it needs choices whose values are numbers")
        asked: set[str] = set()
        for item in self.items:
            self._check(item, asked)
            asked.add(item.name)

    def _check(self, item: FormItem, asked: set[str]) -> None:
        fault = None
        if not NAME.fullmatch(item.name):
            fault = "the name must be a-z, 0-9 and _ and start with a letter"
        elif item.name in asked:
            fault = "the name stands twice"
        elif (item.kind == "choice") != (item.choices is not None):
            fault = "a choice, and only a choice, has a list of choices"
        elif item.choices is not None and item.choices not in self.choices:
            fault = f"there is no list of choices '{item.choices}'"
        elif not rising(item.minimum, item.maximum):
            fault = "its minimum is not below its maximum"
        else:
            absent = [name for condition in item.asked_if for name in condition.sources if name not in asked]
            if absent:
                fault = f"it depends on '{absent[0]}', which is not asked before it"
        if fault is not None:
            raise _fault(self.name, f"item '{item.name}'", fault)

    def words(self) -> Wording:
        """Return the form's own words as a wording, apart from its structure."""
        return Wording(
            instrument=self.name,
            language=self.language,
            title=self.title,
            intro=self.intro,
            items={item.name: item.text for item in self.items},
            choices={name: {f"{one.value:g}": one.label for one in listed} for name, listed in self.choices.items()},
        )


def _fault(form: str, where: str, fault: str) -> DefinitionError:
    return DefinitionError(f"Form '{form}', {where}: {fault}.", "Change it there.")


def rising(minimum: float | None, maximum: float | None) -> bool:
    """Tell whether bounds leave more than one value."""
    return minimum is None or maximum is None or minimum < maximum


def repeated(names: Iterable[str]) -> str | None:
    """Return a name that stands twice, if any does."""
    return next((name for name, times in Counter(names).items() if times > 1), None)


def tidy(text: str) -> str:
    """Return a text as every format can hold it: one kind of line end, no blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def number_text(value: float) -> str:
    """Write a number so that it reads back as the same number, without an exponent."""
    return str(int(value)) if float(value).is_integer() else format(Decimal(repr(float(value))), "f")


def number_of(text: str) -> float | None:
    """Read a plain number; None for anything else."""
    return float(text) if NUMBER.fullmatch(text.strip()) else None


def slug(text: str, start: str = "x") -> str:
    """Turn any text that is not one into a name of a-z, 0-9 and _ that starts with a letter."""
    if NAME.fullmatch(text):
        return text
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"{start}_{plain}".rstrip("_")


def to_form(instrument: Instrument, wording: Wording | None = None, *translations: Wording) -> Form:
    """Lay an instrument out as a form; ``left_behind`` names what a form does not hold.

    Parameters
    ----------
    instrument : Instrument
    wording : Wording, optional
        Its words; without them the definition's own, or its short descriptors where it has none.
    *translations : Wording
        Further languages.

    Returns
    -------
    Form
    """
    said = wording.items if wording else {}
    labels = wording.choices if wording else {}
    items = tuple(
        FormItem(
            name=item.name,
            text=tidy(said.get(item.name) or item.text or item.descriptor),
            kind=item.kind,
            choices=item.choices,
            minimum=None if item.kind == "choice" else item.minimum,
            maximum=None if item.kind == "choice" else item.maximum,
            asked_if=tuple(_plain(condition) for condition in item.asked_if),
        )
        for item in instrument.items
    )
    choices = {
        name: tuple(
            Choice(value=one.value, label=tidy(labels.get(name, {}).get(f"{one.value:g}") or one.label))
            for one in listed
        )
        for name, listed in instrument.choices.items()
    }
    return Form(
        name=instrument.name,
        title=tidy((wording.title if wording else "") or instrument.title),
        items=items,
        choices=choices,
        intro=tidy((wording.intro if wording else "") or instrument.intro),
        language=wording.language if wording else instrument.language,
        translations=translations,
    )


def _plain(condition: Condition) -> Condition:
    if len(condition.sum_of) != 1:
        return condition
    return Condition(item=condition.sum_of[0], equals=condition.equals, at_least=condition.at_least)


def left_behind(instrument: Instrument, wording: Wording | None = None) -> Losses:
    """Name what an instrument holds and no form does: scoring, licence, source, units.

    Parameters
    ----------
    instrument : Instrument
    wording : Wording, optional
        The words that go with it.
    """
    losses = Losses()
    where = instrument.name
    losses.add(where, f"scoring: {len(instrument.scales)} scales stay in the definition")
    losses.add(where, f"version {instrument.version}, licence ({instrument.licence.terms}) and citation stay there too")
    if wording is None and instrument.wording == "absent":
        losses.add(where, "wording: none is loaded, so the questions are short descriptors")
    if instrument.repeats:
        losses.add(where, f"repeats: that it is answered once for each {instrument.repeats}")
    for item in instrument.items:
        if item.unit:
            losses.add(f"{where}.{item.name}", f"unit: {item.unit}")
        if item.when_skipped is not None:
            losses.add(f"{where}.{item.name}", f"when_skipped: {item.when_skipped:g} counts where it is not asked")
    return losses


def with_plain_lists(form: Form, losses: Losses) -> Form:
    """Give every list of choices a name that files can hold, and note the changes."""
    names: dict[str, str] = {}
    for listed in form.choices:
        name = listed if LIST_NAME.fullmatch(listed) else slug(listed, "list")
        while name in names.values() or (name != listed and name in form.choices):
            name += "_"
        names[listed] = name
        if name != listed:
            losses.add(f"{form.name}, choices '{listed}'", f"the list is called '{name}' in the file")
    if all(old == new for old, new in names.items()):
        return form
    translations = tuple(
        words.model_copy(update={"choices": {names.get(old, old): said for old, said in words.choices.items()}})
        for words in form.translations
    )
    return replace(
        form,
        items=tuple(replace(item, choices=names[item.choices] if item.choices else None) for item in form.items),
        choices={names[old]: listed for old, listed in form.choices.items()},
        translations=translations,
    )
