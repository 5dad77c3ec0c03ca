"""Who was erased, as random pseudonyms in a plain file, so that no backup brings them back."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from remission.cohort.erasing import LEDGER
from remission.errors import StudyError

PSEUDONYM = re.compile(r"[0-9a-f]{32}")


def read_ledger(path: Path) -> set[str]:
    """Read a ledger; one that is not there names nobody.

    Raises
    ------
    StudyError
        A line is no pseudonym: somebody may be missing from it.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} cannot be read.", "Check its permissions, or fetch it from another copy.") from error
    for number, line in enumerate(lines, 1):
        if line.strip() and not PSEUDONYM.fullmatch(line.strip()):
            raise StudyError(
                f"{path}, line {number}: this is no pseudonym, so the list of erased people may be damaged.",
                "Fetch the file from another copy; nobody who was erased may come back.",
            )
    return {line.strip() for line in lines if line.strip()}


def ledgers_beside(backup: Path) -> list[Path]:
    """List the ledgers in the folder of a backup."""
    return sorted(path for path in backup.parent.glob(f"*{LEDGER}") if path.is_file())


def keep_in_ledger(path: Path, uids: Iterable[str]) -> None:
    """Write a ledger that names those it named before and some more, or leave it as it was.

    Raises
    ------
    OSError
        The disk refuses.
    """
    known = read_ledger(path)
    everybody = known | set(uids)
    if everybody == known:
        return
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.writelines(f"{uid}\n" for uid in sorted(everybody))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        raise


def flush_folder(folder: Path) -> None:
    """Make new names in a folder outlast a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
