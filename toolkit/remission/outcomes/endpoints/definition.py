"""What a published endpoint definition is: words, source, and a composition of verbs on use patterns."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from remission.outcomes import use_pattern as verbs

Kind = Literal["abstinence", "relapse", "return to use", "dropout", "reduction"]

MISSING_RULES = {
    "use": "A missed visit counts as use.",
    "no use": "A missed visit counts as no use.",
    "left out": "A missed visit is left out.",
    "missing": "A missed visit is neither use nor no use, and it interrupts a run.",
    "use until dropout": "A missed visit counts as use up to the last visit attended and is left out behind it.",
    "mode": "A missed visit gets the participant's most frequent result, use in a tie.",
    "neighbours": "A single missed visit gets the average of the visits right before and after it; longer gaps stay "
    "missing.",
    "weighted": "A missed visit has a weight of its own, named in the rule.",
    "counted": "Missed visits are what is counted.",
}


@dataclass(frozen=True)
class Recode:
    """Marks that become others."""

    marks: tuple[tuple[str, str], ...]

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return the recoded words."""
        return verbs.recode(words, dict(self.marks))


@dataclass(frozen=True)
class Periods:
    """Periods that count, by number; negative ones from the end."""

    numbers: tuple[int, ...]

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return words of those periods."""
        return verbs.at_periods(words, self.numbers)


@dataclass(frozen=True)
class From:
    """Periods from a number on."""

    first: int

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return words of those periods."""
        return verbs.from_period(words, self.first)


@dataclass(frozen=True)
class Fill:
    """Missed visits dropped, or filled by the participant's own results."""

    how: Literal["drop", "mode", "neighbours"]

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return words without the missed visits that the rule covers."""
        chosen = {"drop": verbs.drop_missed, "mode": verbs.fill_with_mode, "neighbours": verbs.fill_between}
        return chosen[self.how](words)


@dataclass(frozen=True)
class Tally:
    """Weights of marks added up, and divided by a number of periods.

    ``per`` is the periods ``scheduled``, those ``attended``, the ``last_seen`` one, a fixed number, or 1
    for a count; a word with none of them has the value ``of_none``.
    """

    weights: tuple[tuple[str, float], ...]
    per: Literal["scheduled", "attended", "last_seen"] | int = 1
    of_none: float = float("nan")

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return one number a word."""
        total = verbs.tally(words, dict(self.weights))
        if isinstance(self.per, int):
            return total / self.per
        below = {"scheduled": verbs.scheduled, "attended": verbs.attended, "last_seen": verbs.last_seen}[self.per]
        periods = below(words)
        return (total / periods.where(periods > 0)).fillna(self.of_none)


@dataclass(frozen=True)
class LongestRun:
    """Longest run of a mark, in periods."""

    mark: str

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return one number a word."""
        return verbs.longest_run(words, self.mark).astype(float)


@dataclass(frozen=True)
class LastSeen:
    """Number of the last period with an attended visit."""

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return one number a word."""
        return verbs.last_seen(words).astype(float)


@dataclass(frozen=True)
class Freedom:
    """Penalised use turned round: ``top`` for no use at all, 0 for the worst word."""

    weights: tuple[tuple[str, float], ...]
    penalties: tuple[float, ...]
    top: float

    def __call__(self, words: pd.Series) -> pd.Series:
        """Return one number a word."""
        return self.top * (1 - verbs.penalised_use(words, dict(self.weights), self.penalties))


@dataclass(frozen=True)
class FirstWindow:
    """First window of ``width`` periods with a mark ``at_least`` times; ``added`` periods were cut off before."""

    mark: str
    width: int
    at_least: int
    added: int = 0

    def __call__(self, words: pd.Series) -> pd.DataFrame:
        """Return ``exit event``, in periods."""
        found = verbs.first_window(words, self.mark, self.width, self.at_least)
        return found.assign(exit=found["exit"] + self.added)


FREE_PERIODS = (("-", 1.0),)
FREE_HALF_IF_BOTH = (("-", 1.0), ("*", 0.5))
ALL_ELSE_IS_USE = Recode((("o", "+"), ("*", "+")))


def weeks(first: int, last: int) -> Periods:
    """Name the periods from one number to another, both included."""
    return Periods(tuple(range(first, last + 1)))


WordVerb = Recode | Periods | From | Fill
Measure = Tally | LongestRun | LastSeen | Freedom


@dataclass(frozen=True)
class Condition:
    """A measure that must lie in a range."""

    steps: tuple[WordVerb, ...]
    measure: Measure
    at_least: float = float("-inf")
    at_most: float = float("inf")

    def holds(self, words: pd.Series) -> pd.Series:
        """Say for whom it does; an undefined measure does not."""
        return self.measure(prepared(words, self.steps)).between(self.at_least, self.at_most)


@dataclass(frozen=True)
class Endpoint:
    """A published endpoint, computed from use patterns of one mark a week.

    Attributes
    ----------
    name, version, title : str
    kind : {"abstinence", "relapse", "return to use", "dropout", "reduction"}
    rule : str
        What is computed, without the handling of missed visits.
    schedule : str
        When urine was due in the trial that published the endpoint.
    missing : str
        Key of ``MISSING_RULES``.
    reference : str
        Citation and DOI.
    columns : tuple of str
        Names of the same outcome in the derived outcomes of CTN-0094.
    steps : tuple of verbs
        What is done to the words first.
    measure : measure, ``FirstWindow`` or None
        What is then read off them; None where conditions are all there is.
    conditions : tuple of Condition
        All must hold. With a measure: its value where they do, else ``otherwise``. Without: yes or no.
    otherwise : float
    """

    name: str
    title: str
    kind: Kind
    rule: str
    schedule: str
    missing: str
    reference: str
    columns: tuple[str, ...]
    steps: tuple[WordVerb, ...] = ()
    measure: Measure | FirstWindow | None = None
    conditions: tuple[Condition, ...] = ()
    otherwise: float = 0.0
    version: str = "1"

    @property
    def sentence(self) -> str:
        """The rule in words, its handling of missed visits and the schedule included."""
        return (
            f"{self.rule} {MISSING_RULES[self.missing]} Urine was due {self.schedule} in the published trial; "
            "a period here is one week."
        )

    @property
    def is_time(self) -> bool:
        """Whether the endpoint is a time with an event, and not a value."""
        return isinstance(self.measure, FirstWindow)


def prepared(words: pd.Series, steps: tuple[WordVerb, ...]) -> pd.Series:
    """Apply verbs to words, one after the other."""
    for step in steps:
        words = step(words)
    return words
