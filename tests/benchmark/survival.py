"""Cox with time-varying engagement and cluster-robust errors, curves and tests; R and lifelines beside them."""

import json
import shutil
import subprocess
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import CoxTimeVaryingFitter, KaplanMeierFitter
from lifelines.statistics import multivariate_logrank_test

from remission.estimate import cox, kaplan_meier, log_rank

FORMULA = "Event(entry, exit, event) ~ engagement + x2 + x3 + x4"
PARTICIPANTS = 100_000
# lifelines goes through the rows once for each event time, so it gets a tenth of them.
FEWER = 10_000
SIZES = (10_000, 100_000, 1_000_000)
R_SCRIPT = """
library(survival)
d <- read.csv("cox.csv")
p <- d[!duplicated(d$participant_id, fromLast = TRUE), ]
best <- function(f) min(sapply(1:3, function(i) system.time(f())[["elapsed"]]))
peak <- function(f) { gc(reset = TRUE); before <- sum(gc()[, 2]); f(); sum(gc()[, 6]) - before }
fit <- function() coxph(Surv(entry, exit, event) ~ engagement + x2 + x3 + x4, d, cluster = participant_id)
km <- function() survfit(Surv(exit, event) ~ group, p)
lr <- function() survdiff(Surv(exit, event) ~ group, p)
f <- fit()
cat(sprintf(paste0('{"cox": %.4f, "km": %.4f, "lr": %.4f, "cox_mb": %.1f, "km_mb": %.1f, "lr_mb": %.1f, ',
                   '"estimate": %.12f, "std_error": %.12f, "chisq": %.12f}'),
            best(fit), best(km), best(lr), peak(fit), peak(km), peak(lr), coef(f)[1], sqrt(vcov(f)[1, 1]), lr()$chisq))
"""

Row = dict[str, object]


def intervals(participants: int, seed: int = 1) -> pd.DataFrame:
    """Make seven intervals a participant, with engagement and three covariates that change."""
    random = np.random.default_rng(seed)
    rows = 7 * participants
    start = np.tile(np.arange(7) * 100.0, participants)
    length = np.where(random.random(rows) < 0.08, random.integers(1, 100, rows), 100.0)
    return pd.DataFrame(
        {
            "participant_id": np.repeat(np.arange(participants), 7),
            "group": np.repeat(random.integers(0, 5, participants), 7),
            "entry": start,
            "exit": start + length,
            "event": (length < 100).astype(int),
            "engagement": random.random(rows),
            **{f"x{i}": random.normal(size=rows) for i in range(2, 5)},
        }
    )


def last_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Keep one row a participant."""
    return table[~table["participant_id"].duplicated(keep="last")].reset_index(drop=True)


def run(workdir: Path) -> list[Row]:
    """Time 100,000 participants here and in R, fewer in lifelines, and what a participant costs as they grow."""
    return [*beside_r(workdir), *beside_lifelines(), *growth()]


def beside_r(workdir: Path) -> list[Row]:
    """Estimates must agree to 1e-6, errors to 1e-5, the test to nine digits."""
    table = intervals(PARTICIPANTS)
    people = last_intervals(table)
    calls: dict[str, tuple[str, Callable[[], object]]] = {
        "cox": ("Cox, 700,000 intervals, robust errors", lambda: cox(FORMULA, table, cluster="participant_id")),
        "km": ("Kaplan-Meier, 100,000 rows, 5 groups", lambda: kaplan_meier(people, by="group")),
        "lr": ("log-rank, 100,000 rows, 5 groups", lambda: log_rank(people, by="group")),
    }
    peer = in_r(table, workdir)
    if peer:
        first = cox(FORMULA, table, cluster="participant_id").tidy().iloc[0]
        assert abs(first["estimate"] - peer["estimate"]) < 1e-6
        assert abs(first["std_error"] - peer["std_error"]) < 1e-5
        statistic = log_rank(people, by="group").tidy()["statistic"].item()
        assert abs(statistic / peer["chisq"] - 1) < 1e-9
    return [
        row(case, timed(call), "R", peer.get(key), peak_mb=peak(call), peer_peak_mb=peer.get(f"{key}_mb"))
        for key, (case, call) in calls.items()
    ]


def beside_lifelines() -> list[Row]:
    """Time lifelines on 100,000 rows for curves and tests, on 70,000 intervals for Cox without robust errors."""
    people = last_intervals(intervals(PARTICIPANTS))
    groups = [rows for _, rows in people.groupby("group")]
    few = intervals(FEWER)
    names = {"id_col": "participant_id", "start_col": "entry", "stop_col": "exit", "event_col": "event"}
    peers: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "Kaplan-Meier, 100,000 rows, 5 groups": (
            lambda: kaplan_meier(people, by="group"),
            lambda: [KaplanMeierFitter().fit(rows["exit"], rows["event"]) for rows in groups],
        ),
        "log-rank, 100,000 rows, 5 groups": (
            lambda: log_rank(people, by="group"),
            lambda: multivariate_logrank_test(people["exit"], people["group"], people["event"]),
        ),
        "Cox, 70,000 intervals, model-based errors": (
            lambda: cox(FORMULA, few),
            lambda: CoxTimeVaryingFitter().fit(few.drop(columns="group"), **names),
        ),
    }
    return [row(case, timed(ours), "lifelines", timed(theirs, 1)) for case, (ours, theirs) in peers.items()]


def growth() -> list[Row]:
    """Time each call at growing numbers of participants; the cost of one should not grow with them."""
    rows = []
    for size in SIZES:
        table = intervals(size)
        people = last_intervals(table)
        seconds = {
            "Cox": timed(lambda table=table: cox(FORMULA, table, cluster="participant_id")),
            "Kaplan-Meier": timed(lambda people=people: kaplan_meier(people, by="group")),
            "log-rank": timed(lambda people=people: log_rank(people, by="group")),
        }
        rows += [row(f"{name}, {size:,} participants", s, each_us=s / size * 1e6) for name, s in seconds.items()]
    return rows


def row(case: str, ours: float, peer: str = "", theirs: float | None = None, **more: object) -> Row:
    """Make one row of the benchmark's table."""
    ratio = None if theirs is None else ours / theirs
    return {"case": case, "ours_s": ours, "peer": peer if theirs else "", "peer_s": theirs, "ratio": ratio, **more}


def timed(call: Callable[[], object], runs: int = 3) -> float:
    """Return the best of some runs in seconds."""
    best = float("inf")
    for _ in range(runs):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def peak(call: Callable[[], object]) -> float:
    """Return the most memory that a call holds on top of its table, in MB."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def in_r(table: pd.DataFrame, workdir: Path) -> dict[str, float]:
    """Time the same in R; nothing where Rscript is not at hand."""
    if shutil.which("Rscript") is None:
        return {}
    table.to_csv(workdir / "cox.csv", index=False)
    done = subprocess.run(["Rscript", "-e", R_SCRIPT], cwd=workdir, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        print(pd.DataFrame(run(Path(folder))).to_string(index=False, float_format=lambda x: f"{x:.3f}", na_rep=""))
