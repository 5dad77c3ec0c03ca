"""Data files in, with labels, user-missing codes and measures kept."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from remission.errors import UnreadableFile
from remission.exchange.files import reader_process
from remission.exchange.files.data_file import DataFile, Dictionary, Variable
from remission.exchange.files.magic import require_spss

SECONDS = 600


def read_file(path: Path, tick: Callable[[], None] | None = None) -> DataFile:
    """Read a data file in a process of its own.

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


def _load(path: Path, folder: Path) -> DataFile:
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
    dictionary = Dictionary(
        path=path,
        sha256=sha256_of(path),
        source=path.suffix.lstrip("."),
        rows=len(frame),
        variables={name: _variable(told, name) for name in told["names"]},
        label=told["file_label"] or "",
        encoding=told["encoding"] or "",
    )
    return DataFile(dictionary, frame)


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
