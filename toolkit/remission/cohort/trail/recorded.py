"""Entries that seal what batches brought."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from remission.cohort.schema import METADATA
from remission.cohort.trail.chain import note
from remission.cohort.trail.contents import contents, digest_rows, owners_in, owners_named

BATCH = ("kind", "file_name", "file_sha256", "mapping_sha256", "rows", "recorded_at")
RECORDED, SEALED_LATER = "recorded", "sealed"


def note_recorded(
    connection: Connection, batch_id: int, who: str, codes: Iterable[str], reason: str | None = None
) -> None:
    """Seal a batch: one entry for the batch, and one for what it brought for each participant.

    ``codes`` are those of all participants that it could have brought something for.
    """
    entry = {"batch_id": batch_id, "table": "batch", "key": str(batch_id), "new": batch_as_json(connection, batch_id)}
    seals = (
        seal
        for people in owners_named(connection, codes)
        for seal in _seals(contents(connection, [owner for owner, _ in people], batch_id), dict(people))
    )
    note(connection, who, RECORDED, [entry, *seals], reason)


def seal_unsealed(connection: Connection) -> None:
    """Seal the batches of a database that an earlier release made."""
    batch, entry, detail = (METADATA.tables[name] for name in ("batch", "audit_entry", "audit_detail"))
    # Entries of earlier releases name the batch and do not say what it was.
    sealed = select(entry.c.batch_id).join(detail, detail.c.entry_id == entry.c.id)
    sealed = sealed.where(entry.c.action.in_((RECORDED, SEALED_LATER)), entry.c.table == "batch")
    sealed = sealed.where(detail.c.new.is_not(None))
    query = select(batch.c.id).where(batch.c.undone_at.is_(None), batch.c.id.not_in(sealed)).order_by(batch.c.id)
    unsealed = list(connection.execute(query).scalars())
    if not unsealed:
        return
    entries: list[dict[str, Any]] = [
        {"batch_id": number, "table": "batch", "key": str(number), "new": batch_as_json(connection, number)}
        for number in unsealed
    ]
    for people in owners_in(connection):
        found = contents(connection, [owner for owner, _ in people])
        entries += _seals({key: lines for key, lines in found.items() if key[0] in set(unsealed)}, dict(people))
    note(connection, "remission", SEALED_LATER, entries)


def batch_as_json(connection: Connection, batch_id: int) -> str:
    """Write what does not change about a batch."""
    batch, source = METADATA.tables["batch"], METADATA.tables["import_source"]
    row = connection.execute(select(*[batch.c[name] for name in BATCH]).where(batch.c.id == batch_id)).one()
    query = select(source.c.mapping, source.c.dictionary).where(source.c.batch_id == batch_id)
    told = connection.execute(query).one_or_none()
    said: dict[str, Any] = {name: value for name, value in zip(BATCH, row, strict=True) if value is not None}
    said["recorded_at"] = said["recorded_at"].isoformat(timespec="microseconds")
    if told is not None:
        said["source_sha256"] = hashlib.sha256("\0".join(told).encode()).hexdigest()
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _seals(held: dict[tuple[int, int], list[str]], uids: dict[int, str]) -> Iterator[dict[str, Any]]:
    for batch_id, owner in sorted(held):
        salt = secrets.token_hex(8)
        seal = {"salt": salt, "digest": digest_rows(salt, held[batch_id, owner])}
        yield {"batch_id": batch_id, "table": "participant", "participant": uids.get(owner), **seal}
