"""SPSS portable files by way of PSPP: other readers drop their user-missing codes and cut their names."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from remission.errors import UnreadableFile

SECONDS = 300.0
SAVE = "Open it in SPSS or PSPP and save it as .sav."


@contextmanager
def converted(path: Path) -> Iterator[Path]:
    """Convert a .por file to a .sav file in a private folder, which is removed afterwards.

    Yields
    ------
    pathlib.Path
        The .sav file.

    Raises
    ------
    UnreadableFile
        PSPP is not installed, or cannot read the file.
    """
    program = shutil.which("pspp-convert")
    if program is None:
        raise UnreadableFile(
            f"{path.name} is an SPSS portable file, and only PSPP reads its user-missing codes.",
            f"Install PSPP. Or: {SAVE[0].lower()}{SAVE[1:]}",
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "converted.sav"
        _run([program, "-O", "sav", str(path.resolve()), str(made)], path, Path(folder))
        if not made.is_file() or not made.stat().st_size:
            raise UnreadableFile(f"PSPP made nothing of {path.name}.", SAVE)
        yield made


def _run(command: list[str], path: Path, folder: Path) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            umask=0o077 if os.name == "posix" else -1,
        )
    except subprocess.TimeoutExpired as late:
        raise UnreadableFile(f"PSPP did not convert {path.name} within {SECONDS:g} seconds.", SAVE) from late
    except OSError as error:
        raise UnreadableFile(f"PSPP could not be started for {path.name} ({error.strerror}).", SAVE) from error
    if done.returncode != 0:
        raise UnreadableFile(
            f"PSPP cannot convert {path.name}: it is damaged, or written in a way PSPP does not read.",
            "Copy it again from where it came, or open it in SPSS and save it as .sav.",
        )


def texts_of(path: Path, start: int, rows: int) -> list[list[str]]:
    """Read some rows of a portable file as texts, column by column; runs in the reading process only.

    Raises
    ------
    UnreadableFile
        It cannot be read.
    """
    import pyreadstat

    reader: Any = pyreadstat.read_por
    try:
        columns, _ = reader(str(path), output_format="dict", row_offset=start, row_limit=rows)
    except (Exception, SystemError) as error:
        raise UnreadableFile(f"{path.name} is damaged or cut short: its texts cannot be read.", SAVE) from error
    return [["" if cell is None else str(cell) for cell in column] for column in columns.values()]
