"""Record exports of REDCap: recognised by their columns, with labels from a dictionary beside them."""

import csv
import re
from collections.abc import Sequence
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
CHECKBOX = re.compile(r"(\w+?)___(\w+)")
UNIQUE_EVENT = re.compile(r"[a-z0-9_]+_arm_\d+[a-z]?")
FIELD = ("field_name", "Variable / Field Name")
LABEL = ("field_label", "Field Label")
TYPE = ("field_type", "Field Type")
CHOICES = ("select_choices_or_calculations", "Choices, Calculations, OR Slider Labels")
IDENTIFIER = ("identifier", "Identifier?")


def is_redcap(header: Sequence[str]) -> bool:
    """Tell whether the columns are those of a record export."""
    names = [name.lower() for name in header]
    if any(mark in names[1:] for mark in MARKS):
        return True
    id_first = bool(names) and (names[0] == "record_id" or names[0].endswith("id"))
    return id_first and any(name.endswith("_complete") for name in names[1:]) and len(names) > 2


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


def response_sets(names: Sequence[str]) -> list[dict[str, Any]]:
    """Gather checkbox columns ``field___code`` to multiple-response sets."""
    found: dict[str, list[str]] = {}
    for name in names:
        matched = CHECKBOX.fullmatch(name)
        if matched:
            found.setdefault(matched.group(1), []).append(name)
    return [
        {"name": name, "label": "", "kind": "dichotomies", "variables": columns, "counted": "1"}
        for name, columns in found.items()
    ]


def dictionary_beside(path: Path) -> dict[str, dict[str, str]]:
    """Read the data dictionary that lies beside an export, by field; empty where there is none."""
    places = [
        path.with_name(f"{path.stem}_dictionary.csv"),
        *sorted(path.parent.glob(f"{_plain(path)}_DataDictionary*.csv")),
    ]
    for place in places:
        if place.is_file():
            return _fields(place)
    return {}


def _plain(path: Path) -> str:
    return re.sub(r"([*?\[])", r"[\1]", path.stem)


def _fields(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error):
        return {}
    return {_cell(row, FIELD): {str(key): value or "" for key, value in row.items() if key} for row in rows}


def _cell(row: dict[str, Any], names: tuple[str, str]) -> str:
    return str(next((row[name] for name in names if row.get(name)), ""))


def dress(name: str, fields: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Give what a dictionary says of a column: its label and value labels."""
    matched = CHECKBOX.fullmatch(name)
    row = fields.get(matched.group(1) if matched else name)
    if row is None:
        return {}
    label, choices = re.sub(r"<[^>]+>", "", _cell(row, LABEL)).strip(), _choices(_cell(row, CHOICES))
    if matched:
        ticked = next((said for code, said in choices if code.lower() == matched.group(2).lower()), matched.group(2))
        return {"label": f"{label}: {ticked}", "value_labels": [[0.0, "not ticked"], [1.0, "ticked"]]}
    kind = _cell(row, TYPE)
    if kind in ("yesno", "truefalse"):
        choices = [("0", "No" if kind == "yesno" else "False"), ("1", "Yes" if kind == "yesno" else "True")]
    labels = (
        [[_number(code), said] for code, said in choices] if kind in ("radio", "dropdown", "yesno", "truefalse") else []
    )
    return {"label": label, "value_labels": labels}


def is_identifying(name: str, fields: dict[str, dict[str, str]]) -> bool:
    """Tell whether the dictionary marks a field as identifying, or REDCap's own columns are."""
    row = fields.get(name, {})
    return name == "redcap_survey_identifier" or _cell(row, IDENTIFIER).strip().lower() == "y"


def _choices(text: str) -> list[tuple[str, str]]:
    pairs = [part.split(",", 1) for part in text.split("|") if "," in part]
    return [(code.strip(), said.strip()) for code, said in pairs]


def _number(code: str) -> float | str:
    return float(code) if re.fullmatch(r"-?\d+(\.\d+)?", code) else code
