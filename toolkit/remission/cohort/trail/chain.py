"""Entries of the audit trail, each sealed with the one before.

A seal is SHA-256 over the seal before and the entry's own words; what an entry did in detail takes part through a
salted digest, so that the detail of an erased person can go and the chain still holds.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from remission.cohort.schema import METADATA

SEALED = ("id", "batch_id", "at", "who", "action", "table", "participant", "reason", "digest")
DETAIL = ("key", "row_key", "field", "old", "new", "row", "variable")
ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Head:
    """The newest entry of a chain: its number (0 for an empty chain) and its seal."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def head_of(connection: Connection) -> Head:
    """Return the newest entry; the study's own mark stands before the first."""
    entry = METADATA.tables["audit_entry"]
    found = connection.execute(select(entry.c.id, entry.c.hash).order_by(entry.c.id.desc()).limit(1)).one_or_none()
    return Head(found.id, found.hash) if found is not None else Head(0, mark_of(connection))


def mark_of(connection: Connection) -> str:
    """Return the random mark of the study."""
    mark: str = connection.execute(select(METADATA.tables["study_mark"].c.uid)).scalar_one()
    return mark


def seal(before: str, entry: Mapping[str, Any]) -> str:
    """Seal an entry with the one before."""
    at: datetime = entry["at"]
    said = [at.astimezone(UTC).isoformat(timespec="microseconds") if name == "at" else entry[name] for name in SEALED]
    return hashlib.sha256((before + json.dumps(said, ensure_ascii=False)).encode()).hexdigest()


def digest_of(salt: str, detail: Mapping[str, Any]) -> str:
    """Seal a detail with its salt."""
    said = json.dumps([detail[name] for name in DETAIL], ensure_ascii=False)
    return hashlib.sha256((salt + said).encode()).hexdigest()


def chained(head: Head, entries: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows of entries and of details that continue a chain.

    Every entry brings ``at who action table``, and where they apply ``batch_id participant reason`` and the fields of
    a detail, or the ``salt`` and ``digest`` of something that is stored elsewhere.
    """
    rows: list[dict[str, Any]] = []
    details: list[dict[str, Any]] = []
    for number, given in enumerate(entries, head.number + 1):
        entry = {name: given.get(name) for name in SEALED} | {"id": number}
        detail = {name: given.get(name) for name in DETAIL}
        detail["key"] = detail["key"] or ""
        if entry["digest"] is not None or any(value not in (None, "") for value in detail.values()):
            salt = given.get("salt") or secrets.token_hex(8)
            entry["digest"] = entry["digest"] or digest_of(salt, detail)
            details.append({"entry_id": number, "salt": salt, **detail})
        entry["hash"] = seal(rows[-1]["hash"] if rows else head.hash, entry)
        rows.append(entry)
    return rows, details


def note(
    connection: Connection, who: str, action: str, entries: Iterable[Mapping[str, Any]], reason: str | None = None
) -> None:
    """Add entries to the audit trail within the transaction that they describe.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        One that writes: the trail grows by one writer at a time.
    who : str
    action : str
        ``recorded``, ``filled``, ``changed``, ``withdrawn``, ``undone``, ``exported``, ``erased``, ...
    entries : iterable of dict
        Each with ``table``, and where they apply ``batch_id participant reason`` and the fields of a detail:
        ``key row_key field old new row variable``. ``participant`` is the ``uid``; ``code``, the code that people use,
        may stand for it.
    reason : str, optional
        For entries that bring none.
    """
    act = {"at": datetime.now(UTC), "who": who, "action": action}
    said = [{**entry, "reason": entry.get("reason") or reason, **act} for entry in entries]
    uids = _uids(connection, [entry["code"] for entry in said if "code" in entry])
    for entry in said:
        if "code" in entry:
            entry["participant"] = uids.get(entry["code"])
    rows, details = chained(head_of(connection), said)
    _insert(connection, "audit_entry", rows)
    _insert(connection, "audit_detail", details)


def _uids(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    participant = METADATA.tables["participant"]
    query = select(participant.c.participant_id, participant.c.uid)
    found: dict[str, str] = {}
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        among = query.where(participant.c.participant_id.in_(wanted[start : start + ROWS_AT_ONCE]))
        found.update((code, uid) for code, uid in connection.execute(among))
    return found


def _insert(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(insert(METADATA.tables[table]), list(rows[start : start + ROWS_AT_ONCE]))
