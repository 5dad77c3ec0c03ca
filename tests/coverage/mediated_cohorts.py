"""How often bootstrap intervals of indirect effects hold the truth, in simulated cohorts.

Run ``OMP_NUM_THREADS=1 python tests/coverage/mediated_cohorts.py`` to draw all cohorts anew and store the figures.
"""

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd

from remission.estimate import mediation

SEED = 20261124
COHORTS = 1000
FIRST = 10
REPLICATES = 500
FIGURES = Path(__file__).resolve().parent / "mediated_figures.json"
# One step of the chain each, and the risk model's constant, mediator and exposure.
STEPS = (0.5, 0.4, 0.4)
RISK = (-0.5, 0.8, 0.3)
PATH = "x → a → b → y"


def chain(random: np.random.Generator, participants: int, steps: tuple[float, float, float]) -> pd.DataFrame:
    """Draw a serial chain of two mediators with a direct effect of 0.2."""
    x = random.integers(0, 2, participants)
    a = steps[0] * x + random.normal(size=participants)
    b = steps[1] * a + random.normal(size=participants)
    y = steps[2] * b + 0.2 * x + random.normal(size=participants)
    return pd.DataFrame({"x": x, "a": a, "b": b, "y": y})


def risky(random: np.random.Generator, participants: int) -> pd.DataFrame:
    """Draw one mediator of a binary outcome."""
    x = random.integers(0, 2, participants)
    a = STEPS[0] * x + random.normal(size=participants)
    risk = 1 / (1 + np.exp(-(RISK[0] + RISK[1] * a + RISK[2] * x)))
    return pd.DataFrame({"x": x, "a": a, "y": (random.random(participants) < risk).astype(int)})


def indirect_risk() -> float:
    """Give the true indirect difference in risk by a fine sum."""
    u = np.linspace(-9, 9, 20_001)
    mass = np.exp(-0.5 * u**2) / np.exp(-0.5 * u**2).sum()
    with_, without = (
        (mass / (1 + np.exp(-(RISK[0] + RISK[2] + RISK[1] * (shift + u))))).sum() for shift in (STEPS[0], 0.0)
    )
    return float(with_ - without)


def _serial(random: np.random.Generator, steps: tuple[float, float, float], interval: str) -> pd.Series:
    found = mediation(chain(random, 150, steps), "x", ["a", "b"], "y", bootstrap=REPLICATES, interval=interval)
    return found.table[found.table["term"] == PATH].iloc[0]


def _of_risk(random: np.random.Generator) -> pd.Series:
    found = mediation(risky(random, 250), "x", "a", "y", bootstrap=REPLICATES)
    return found.table[found.table["term"] == "total indirect"].iloc[0]


PRODUCT = float(np.prod(STEPS))
CASES = {
    "serial path, percentile, 150 participants": (PRODUCT, lambda random: _serial(random, STEPS, "percentile")),
    "serial path, bias-corrected, 150 participants": (PRODUCT, lambda random: _serial(random, STEPS, "bias_corrected")),
    "serial path of which one step is 0, percentile": (
        0.0,
        lambda random: _serial(random, (0.5, 0.0, 0.4), "percentile"),
    ),
    "serial path of which all steps are 0, percentile": (
        0.0,
        lambda random: _serial(random, (0.0, 0.0, 0.0), "percentile"),
    ),
    "indirect difference in risk, percentile, 250 participants": (indirect_risk(), _of_risk),
}


def one(name: str, number: int) -> tuple[float, float, float, float]:
    """Draw one cohort by a seed of its own; give estimate, error and limits."""
    # Both intervals of the serial path see the same cohorts.
    kind = 0 if name.startswith("serial path, ") else list(CASES).index(name)
    row = CASES[name][1](np.random.default_rng([SEED, kind, number]))
    return float(row["estimate"]), float(row["std_error"]), float(row["conf_low"]), float(row["conf_high"])


def figures_of(name: str, cohorts: int) -> dict[str, float]:
    """Draw cohorts and count."""
    found = np.array([one(name, number) for number in range(cohorts)])
    truth = CASES[name][0]
    inside = (found[:, 2] <= truth) & (truth <= found[:, 3])
    share = float(inside.mean())
    return {
        "truth": truth,
        "cohorts": cohorts,
        "covered": int(inside.sum()),
        "first": int(inside[:FIRST].sum()),
        "coverage": share,
        "monte_carlo_error": sqrt(share * (1 - share) / cohorts),
        "mean_estimate": float(found[:, 0].mean()),
        "spread_of_estimates": float(found[:, 0].std(ddof=1)),
        "mean_std_error": float(found[:, 1].mean()),
    }


if __name__ == "__main__":
    told = {"seed": SEED, "replicates": REPLICATES, "cases": {name: figures_of(name, COHORTS) for name in CASES}}
    FIGURES.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
