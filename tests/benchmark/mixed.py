"""Time linear and logistic mixed models, with lme4 beside them where Rscript and lme4 exist, and with statsmodels.

Only the fits are timed, not start-up or reading; each time is the best of several, which a busy
machine disturbs least.
"""

import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd

from remission.estimate.linear_mixed import linear_mixed
from remission.estimate.logistic_mixed import logistic_mixed

CASES = (
    ("lmm: random slope, 2,000 rows", 500, "(1 + years | participant_id)"),
    ("lmm: random intercept, 40,000 rows", 10_000, "(1 | participant_id)"),
    ("lmm: random slope, 40,000 rows", 10_000, "(1 + years | participant_id)"),
    ("lmm: random slope, 400,000 rows", 100_000, "(1 + years | participant_id)"),
)
FIXED = "score ~ years + C(group)"
BEST_OF = 3
IN_R = """
suppressMessages(library(lme4))
arguments <- commandArgs(TRUE)
table <- read.csv(arguments[1])
fit <- function() lmer(as.formula(arguments[2]), table)
cat(min(replicate(%d, system.time(fit())[["elapsed"]])))
"""
LOGISTIC = "free ~ years + C(group) + (1 | participant_id)"
POINTS = 15
LOGISTIC_PEOPLE = 10_000
LOGISTIC_IN_R = """
suppressMessages(library(lme4))
table <- read.csv(commandArgs(TRUE)[1])
fit <- function() glmer(free ~ years + group + (1 | participant_id), table, family = binomial, nAGQ = %d)
cat(system.time(fit())[["elapsed"]])
"""
STATSMODELS_PEOPLE = 10_000


def cohort(people: int, seed: int = 20240611) -> pd.DataFrame:
    """One row is a participant at one of four waves; slopes and intercepts vary."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(people), 4)
    years = np.tile([0.0, 0.5, 1.0, 2.0], people) + rng.uniform(-0.05, 0.05, code.size)
    effect = rng.multivariate_normal([0, 0], [[60, 2], [2, 5]], people)
    group = rng.choice(["none", "smart", "lifering", "twelve_step"], people)
    score = 30 - 3 * years + effect[code, 0] + effect[code, 1] * years + rng.normal(0, 8, code.size)
    named = [f"P{number:05d}" for number in code]
    return pd.DataFrame({"participant_id": named, "years": years, "group": group[code], "score": score})


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
    return [*(_case(workdir, *case) for case in CASES), _against_statsmodels(), _logistic(workdir)]


def _against_statsmodels() -> dict[str, object]:
    """Fit the random slope by MixedLM too, once."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    table = cohort(STATSMODELS_PEOPLE)
    formula = f"{FIXED} + (1 + years | participant_id)"
    ours = min(_seconds(formula, table) for _ in range(BEST_OF))
    started = time.perf_counter()
    MixedLM.from_formula(FIXED, table, groups="participant_id", re_formula="~years").fit()
    peer = time.perf_counter() - started
    name = f"lmm: random slope, {4 * STATSMODELS_PEOPLE:,} rows"
    return {"case": name, "ours_s": ours, "peer": "statsmodels MixedLM", "peer_s": peer, "ratio": ours / peer}


def _logistic(workdir: Path) -> dict[str, object]:
    """Fit a logistic model with adaptive quadrature, once by glmer, which takes minutes."""
    table = cohort(LOGISTIC_PEOPLE)
    table["free"] = (table["score"] < 28).astype(int)
    times = []
    for _ in range(BEST_OF):
        started = time.perf_counter()
        logistic_mixed(LOGISTIC, table, quadrature=POINTS)
        times.append(time.perf_counter() - started)
    row: dict[str, object] = {"case": f"logistic mixed, {POINTS} points, {len(table):,} rows", "ours_s": min(times)}
    peer = _in_r(workdir, LOGISTIC_IN_R % POINTS, table)
    return row if peer is None else {**row, "peer": "R lme4", "peer_s": peer, "ratio": min(times) / peer}


def _case(workdir: Path, name: str, people: int, random: str) -> dict[str, object]:
    table = cohort(people)
    formula = f"{FIXED} + {random}"
    ours = min(_seconds(formula, table) for _ in range(BEST_OF))
    peer = _lme4_seconds(workdir, formula.replace("C(group)", "group"), table)
    row: dict[str, object] = {"case": name, "ours_s": ours}
    return row if peer is None else {**row, "peer": "R lme4", "peer_s": peer, "ratio": ours / peer}


def _seconds(formula: str, table: pd.DataFrame) -> float:
    started = time.perf_counter()
    linear_mixed(formula, table)
    return time.perf_counter() - started


def _lme4_seconds(workdir: Path, formula: str, table: pd.DataFrame) -> float | None:
    return _in_r(workdir, IN_R % BEST_OF, table, formula)


def _in_r(workdir: Path, program: str, table: pd.DataFrame, *words: str) -> float | None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    data, script = workdir / "mixed.csv", workdir / "mixed.R"
    table.to_csv(data, index=False)
    script.write_text(program)
    answered = subprocess.run([rscript, script, data, *words], capture_output=True, text=True, check=False)
    return float(answered.stdout) if answered.returncode == 0 else None
