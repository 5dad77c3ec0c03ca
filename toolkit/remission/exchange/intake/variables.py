"""The variables that a mapping names, looked for in a file; its targets, looked for in a study."""

import difflib
from collections.abc import Iterator
from fnmatch import fnmatchcase

from remission.cohort import Study
from remission.errors import ImportRefused
from remission.exchange.files import Dictionary
from remission.exchange.intake.collect import person_variables
from remission.exchange.mapping import Mapping


def require_targets(study: Study, mapping: Mapping) -> None:
    """Check that the study has what a mapping fills.

    Raises
    ------
    ImportRefused
        It names a characteristic, measure or group that is not there, or the waves in another order.
    DefinitionError
        It names a wave, instrument or item that is not there.
    """
    order = [study.protocol.wave(name).day for name in mapping.waves]
    if order != sorted(order):
        raise ImportRefused(
            f"The mapping lists the waves as {', '.join(mapping.waves)}, not in the order of the study.",
            "Put them in the order in which they happen.",
        )
    for name, items in mapping.answers.items():
        asked = study.instrument(name)
        for item in items:
            asked.item(item)
    known = study.protocol.characteristics
    for name in mapping.characteristics:
        if name not in known:
            raise ImportRefused(
                f"The study has no characteristic '{name}'.",
                f"study.yaml lists {', '.join(known) or 'none'}; add it there or take it out of the mapping.",
            )
    for total in mapping.totals:
        if total.measure not in study.protocol.measures:
            raise ImportRefused(
                f"The study has no measure '{total.measure}'.", "Name a measure of study.yaml under totals."
            )
    _require_groups(study, mapping)


def _require_groups(study: Study, mapping: Mapping) -> None:
    named = [group for spell in mapping.groups for group in (spell.group, *spell.codes.values()) if group]
    absent = [group for group in named if group not in study.protocol.groups]
    if absent:
        raise ImportRefused(
            f"The study has no group '{absent[0]}'.", f"study.yaml has {', '.join(study.protocol.groups)}."
        )


def required_variables(dictionary: Dictionary, mapping: Mapping) -> list[str]:
    """Return the variables that an import reads, in the order of the file.

    Raises
    ------
    ImportRefused
        The file lacks one; the nearest name is proposed.
    """
    single = [mapping.id, *([mapping.wave] if mapping.wave else []), *person_variables(mapping)]
    single += [columns.day for columns in mapping.waves.values() if isinstance(columns.day, str)]
    for name in single:
        _require(dictionary, name, [name])
    used = set(single)
    for stem, names in _by_wave(mapping):
        _require(dictionary, stem, names)
        used |= set(names)
    if "redcap_repeat_instrument" in dictionary.variables:
        used.add("redcap_repeat_instrument")
    return [name for name in dictionary.variables if name in used]


def _by_wave(mapping: Mapping) -> Iterator[tuple[str, list[str]]]:
    for items in mapping.answers.values():
        for source in items.values():
            for wave, name in source.at.items():
                if wave not in mapping.waves:
                    raise ImportRefused(
                        f"The mapping gives {name} to the wave '{wave}', which it does not list.",
                        "List it under waves, or take the line out.",
                    )
                yield name, [name]
            if source.variable:
                yield source.variable, [columns.variable(source.variable) for columns in mapping.waves.values()]
    for total in mapping.totals:
        yield total.variable, [columns.variable(total.variable) for columns in mapping.waves.values()]


def _require(dictionary: Dictionary, stem: str, names: list[str]) -> None:
    if any(name in dictionary.variables for name in names):
        return
    near = difflib.get_close_matches(names[0], list(dictionary.variables), n=1)
    hint = f"Did you mean {near[0]}?" if near else "Compare the mapping with the file's variables."
    where = "" if names == [stem] else f" (looked for {', '.join(names)})"
    raise ImportRefused(f"{dictionary.path.name} has no variable {stem}{where}.", hint)


def unmatched(dictionary: Dictionary, mapping: Mapping, used: list[str]) -> tuple[str, ...]:
    """Return the variables that are neither mapped nor set aside."""
    patterns = [pattern for group in mapping.ignored for pattern in group.variables]
    patterns += [pattern for group in mapping.undecided for pattern in group.variables]
    return tuple(
        name
        for name in dictionary.variables
        if name not in used and not any(fnmatchcase(name, pattern) for pattern in patterns)
    )
