"""One row a variable: what the dictionary says, what was counted."""

from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from remission.exchange.files import Variable, shown
from remission.exchange.profile.notes import plain_number
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.tally import MOST_VALUES, Tally

MOST_LABELS = 6
COLUMNS = (
    "variable", "label", "kind", "measure", "valid", "missing", "no_value", "blank", "from", "to", "distinct", "labels",
    "notes",
)  # fmt: skip
KINDS = {
    "number": "number",
    "text": "text",
    "date": "date",
    "datetime": "moment",
    "time": "time",
    "duration": "duration",
}


def variable_rows(profile: Profile, pattern: str = "*") -> list[dict[str, Any]]:
    """Describe the variables whose names fit a pattern (``*`` stands for any characters), capital letters alike."""
    said: dict[str, list[str]] = {}
    for note in profile.notes:
        said.setdefault(note.variable, []).append(note.text)
    for name, why in profile.private.items():
        said.setdefault(name, []).insert(0, f"{why.sentence}: values not shown")
    return [
        _row(profile, name, said.get(name, []))
        for name in profile.variables
        if fnmatchcase(name.lower(), pattern.lower())
    ]


def variables_table(profile: Profile, pattern: str = "*") -> pd.DataFrame:
    """Give ``variable_rows`` as a frame; columns are ``COLUMNS``."""
    return pd.DataFrame(variable_rows(profile, pattern), columns=list(COLUMNS))


def _row(profile: Profile, name: str, notes: list[str]) -> dict[str, Any]:
    variable, tally = profile.variables[name], profile.tallies[name]
    private = name in profile.private
    low, high = ("", "") if private else span(variable, tally)
    kind = "text" if tally.is_text else KINDS[variable.kind]
    return {
        "variable": name,
        "label": variable.label,
        "kind": f"{kind} {variable.format}".strip(),
        "measure": variable.measure,
        "valid": tally.n_valid,
        "missing": missing_text(variable, tally),
        "no_value": tally.system_missing,
        "blank": tally.blank,
        "from": low,
        "to": high,
        "distinct": str(tally.distinct) if tally.distinct is not None else f"over {MOST_VALUES:,}",
        "labels": labels_text(variable),
        "notes": "; ".join(notes),
    }


def missing_text(variable: Variable, tally: Tally) -> str:
    """Write the user-missing codes with their labels and rows: ``9 Refused (12)``."""
    said = []
    for code, rows in tally.missing.items():
        label = variable.value_labels.get(code, "")
        said.append(f"{plain_number(code)} {label} ({rows})".replace("  ", " "))
    return ", ".join(said[:MOST_LABELS]) + (", ..." if len(said) > MOST_LABELS else "")


def labels_text(variable: Variable) -> str:
    """Write the first value labels: ``0 No, 1 Yes``."""
    said = [f"{plain_number(code)} {label}" for code, label in variable.value_labels.items()]
    return ", ".join(said[:MOST_LABELS]) + (", ..." if len(said) > MOST_LABELS else "")


def span(variable: Variable, tally: Tally) -> tuple[str, str]:
    """Write the lowest and the highest value; moments as ISO text."""
    if tally.low is None or tally.high is None:
        return "", ""
    return _shown(variable, tally.low), _shown(variable, tally.high)


def _shown(variable: Variable, value: float) -> str:
    if variable.kind != "number":
        return shown(variable, value)
    return f"{value:.6g}" if abs(value) < 1e6 else plain_number(value)
