"""Folders for half-finished work, which vanish: at the end, on an error, or at the next run where a process died."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

LOCK = "lock"


@contextmanager
def scratch(folder: Path, prefix: str) -> Iterator[Path]:
    """Make a folder that its owner alone may enter, and take it away afterwards.

    Those of the same prefix that a process left behind when it died are taken away first: they hold copies of what
    may have been erased since.
    """
    clear_abandoned(folder, prefix)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        with closing(_held(made)):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def abandoned(folder: Path, prefix: str) -> list[Path]:
    """List the folders of that prefix which no process holds."""
    found = []
    for place in sorted(folder.glob(f"{prefix}*")):
        # A folder without its lock is being made this moment.
        if (place / LOCK).is_file() and not place.is_symlink():
            try:
                _held(place).close()
            except sqlite3.Error:
                continue
            found.append(place)
    return found


def clear_abandoned(folder: Path, prefix: str) -> None:
    """Take them away."""
    for place in abandoned(folder, prefix):
        shutil.rmtree(place, ignore_errors=True)


def _held(folder: Path) -> sqlite3.Connection:
    # SQLite locks files on every system, and the lock ends with the process, however that ends.
    connection = sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
