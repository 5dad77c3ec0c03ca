"""How facts of each table are told apart and compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Kind:
    """How facts of a table are told apart and compared.

    ``firm`` fields must agree with what is stored; a ``fillable`` field may be empty on either
    side, and an empty one in the database takes the value that comes in.
    """

    table: str
    key: tuple[str, ...]
    firm: tuple[str, ...] = ()
    fillable: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return key and fields."""
        return (*self.key, *self.firm, *self.fillable)

    def natural_key(self, row: Mapping[Any, Any]) -> str:
        """Write a row's key as the audit trail names it: a JSON list that starts with the participant's code."""
        return json.dumps([_plain(row[name]) for name in self.key], ensure_ascii=False)


KINDS = (
    Kind("enrolment", ("participant_id",), fillable=("origin_date", "site", "arm")),
    Kind("characteristic", ("participant_id", "name"), firm=("number", "text", "missing_reason")),
    Kind("affiliation", ("participant_id", "group_name", "start_day"), ("is_primary",), ("end_day", "variant")),
    Kind("use_report", ("participant_id", "substance", "start_day", "state", "source"), ("end_day",)),
    Kind("calendar_day", ("participant_id", "day", "substance", "source"), ("quantity",)),
    Kind("drug_test", ("participant_id", "day", "substance", "specimen"), ("result",)),
    Kind("sobriety_date", ("participant_id", "reported_day", "substance"), ("since_day",)),
    Kind("status_event", ("participant_id", "kind", "occasion"), fillable=("day",)),
    Kind("mutual_help_event", ("participant_id", "day", "kind", "group_name", "format"), ("count",)),
    Kind(
        "care_episode",
        ("participant_id", "admission_day"),
        fillable=("discharge_day", "level_of_care", "discharge_reason"),
    ),
    Kind(
        "consent",
        ("participant_id", "version", "purpose", "signed_on"),
        fillable=("expires_on", "withdrawn_on"),
    ),
    Kind("stop", ("participant_id", "kind", "since_on"), fillable=("lifted_on",)),
    Kind("contact_attempt", ("participant_id", "attempted_on", "time", "channel"), ("outcome",), ("wave", "point")),
    Kind(
        "query_step",
        ("participant_id", "rule", "wave", "about", "number"),
        firm=("step", "owner", "note", "taken_on"),
    ),
    Kind(
        "safety_step",
        ("participant_id", "rule", "wave", "about", "number"),
        firm=("step", "owner", "note", "taken_on"),
    ),
    Kind("incentive", ("participant_id", "given_on", "wave", "form"), ("amount", "currency")),
    Kind("response", ("participant_id", "wave", "instrument", "about"), ("instrument_version",), ("day",)),
    Kind("answer", ("participant_id", "wave", "instrument", "about", "item"), ("value", "missing_reason")),
)
KIND_OF = {kind.table: kind for kind in KINDS}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, float) else value
