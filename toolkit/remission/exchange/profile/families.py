"""Families of variables: one question, asked again at each wave, each wave with its token in the name."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from remission.exchange.files import Variable
from remission.exchange.profile.missing_words import missing_labels
from remission.exchange.profile.names import Reading, Token, told_number, without_time

LEAST_OVERLAP = 0.4
Key = tuple[str, float]


@dataclass(frozen=True)
class Family:
    """Variables that share a stem.

    Attributes
    ----------
    stem : str
    columns : dict
        Wave key (unit and number) to variable, in the order of the waves.
    label_overlap : float or None
        Share of words that the least alike labels have in common, words of time left out; None without labels.
    value_labels : {"same", "different", "none"}
    same_kind : bool
        All hold numbers, or all texts, or all dates.
    """

    stem: str
    columns: dict[Key, str]
    label_overlap: float | None
    value_labels: str
    same_kind: bool

    @property
    def doubt(self) -> str:
        """Say why this may be a different question at each wave; empty where nothing speaks for it."""
        if self.value_labels == "different":
            return "the value labels differ"
        if self.label_overlap is not None and self.label_overlap < LEAST_OVERLAP:
            return "the labels share few words"
        return "" if self.same_kind else "not all are of one kind"


@dataclass(frozen=True)
class Pattern:
    """Families whose names carry the wave in one way.

    Attributes
    ----------
    style : tuple of str
    families : tuple of Family
        In the order of the file; those with a single wave come along when the pattern is known from others.
    affixes : dict
        Wave key to what stands before or after the stem.
    tokens : dict
        Wave key to the token.
    unit : str
        What the numbers count; ``number`` where neither names nor labels say.
    is_sure : bool
        Names or labels say that this is time; else it is only asked.
    evidence : str
    """

    style: tuple[str, str, str]
    families: tuple[Family, ...]
    affixes: dict[Key, str]
    tokens: dict[Key, Token]
    unit: str
    is_sure: bool
    evidence: str

    @property
    def keys(self) -> tuple[Key, ...]:
        """The waves in their order."""
        return tuple(self.tokens)

    @cached_property
    def by_variable(self) -> dict[str, Family]:
        """Find the family of a variable."""
        return {name: family for family in self.families for name in family.columns.values()}

    @property
    def doubtful(self) -> tuple[Family, ...]:
        """Families that may be different questions."""
        return tuple(family for family in self.families if family.doubt)


def family_of(stem: str, found: Mapping[Key, Reading], variables: Mapping[str, Variable]) -> Family:
    """Compare the variables of a stem."""
    columns = {key: found[key].name for key in sorted(found, key=lambda key: key[1])}
    held = [variables[name] for name in columns.values()]
    return Family(stem, columns, _overlap(held), _compare_codes(held), len({_sort(each) for each in held}) == 1)


def _sort(variable: Variable) -> str:
    return "moment" if variable.kind in ("date", "datetime") else variable.kind


def _overlap(held: list[Variable]) -> float | None:
    said = [set(without_time(variable.label).split()) for variable in held if variable.label]
    if len(said) < 2:
        return None
    # A label of nothing but time ("Baseline") tells no question.
    pairs = [(said[0], other) for other in said[1:]]
    return min(len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs)


def _compare_codes(held: list[Variable]) -> str:
    listed = []
    for variable in held:
        gone = missing_labels(variable.value_labels)
        plain = {
            code: without_time(label)
            for code, label in variable.value_labels.items()
            if code not in gone and not (isinstance(code, float) and variable_holds(variable, code))
        }
        if variable.value_labels:
            listed.append(plain)
    if not listed:
        return "none"
    if len(listed) < len(held):
        # Labels on one wave only are carelessness more often than another question.
        return "same" if all(each == listed[0] for each in listed) else "different"
    return "same" if all(each == listed[0] for each in listed) else "different"


def variable_holds(variable: Variable, code: float) -> bool:
    """Tell whether a number is declared user-missing."""
    return any(low <= code <= high for low, high in variable.missing_ranges if not isinstance(low, str))


def told_units(families: list[Family], variables: Mapping[str, Variable]) -> Counter[str]:
    """Count how many variables have a label that names the very number of their token, by unit."""
    found: Counter[str] = Counter()
    for family in families:
        for (_, number), name in family.columns.items():
            told = told_number(variables[name].label)
            if told and told[1] == number and told[0] != "word":
                found[told[0]] += 1
    return found


def group_readings(all_readings: list[Reading]) -> dict[str, dict[Key, Reading]]:
    """Group readings of one style by stem; the first reading of a wave counts."""
    grouped: dict[str, dict[Key, Reading]] = defaultdict(dict)
    for reading in all_readings:
        key = (reading.token.unit, reading.token.number)
        grouped[reading.stem.lower()].setdefault(key, reading)
    return grouped
