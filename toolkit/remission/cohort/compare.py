"""Facts against a cohort database: new, known, to be filled, or different."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, select

from remission.cohort.differences import CHANGES, Differences
from remission.cohort.engine import reading
from remission.cohort.entries import Entries
from remission.cohort.facts import Facts, facts_of, occasion
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.errors import ImportRefused


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


KINDS = (
    Kind("enrolment", ("participant_id",), fillable=("origin_date", "site", "arm")),
    Kind("characteristic", ("participant_id", "name"), firm=("number", "text", "missing_reason")),
    Kind("affiliation", ("participant_id", "group_name", "start_day"), ("is_primary",), ("end_day", "variant")),
    Kind("use_report", ("participant_id", "substance", "start_day", "state", "source"), ("end_day",)),
    Kind("status_event", ("participant_id", "kind", "occasion"), fillable=("day",)),
    Kind("mutual_help_event", ("participant_id", "day", "kind", "group_name", "format"), ("count",)),
    Kind("response", ("participant_id", "wave", "instrument", "about"), ("instrument_version",), ("day",)),
    Kind("answer", ("participant_id", "wave", "instrument", "about", "item"), ("value", "missing_reason")),
)


@dataclass(frozen=True)
class Compared:
    """Facts of one table, split: new rows, fields to fill, fields that differ, rows known already."""

    new: pd.DataFrame
    fills: pd.DataFrame
    changes: pd.DataFrame
    known: int
    same: int


def compare(study: Study, entries: Entries) -> Differences:
    """Tell what entries would do to a study's database, without writing.

    Raises
    ------
    ImportRefused
        The entries do not fit the study's vocabulary or contradict themselves.
    """
    facts = facts_of(entries, study.protocol, study.instruments_folder)
    with reading(study.engine) as connection:
        return summarize(compare_facts(connection, facts))


def compare_facts(connection: Connection, facts: Facts) -> dict[str, Compared]:
    """Compare facts with the database, table by table."""
    return {
        kind.table: _compare(kind, _once(kind, facts[kind.table]), _stored(connection, kind, facts)) for kind in KINDS
    }


def summarize(compared: dict[str, Compared]) -> Differences:
    """Count the outcome of a comparison."""
    enrolled = compared["enrolment"]
    changes = [one.changes for one in compared.values() if not one.changes.empty]
    return Differences(
        new={table: len(one.new) for table, one in compared.items()},
        same={table: one.same for table, one in compared.items()},
        filled={table: len(one.fills) for table, one in compared.items()},
        changed={table: len(one.changes) for table, one in compared.items()},
        changes=pd.concat(changes, ignore_index=True) if changes else pd.DataFrame(columns=list(CHANGES)),
        participants_new=tuple(enrolled.new["participant_id"]),
        participants_known=enrolled.known,
    )


def _once(kind: Kind, facts: pd.DataFrame) -> pd.DataFrame:
    kept = facts.loc[:, list(kind.columns)].drop_duplicates(ignore_index=True)
    twice = kept.duplicated(list(kind.key), keep=False)
    if twice.any():
        row = kept[twice].iloc[0]
        named = ", ".join(str(row[name]) for name in kind.key[1:] if row[name] != "")
        raise ImportRefused(
            f"Participant {row['participant_id']} is stated twice with different values"
            f"{f' ({named})' if named else ''}.",
            "Keep one of the rows.",
        )
    return kept


def _stored(connection: Connection, kind: Kind, facts: Facts) -> pd.DataFrame:
    names = ["row_id", *[name for name in kind.columns if name != "occasion"]]
    rows = connection.execute(_query(kind, names, facts)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=names, dtype=object)
    if kind.table == "status_event":
        frame["occasion"] = occasion(frame["kind"], frame["day"])
    return frame


def _query(kind: Kind, names: Iterable[str], facts: Facts) -> Select[Any]:
    table, participant = METADATA.tables[kind.table], METADATA.tables["participant"]
    response = METADATA.tables["response"]
    sources = {"participant_id": participant.c.participant_id, "wave": response.c.wave}
    sources |= {name: response.c[name] for name in ("instrument", "about")}
    sources |= {column.name: column for column in table.columns}
    sources["row_id"] = next(iter(table.primary_key.columns))
    query = select(*[sources[name] for name in names]).select_from(table)
    if kind.table == "answer":
        query = query.join(response, response.c.id == table.c.response_id)
    owner = response.c.participant if kind.table == "answer" else table.c.participant
    query = query.join(participant, participant.c.id == owner)
    if kind.table in ("answer", "response"):
        for name in ("wave", "instrument"):
            query = query.where(response.c[name].in_(sorted(facts["response"][name].unique())))
    return query


def _compare(kind: Kind, facts: pd.DataFrame, stored: pd.DataFrame) -> Compared:
    for name in facts.columns:
        if pd.api.types.is_float_dtype(facts[name]):
            stored[name] = stored[name].astype(float)
    both = facts.merge(stored, on=list(kind.key), how="left", suffixes=("", "_stored"))
    is_known = both["row_id"].notna()
    new = both.loc[~is_known, list(kind.columns)].reset_index(drop=True)
    known = both[is_known]
    fills, changes = [_fields(known[:0], kind, kind.key[0])], [_fields(known[:0], kind, kind.key[0])]
    for name in (*kind.firm, *kind.fillable):
        coming, old = known[name], known[f"{name}_stored"]
        differs = ~((coming == old) | (coming.isna() & old.isna()))
        if name in kind.fillable:
            fills.append(_fields(known[differs & old.isna()], kind, name))
            differs &= coming.notna() & old.notna()
        changes.append(_fields(known[differs], kind, name))
    filled, changed = _joined(fills), _joined(changes)
    # An answer that became a missing one differs in value and in reason: one line says it.
    changed = changed[~changed.index.duplicated()]
    same = len(known) - len(filled.index.union(changed.index).unique())
    return Compared(new, filled, changed.loc[:, list(CHANGES)], len(known), same)


def _joined(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([piece for piece in pieces if not piece.empty] or pieces[:1])


def _fields(rows: pd.DataFrame, kind: Kind, name: str) -> pd.DataFrame:
    records = rows.to_dict("records")
    lines = [
        {
            "table": kind.table,
            "participant_id": row["participant_id"],
            "wave": row.get("wave", ""),
            "item": _item(kind.table, name, row),
            "field": name,
            "old": _shown(row[f"{name}_stored"], row.get("missing_reason_stored")),
            "new": _shown(row[name], row.get("missing_reason")),
            "value": row[name],
            "row_id": row["row_id"],
        }
        for row in records
    ]
    return pd.DataFrame(lines, columns=[*CHANGES, "value", "row_id"], index=rows.index, dtype=object)


def _item(table: str, field: str, row: dict[Any, Any]) -> str:
    if table == "answer":
        about = f" about {row['about']}" if row["about"] else ""
        return f"{row['instrument']}.{row['item']}{about}"
    said = {
        "characteristic": "{name}",
        "response": "{instrument} {field}",
        "affiliation": "{group_name} from day {start_day:.0f}, {field}",
        "use_report": "{substance} {state} from day {start_day:.0f}, {field}",
        "status_event": "{kind}, {field}",
        "mutual_help_event": "{kind} on day {day:.0f}, {field}",
    }.get(table, "{field}")
    return said.format(**row, field=field)


def _shown(value: Any, reason: Any) -> str:
    if pd.isna(value):
        return "nothing" if pd.isna(reason) else str(reason)
    return f"{value:g}" if isinstance(value, float) else str(value)
