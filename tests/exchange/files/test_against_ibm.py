"""Every file that IBM's own reader could read gives the same dictionary and the same cells here."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remission.exchange.files import DataFile, Variable, read_file

# What IBM's interface for programs shows otherwise than SPSS and PSPP do, which agree with us.
SEGMENTS = "IBM lists each segment of a text longer than 255 bytes as a variable; here it is one"
LONG_TEXTS = "IBM's interface returns no value labels and user-missing codes of texts longer than 8 bytes"
DIFFERENT = {
    ("eatGADS__check_longstring.sav", "Pflub1516_d"): SEGMENTS,
    ("eatGADS__helper_longstring.sav", "Pflub1516_d"): SEGMENTS,
    ("eatGADS__helper_spss_havenbug.sav", "v3"): LONG_TEXTS,
    ("eatGADS__helper_spss_havenbug.sav", "v4"): LONG_TEXTS,
    ("eatGADS__helper_spss_havenbug.sav", "v5"): LONG_TEXTS,
    ("eatGADS__multipleChoice.sav", "stringvar"): LONG_TEXTS,
    ("spss__data.sav", "bbbb_bbbbbb12"): LONG_TEXTS,
    ("spss__hotel.sav", "v5"): LONG_TEXTS,
}
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "spss" / "oracle.json"
ORACLE: dict[str, Any] = json.loads(REFERENCE.read_text()) if REFERENCE.is_file() else {}
READABLE = sorted(name for name, told in ORACLE.items() if "vars" in told)


@pytest.fixture(params=READABLE or [None])
def both(request: pytest.FixtureRequest, files_of_others: Path) -> tuple[DataFile, dict[str, Any], str]:
    if request.param is None:
        pytest.skip("the oracle is not beside the reference data folder")
    return read_file(files_of_others / request.param), ORACLE[request.param], request.param


def test_the_oracle_agrees(both: tuple[DataFile, dict[str, Any], str]) -> None:
    file, told, name = both
    differences = compare(file, told, {variable for file_name, variable in DIFFERENT if file_name == name})
    assert not differences, f"{name}: " + "; ".join(differences)


def test_each_difference_is_still_one(files_of_others: Path) -> None:
    for (name, variable), reason in DIFFERENT.items():
        file, told = read_file(files_of_others / name), ORACLE[name]["vars"]
        assert compare_variable(file, variable, told[variable]), f"{name}, {variable}: no longer so that {reason}"


def compare(file: DataFile, told: dict[str, Any], different: set[str]) -> list[str]:
    found = []
    if len(file.frame) != told["rows"]:
        found.append(f"{len(file.frame)} rows, not {told['rows']}")
    segments = {name for name in told["vars"] if name not in file.variables} if "Pflub1516_d" in different else set()
    if list(file.variables) != [name for name in told["vars"] if name not in segments]:
        found.append(f"variables {list(file.variables)} not {list(told['vars'])}")
    if file.dictionary.weight != (told["weight"] or ""):
        found.append(f"weight {file.dictionary.weight}")
    if {n: list(v) for n, v in file.dictionary.attributes.items()} != told["file_attributes"]:
        found.append(f"attributes {file.dictionary.attributes}")
    found += compare_sets(file, told["mrsets"])
    for variable, expected in told["vars"].items():
        if variable in file.variables and variable not in different:
            found += [f"{variable}: {each}" for each in compare_variable(file, variable, expected)]
    return found


def compare_sets(file: DataFile, told: dict[str, Any]) -> list[str]:
    found = {
        each.name: ("D" if each.kind == "dichotomies" else "C", each.counted, each.label, list(each.variables))
        for each in file.dictionary.response_sets
    }
    counted = {name: "" if each["counted_value"] is None else str(each["counted_value"]) for name, each in told.items()}
    expected = {name: (e["type"], counted[name], e["label"], e["variable_list"]) for name, e in told.items()}
    return [] if found == expected else [f"sets {found} not {expected}"]


def compare_variable(file: DataFile, name: str, told: dict[str, Any]) -> list[str]:
    variable, cells = file.variables[name], file.frame[name]
    pairs = {
        "format": (variable.format.removesuffix(".0"), told["format"]),
        "label": (variable.label.rstrip(), (told["label"] or "").rstrip()),
        "measure": (variable.measure, told["measure"]),
        "missing": (missing_of(variable), told_missing(told["missing"])),
        "value labels": (
            {str(code): label.rstrip() for code, label in variable.value_labels.items()},
            {code: label.rstrip() for code, label in (told["value_labels"] or {}).items()},
        ),
    }
    if variable.kind == "text":
        pairs["empty cells"] = (int((cells == "").sum()), told["n_empty"])
    else:
        pairs["empty cells"] = (int(cells.isna().sum()), told["n_sysmis"])
        total = float(np.nansum(cells.to_numpy()))
        if not math.isclose(total, told["sum"], rel_tol=1e-12, abs_tol=6e-7):
            pairs["sum"] = (total, told["sum"])
    # Labels are compared without the blanks at their ends, and sums to the six decimals that the oracle keeps.
    return [f"{what} {ours!r} not {theirs!r}" for what, (ours, theirs) in pairs.items() if ours != theirs]


def missing_of(variable: Variable) -> tuple[Any, ...]:
    return tuple(sorted((str(low), str(high)) for low, high in variable.missing_ranges))


def told_missing(told: dict[str, Any] | None) -> tuple[Any, ...]:
    if not told:
        return ()
    values = [(str(value), str(value)) for value in told.get("values") or []]
    return tuple(sorted(values + ([(told["lo"], told["hi"])] if "lo" in told else [])))
