"""A page put in its place only when it is complete, readable by its owner alone."""

import os
import tempfile
from pathlib import Path

from remission.errors import StudyError


def put_in_place(page: str, path: Path) -> None:
    """Write a page under another name beside its place, then give it its name.

    Raises
    ------
    StudyError
        The file cannot be written; one that was there is as it was.
    """
    put_bytes_in_place(page.encode(), path)


def put_bytes_in_place(content: bytes, path: Path) -> None:
    """Write a file under another name beside its place, then give it its name.

    Raises
    ------
    StudyError
        The file cannot be written; one that was there is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(draft, path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StudyError(f"{path} cannot be written ({reason}).", "Give another place.") from error
