"""The key of backups: an age identity in a short text file that its owner alone may read."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from remission.errors import StudyError

FIRST_LINES = (
    "# remission backup key (an age identity). Keep it apart from the study and from its backups.",
    "# Without it no backup can be opened. Print this page: the line below, typed in again, is the key.",
)
WORD = "AGE-SECRET-KEY-1"


@dataclass(frozen=True)
class BackupKey:
    """A key; it is never shown."""

    identity: pyrage.x25519.Identity = field(repr=False)


def new_backup_key(path: Path) -> BackupKey:
    """Make a key and write it to a new file of mode 600; the file is also its printable form.

    Raises
    ------
    StudyError
        The file is there already, lies in a study folder, or cannot be written.
    """
    path = Path(path).resolve()
    if any((folder / "study.yaml").exists() for folder in path.parents):
        raise StudyError(
            "The key would lie in a study folder, and be lost with it.",
            "Name a file elsewhere: another disk, or a password manager's folder.",
        )
    identity = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise StudyError(f"{path} is there already.", "Name a new file: a key is never overwritten.") from error
    except OSError as error:
        raise StudyError(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write("\n".join((*FIRST_LINES, str(identity), "")))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise StudyError(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    return BackupKey(identity)


def read_backup_key(path: Path) -> BackupKey:
    """Read a key file.

    Raises
    ------
    StudyError
        It is not there, others may read it, it is no backup key, or a letter of it was typed wrongly.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError(f"The key file {path} is not there.", "Name the file that `remission keys new` wrote.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise StudyError(f"Others may read the key file {path}.", f"Make it yours alone: chmod 600 {path}")
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if len(words) != 1 or not words[0].upper().startswith(WORD):
        raise StudyError(f"{path} is no backup key.", "Name the file that `remission keys new` wrote.")
    try:
        return BackupKey(pyrage.x25519.Identity.from_str(words[0].upper()))
    except (pyrage.IdentityError, ValueError) as error:
        raise StudyError(
            f"The key in {path} has a wrong letter.", "Compare it with the printed page, letter by letter."
        ) from error
