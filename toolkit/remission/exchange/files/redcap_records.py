"""Record exports of REDCap: recognised by their columns, with labels from a dictionary beside them."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from remission.errors import UnreadableFile

MARKS = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
    "redcap_survey_identifier",
)
EAV = ("field_name", "value")
STATES = {"0", "1", "2", "Incomplete", "Unverified", "Complete"}
WORDS_OF_LABELLED = {"Incomplete", "Unverified", "Complete", "Checked", "Unchecked"}
CHECKBOX = re.compile(r"(\w+?)___(\w+)")
UNIQUE_EVENT = re.compile(r"[a-z0-9_]+_arm_\d+[a-z]?")
FIELD = ("field_name", "Variable / Field Name")
LABEL = ("field_label", "Field Label")
TYPE = ("field_type", "Field Type")
CHOICES = ("select_choices_or_calculations", "Choices, Calculations, OR Slider Labels")
IDENTIFIER = ("identifier", "Identifier?")


def is_redcap(header: Sequence[str], held: Mapping[str, set[str]]) -> bool:
    """Tell whether the columns are those of a record export; ``held`` gives the values of its ``_complete`` columns."""
    names = [name.lower() for name in header]
    if any(mark in names[1:] for mark in MARKS):
        return True
    id_first = bool(names) and (names[0] == "record_id" or names[0].endswith("id"))
    states = [name for name in header[1:] if name.lower().endswith("_complete")]
    return id_first and bool(states) and all(held.get(name, set()) <= STATES for name in states)


def refuse_labels_as_names(path: Path, name: str) -> None:
    """Refuse an export whose header holds labels: forms then all end in ``Complete?``.

    Raises
    ------
    UnreadableFile
        It is one.
    """
    if name == "Complete?":
        raise UnreadableFile(
            f"{path.name} is a REDCap export with labels in place of names.", "Export it as CSV (raw data)."
        )


def refuse_other_exports(path: Path, header: Sequence[str]) -> None:
    """Refuse a data dictionary, and an export of one row a value.

    Raises
    ------
    UnreadableFile
        It is one of the two.
    """
    names = {name.strip() for name in header}
    if len(names & {FIELD[0], TYPE[0], "form_name"}) == 3 or len(names & {FIELD[1], TYPE[1], "Form Name"}) == 3:
        raise UnreadableFile(
            f"{path.name} is a data dictionary of REDCap and holds no answers.",
            "Export the records as CSV (raw data); read the dictionary with `remission instrument read`.",
        )
    if set(EAV) <= names and "record" in names:
        raise UnreadableFile(
            f"{path.name} is a REDCap export with one row a value.", "Export the records as a flat CSV instead."
        )


def response_sets(names: Sequence[str], fields: dict[str, dict[str, str]], labelled: bool) -> list[dict[str, Any]]:
    """Gather checkbox columns ``field___code`` to multiple-response sets."""
    found: dict[str, list[str]] = {}
    for name in names:
        matched = CHECKBOX.fullmatch(name)
        if matched:
            found.setdefault(matched.group(1), []).append(name)
    counted = "Checked" if labelled else "1"
    return [
        {
            "name": name,
            "label": _label(fields.get(name, {})),
            "kind": "dichotomies",
            "variables": columns,
            "counted": counted,
        }
        for name, columns in found.items()
    ]


def _label(row: dict[str, str]) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", _cell(row, LABEL)).split())


def dictionary_beside(path: Path) -> dict[str, dict[str, str]]:
    """Read the data dictionary that lies beside an export, by field; empty where there is none."""
    project = path.stem.split("_DATA_")[0]
    places = [
        path.with_name(f"{path.stem}_dictionary.csv"),
        *sorted(path.parent.glob(f"{_plain(path.stem)}_DataDictionary*.csv")),
        *sorted(path.parent.glob(f"{_plain(project)}_DataDictionary*.csv")),
    ]
    for place in places:
        if place.is_file():
            return _fields(place)
    return {}


def _plain(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)


def _fields(path: Path) -> dict[str, dict[str, str]]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with path.open(encoding=encoding, newline="") as file:
                rows = list(csv.DictReader(file))
        except UnicodeError:
            continue
        except (OSError, csv.Error) as error:
            raise UnreadableFile(
                f"The data dictionary {path.name} beside the file cannot be read.", "Mend it, or move it away."
            ) from error
        return {_cell(row, FIELD): {str(key): value or "" for key, value in row.items() if key} for row in rows}
    raise UnreadableFile(f"The data dictionary {path.name} beside the file is no text.", "Mend it, or move it away.")


def _cell(row: dict[str, Any], names: tuple[str, str]) -> str:
    return str(next((row[name] for name in names if row.get(name)), ""))


def dress(name: str, fields: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Give what a dictionary says of a column: its label and value labels."""
    matched = CHECKBOX.fullmatch(name)
    row = fields.get(matched.group(1) if matched else name)
    if row is None:
        states = [[0.0, "Incomplete"], [1.0, "Unverified"], [2.0, "Complete"]]
        return {"value_labels": states} if name.lower().endswith("_complete") else {}
    label, choices = _label(row), _choices(_cell(row, CHOICES))
    if matched:
        code = re.sub("^_", "-", matched.group(2)).lower()
        ticked = next((said for given, said in choices if given.lower() == code), code)
        return {"label": f"{label}: {ticked}", "value_labels": [[0.0, "not ticked"], [1.0, "ticked"]]}
    kind = _cell(row, TYPE)
    if kind in ("yesno", "truefalse"):
        choices = [("0", "No" if kind == "yesno" else "False"), ("1", "Yes" if kind == "yesno" else "True")]
    coded = kind in ("radio", "dropdown", "yesno", "truefalse")
    return {"label": label, "value_labels": [[_number(code), said] for code, said in choices] if coded else []}


def is_identifying(name: str, fields: dict[str, dict[str, str]]) -> bool:
    """Tell whether the dictionary marks a field as identifying, or REDCap's own columns are."""
    row = fields.get(name, {})
    return name == "redcap_survey_identifier" or _cell(row, IDENTIFIER).strip().lower() == "y"


def _choices(text: str) -> list[tuple[str, str]]:
    pairs = [part.split(",", 1) for part in text.split("|") if "," in part]
    return [(code.strip(), said.strip()) for code, said in pairs]


def _number(code: str) -> float | str:
    return float(code) if re.fullmatch(r"-?\d+(\.\d+)?", code) else code
