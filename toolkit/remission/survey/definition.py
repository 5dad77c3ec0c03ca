"""What an instrument is: items, choices, scales, and the rules that a definition must keep."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from remission.errors import DefinitionError


class Part(BaseModel):
    """A frozen piece of a definition; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(Part):
    """Where an instrument was published."""

    text: str
    doi: str | None = None


class Licence(Part):
    """Who holds an instrument and on what terms it may be used."""

    holder: str
    terms: Literal["own", "public domain", "free with citation", "ask the holder", "non-commercial", "unverified"]
    note: str = ""


class Choice(Part):
    """One answer a person can choose."""

    value: float
    label: str


class Condition(Part):
    """When an item is asked: another item has one of the given values."""

    item: str
    equals: tuple[float, ...]


class Item(Part):
    """One question.

    ``choices`` names a list of the instrument; a count or a number has ``minimum`` and ``maximum``
    instead. ``when_skipped`` is the value that counts for a scale when the item was rightly not asked.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    descriptor: str
    text: str | None = None
    kind: Literal["choice", "count", "number"] = "choice"
    choices: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    reverse: bool = False
    asked_if: Condition | None = None
    when_skipped: float | None = None
    counts_from: float | None = None

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if (self.kind == "choice") != (self.choices is not None):
            raise ValueError(f"item '{self.name}': kind 'choice' needs a list of choices, and only that kind has one")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError(f"item '{self.name}': its minimum is not below its maximum")
        if self.when_skipped is not None and self.asked_if is None:
            raise ValueError(f"item '{self.name}': when_skipped needs asked_if")
        return self


class MissingRule(Part):
    """What a scale does with unanswered items.

    ``strict``: any missing item leaves the score missing. ``prorate``: with at least
    ``min_answered`` items, their mean stands for the others. ``sum_answered``: with at least
    ``min_answered``, an unanswered item counts as 0.
    """

    kind: Literal["strict", "prorate", "sum_answered"] = "strict"
    min_answered: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _limit(self) -> Self:
        if (self.kind == "strict") != (self.min_answered is None):
            raise ValueError(f"missing rule '{self.kind}': min_answered goes with prorate and sum_answered only")
        return self

    def sentence(self, items: int) -> str:
        """Say the rule in words."""
        if self.kind == "strict":
            return "A score needs every item."
        what = "the mean of the answered ones stands for the others"
        if self.kind == "sum_answered":
            what = "an unanswered one counts as 0"
        return f"With at least {self.min_answered} of {items} items answered, {what}."


class Band(Part):
    """A named stretch of scores, both ends included."""

    label: str
    low: float
    high: float


class Scale(Part):
    """A score computed from items by a rule of the closed vocabulary.

    ``count_of`` counts the items whose value reaches their own ``counts_from``; ``any`` is 1
    where at least one does.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    items: tuple[str, ...] = Field(min_length=1)
    rule: Literal["sum", "mean", "max", "any", "count_of"]
    missing: MissingRule = MissingRule()
    range: tuple[float, float] | None = None
    bands: tuple[Band, ...] = ()
    unit: str = ""
    higher_is: Literal["more", "better", "worse"] = "more"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.items)) < len(self.items):
            raise ValueError(f"scale '{self.name}': an item stands in it twice")
        if self.missing.min_answered is not None and self.missing.min_answered > len(self.items):
            raise ValueError(f"scale '{self.name}': min_answered exceeds its {len(self.items)} items")
        if self.missing.kind == "sum_answered" and self.rule in ("mean", "max"):
            raise ValueError(f"scale '{self.name}': sum_answered does not fit the rule '{self.rule}'")
        if self.range and self.range[0] >= self.range[1]:
            raise ValueError(f"scale '{self.name}': its range does not rise")
        for band in self.bands:
            if band.low > band.high:
                raise ValueError(f"scale '{self.name}': the band '{band.label}' ends before it starts")
        ordered = sorted(self.bands, key=lambda band: band.low)
        for below, above in pairwise(ordered):
            if above.low <= below.high:
                raise ValueError(f"scale '{self.name}': the bands '{below.label}' and '{above.label}' overlap")
        if self.range and ordered and (ordered[0].low < self.range[0] or ordered[-1].high > self.range[1]):
            raise ValueError(f"scale '{self.name}': a band leaves the range {self.range}")
        return self


class Reliability(Part):
    """A published reliability coefficient."""

    coefficient: str
    value: float
    sample: str = ""


class Instrument(Part):
    """An instrument as data: structure, scoring and provenance.

    ``wording`` is ``own`` where the items carry the project's own words, and ``absent`` where they
    carry short descriptors only and a site must load the published wording under its own licence.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: str
    title: str
    concept: str
    language: str = "en"
    recall: str
    wording: Literal["own", "absent"]
    citation: Citation
    licence: Licence
    confidence: Literal["high", "medium"]
    reliability: tuple[Reliability, ...] = ()
    choices: dict[str, tuple[Choice, ...]] = {}
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
        for item in self.items:
            self._check_item(item, names)
        for scale in self.scales:
            absent = [name for name in scale.items if name not in names]
            if absent:
                raise ValueError(f"scale '{scale.name}': there is no item '{absent[0]}'")
            self._check_threshold(scale)
        return self

    def _check_item(self, item: Item, names: list[str]) -> None:
        if item.choices is not None and item.choices not in self.choices:
            raise ValueError(f"item '{item.name}': there is no list of choices '{item.choices}'")
        if item.asked_if is not None and item.asked_if.item not in names:
            raise ValueError(f"item '{item.name}': asked_if names the absent item '{item.asked_if.item}'")
        low, high = self.bounds(item.name)
        if item.reverse and (low is None or high is None):
            raise ValueError(f"item '{item.name}': a reversed item needs a lowest and a highest value")
        if (self.wording == "own") != (item.text is not None):
            raise ValueError(f"item '{item.name}': wording '{self.wording}' disagrees with whether it has a text")

    def _check_threshold(self, scale: Scale) -> None:
        if scale.rule in ("count_of", "any"):
            bare = [name for name in scale.items if self.item(name).counts_from is None]
            if bare:
                raise ValueError(f"scale '{scale.name}': item '{bare[0]}' needs counts_from")

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
