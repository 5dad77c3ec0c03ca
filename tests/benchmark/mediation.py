"""Time the bootstrap of a four-step chain, with R's boot beside it where Rscript has it.

R's replicates are fewer and scaled up; its statistic calls ``lm.fit`` four times (``glm.fit`` for a binary outcome),
the least that plain R needs.
"""

import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd

from remission.estimate import mediation

PEOPLE, REPLICATES, IN_R_REPLICATES = 1000, 5000, 250
CASES = (("mediation: four steps, continuous", "wellbeing"), ("mediation: four steps, binary", "abstinent"))
MEDIATORS = ["identification", "identity", "efficacy"]
IN_R = """
suppressMessages(library(boot))
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1])
x <- cbind(1, as.matrix(d[c("support", "start", "identification", "identity", "efficacy")]))
y <- as.matrix(d[c("identification", "identity", "efficacy", arguments[2])])
last <- function(x, y) if (arguments[2] == "abstinent") glm.fit(x, y, family = binomial()) else lm.fit(x, y)
statistic <- function(d, i) {
  a <- lm.fit(x[i, 1:3], y[i, 1])$coefficients
  b <- lm.fit(x[i, 1:4], y[i, 2])$coefficients
  c <- lm.fit(x[i, 1:5], y[i, 3])$coefficients
  e <- last(x[i, ], y[i, 4])$coefficients
  c(a[2] * e[4], b[2] * e[5], c[2] * e[6], a[2] * b[4] * e[5], a[2] * c[4] * e[6], b[2] * c[5] * e[6],
    a[2] * b[4] * c[5] * e[6], e[2])
}
cat(system.time(boot(d, statistic, R = %d))[["elapsed"]])
"""


def cohort(people: int = PEOPLE, seed: int = 20241117) -> pd.DataFrame:
    """One row is a participant: support, three mediators one after another, two outcomes, a baseline value."""
    draw = np.random.default_rng(seed)
    support, start = draw.integers(0, 2, people), draw.normal(size=people)
    identification = 0.5 * support + 0.3 * start + draw.normal(size=people)
    identity = 0.5 * identification + draw.normal(size=people)
    efficacy = 0.5 * identity + draw.normal(size=people)
    wellbeing = 0.5 * efficacy + 0.2 * support + draw.normal(size=people)
    abstinent = (draw.random(people) < 1 / (1 + np.exp(-wellbeing))).astype(int)
    columns = [support, start, identification, identity, efficacy, wellbeing, abstinent]
    return pd.DataFrame(dict(zip(["support", "start", *MEDIATORS, "wellbeing", "abstinent"], columns, strict=True)))


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
    table = cohort()
    return [_case(workdir, table, *case) for case in CASES]


def _case(workdir: Path, table: pd.DataFrame, name: str, outcome: str) -> dict[str, object]:
    started = time.perf_counter()
    mediation(table, "support", MEDIATORS, outcome, ["start"], bootstrap=REPLICATES)
    ours = time.perf_counter() - started
    row: dict[str, object] = {"case": f"{name}, {REPLICATES:,} replicates, n = {PEOPLE:,}", "ours_s": ours}
    peer = _boot_seconds(workdir, table, outcome)
    return row if peer is None else {**row, "peer": "R boot, scaled", "peer_s": peer, "ratio": ours / peer}


def _boot_seconds(workdir: Path, table: pd.DataFrame, outcome: str) -> float | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    data, script = workdir / "mediation.csv", workdir / "mediation.R"
    table.to_csv(data, index=False)
    script.write_text(IN_R % IN_R_REPLICATES)
    answered = subprocess.run([rscript, script, data, outcome], capture_output=True, text=True, check=False)
    return float(answered.stdout) * REPLICATES / IN_R_REPLICATES if answered.returncode == 0 else None
