"""A study out of a backup: proven in a folder beside, without those who were erased since, then put in place."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic.script import ScriptDirectory

from remission.cohort import Study, open_study
from remission.cohort.engine import writing
from remission.cohort.entries import operator
from remission.cohort.erasing import COPIES, LEDGER, erase_uids
from remission.cohort.revisions import MIGRATIONS
from remission.cohort.study_file import STUDY_FILE, read_protocol
from remission.cohort.trail.chain import note
from remission.cohort.trail.verify import verify_trail
from remission.errors import StudyError, UnreadableFile
from remission.keeping.checking import require_same
from remission.keeping.key_file import BackupKey
from remission.keeping.ledger import flush_folder, keep_in_ledger, ledgers_beside, read_ledger
from remission.keeping.manifest import Manifest
from remission.keeping.replaced import Former, former_study
from remission.keeping.scratch import scratch
from remission.keeping.sealed_file import Tell, explained
from remission.keeping.unpacking import unpack
from remission.vault import forget

WHY = "erased after the backup was made"
# Not "restored": that is what undoing does to a value.
ACTION = "restored from a backup"
FOLDERS = ("mappings", "releases")
DATABASE_LINE = re.compile(r"(?m)^database:")


@dataclass(frozen=True)
class Restored:
    """A study that was put in place.

    Attributes
    ----------
    path : pathlib.Path
    manifest : Manifest
        What the backup says of itself.
    erased : int
        People in the backup who were erased after it, and are gone again.
    kept : pathlib.Path or None
        Where the study that was replaced is now.
    remarks : tuple of str
        What a person should know.
    """

    path: Path
    manifest: Manifest
    erased: int
    kept: Path | None
    remarks: tuple[str, ...]


def _silent(done: int, total: int | None) -> None:
    """Say nothing."""


def restore(
    backup: Path,
    key: BackupKey,
    target: Path,
    replace: bool = False,
    despite_faults: bool = False,
    tell: Tell = _silent,
) -> Restored:
    """Put the study of a backup into a folder, once all of it was decrypted and compared.

    Parameters
    ----------
    backup : pathlib.Path
    key : BackupKey
    target : pathlib.Path
        A folder that is not there yet, or with ``replace`` a study folder, which is kept under another name.
    replace : bool
    despite_faults : bool
        Restore also what the audit trail does not vouch for.
    tell : callable
        Called with (done, total) of bytes, then of participants.

    Raises
    ------
    UnreadableFile
        It is no backup, another key made it, it is damaged, or a newer release made it.
    StudyError
        The place is taken or not to be written, the study there is another, the disk is full, the trail has faults.
    """
    backup, target = Path(backup).resolve(), Path(target).resolve()
    former = _place(target, replace)
    try:
        with scratch(target.parent, f".{target.name}-restore-") as inside:
            made = inside / "study"
            made.mkdir(mode=0o700)
            manifest = unpack(backup, key, made, tell)
            require_same(made, manifest, backup.name)
            _require_fit(manifest, backup.name, former)
            remarks = _settle(made)
            uids = _erased(made, backup, target, former)
            erased, more = _bring_up(made, backup, uids, despite_faults, tell)
            kept = _put_in_place(made, target)
    except OSError as error:
        raise explained(target.parent, "The study", error) from error
    told = (*remarks, *more, *(former.remarks(manifest) if former is not None else ()))
    return Restored(target, manifest, erased, kept, told)


def _place(target: Path, replace: bool) -> Former | None:
    if not target.parent.is_dir():
        raise StudyError(f"There is no folder {target.parent}.", "Make it, or name another place.")
    if replace:
        return former_study(target)
    if target.exists() or target.is_symlink():
        raise StudyError(
            f"{target} is there already.", "Name a new folder, or give --replace to put it in place of that study."
        )
    return None


def _require_fit(manifest: Manifest, name: str, former: Former | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if manifest.state.schema not in known:
        raise UnreadableFile(
            f"{name} has the schema {manifest.state.schema} of a newer release.",
            "Install the newest remission and restore it again.",
        )
    if former is not None and former.mark not in (None, manifest.state.mark):
        raise StudyError(
            f"{name} is a backup of another study than {former.path}.",
            "Restore it into a folder of its own, without --replace.",
        )


def _settle(made: Path) -> tuple[str, ...]:
    """Make the folders that a study has, and let study.yaml name no other database than the one that came along."""
    for folder in FOLDERS:
        (made / folder).mkdir(mode=0o700, exist_ok=True)
    if read_protocol(made).database is None:
        return ()
    path = made / STUDY_FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(DATABASE_LINE.sub("# database:", text), encoding="utf-8")
    if read_protocol(made).database is not None:
        raise StudyError(
            "study.yaml in the backup names its database in a way that cannot be taken out.",
            "Write `database:` and its value in one line, and back up again.",
        )
    return ("study.yaml named another database; the restored study uses its own cohort.db.",)


def _erased(made: Path, backup: Path, target: Path, former: Former | None) -> set[str]:
    uids = read_ledger(made / LEDGER)
    for ledger in ledgers_beside(backup):
        uids |= read_ledger(ledger)
    # A study that an earlier restore moved aside knows who was erased from it, too.
    aside = [place for place in target.parent.glob(f"{target.name}-replaced-*") if (place / STUDY_FILE).is_file()]
    for place in aside:
        uids |= former_study(place).erased
    return uids | (former.erased if former is not None else set())


def _bring_up(
    made: Path, backup: Path, uids: set[str], despite_faults: bool, tell: Callable[[int, int], None]
) -> tuple[int, tuple[str, ...]]:
    """Bring the study to this release, hold its trail against it, erase; nothing keeps it open afterwards."""
    study = open_study(made, create_database=False)
    try:
        faults = verify_trail(study, progress=tell).faults
        if faults and not despite_faults:
            raise StudyError(
                f"The audit trail in {backup.name} does not hold: {faults[0]}",
                "Restore an older backup, or give --despite-faults to look into this one.",
            )
        erased = _erase_again(study, uids)
        with writing(study.engine) as connection:
            note(connection, operator(), ACTION, [{"table": "study", "key": backup.name}])
    finally:
        study.engine.dispose()
    for copy in made.glob(COPIES):
        copy.unlink()
    said = f"The audit trail has {len(faults)} faults; `remission audit verify` lists them."
    return erased, (said,) if faults else ()


def _erase_again(study: Study, uids: set[str]) -> int:
    done = erase_uids(study.engine, sorted(uids), operator(), WHY)
    for uid in sorted(uids):
        forget(study, uid)
    if uids:
        keep_in_ledger(study.path / LEDGER, uids)
    return done


def _put_in_place(made: Path, target: Path) -> Path | None:
    """Rename; a study that stood there is kept under a name that says when."""
    kept = None
    if target.exists():
        kept = target.with_name(f"{target.name}-replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        os.rename(target, kept)
    try:
        os.rename(made, target)
    except BaseException:
        if kept is not None:
            os.rename(kept, target)
        raise
    flush_folder(target.parent)
    return kept
