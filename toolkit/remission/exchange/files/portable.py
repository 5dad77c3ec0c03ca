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
# Five lines of 40 letters, which may be in another alphabet, and a table of 256.
HEADER = 200 + 256
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


def letters_remark(path: Path) -> str:
    """Return a sentence where a portable file holds letters that are lost from its labels, else nothing."""
    with path.open("rb") as file:
        file.seek(HEADER)
        while part := file.read(1 << 20):
            if not part.isascii():
                return "It holds letters beyond A to Z: labels end where the first of them stands."
    return ""


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


def true_texts(
    path: Path, held: dict[str, list[Any]], names: list[str], codes: dict[str, list[str]], start: int
) -> dict[str, list[str]]:
    """Mend the texts of some rows that PSPP converted; runs in the reading process only.

    PSPP leaves the end of a longer text behind a shorter one; pyreadstat reads texts right but drops user-missing
    codes. Neither keeps letters beyond plain ASCII.

    Parameters
    ----------
    path : pathlib.Path
        The portable file.
    held : dict
        Columns as PSPP converted them.
    names : list of str
        All columns in the order of the file.
    codes : dict
        Every text column: name to its user-missing codes.
    start : int
        The row of the file that ``held`` begins with.

    Raises
    ------
    UnreadableFile
        The file is read differently by the two programs, or a text holds letters that neither keeps.
    """
    texts = [name for name in held if name in codes]
    if not texts:
        return {}
    rows = len(held[texts[0]])
    columns = _columns(path, start, rows)
    if len(columns) != len(names) or any(len(column) != rows for column in columns):
        raise UnreadableFile(f"{path.name} is read differently by two programs.", SAVE)
    found: dict[str, list[str]] = {}
    for name in texts:
        pairs = zip(held[name], columns[names.index(name)], strict=True)
        found[name] = [_true_text(converted or "", own, codes[name]) for converted, own in pairs]
        lost = next((row for row, text in enumerate(found[name]) if "\ufffd" in text), None)
        if lost is not None:
            raise UnreadableFile(
                f"{path.name}, row {start + lost + 1}, variable {name}: letters beyond A to Z cannot be read from it.",
                "Open it in SPSS and save it as .sav, or read other columns.",
            )
    return found


def _true_text(converted: str, own: str | None, codes: list[str]) -> str:
    if own:
        return own
    return max((code for code in codes if converted.startswith(code)), key=len, default="")


def _columns(path: Path, start: int, rows: int) -> list[list[Any]]:
    import pyreadstat

    reader: Any = pyreadstat.read_por
    try:
        columns, _ = reader(str(path), output_format="dict", row_offset=start, row_limit=rows)
    except MemoryError:
        raise
    except (Exception, SystemError) as error:
        raise UnreadableFile(f"{path.name} is damaged or cut short: its texts cannot be read.", SAVE) from error
    return list(columns.values())
