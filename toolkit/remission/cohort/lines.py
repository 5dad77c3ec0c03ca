"""What recording would change, line by line: for people to read, and exactly, for the audit trail."""

from datetime import date
from typing import Any

import pandas as pd

from remission.cohort.differences import CHANGES
from remission.cohort.kinds import Kind

LINES = (*CHANGES, "key", "old_exact", "new_exact", "value", "row_id")
WHOLE = (
    "start_day",
    "end_day",
    "admission_day",
    "discharge_day",
    "day",
    "count",
    "amount",
    "reported_day",
    "since_day",
    "number",
)


def lines_of(rows: pd.DataFrame, kind: Kind, field: str) -> pd.DataFrame:
    """Describe a field of some rows that a comparison matched (stored values carry ``_stored``)."""
    lines = [
        {
            "table": kind.table,
            "participant_id": row["participant_id"],
            "wave": row.get("wave", ""),
            "item": item_of(kind.table, field, row),
            "field": field,
            "old": shown(row[f"{field}_stored"], row.get("missing_reason_stored")),
            "new": shown(row[field], row.get("missing_reason")),
            "key": kind.natural_key(row),
            "old_exact": exact(row[f"{field}_stored"], field),
            "new_exact": exact(row[field], field),
            "value": row[field],
            "row_id": row["row_id"],
        }
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame(lines, columns=list(LINES), index=rows.index, dtype=object)


def item_of(table: str, field: str, row: dict[Any, Any]) -> str:
    """Name what a line is about."""
    if table == "answer":
        about = f" about {row['about']}" if row["about"] else ""
        return f"{row['instrument']}.{row['item']}{about}"
    said = {
        "characteristic": "{name}",
        "response": "{instrument} {field}",
        "affiliation": "{group_name} from day {start_day:.0f}, {field}",
        "use_report": "{substance} {state} from day {start_day:.0f}, {field}",
        "calendar_day": "{substance} on day {day:.0f}, {field}",
        "drug_test": "{specimen} test for {substance} on day {day:.0f}, {field}",
        "sobriety_date": "sobriety date told on day {reported_day:.0f}, {field}",
        "status_event": "{kind}, {field}",
        "mutual_help_event": "{kind} on day {day:.0f}, {field}",
        "care_episode": "care from day {admission_day:.0f}, {field}",
        "consent": "consent {version} to {purpose}, {field}",
        "stop": "stop of {kind} since {since_on}, {field}",
        "contact_attempt": "{channel} on {attempted_on} {time}, {field}",
        "query_step": "query on {rule} at {wave}, step {number:.0f}, {field}",
        "safety_step": "flag {rule} at {wave}, step {number:.0f}, {field}",
        "incentive": "{form} on {given_on}, {field}",
    }.get(table, "{field}")
    return said.format(**row, field=field)


def shown(value: Any, reason: Any = None) -> str:
    """Write a value for people; the reason where there is none."""
    if pd.isna(value):
        return "nothing" if reason is None or pd.isna(reason) else str(reason)
    return f"{value:g}" if isinstance(value, float) else str(value)


def exact(value: Any, field: str = "") -> str | None:
    """Write a stored value so that it can be put back exactly; None for an empty field."""
    if pd.isna(value):
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if field in WHOLE or value.is_integer() else repr(float(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def from_exact(text: str | None, kind: type) -> Any:
    """Read back what ``exact`` wrote, as the Python type of its column."""
    if text is None:
        return None
    if kind is date:
        return date.fromisoformat(text)
    if kind is bool:
        return bool(int(text))
    # SQLModel's own text type does not name its Python type.
    return text if kind is object else kind(text)
