"""A look at a study: what it runs on, its database, its files, its backups."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL

from remission.cohort.engine import read_url, sqlite_url
from remission.cohort.erasing import COPIES
from remission.cohort.study_file import STUDY_FILE, read_protocol
from remission.errors import RemissionError
from remission.keeping.attention import look_at_safety
from remission.keeping.backup import ENDING, SCRATCH
from remission.keeping.checking import COHORT, VAULT
from remission.keeping.door import look_at_door
from remission.keeping.finding import Finding, fault, ok, warning
from remission.keeping.health import look_at_database, look_at_vault
from remission.keeping.key_file import WORD
from remission.keeping.scratch import abandoned
from remission.keeping.software import look_at_software
from remission.vault.key import FIRST_LINE

BACKUP_DAYS = 7
LEAST_FREE = 1 << 30
LARGEST_KEY = 4096
PRIVATE = (COHORT, VAULT, "erasures.txt", "accounts.json", "access.log")
MARKS = ("SELECT uid FROM study_mark", "SELECT study FROM lock")


def examine(folder: Path, backups: Path | None = None) -> list[Finding]:
    """Look at a study without changing it.

    Parameters
    ----------
    folder : pathlib.Path
        The study folder; it need not be one that can be opened.
    backups : pathlib.Path, optional
        Where its backups are kept.

    Returns
    -------
    list of Finding
    """
    return list(_findings(Path(folder).resolve(), backups))


def _findings(folder: Path, backups: Path | None) -> Iterator[Finding]:
    yield from look_at_software()
    url = None
    try:
        named = read_protocol(folder).database
        url = read_url(named, folder) if named else sqlite_url(folder / COHORT)
        yield ok("study.yaml", "It can be read and keeps its rules.")
    except RemissionError as error:
        yield fault("study.yaml", error.cause, error.cure)
        if not folder.is_dir():
            return
    if url is None:
        url = sqlite_url(folder / COHORT)
    held = list(look_at_database(url))
    yield from held
    if any(each.about == "schema" and each.state == "ok" for each in held):
        yield from look_at_safety(folder)
    yield from look_at_vault(folder / VAULT, url)
    yield from look_at_door(folder)
    yield from _modes(folder)
    yield from _leftovers(folder)
    yield from _keys(folder)
    yield from _strangers(folder, url)
    yield from _backups(folder, backups)
    yield from _space(folder)


def _modes(folder: Path) -> Iterator[Finding]:
    if os.name != "posix":
        yield ok("permissions", "Not looked at: this system keeps them in another way.")
        return
    # study.yaml is an ordinary file, which a closed folder is enough for; databases are copied out of theirs.
    names = (*PRIVATE, STUDY_FILE) if _is_open(folder) else PRIVATE
    wide = [place for place in (folder, *(folder / name for name in names)) if place.exists() and _is_open(place)]
    for place in wide:
        mode = "700" if place.is_dir() else "600"
        shown = "The study folder" if place == folder else place.name
        yield warning("permissions", f"{shown} can be read by others.", f"Make it yours alone: chmod {mode} {place}")
    if not wide:
        yield ok("permissions", "Nobody but you may read the study.")


def _is_open(place: Path) -> bool:
    return bool(place.stat().st_mode & 0o077)


def _leftovers(folder: Path) -> Iterator[Finding]:
    copies = sorted(path.name for path in folder.glob(COPIES))
    if copies:
        yield warning(
            "copies",
            f"Copies from before a change of the schema are left: {', '.join(copies)}.",
            "Delete them when the study works: they hold everybody who was in it.",
        )
    died = [*abandoned(folder, SCRATCH), *abandoned(folder.parent, f".{folder.name}-restore-")]
    for place in died:
        yield warning(
            "drafts",
            f"{place.name} was left by a process that died, and holds a copy of the database.",
            f"Delete it: rm -r {place}",
        )
    drafts = sorted(path.name for path in folder.glob(".*") if path.is_file())
    if drafts:
        yield warning("drafts", f"Temporary files are left: {', '.join(drafts)}.", "Delete them.")
    if not (copies or died or drafts):
        yield ok("leftovers", "No copies or drafts are left.")


def _keys(folder: Path) -> Iterator[Finding]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_key(path)]
    for path in found:
        yield fault(
            "keys",
            f"{path.relative_to(folder)} is a key, beside what it locks.",
            "Move it to another disk or a password manager's folder.",
        )
    if not found:
        yield ok("keys", "No key lies in the study folder.")


def _is_key(path: Path) -> bool:
    try:
        if path.stat().st_size > LARGEST_KEY:
            return False
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return text.startswith(FIRST_LINE) or WORD in text.upper()


def _strangers(folder: Path, url: URL) -> Iterator[Finding]:
    """Look for databases of another study, or a second one of this."""
    sqlite = url.get_backend_name() == "sqlite"
    own = Path(str(url.database)).resolve() if sqlite else None
    mark = _mark(own) if own is not None else None
    copies = set(folder.glob(COPIES))
    for path in sorted(set(folder.glob("*.db")) - copies):
        if path.resolve() == own or (found := _mark(path)) is None:
            continue
        if mark is not None and found != mark:
            yield fault("databases", f"{path.name} belongs to another study.", "Give each study a folder of its own.")
        elif path.name != VAULT:
            yield warning(
                "databases",
                f"{path.name} is a second cohort database; {own.name if own else 'the server'} is the one in use.",
                "Move it away, so that nobody takes it for the study.",
            )


def _mark(path: Path) -> str | None:
    """Read the study's mark from a cohort database or a vault; None where there is none."""
    for query in MARKS:
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                return str(connection.execute(query).fetchone()[0])
        except (sqlite3.Error, TypeError):
            continue
    return None


def _backups(folder: Path, backups: Path | None) -> Iterator[Finding]:
    cure = "Make one: remission backup"
    if backups is None:
        yield warning("backups", "Not looked at.", "Name the folder they are kept in with --backups.")
        return
    if not backups.is_dir():
        yield fault("backups", f"There is no folder {backups}.", "Attach the disk that it is on.")
        return
    moments = [path.stat().st_mtime for path in backups.glob(f"{folder.name}-*{ENDING}")]
    if not moments:
        yield warning("backups", f"{backups} holds no backup named {folder.name}-....", cure)
        return
    age = datetime.now(UTC) - datetime.fromtimestamp(max(moments), UTC)
    said = f"The newest of {len(moments)} is {age.days} days old."
    yield warning("backups", said, cure) if age.days >= BACKUP_DAYS else ok("backups", said)


def _space(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    held = sum(path.stat().st_size for path in folder.glob("*.db"))
    said = f"{free / 1e9:,.1f} GB are free; the study's databases have {held / 1e9:,.2f} GB."
    if free < max(LEAST_FREE, 3 * held):
        yield warning("disk", said, "Free some space: a backup needs room for a copy.")
    else:
        yield ok("disk", said)
