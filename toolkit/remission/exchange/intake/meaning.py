"""Whether codes still mean what they meant: against the study's own words, and against the last import."""

from collections.abc import Iterator, Mapping

import pandas as pd

from remission.cohort import Study, import_sources
from remission.exchange.files import Dictionary, Variable, variables_from_json
from remission.exchange.mapping import Code, Source, plain_code
from remission.exchange.mapping import Mapping as FileMapping

DIFFERENCES = ("variable", "what", "last_time", "now")
Labels = Mapping[str, str]


def swapped_codes(study: Study, dictionary: Dictionary, mapping: FileMapping) -> list[str]:
    """Find codes whose label in the file is what the study calls another code.

    A file may code the same words the other way round; taken as they stand, every answer would be wrong.
    """
    found = []
    for variable, target, source, ours in _coded(study, dictionary, mapping):
        code_of = {_plain(label): code for code, label in ours.items()}
        for code, label in dictionary.variables[variable].value_labels.items():
            other = code_of.get(_plain(label))
            taken = plain_code(source.changed.get(plain_code(code), code))
            if other is not None and taken in ours and other != taken:
                found.append(
                    f"{dictionary.path.name}, variable {variable}: {_shown(code)} is '{label}' there, and {target} "
                    f"calls {other} so"
                )
                break
    return found


def _coded(study: Study, dictionary: Dictionary, mapping: FileMapping) -> Iterator[tuple[str, str, Source, Labels]]:
    for name, items in mapping.answers.items():
        asked = study.instrument(name)
        for item, source in items.items():
            listed = asked.item(item).choices
            if listed is None:
                continue
            ours = {plain_code(choice.value): choice.label for choice in asked.choices[listed]}
            for wave, columns in mapping.waves.items():
                variable = source.name_at(wave, columns)
                if variable in dictionary.variables:
                    yield variable, f"{name}.{item}", source, ours
    for name, source in mapping.characteristics.items():
        declared = study.protocol.characteristics[name]
        if declared.kind == "category":
            ours = {plain_code(code): label for code, label in declared.categories.items()}
            yield source.variable, f"study.yaml, {name},", source, ours


def since_last_import(study: Study, dictionary: Dictionary, used: list[str]) -> pd.DataFrame:
    """List what the file says otherwise of its mapped variables than the last import that had them did.

    Returns
    -------
    pandas.DataFrame
        One row is a difference: ``variable what last_time now``.
    """
    before: dict[str, Variable] = {}
    for source in import_sources(study):
        before |= variables_from_json(source.dictionary)
    rows = [
        (name, *line)
        for name in used
        if name in before
        for line in _differences(before[name], dictionary.variables[name])
    ]
    return pd.DataFrame(rows, columns=list(DIFFERENCES))


def changed_meanings(dictionary: Dictionary, differences: pd.DataFrame) -> list[str]:
    """Say which codes carry another label than at the last import: the question may be another one."""
    rows = differences[differences["what"].str.startswith("label of ") & (differences["last_time"] != "")]
    rows = rows[(rows["now"] != "")]
    return [
        f"{place_of(dictionary, row['variable'])}: {row['what'].removeprefix('label of ')} was '{row['last_time']}' "
        f"at the last import and is '{row['now']}' now; is it still the same question"
        for row in rows.to_dict("records")
    ]


def place_of(dictionary: Dictionary, variable: str) -> str:
    """Name a variable of a file."""
    return f"{dictionary.path.name}, variable {variable}"


def _differences(old: Variable, new: Variable) -> Iterator[tuple[str, str, str]]:
    if old.kind != new.kind:
        yield "kind", old.kind, new.kind
    if _plain(old.label) != _plain(new.label):
        yield "label", old.label, new.label
    for code in dict.fromkeys((*old.value_labels, *new.value_labels)):
        before, now = old.value_labels.get(code, ""), new.value_labels.get(code, "")
        if _plain(before) != _plain(now):
            yield f"label of {_shown(code)}", before, now
    if old.missing_ranges != new.missing_ranges:
        yield "user-missing", _ranges(old), _ranges(new)


def _ranges(variable: Variable) -> str:
    return ", ".join(
        _shown(low) if low == high else f"{_shown(low)} to {_shown(high)}" for low, high in variable.missing_ranges
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _shown(code: Code) -> str:
    return code if isinstance(code, str) else f"{code:g}"
