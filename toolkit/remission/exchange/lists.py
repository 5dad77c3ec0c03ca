"""Plain lists in CSV: people to enrol, their groups, a meeting calendar; nothing that names a person."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from remission.cohort import EVERYONE, BatchInfo, Differences, Entries, Study, compare, participants, record
from remission.errors import ImportRefused
from remission.exchange.files import sha256_of
from remission.exchange.forms.csv_file import Row, read_rows

# What a code must not look like: an address or a telephone number leaks whom it belongs to, and a
# spreadsheet reads =, + and - at the start as a formula.
TELLING = re.compile(r"@|\s|^\+?[0-9()-]{9,}$|^[=+\-]")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
AMOUNT = re.compile(r"\d{1,6}(\.\d{1,2})?")
OPTIONAL_DAYS = ("end_day", "discharge_day")
WHOLE = re.compile(r"-?\d{1,5}")


@dataclass(frozen=True)
class Kind:
    """A kind of list: its columns, and which of them are days that may stand as dates instead.

    Where ``known`` is set, a code that is not enrolled is refused: a slip must not enrol anybody.
    """

    what: str
    frame: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    days: tuple[str, ...] = ()
    known: bool = False


KINDS = {
    "people": Kind("a list of participants", "participants", ("participant_id", "origin_date", "site", "arm"), ()),
    "groups": Kind(
        "a list of group memberships",
        "affiliations",
        ("participant_id", "group_name", "start_day", "end_day", "is_primary", "variant"),
        ("group_name",),
        ("start_day", "end_day"),
    ),
    "use": Kind(
        "a list of what was reported on use",
        "use_reports",
        ("participant_id", "substance", "start_day", "end_day", "state", "source"),
        ("substance", "state", "source"),
        ("start_day", "end_day"),
    ),
    "use-days": Kind(
        "a use calendar",
        "calendar_days",
        ("participant_id", "day", "substance", "source", "quantity"),
        ("substance", "source", "quantity"),
        ("day",),
        known=True,
    ),
    "tests": Kind(
        "a list of drug tests",
        "drug_tests",
        ("participant_id", "day", "substance", "specimen", "result"),
        ("substance", "result"),
        ("day",),
        known=True,
    ),
    "sobriety": Kind(
        "a list of sobriety dates",
        "sobriety_dates",
        ("participant_id", "reported_day", "substance", "since_day"),
        ("substance",),
        ("reported_day", "since_day"),
        known=True,
    ),
    "status": Kind(
        "a list of changes of standing",
        "status_events",
        ("participant_id", "kind", "day"),
        ("kind",),
        ("day",),
        known=True,
    ),
    "attempts": Kind(
        "a list of attempts to reach participants",
        "contact_attempts",
        ("participant_id", "attempted_on", "time", "channel", "outcome", "wave", "point"),
        ("attempted_on", "channel", "outcome"),
        known=True,
    ),
    "incentives": Kind(
        "a list of what participants were given",
        "incentives",
        ("participant_id", "given_on", "wave", "form", "amount", "currency"),
        ("given_on", "form", "amount", "currency"),
        known=True,
    ),
    "care": Kind(
        "a list of stays in care",
        "care_episodes",
        ("participant_id", "admission_day", "discharge_day", "level_of_care", "discharge_reason"),
        (),
        ("admission_day", "discharge_day"),
        known=True,
    ),
    "consents": Kind(
        "a list of what participants agreed to",
        "consents",
        ("participant_id", "version", "purpose", "signed_on", "expires_on", "withdrawn_on"),
        ("version", "purpose", "signed_on"),
        known=True,
    ),
    "calendar": Kind(
        "a calendar of meetings and referrals",
        "mutual_help_events",
        ("participant_id", "day", "kind", "group_name", "format", "count"),
        ("kind",),
        ("day",),
    ),
}


@dataclass(frozen=True)
class PlainList:
    """A list that was read, and what it would add to the study."""

    entries: Entries
    info: BatchInfo
    differences: Differences


def read_list(study: Study, path: Path, kind: str) -> PlainList:
    """Read a list and compare it with what the study holds, without writing.

    Parameters
    ----------
    study : Study
    path : pathlib.Path
        CSV in UTF-8. ``people``: ``participant_id`` and where known ``origin_date site arm``. ``groups``:
        ``participant_id group_name start_day`` and where known ``end_day is_primary variant``.
        ``use``: ``participant_id substance start_day end_day state source``, state ``abstinent`` or ``used``.
        ``use-days``: ``participant_id day substance source quantity``. ``tests``: ``participant_id day substance
        result`` and where known ``specimen``. ``sobriety``: ``participant_id reported_day substance since_day``.
        ``status``: ``participant_id kind day``, kind such as ``death``, ``withdrawal`` or ``incarceration``.
        ``calendar``: ``participant_id day kind`` and where known ``group_name format count``. ``attempts``,
        ``incentives``, ``care`` and ``consents``: as ``Entries`` names their columns, amounts as 20.00. In place of
        a ``..._day`` column there may be a ``..._date``, counted from the participant's day 0.
    kind : str
        A name in ``KINDS``.

    Raises
    ------
    DefinitionError
        The file is no CSV text, or lacks a column.
    ImportRefused
        It has no rows, a code looks like a name, address or telephone number, a day or date is none,
        or it names something the study does not have.
    """
    chosen = KINDS[kind]
    rows = read_rows(path, chosen.what, ("participant_id", *chosen.required), {})
    if rows:
        _require_columns(path, rows[0], chosen)
    if not rows:
        raise ImportRefused(f"{path.name} has no rows.", "Write one row an entry.")
    origins = participants(study.for_purpose(EVERYONE)).set_index("participant_id")["origin_date"]
    frame = pd.DataFrame([_cells(row, chosen, origins) for row in rows], dtype=object)
    given: dict[str, Any] = {chosen.frame: frame}
    entries = Entries(**given)
    info = BatchInfo(kind, file_name=path.name, file_sha256=sha256_of(path))
    return PlainList(entries, info, compare(study, entries))


def record_list(study: Study, found: PlainList) -> str:
    """Record a list in one transaction and say what came of it; the same list again changes nothing."""
    return record(study, found.entries, found.info).sentence


def _require_columns(path: Path, row: Row, kind: Kind) -> None:
    """Refuse a list without a day or date that it needs, and one with columns that nobody would read."""
    known = {"participant_id", *kind.columns, *(name.replace("day", "date") for name in kind.days)}
    strange = [name for name in row.cells if name and name not in known]
    if strange:
        raise ImportRefused(
            f"{path.name} has the column '{strange[0]}', which {kind.what} does not have.",
            f"It has {', '.join(template_of(kind))}. Take the others out.",
        )
    for name in kind.days:
        dated = name.replace("day", "date")
        if name not in OPTIONAL_DAYS and not {name, dated} & set(row.cells):
            raise ImportRefused(f"{path.name} has neither a column '{name}' nor '{dated}'.", "Add one of them.")


def template_of(kind: Kind) -> tuple[str, ...]:
    """Name the columns of a list, the participant's code first; a day may stand as a date instead."""
    return ("participant_id", *(name for name in kind.columns if name != "participant_id"))


def _cells(row: Row, kind: Kind, origins: pd.Series) -> dict[str, object]:
    code = row["participant_id"].strip()
    if not code or TELLING.search(code):
        raise _refused(
            row,
            f"'{code}' is no code for a participant",
            "Use short codes that tell nothing of the person: no name, address or telephone number.",
        )
    if kind.known and code not in origins.index:
        raise _refused(row, f"no participant has the code '{code}'", "Enrol them first, or correct the code.")
    found: dict[str, object] = {name: row[name].strip() or None for name in kind.columns}
    for name in kind.days:
        found[name] = _day(row, name, origins.get(code))
    if "origin_date" in found and row["origin_date"].strip():
        _date(row, "origin_date")
    if "amount" in found:
        found["amount"] = _cents(row)
    if "is_primary" in found:
        found["is_primary"] = _yes(row)
    if kind.frame == "mutual_help_events":
        found = {name: said for name, said in found.items() if said is not None or name in ("day", "kind")}
        found = {"group_name": "unknown", "format": "unknown", "count": 1, **found}
    return found


def _day(row: Row, name: str, origin: pd.Timestamp | None) -> int | None:
    dated, said = name.replace("day", "date"), row[name].strip()
    if said:
        if not WHOLE.fullmatch(said):
            raise _refused(row, f"{name} is '{said}'", "Days are whole numbers counted from day 0.")
        return int(said)
    if not row[dated].strip():
        return None
    moment = _date(row, dated)
    if origin is None or pd.isna(origin):
        raise _refused(
            row, f"day 0 of {row['participant_id']} is not known", "Enrol with origin_date first, or give days."
        )
    return (moment - origin.date()).days


def _cents(row: Row) -> int:
    said = row["amount"].strip()
    if not AMOUNT.fullmatch(said):
        raise _refused(row, f"amount is '{said}'", "Write amounts such as 20 or 20.00.")
    whole, _, part = said.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _date(row: Row, name: str) -> date:
    said = row[name].strip()
    found = pd.to_datetime(said, format="%Y-%m-%d", errors="coerce")
    # A month or day of one digit would pass the format.
    if pd.isna(found) or not DATE.fullmatch(said):
        raise _refused(row, f"{name} is '{said}'", "Write dates as year-month-day, such as 2024-03-01.")
    return found.date()


def _yes(row: Row) -> bool:
    said = row["is_primary"].strip().lower()
    if said not in ("", "0", "1", "yes", "no", "true", "false"):
        raise _refused(row, f"is_primary is '{said}'", "Write yes or no.")
    return said in ("1", "yes", "true")


def _refused(row: Row, what: str, cure: str) -> ImportRefused:
    return ImportRefused(f"{row.path.name}, row {row.number}: {what}.", cure)
