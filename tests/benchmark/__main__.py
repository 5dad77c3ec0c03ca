"""Time the estimators, the survey, files, the database and the demo, with R beside them where Rscript exists.

Run ``python tests/benchmark``. Machines differ and are noisy: read the ratios.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

import database
import files
import mediation
import mixed
import serial
import survey
import survival


def demo(workdir: Path) -> list[dict[str, object]]:
    """Time the whole demo as a process of its own."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "remission", "demo", "--no-open"], cwd=workdir, check=True, capture_output=True
    )
    return [{"case": "remission demo --no-open", "ours_s": time.perf_counter() - started}]


def main() -> None:
    """Run every case and print one table."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (survival.run, mixed.run, serial.run, mediation.run, survey.run, files.run, database.run, demo):
            rows += part(Path(folder))
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda x: f"{x:.3f}", na_rep=""))


if __name__ == "__main__":
    main()
