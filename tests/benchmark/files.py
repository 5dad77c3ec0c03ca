"""Reading a large SPSS file in pieces, beside pyreadstat's own read of it.

Run ``python tests/benchmark/files.py [ROWS]``; a million rows of 60 columns take a minute to write and 230 MB.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from remission.exchange.files import open_file, read_file

ROWS = 1_000_000
OWN_READ = """
import json, resource, sys, time
import pyreadstat
started = time.perf_counter()
frame, _ = pyreadstat.read_sav(sys.argv[1], user_missing=True, disable_datetime_conversion=sys.argv[2] == "raw")
took = time.perf_counter() - started
print(json.dumps([took, len(frame), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
OUR_READ = """
import sys
sys.path.insert(0, sys.argv[2])
import files
files.read_here(sys.argv[1], sys.argv[3])
"""


def write(path: Path, rows: int) -> None:
    """Write a row-compressed file: 40 codes with user-missing, 10 floats, 4 texts, 6 dates."""
    dice = np.random.default_rng(1)
    columns: dict[str, object] = {f"code_{n}": dice.integers(0, 10, rows).astype(float) for n in range(40)}
    columns |= {f"score_{n}": dice.normal(20, 5, rows) for n in range(10)}
    words = np.array(["north", "south", "a longer answer in words", ""])
    columns |= {f"text_{n}": words[dice.integers(0, 4, rows)] for n in range(4)}
    columns |= {f"day_{n}": dice.integers(13_800_000_000, 13_900_000_000, rows).astype(float) for n in range(6)}
    codes = {f"code_{n}": [8, 9] for n in range(40)}
    forms = {f"code_{n}": "F1.0" for n in range(40)} | {f"day_{n}": "DATE11" for n in range(6)}
    pyreadstat.write_sav(
        pd.DataFrame(columns), str(path), row_compress=True, missing_ranges=codes, variable_format=forms
    )


def read_here(path: str, how: str) -> None:
    """Read a file with our reader and print seconds, rows, and the peak memory of this process and its child."""
    started = time.perf_counter()
    if how == "pieces":
        with open_file(Path(path)) as reading:
            rows = sum(len(piece.frame) for piece in reading)
    else:
        rows = len(read_file(Path(path)).frame)
    took = time.perf_counter() - started
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps([took, rows, *peaks]))


def _run(code: str, *arguments: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    return [float(number) for number in json.loads(done.stdout.splitlines()[-1])]


def run(folder: Path, rows: int = ROWS) -> list[dict[str, object]]:
    """Time both readers, each in a process of its own, and give peak memory in MB."""
    path = folder / "large.sav"
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.path.insert(0, sys.argv[1]); import files; "
            "files.write(files.Path(sys.argv[2]), int(sys.argv[3]))",
            str(Path(__file__).parent),
            str(path),
            str(rows),
        ],
        check=True,
    )
    own, peak = {}, {}
    for how in ("dates", "raw"):
        own[how], read, peak[how] = _run(OWN_READ, str(path), how)
        assert read == rows
    found: list[dict[str, object]] = [
        {"case": f"{rows:,} x 60, pyreadstat, {how}", "theirs_s": own[how], "peak_mb": peak[how]} for how in own
    ]
    for how in ("pieces", "whole"):
        took, read, parent, child = _run(OUR_READ, str(path), str(Path(__file__).parent), how)
        assert read == rows
        found.append(
            {
                "case": f"{rows:,} x 60, ours, {how}",
                "ours_s": took,
                "theirs_s": own["raw"],
                "ratio": took / own["raw"],
                "peak_mb": parent + child,
                "parent_mb": parent,
                "child_mb": child,
            }
        )
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        table = pd.DataFrame(run(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
        print(table.to_string(index=False, float_format=lambda number: f"{number:.2f}", na_rep=""))
