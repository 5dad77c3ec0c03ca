"""Facts against a cohort database: new, known, to be filled, or different."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, select

from remission.cohort.differences import CHANGES, Differences
from remission.cohort.engine import reading
from remission.cohort.entries import Entries
from remission.cohort.facts import Facts, facts_of, occasion
from remission.cohort.kinds import KINDS, Kind
from remission.cohort.lines import LINES, lines_of, shown
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.errors import ImportRefused

# SQLite takes 32,766 values in one statement.
LISTED_AT_MOST = 30_000


@dataclass(frozen=True)
class Compared:
    """Facts of one table, split.

    Attributes
    ----------
    new : pandas.DataFrame
        Rows that are not stored.
    fills, changes : pandas.DataFrame
        Lines: stored fields that are empty and would be filled, and those that differ.
    withdrawn : pandas.DataFrame
        Lines: stored rows that their source, stated anew, does not state any more.
    known, same : int
        Rows that are stored, and those among them that stay as they are.
    """

    new: pd.DataFrame
    fills: pd.DataFrame
    changes: pd.DataFrame
    withdrawn: pd.DataFrame
    known: int
    same: int

    @property
    def differing(self) -> pd.DataFrame:
        """One line for each fact that would not stay as it is stored."""
        # An answer that became a missing one differs in value and in reason: one line says it.
        changed = self.changes[~self.changes.index.duplicated()]
        return pd.concat([frame for frame in (changed, self.withdrawn) if not frame.empty] or [changed])


def compare(study: Study, entries: Entries) -> Differences:
    """Tell what entries would do to a study's database, without writing.

    Raises
    ------
    ImportRefused
        The entries do not fit the study's vocabulary or contradict themselves.
    """
    facts = facts_of(entries, study.protocol, study.instruments_folder)
    with reading(study.engine) as connection:
        return summarize(compare_facts(connection, facts, entries.restates))


def compare_facts(connection: Connection, facts: Facts, restates: Iterable[str] = ()) -> dict[str, Compared]:
    """Compare facts with the database, table by table.

    ``restates`` names sources whose use reports are stated anew: what such a source said before about the
    same participant and substance, and does not say now, would be withdrawn.
    """
    found = {}
    for kind in KINDS:
        coming, stored = _once(kind, facts[kind.table]), _stored(connection, kind, facts)
        compared = _compare(kind, coming, stored)
        if kind.table == "use_report" and restates:
            compared = replace(compared, withdrawn=_withdrawn(kind, coming, stored, set(restates)))
        found[kind.table] = compared
    return found


def summarize(compared: dict[str, Compared]) -> Differences:
    """Count the outcome of a comparison."""
    enrolled = compared["enrolment"]
    changes = [one.differing.loc[:, list(CHANGES)] for one in compared.values() if not one.differing.empty]
    return Differences(
        new={table: len(one.new) for table, one in compared.items()},
        same={table: one.same for table, one in compared.items()},
        filled={table: len(one.fills) for table, one in compared.items()},
        changed={table: len(one.differing) for table, one in compared.items()},
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
    codes = facts["enrolment"]["participant_id"]
    if len(codes) <= LISTED_AT_MOST:
        query = query.where(participant.c.participant_id.in_(codes.tolist()))
    return query


def _compare(kind: Kind, facts: pd.DataFrame, stored: pd.DataFrame) -> Compared:
    for name in facts.columns:
        if pd.api.types.is_float_dtype(facts[name]):
            stored[name] = stored[name].astype(float)
    both = facts.merge(stored, on=list(kind.key), how="left", suffixes=("", "_stored"))
    is_known = both["row_id"].notna()
    new = both.loc[~is_known, list(kind.columns)].reset_index(drop=True)
    known = both[is_known]
    fills, changes = [lines_of(known[:0], kind, "")], [lines_of(known[:0], kind, "")]
    for name in (*kind.firm, *kind.fillable):
        coming, old = known[name], known[f"{name}_stored"]
        differs = ~((coming == old) | (coming.isna() & old.isna()))
        if name in kind.fillable:
            fills.append(lines_of(known[differs & old.isna()], kind, name))
            differs &= coming.notna() & old.notna()
        changes.append(lines_of(known[differs], kind, name))
    filled, changed = _joined(fills), _joined(changes)
    same = len(known) - len(filled.index.union(changed.index).unique())
    nothing = filled[:0]
    return Compared(new, filled, changed, nothing, len(known), same)


def _withdrawn(kind: Kind, coming: pd.DataFrame, stored: pd.DataFrame, restates: set[str]) -> pd.DataFrame:
    about = ["participant_id", "substance", "source"]
    anew = coming[coming["source"].isin(restates)]
    told = anew.groupby(about)[["state", "start_day", "end_day"]].agg(list)
    stated = set(zip(*[anew[name] for name in kind.key], strict=True))
    lines = []
    for row in stored.to_dict("records"):
        group = tuple(row[name] for name in about)
        if group not in told.index or tuple(row[name] for name in kind.key) in stated:
            continue
        now = [_report(*one) for one in zip(*told.loc[group], strict=True)]
        lines.append(
            {
                "table": kind.table,
                "participant_id": row["participant_id"],
                "wave": "",
                "item": f"{row['substance']} use",
                "field": "",
                "old": _report(row["state"], row["start_day"], row["end_day"]),
                "new": "; ".join(now),
                "key": kind.natural_key(row),
                "row_id": row["row_id"],
            }
        )
    return pd.DataFrame(lines, columns=list(LINES), dtype=object)


def _report(state: str, start: float, end: float) -> str:
    days = f"day {shown(float(start))}" if start == end else f"days {shown(float(start))} to {shown(float(end))}"
    return f"{state} {days}"


def _joined(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([piece for piece in pieces if not piece.empty] or pieces[:1])
