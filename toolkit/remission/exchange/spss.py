"""SPSS files in, with labels, user-missing codes and measures kept."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import UnreadableFile
from remission.exchange import reader_process
from remission.exchange.magic import require_spss

SECONDS = 600


@dataclass(frozen=True)
class Variable:
    """What an SPSS file says about one variable.

    Attributes
    ----------
    label : str
    value_labels : dict
    missing_ranges : tuple of (low, high)
        User-missing codes; a single code has both ends alike.
    measure, format : str
    """

    label: str
    value_labels: dict[float | str, str]
    missing_ranges: tuple[tuple[Any, Any], ...]
    measure: str
    format: str

    def is_user_missing(self, values: pd.Series) -> pd.Series:
        """Tell which values are declared user-missing."""
        found = pd.Series(False, index=values.index)
        for low, high in self.missing_ranges:
            found |= (values >= low) & (values <= high)
        return found


@dataclass(frozen=True)
class SpssFile:
    """An SPSS file as read.

    Attributes
    ----------
    path : pathlib.Path
    sha256 : str
    frame : pandas.DataFrame
        Numbers as floats with NaN for system-missing, user-missing codes kept; texts stripped.
    variables : dict of str to Variable
    file_label, encoding : str
    """

    path: Path
    sha256: str
    frame: pd.DataFrame
    variables: dict[str, Variable]
    file_label: str
    encoding: str


def read_spss(path: Path, tick: Callable[[], None] | None = None) -> SpssFile:
    """Read a .sav or .zsav file in a process of its own.

    Parameters
    ----------
    path : pathlib.Path
    tick : callable, optional
        Called several times a second while the file is being read.

    Raises
    ------
    UnreadableFile
        The file is absent, of another kind, damaged, cut short, or too large to read in ten minutes.
    """
    require_spss(path)
    with tempfile.TemporaryDirectory() as folder:
        _read_apart(path, Path(folder), tick)
        return _load(path, Path(folder))


def _read_apart(path: Path, folder: Path, tick: Callable[[], None] | None) -> None:
    command = [sys.executable, "-P", str(reader_process.__file__), str(path.resolve()), str(folder)]
    with (folder / "said.txt").open("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        try:
            _wait(process, path, tick)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        lines = said.read().strip().splitlines()
    if process.returncode != 0:
        raise UnreadableFile(*_explain(path, process.returncode, lines[-1] if lines else ""))


def _wait(process: "subprocess.Popen[bytes]", path: Path, tick: Callable[[], None] | None) -> None:
    deadline = time.monotonic() + SECONDS
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise UnreadableFile(
                f"{path.name} was not read within {SECONDS // 60} minutes.", "Split it into smaller files."
            )
        if tick:
            tick()
        time.sleep(0.05)


def _explain(path: Path, code: int, said: str) -> tuple[str, str]:
    again = "Copy it again from where it came, or open it in SPSS or PSPP and save it anew."
    if code < 0:
        return f"{path.name} is damaged: reading it ended the reading process.", again
    if "MemoryError" in said or "alloc" in said:
        return f"{path.name} needs more memory than reading is allowed.", "Split it into smaller files."
    if "UnicodeDecodeError" in said or "convert string" in said:
        return f"{path.name} holds text that does not fit its declared encoding.", again
    return f"{path.name} is damaged or cut short: it cannot be read to its end.", again


def _load(path: Path, folder: Path) -> SpssFile:
    told = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
    with np.load(folder / "columns.npz", allow_pickle=False) as held:
        columns = {name: held[f"c{place}"] for place, name in enumerate(told["names"])}
    frame = pd.DataFrame(columns)
    announced = told["rows_announced"]
    if announced is not None and announced >= 0 and announced != told["rows"]:
        raise UnreadableFile(
            f"{path.name} announces {announced} rows and holds {told['rows']}.",
            "Copy it again from where it came.",
        )
    for name in frame.select_dtypes(include="object").columns:
        frame[name] = frame[name].str.strip()
    return SpssFile(
        path=path,
        sha256=sha256_of(path),
        frame=frame,
        variables={name: _variable(told, name) for name in told["names"]},
        file_label=told["file_label"] or "",
        encoding=told["encoding"] or "",
    )


def _variable(told: dict[str, Any], name: str) -> Variable:
    return Variable(
        label=told["labels"].get(name) or "",
        value_labels=dict(told["value_labels"].get(name, [])),
        missing_ranges=tuple((low, high) for low, high in told["missing"].get(name, [])),
        measure=told["measures"].get(name) or "unknown",
        format=told["formats"].get(name) or "",
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
