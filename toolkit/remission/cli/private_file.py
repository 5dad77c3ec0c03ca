"""Files that only their owner may read, never written over another."""

import os
from pathlib import Path
from typing import TextIO

from remission.errors import RemissionError


def new_private_file(path: Path) -> TextIO:
    """Open a new text file with mode 600.

    Raises
    ------
    RemissionError
        The file exists, or the place cannot be written.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise RemissionError(f"{path} exists already.", "Choose another name, or delete it first.") from error
    except OSError as error:
        if not path.parent.is_dir():
            raise RemissionError(f"There is no folder {path.parent}.", "Make it first, or choose another.") from error
        raise RemissionError(f"{path} cannot be written ({error.strerror}).", "Choose another place.") from error
    return os.fdopen(handle, "w", encoding="utf-8", newline="")
