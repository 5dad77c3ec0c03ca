"""A study as one encrypted file: written, read back, compared, and only then given its name."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from remission import __version__
from remission.cohort import Study
from remission.cohort.engine import make_engine, sqlite_url
from remission.cohort.erasing import LEDGER
from remission.errors import RemissionError, StudyError
from remission.keeping.archive import Member, packed
from remission.keeping.checking import COHORT, VAULT, erased_in, require_same, rows_in, state_of
from remission.keeping.key_file import BackupKey
from remission.keeping.ledger import flush_folder, keep_in_ledger, read_ledger
from remission.keeping.manifest import MANIFEST, Manifest, Packed
from remission.keeping.scratch import scratch
from remission.keeping.sealed_file import Tell, explained, seal
from remission.keeping.snapshot import copy_database
from remission.keeping.unpacking import DOOR, FOLDERS, manifest_of, unpack

ENDING = ".rmbak"
DRAFT_ENDING = ".part"
SCRATCH = ".backup-"
A_DAY_S = 86_400


@dataclass(frozen=True)
class Backup:
    """A backup that was made and read back.

    Attributes
    ----------
    path : pathlib.Path
    size : int
        Bytes.
    manifest : Manifest
    removed : int
        Older backups of the study that were deleted.
    unopened : int
        Files beside it that its key does not open; they were left.
    """

    path: Path
    size: int
    manifest: Manifest
    removed: int = 0
    unopened: int = 0


def _silent(done: int, total: int | None) -> None:
    """Say nothing."""


def back_up(study: Study, folder: Path, key: BackupKey, keep: int | None = None, tell: Tell = _silent) -> Backup:
    """Write a study into one encrypted file, read it back, and only then give it its name.

    Parameters
    ----------
    study : Study
    folder : pathlib.Path
        Where it goes; not in the study folder.
    key : BackupKey
    keep : int, optional
        Delete older backups of the same study beyond so many, once the new one is known to be good.
    tell : callable
        Called with (done, total) of pages, then of bytes.

    Raises
    ------
    StudyError
        The folder is not there or not to be written, a disk is full, the database refuses.
    UnreadableFile
        What was written could not be read back.
    """
    folder = _place(study, folder)
    made_at = datetime.now(UTC).replace(microsecond=0)
    final = folder / f"{study.path.name}-{made_at:%Y%m%dT%H%M%SZ}{ENDING}"
    if final.exists():
        raise StudyError(f"{final} is there already.", "Wait a second and try again.")
    try:
        with scratch(study.path, SCRATCH) as inside:
            try:
                manifest = _write(study, inside, final, key, made_at, tell)
            except OSError as error:
                full = inside if _is_full(inside) else folder
                raise explained(full, "The backup", error) from error
    except OSError as error:
        raise explained(study.path, "The backup", error) from error
    removed, unopened = _thin_out(final, key, manifest, keep) if keep is not None else (0, 0)
    return Backup(final, final.stat().st_size, manifest, removed, unopened)


def _place(study: Study, folder: Path) -> Path:
    folder = Path(folder).resolve()
    if folder.is_relative_to(study.path):
        raise StudyError("The backup would lie in the study folder, and be lost with it.", "Name another place.")
    if not folder.is_dir():
        raise StudyError(f"There is no folder {folder}.", "Make it, or attach the disk that it is on.")
    return folder


def _is_full(folder: Path) -> bool:
    try:
        (folder / "room").write_bytes(bytes(1 << 16))
    except OSError:
        return True
    return False


def _write(study: Study, inside: Path, final: Path, key: BackupKey, made_at: datetime, tell: Tell) -> Manifest:
    """Write under a name of its own, read back, rename; a draft never stays."""
    members = _members(study, inside, tell)
    manifest = _manifest(study, inside, members, made_at)
    ledger = final.parent / f"{study.path.name}.{LEDGER}"
    keep_in_ledger(ledger, erased_in(inside / COHORT) | read_ledger(study.path / LEDGER))
    _clear_drafts(final.parent, study.path.name)
    handle, name = tempfile.mkstemp(prefix=f".{study.path.name}-", suffix=DRAFT_ENDING, dir=final.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            whole = [Member(MANIFEST, manifest.as_json()), *members]
            seal(_counted(packed(whole), sum(member.size for member in whole), tell), file, key)
            file.flush()
            os.fsync(file.fileno())
        # The copy in clear is not needed any more, and its room is.
        for member in members:
            if isinstance(member.content, Path):
                member.content.unlink()
        _read_back(draft, key, inside / "read-back", manifest, final.name, tell)
        os.replace(draft, final)
        flush_folder(final.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return manifest


def _members(study: Study, inside: Path, tell: Tell) -> list[Member]:
    copy_database(study.engine, inside / COHORT, tell)
    found = [Member("study.yaml", (study.path / "study.yaml").read_bytes())]
    if (study.path / LEDGER).is_file():
        found.append(Member(LEDGER, (study.path / LEDGER).read_bytes()))
    found += [Member(name, (study.path / name).read_bytes()) for name in DOOR if (study.path / name).is_file()]
    for folder in FOLDERS:
        for path in sorted((study.path / folder).rglob("*")):
            if path.is_file():
                name = path.relative_to(study.path).as_posix()
                _require_writable_name(name)
                found.append(Member(name, path.read_bytes()))
    found.append(Member(COHORT, inside / COHORT))
    if (study.path / VAULT).is_file():
        copy_database(make_engine(sqlite_url(study.path / VAULT)), inside / VAULT, tell)
        found.append(Member(VAULT, inside / VAULT))
    return found


def _require_writable_name(name: str) -> None:
    try:
        fits = len(name.encode("utf-8")) < 1000 and "\\" not in name
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise StudyError(f"The name of the file {name!a} cannot be kept in a backup.", "Rename the file.")


def _manifest(study: Study, inside: Path, members: list[Member], made_at: datetime) -> Manifest:
    # Reading may rewrite a page of the copy; so it goes before the checksums.
    state = state_of(inside / COHORT)
    vault = rows_in(inside / VAULT) if (inside / VAULT).exists() else None
    files = []
    for member in members:
        total = hashlib.sha256()
        for piece in member.pieces():
            total.update(piece)
        files.append(Packed(member.name, member.size, total.hexdigest()))
    return Manifest(study.path.name, made_at, __version__, state, vault, tuple(files))


def _read_back(draft: Path, key: BackupKey, place: Path, manifest: Manifest, name: str, tell: Tell) -> None:
    place.mkdir(mode=0o700)
    if unpack(draft, key, place, tell) != manifest:
        raise StudyError("The backup could not be read back as it was written.", "Choose another disk.")
    require_same(place, manifest, name)


def _counted(pieces: Iterator[bytes], total: int, tell: Tell) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        done += len(piece)
        tell(min(done, total), total)
        yield piece


def _clear_drafts(folder: Path, name: str) -> None:
    # Of a process that died; one that runs is younger.
    for draft in folder.glob(f".{name}-*{DRAFT_ENDING}"):
        if time.time() - draft.stat().st_mtime > A_DAY_S:
            draft.unlink(missing_ok=True)


def _thin_out(final: Path, key: BackupKey, newest: Manifest, keep: int) -> tuple[int, int]:
    """Delete what is surplus of the same study; what the key does not open is left, and counted."""
    found, unopened = [], 0
    for path in final.parent.glob(f"*{ENDING}"):
        try:
            manifest = manifest_of(path, key)
        except RemissionError:
            unopened += 1
            continue
        if manifest.state.mark == newest.state.mark and path != final:
            found.append((manifest.made_at, path))
    surplus = sorted(found, reverse=True)[max(keep, 1) - 1 :]
    try:
        for _, path in surplus:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StudyError(
            f"The backup {final.name} is good, but older ones cannot be deleted ({error.strerror}).",
            "Check that you may write in that folder.",
        ) from error
    return len(surplus), unopened
