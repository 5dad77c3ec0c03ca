"""A protocol that changes while the study runs: every version kept, no answer lost."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, func, insert, select

from remission.cohort.engine import reading, writing
from remission.cohort.entries import operator
from remission.cohort.protocol import Protocol
from remission.cohort.schema import METADATA
from remission.cohort.study import Study
from remission.cohort.study_file import STUDY_FILE, checked_protocol
from remission.cohort.trail.chain import note
from remission.cohort.wave import Wave
from remission.errors import DefinitionError, StudyError
from remission.yaml_file import read_yaml

TABLES = METADATA.tables
HOLDING_WAVES = ("response", "survey_link", "contact_attempt", "incentive")
BEGINNING = date(1, 1, 1)


@dataclass(frozen=True)
class Change:
    """One difference between two protocols: the wave (empty for the rest), and a sentence."""

    wave: str
    sentence: str


def read_amended(study: Study, path: Path) -> Protocol:
    """Read the study.yaml that is to come, and refuse it where answers would lose their wave.

    Raises
    ------
    StudyError
        There is no such file, or it is another study's.
    DefinitionError
        It breaks a rule, or a wave with answers is missing from it.
    """
    if not path.is_file():
        raise StudyError(f"{path} is not there.", "Copy study.yaml, edit the copy, and name it here.")
    new = checked_protocol(path, read_yaml(path), study.path)
    if new.name != study.protocol.name:
        raise StudyError(f"{path} is of the study {new.name}.", f"This one is {study.protocol.name}; keep its name.")
    if new.database != study.protocol.database:
        raise StudyError(f"{path} names another database.", "Move a study with a backup, not with its protocol.")
    with reading(study.engine) as connection:
        held = answers_by_stored_wave(connection)
    lost = sorted(set(held) - set(new.current_names))
    if lost:
        known = study.protocol.current_names.get(lost[0], lost[0])
        raise DefinitionError(
            f"{path}: the wave {known} is gone, and {held[lost[0]]} rows are kept under its oldest name, {lost[0]}.",
            f"Keep it with `retired: true`, or list `{lost[0]}` first in `formerly:` of the wave that it became.",
        )
    return new


def answers_by_stored_wave(connection: Connection) -> dict[str, int]:
    """Count what is kept under each wave's oldest name."""
    counts: dict[str, int] = {}
    for name in HOLDING_WAVES:
        table = TABLES[name]
        query = select(table.c.wave, func.count()).where(table.c.wave.is_not(None), table.c.wave != "")
        for wave, count in connection.execute(query.group_by(table.c.wave)):
            counts[wave] = counts.get(wave, 0) + count
    return counts


def changes_between(old: Protocol, new: Protocol) -> list[Change]:
    """List what differs between two protocols, the waves first."""
    before = {wave.stored_name: wave for wave in old.waves}
    after = {wave.stored_name: wave for wave in new.waves}
    found = [Change(wave.name, "new") for name, wave in after.items() if name not in before]
    found += [
        Change(wave.name, "gone; nothing was answered at it") for name, wave in before.items() if name not in after
    ]
    for name in before.keys() & after.keys():
        found += [Change(after[name].name, said) for said in _of_wave(before[name], after[name])]
        then, now = old.expected_at(before[name].name), new.expected_at(after[name].name)
        found += [Change(after[name].name, f"{each} is expected") for each in sorted(now - then)]
        found += [Change(after[name].name, f"{each} is expected no more") for each in sorted(then - now)]
    order = {wave.name: place for place, wave in enumerate((*new.waves, *old.waves))}
    found.sort(key=lambda change: order[change.wave])
    held, coming = old.model_dump(exclude={"waves"}), new.model_dump(exclude={"waves"})
    return found + [Change("", f"`{name}` changes") for name in held if held[name] != coming[name]]


def _of_wave(old: Wave, new: Wave) -> Iterator[str]:
    if old.name != new.name:
        yield f"was called {old.name}"
    if old.retired != new.retired:
        yield "is retired: asked and awaited no more, its answers stay" if new.retired else "is awaited again"
    if (old.anchor, old.episode) != (new.anchor, new.episode):
        yield f"counts from {new.anchor} in place of {old.anchor}"
    if old.day != new.day:
        yield f"day {old.day} → {new.day}"
    for name in ("optimum_window", "allowed_window"):
        if getattr(old, name) != getattr(new, name):
            yield f"{name} {list(getattr(old, name))} → {list(getattr(new, name))}"
    if old.months != new.months:
        yield f"months {old.months:g} → {new.months:g}"


def amend(study: Study, path: Path, effective: date, why: str) -> Protocol:
    """Put a new study.yaml in place of the present one, from a date on; the former one is kept in the database.

    Raises
    ------
    StudyError
        No reason is given, or an amendment takes effect later than this one.
    DefinitionError
        As ``read_amended``; nothing changes then.
    """
    if not why.strip():
        raise StudyError("No reason is given.", "Say why the protocol changes, with --why.")
    new = read_amended(study, path)
    target = study.path / STUDY_FILE
    former, text = target.read_text(encoding="utf-8"), path.read_text(encoding="utf-8")
    if text == former:
        raise StudyError(f"{path} says what study.yaml says already.", "There is nothing to amend.")
    with writing(study.engine) as connection:
        _require_order(connection, effective)
        who = operator()
        if not connection.execute(select(TABLES["protocol_version"].c.id)).first():
            _keep(connection, BEGINNING, who, "as the study began", former)
        _keep(connection, effective, who, why, text)
        entry = {"table": "protocol", "key": effective.isoformat(), "old": _sha256(former), "new": _sha256(text)}
        note(connection, who, "amended", [entry], why)
        _replace(target, text)
    return new


def protocol_history(study: Study) -> pd.DataFrame:
    """Read the versions of the protocol.

    Returns
    -------
    pandas.DataFrame
        One row is a version: ``effective_on recorded_at who reason sha256``, the newest last;
        ``attrs["edited"]`` says whether study.yaml was edited by hand since.
    """
    table = TABLES["protocol_version"]
    columns = ("effective_on", "recorded_at", "who", "reason", "sha256")
    with reading(study.engine) as connection:
        rows = connection.execute(select(*[table.c[name] for name in columns]).order_by(table.c.id)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(columns), dtype=object)
    frame.attrs["edited"] = bool(rows) and rows[-1].sha256 != study.protocol_sha256
    return frame


def _require_order(connection: Connection, effective: date) -> None:
    last = connection.execute(select(func.max(TABLES["protocol_version"].c.effective_on))).scalar_one()
    if last is not None and effective < last:
        raise StudyError(
            f"An amendment takes effect on {last} already, after {effective}.", "Give that date or a later one."
        )


def _keep(connection: Connection, effective: date, who: str, why: str, text: str) -> None:
    row = {
        "effective_on": effective,
        "recorded_at": datetime.now(UTC),
        "who": who,
        "reason": why,
        "sha256": _sha256(text),
        "text": text,
    }
    connection.execute(insert(TABLES["protocol_version"]).values(row))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _replace(target: Path, text: str) -> None:
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(target.stat().st_mode & 0o777)
        os.replace(draft, target)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        raise StudyError(f"study.yaml cannot be replaced ({error.strerror}).", "Nothing was changed.") from error
