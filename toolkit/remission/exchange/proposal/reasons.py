"""Codes that stand for no answer, each with its typed reason, taken from its label."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from remission.exchange.mapping import Code, Reason
from remission.exchange.profile.missing_words import missing_labels
from remission.exchange.profile.notes import likely_missing_codes, plain_number
from remission.exchange.profile.profile import Profile

EXTENDED = "._"


@dataclass
class Reasons:
    """What the codes mean, and what a person must say about them."""

    missing: dict[Code, Reason] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def reasons_for(profile: Profile, columns: Iterable[str], allowed: Iterable[float] = ()) -> Reasons:
    """Type the codes for a missing answer of a question.

    Parameters
    ----------
    profile : Profile
    columns : iterable of str
        The question's variables.
    allowed : iterable of float
        Values that the item allows; a code among them that a label calls missing is asked about.
    """
    found = Reasons()
    fine = set(allowed)
    for name in columns:
        variable, tally = profile.variables[name], profile.tallies[name]
        labels = {**{code: str(code) for code in tally.missing}, **variable.value_labels}
        told = missing_labels(variable.value_labels)
        codes = list(dict.fromkeys([*tally.missing, *_declared(profile, name), *told]))
        for code in codes:
            if code in found.missing:
                continue
            shown, label = plain_number(code), labels.get(code, "")
            reasons = told.get(code, ())
            found.missing[code] = reasons[0] if reasons else "not_recorded"
            if code in fine and code not in tally.missing:
                found.doubts.append(f"{shown} is labelled '{label}', and the item has an answer {shown}")
            elif len(reasons) > 1:
                found.doubts.append(f"{shown} is labelled '{label}': is it {' or '.join(reasons)}?")
            elif not reasons:
                found.doubts.append(f"{shown} is declared missing and no label says why")
        for code in likely_missing_codes(variable, tally):
            if code not in found.missing and code not in fine:
                found.missing[code] = "not_recorded"
                found.doubts.append(
                    f"{plain_number(code)} lies far from the other values: does it stand for no answer?"
                )
    return found


def _declared(profile: Profile, name: str) -> list[Code]:
    variable = profile.variables[name]
    single = [low for low, high in variable.missing_ranges if low == high]
    inside = [
        code
        for code in variable.value_labels
        if any(
            low <= code <= high
            for low, high in variable.missing_ranges
            if isinstance(low, str) == isinstance(code, str)
        )
    ]
    return [*single, *inside]
