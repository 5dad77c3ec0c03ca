"""Time residual correlation over waves, with nlme beside it where Rscript exists.

Only the fits are timed, not start-up or reading. R is asked once a case, because nlme takes long.
"""

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from remission.estimate.linear_mixed_serial import linear_mixed_serial
from remission.estimate.mmrm import mmrm

PEOPLE = 10_000
BEST_OF = 3
MEANS = "score ~ C(wave) * C(group)"
LINE = "score ~ years * C(group) + (1 | participant_id)"
IN_R = """
suppressMessages(library(nlme))
table <- read.csv(commandArgs(TRUE)[1]); table$w <- factor(table$wave)
cat(system.time(%s)[["elapsed"]])
"""
CASES: tuple[tuple[str, Callable[[pd.DataFrame], object], str], ...] = (
    (
        "mmrm: unstructured, 10,000 x 4",
        lambda table: mmrm(MEANS, table),
        "gls(score ~ w * group, table, corSymm(form = ~ wave | participant_id), varIdent(form = ~ 1 | wave))",
    ),
    (
        "mmrm: CAR(1) over days, 10,000 x 4",
        lambda table: mmrm(MEANS, table, correlation="car1", variance="common", day="years"),
        "gls(score ~ w * group, table, corCAR1(value = 0.6, form = ~ years | participant_id))",
    ),
    (
        "lmm: random intercept and CAR(1), 10,000 x 4",
        lambda table: linear_mixed_serial(LINE, table, time="years"),
        "lme(score ~ years * group, table, ~ 1 | participant_id, corCAR1(0.6, form = ~ years | participant_id))",
    ),
)


def cohort(people: int, seed: int = 20250301) -> pd.DataFrame:
    """One row is a participant at one of four waves, a fifth of the later ones missed; residuals remember."""
    rng = np.random.default_rng(seed)
    years = np.array([0.0, 0.5, 1.0, 2.0]) + np.column_stack([np.zeros(people), rng.uniform(-0.1, 0.1, (people, 3))])
    residual = np.empty((people, 4))
    residual[:, 0] = rng.normal(size=people)
    for j in range(1, 4):
        rho = 0.5 ** (years[:, j] - years[:, j - 1])
        residual[:, j] = rho * residual[:, j - 1] + np.sqrt(1 - rho**2) * rng.normal(size=people)
    group = rng.choice(["none", "smart", "twelve_step"], people)
    score = 30 - 3 * years + 6 * rng.normal(size=(people, 1)) + residual * [6, 7, 7, 8]
    seen = np.column_stack([np.ones(people, dtype=bool), rng.uniform(size=(people, 3)) < 0.8]).ravel()
    table = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{number:05d}" for number in range(people)], 4),
            "wave": np.tile([1, 2, 3, 4], people),
            "years": years.ravel(),
            "group": np.repeat(group, 4),
            "score": score.ravel(),
        }
    )
    return table[seen].reset_index(drop=True)


def run(workdir: Path) -> list[dict[str, object]]:
    """Time every case.

    Parameters
    ----------
    workdir : pathlib.Path
        Folder for the table that R reads.

    Returns
    -------
    list of dict
        ``case``, ``ours_s``, and ``peer``, ``peer_s``, ``ratio`` where R can be asked.
    """
    table = cohort(PEOPLE)
    table.to_csv(workdir / "serial.csv", index=False)
    return [_case(workdir, table, *case) for case in CASES]


def _case(
    workdir: Path, table: pd.DataFrame, name: str, fit: Callable[[pd.DataFrame], object], call: str
) -> dict[str, object]:
    times = []
    for _ in range(BEST_OF):
        started = time.perf_counter()
        fit(table)
        times.append(time.perf_counter() - started)
    row: dict[str, object] = {"case": name, "ours_s": min(times)}
    peer = _nlme_seconds(workdir, call)
    return row if peer is None else {**row, "peer": "R nlme", "peer_s": peer, "ratio": min(times) / peer}


def _nlme_seconds(workdir: Path, call: str) -> float | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    script = workdir / "serial.R"
    script.write_text(IN_R % call)
    answered = subprocess.run([rscript, script, workdir / "serial.csv"], capture_output=True, text=True, check=False)
    return float(answered.stdout) if answered.returncode == 0 else None
