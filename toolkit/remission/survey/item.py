"""One question of an instrument."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from remission.survey.part import Condition, Name, Part


class Item(Part):
    """One question.

    Attributes
    ----------
    name, number, descriptor : str, int or None, str
        ``number`` is the published one where it differs from the place in the list.
    text : str or None
        The question in the project's own words; None where the published wording is not shipped.
    kind : {"choice", "count", "number"}
        ``choices`` names a list of the instrument; a count or a number has ``minimum`` and ``maximum``.
    reverse : bool
        Scored as lowest + highest - answer.
    asked_if : tuple of Condition
        All must hold for the item to be asked.
    when_skipped : float or None
        What counts for a scale when the item was rightly not asked.
    counts_from, counts_if : float or None, tuple of float
        What the rules ``count_of`` and ``any`` count: values from a threshold, or those listed.
    """

    name: Name
    number: int | None = None
    descriptor: str
    text: str | None = None
    kind: Literal["choice", "count", "number"] = "choice"
    choices: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    reverse: bool = False
    asked_if: tuple[Condition, ...] = ()
    when_skipped: float | None = None
    counts_from: float | None = None
    counts_if: tuple[float, ...] = Field(default=())

    @field_validator("asked_if", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value or ()

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if (self.kind == "choice") != (self.choices is not None):
            raise ValueError(f"item '{self.name}': kind 'choice' needs a list of choices, and only that kind has one")
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise ValueError(f"item '{self.name}': its minimum is not below its maximum")
        if self.when_skipped is not None and not self.asked_if:
            raise ValueError(f"item '{self.name}': when_skipped needs asked_if")
        if self.counts_from is not None and self.counts_if:
            raise ValueError(f"item '{self.name}': counts_from and counts_if exclude each other")
        return self

    @property
    def is_counted(self) -> bool:
        """Tell whether the item says which of its values count."""
        return self.counts_from is not None or bool(self.counts_if)
