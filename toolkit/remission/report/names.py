"""What variables, their values and model terms are called in front of a reader."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from remission.cohort.protocol import Protocol
from remission.survey.groups import taxonomy

KNOWN_VARIABLES = {
    "group": "mutual-help group",
    "engagement_level": "engagement in mutual help",
    "arm": "study arm",
    "site": "site",
    "months": "months since day 0",
    "day": "days since day 0",
    "Intercept": "intercept",
}
CATEGORY = re.compile(r"^(?:C\()?(?P<variable>\w+)(?:,.*)?\)?\[(?:T\.)?(?P<value>.*)\]$")
SEPARATOR = re.compile(r":(?![^\[]*\])")


@dataclass(frozen=True)
class Names:
    """Names from study.yaml; without them, codes are shown with the words that every study shares.

    Attributes
    ----------
    variables : mapping
        Name in tables to name for readers.
    values : mapping
        Variable to its codes and their labels, in the order to show them.
    given : frozenset of str
        Variables that participants have and did not choose, such as age.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"group": taxonomy().titles})
    given: frozenset[str] = frozenset()

    def variable(self, name: str) -> str:
        """Return the name of a variable for a reader."""
        return self.variables.get(name) or KNOWN_VARIABLES.get(name) or name.replace("_", " ")

    def strata(self, variable: str, codes: Iterable[str]) -> dict[str, str]:
        """Return codes with their labels, in the order to show them.

        Codes 0 and 1 alone become no and yes; other bare numbers carry the variable's name.
        """
        found = list(codes)
        labels = self.values.get(variable, {})
        if not variable:
            return dict.fromkeys(found, "all participants")
        ordered = [code for code in labels if code in found] + [code for code in found if code not in labels]
        return {code: labels.get(code) or self._bare(variable, code, set(found)) for code in ordered}

    def _bare(self, variable: str, code: str, codes: set[str]) -> str:
        short = variable.replace("_", " ")
        if codes <= {"0", "1"}:
            return f"{short}: {'yes' if code == '1' else 'no'}"
        if re.fullmatch(r"-?\d+(\.\d+)?", code):
            return f"{short}: {code}"
        return code.replace("_", " ")

    def term(self, term: str) -> str:
        """Return a formula's term in words: ``C(group)[T.smart]`` as ``group: SMART Recovery``."""
        return " × ".join(self._part(part) for part in SEPARATOR.split(term))

    def _part(self, part: str) -> str:
        category = CATEGORY.match(part)
        if category is None:
            return self.variable(part)
        variable, value = category["variable"], category["value"]
        label = self.values.get(variable, {}).get(value) or value.replace("_", " ")
        return f"{self.variable(variable)}: {label}"


def names_of(protocol: Protocol) -> Names:
    """Collect the names that study.yaml gives."""
    characteristics = protocol.characteristics
    labels = {name: stated.label for name, stated in characteristics.items()}
    labels |= {name: measure.label for name, measure in protocol.measures.items()}
    categories = {
        name: {label: label for label in stated.categories.values()}
        for name, stated in characteristics.items()
        if stated.kind == "category"
    }
    cuts = protocol.all_levels
    labels |= {name: cut.label for name, cut in cuts.items() if cut.label}
    levels = {name: {level.name: level.label for level in cut.levels} for name, cut in cuts.items()}
    values = {"group": dict(protocol.groups), **levels, **categories}
    return Names(labels, values, frozenset(characteristics) | {"site"})


PLAIN = Names()
