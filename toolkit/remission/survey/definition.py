"""What an instrument is: items, choices, scales, and the rules that a definition must keep."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from remission.errors import DefinitionError
from remission.survey.item import Item
from remission.survey.part import Choice, Citation, Licence, Name, Part, Reliability
from remission.survey.reach import reach
from remission.survey.scale import MissingRule, Scale, Step, TableRow

__all__ = ["Instrument", "Item", "MissingRule", "Scale"]


class Instrument(Part):
    """An instrument as data: structure, scoring and provenance.

    Attributes
    ----------
    wording : {"own", "absent"}
        ``own`` where the items carry the project's own words; ``absent`` where they carry short
        descriptors only and a site must load the published wording under its own licence.
    confidence : {"high", "medium"}
        How far the scoring was seen in its source; ``unverified`` lists what was not.
    repeats : {"", "group"}
        ``group``: it may be answered once for each mutual-help group.
    recodes, tables : dict
        Named recode steps and raw-to-standard tables that scales refer to.
    """

    name: Name
    version: str
    title: str
    concept: str
    language: str = "en"
    recall: str
    wording: Literal["own", "absent"]
    citation: Citation
    licence: Licence
    confidence: Literal["high", "medium"]
    unverified: tuple[str, ...] = ()
    reliability: tuple[Reliability, ...] = ()
    repeats: Literal["", "group"] = ""
    intro: str = ""
    choices: dict[str, tuple[Choice, ...]] = Field(default_factory=dict)
    recodes: dict[str, tuple[Step, ...]] = Field(default_factory=dict)
    tables: dict[str, tuple[TableRow, ...]] = Field(default_factory=dict)
    items: tuple[Item, ...] = Field(min_length=1)
    scales: tuple[Scale, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [item.name for item in self.items]
        _no_repeats("item", names)
        _no_repeats("scale", [scale.name for scale in self.scales])
        for listed, choices in self.choices.items():
            _no_repeats(f"choices '{listed}': value", [f"{choice.value:g}" for choice in choices])
        for title, steps in self.recodes.items():
            for below, above in pairwise(sorted(steps, key=lambda step: step.low)):
                if above.low <= below.high:
                    raise ValueError(f"recode '{title}': two steps hold {above.low:g}")
        for place, item in enumerate(self.items):
            self._check_item(item, names[:place], names)
        for place, scale in enumerate(self.scales):
            self._check_scale(scale, {before.name for before in self.scales[:place]}, names)
        return self

    def _check_item(self, item: Item, before: list[str], names: list[str]) -> None:
        if item.choices is not None and item.choices not in self.choices:
            raise ValueError(f"item '{item.name}': there is no list of choices '{item.choices}'")
        for source in (name for condition in item.asked_if for name in condition.sources):
            if source not in names:
                raise ValueError(f"item '{item.name}': asked_if names the absent item '{source}'")
            if source not in before:
                raise ValueError(f"item '{item.name}': asked_if names '{source}', which is asked later")
        low, high = self.bounds(item.name)
        if item.reverse and (low is None or high is None):
            raise ValueError(f"item '{item.name}': a reversed item needs a lowest and a highest value")
        if (self.wording == "own") != (item.text is not None):
            raise ValueError(f"item '{item.name}': wording '{self.wording}' disagrees with whether it has a text")

    def _check_scale(self, scale: Scale, before: set[str], names: list[str]) -> None:
        absent = [name for name in scale.items if name not in names]
        if absent:
            raise ValueError(f"scale '{scale.name}': there is no item '{absent[0]}'")
        later = [name for name in scale.of if name not in before]
        if later:
            raise ValueError(f"scale '{scale.name}': 'of' names '{later[0]}', which is no scale defined before it")
        if scale.rule in ("count_of", "any"):
            bare = [name for name in scale.items if not self.item(name).is_counted]
            if bare:
                raise ValueError(f"scale '{scale.name}': item '{bare[0]}' needs counts_from or counts_if")
        for name, recode in scale.recode.items():
            self._check_recode(scale, name, recode)
        if scale.table is not None and scale.table not in self.tables:
            raise ValueError(f"scale '{scale.name}': there is no table '{scale.table}'")
        if scale.missing.min_of_form is not None and scale.missing.min_of_form > len(names):
            raise ValueError(f"scale '{scale.name}': min_of_form exceeds the {len(names)} items of the form")
        reached = reach(self, scale)
        if scale.range and reached and any(abs(a - b) > 1e-9 for a, b in zip(scale.range, reached, strict=True)):
            raise ValueError(
                f"scale '{scale.name}': its range says {scale.range[0]:g} to {scale.range[1]:g}, "
                f"but its items reach {reached[0]:g} to {reached[1]:g}"
            )

    def _check_recode(self, scale: Scale, name: str, recode: str) -> None:
        if recode not in self.recodes:
            raise ValueError(f"scale '{scale.name}': there is no recode '{recode}'")
        if self.item(name).kind == "number":
            raise ValueError(f"scale '{scale.name}': '{name}' takes any number; recode works on choices and counts")
        for value in self._recodable(name):
            if not any(step.low <= value <= step.high for step in self.recodes[recode]):
                raise ValueError(f"scale '{scale.name}': recode '{recode}' has no step for {value:g} of '{name}'")

    def _recodable(self, name: str) -> tuple[float, ...]:
        low, high = self.bounds(name)
        if self.item(name).kind == "count" and low is not None and high is not None:
            return tuple(float(value) for value in range(int(low), int(high) + 1))
        return self.values(name) or tuple(value for value in (low, high) if value is not None)

    def item(self, name: str) -> Item:
        """Return an item by name, or raise DefinitionError naming those there are."""
        return _named(self, "item", name, {item.name: item for item in self.items})

    def scale(self, name: str) -> Scale:
        """Return a scale by name, or raise DefinitionError naming those there are."""
        return _named(self, "scale", name, {scale.name: scale for scale in self.scales})

    def values(self, name: str) -> tuple[float, ...] | None:
        """Return the values an item's choices allow; None for counts and numbers."""
        listed = self.item(name).choices
        return None if listed is None else tuple(choice.value for choice in self.choices[listed])

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """Return the lowest and highest value of an item, None where it is open."""
        allowed = self.values(name)
        if allowed:
            return min(allowed), max(allowed)
        item = self.item(name)
        return item.minimum, item.maximum


Found = TypeVar("Found", Item, Scale)


def _named(instrument: Instrument, kind: str, name: str, parts: Mapping[str, Found]) -> Found:
    if name not in parts:
        raise DefinitionError(
            f"The instrument '{instrument.name}' has no {kind} '{name}'.", f"It has {', '.join(parts)}."
        )
    return parts[name]


def _no_repeats(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{kind} '{name}' is defined twice")
        seen.add(name)
