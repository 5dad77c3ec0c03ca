"""How answers become a score: the closed vocabulary of rules, and what a score means."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from remission.survey.part import Name, Part


class MissingRule(Part):
    """What a scale does with unanswered items.

    ``strict``: any missing item leaves the score missing. ``prorate``: with at least
    ``min_answered`` items, their mean stands for the others. ``sum_answered``: with at least
    ``min_answered``, an unanswered item counts as 0. ``min_of_form`` asks besides for that many
    answers in the whole instrument.
    """

    kind: Literal["strict", "prorate", "sum_answered"] = "strict"
    min_answered: int | None = Field(default=None, ge=1)
    min_of_form: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _limit(self) -> Self:
        if (self.kind == "strict") != (self.min_answered is None):
            raise ValueError(f"missing rule '{self.kind}': min_answered goes with prorate and sum_answered only")
        return self

    def sentence(self, items: int) -> str:
        """Say the rule in words."""
        if self.kind == "strict":
            form = f", and {self.min_of_form} answers in the whole form" if self.min_of_form else ""
            return f"A score needs every item{form}."
        what = "the mean of the answered ones stands for the others"
        if self.kind == "sum_answered":
            what = "an unanswered one counts as 0"
        form = f" and {self.min_of_form} of the whole form" if self.min_of_form else ""
        return f"With at least {self.min_answered} of {items} items{form} answered, {what}."


class Band(Part):
    """A named stretch of scores, both ends included."""

    label: str
    low: float
    high: float


class Cutoff(Part):
    """A published threshold: scores from ``at_least`` upwards, or ``at_most`` downwards, for whom it was found."""

    label: str
    at_least: float | None = None
    at_most: float | None = None
    who: str = ""
    sensitivity: float | None = None
    specificity: float | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"cutoff '{self.label}': it says either at_least or at_most")
        return self

    def reached(self, score: float) -> bool:
        """Tell whether a score lies on the named side."""
        return score >= self.at_least if self.at_least is not None else score <= (self.at_most or 0.0)


class Norm(Part):
    """Mean and standard deviation of a published sample."""

    population: str
    mean: float
    sd: float
    n: int | None = None


class Step(Part):
    """Raw answers from ``low`` to ``high`` (both included) count as ``score``."""

    low: float
    high: float
    score: float


class TableRow(Part):
    """A raw score, the standard score it stands for, and that score's standard error."""

    raw: float
    score: float
    std_error: float | None = None


class Scale(Part):
    """A score computed by a rule of the closed vocabulary.

    Attributes
    ----------
    items, of : tuple of str
        Either items of the instrument or scales defined before this one.
    rule : str
        ``sum``, ``mean``, ``max``, ``value`` (of a single item), ``any`` and ``count_of`` (of the
        values that items count), ``difference`` (first scale minus second).
    recode : dict
        Item to the name of the instrument's recode table that replaces its raw answers here.
    times, plus : float
        The score is multiplied, then shifted.
    table : str or None
        The instrument's table that turns the score into a standard score.
    flag : bool
        A score above 0 asks for a person's attention at once.
    """

    name: Name
    title: str
    items: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    rule: Literal["sum", "mean", "max", "value", "any", "count_of", "difference"]
    recode: dict[str, str] = Field(default_factory=dict)
    missing: MissingRule = MissingRule()
    times: float = 1.0
    plus: float = 0.0
    table: str | None = None
    range: tuple[float, float] | None = None
    bands: tuple[Band, ...] = ()
    cutoffs: tuple[Cutoff, ...] = ()
    norms: tuple[Norm, ...] = ()
    mcid: float | None = Field(default=None, gt=0)
    flag: bool = False
    unit: str = ""
    higher_is: Literal["more", "better", "worse"] = "more"
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_parts()
        self._check_missing()
        if self.range and self.range[0] >= self.range[1]:
            raise ValueError(f"scale '{self.name}': its range does not rise")
        self._check_bands()
        return self

    def _check_parts(self) -> None:
        if bool(self.items) == bool(self.of):
            raise ValueError(f"scale '{self.name}': it has either items or, in 'of', other scales")
        if len(set(self.items)) < len(self.items):
            raise ValueError(f"scale '{self.name}': an item stands in it twice")
        if self.rule == "difference" and len(self.of) != 2:
            raise ValueError(f"scale '{self.name}': a difference is of two scales")
        if self.rule == "value" and len(self.items) != 1:
            raise ValueError(f"scale '{self.name}': the rule 'value' takes one item")
        if self.of and self.rule not in ("difference", "sum", "mean"):
            raise ValueError(f"scale '{self.name}': the rule '{self.rule}' does not work on scales")
        strange = [name for name in self.recode if name not in self.items]
        if strange:
            raise ValueError(f"scale '{self.name}': recode names '{strange[0]}', which is not one of its items")

    def _check_missing(self) -> None:
        if self.missing.min_answered is not None and self.missing.min_answered > len(self.items):
            raise ValueError(f"scale '{self.name}': min_answered exceeds its {len(self.items)} items")
        if self.missing.kind == "sum_answered" and self.rule in ("mean", "max"):
            raise ValueError(f"scale '{self.name}': sum_answered does not fit the rule '{self.rule}'")

    def _check_bands(self) -> None:
        for band in self.bands:
            if band.low > band.high:
                raise ValueError(f"scale '{self.name}': the band '{band.label}' ends before it starts")
        ordered = sorted(self.bands, key=lambda band: band.low)
        for below, above in pairwise(ordered):
            if above.low <= below.high:
                raise ValueError(f"scale '{self.name}': the bands '{below.label}' and '{above.label}' overlap")
        if self.range and ordered and (ordered[0].low < self.range[0] or ordered[-1].high > self.range[1]):
            raise ValueError(f"scale '{self.name}': a band leaves the range {self.range}")

    def band(self, score: float) -> str | None:
        """Name the band of a score; None between bands or without any."""
        return next((band.label for band in self.bands if band.low <= score <= band.high), None)
