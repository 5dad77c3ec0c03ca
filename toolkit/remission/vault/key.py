"""The key of a vault: 32 random bytes in a short text file that its owner alone may read."""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from remission.errors import StudyError

FIRST_LINE = "remission vault key, keep it apart from the study folder"
BYTES = 32


@dataclass(frozen=True)
class VaultKey:
    """A key; it is never shown."""

    secret: bytes = field(repr=False)


def new_key(path: Path, study_folder: Path) -> VaultKey:
    """Make a key and write it to a new file.

    Raises
    ------
    StudyError
        The file is there already, lies in the study folder, or cannot be written.
    """
    path = Path(path).resolve()
    if path.is_relative_to(Path(study_folder).resolve()):
        raise StudyError(
            "The key would lie in the study folder, beside what it locks.",
            "Name a file elsewhere: another disk, or a password manager's folder.",
        )
    secret = secrets.token_bytes(BYTES)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise StudyError(f"{path} is there already.", "Name a new file: a key is never overwritten.") from error
    except OSError as error:
        raise StudyError(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{FIRST_LINE}\n{base64.b64encode(secret).decode()}\n")
        file.flush()
        os.fsync(file.fileno())
    return VaultKey(secret)


def read_key(path: Path) -> VaultKey:
    """Read a key file.

    Raises
    ------
    StudyError
        It is not there, is no key, or others may read it.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError(f"The key file {path} is not there.", "Name the file that `remission vault init` wrote.")
    if path.stat().st_mode & 0o077:
        raise StudyError(f"Others may read the key file {path}.", f"Make it yours alone: chmod 600 {path}")
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        secret = base64.b64decode(lines[1], validate=True)
    except (OSError, UnicodeDecodeError, IndexError, binascii.Error):
        secret, lines = b"", [""]
    if lines[0] != FIRST_LINE or len(secret) != BYTES:
        raise StudyError(f"{path} is no vault key.", "Name the file that `remission vault init` wrote.")
    return VaultKey(secret)
