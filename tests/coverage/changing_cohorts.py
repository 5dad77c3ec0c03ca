"""Simulated cohorts with known truth, for models of change between waves: bias, coverage, and what dropout does.

``python tests/coverage/changing_cohorts.py`` writes ``changing_figures.json`` anew.
"""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from remission.estimate import gee, impute, linear_mixed, logistic_mixed, pool
from remission.estimate.result import Coefficients, Estimates

FIGURES = Path(__file__).with_name("changing_figures.json")
SEED = 20261124
COHORTS = 200
FIRST = 10
PEOPLE = 150
WAVES = np.arange(5.0)
SLOPE, ARM_SLOPE = -1.0, -0.5
INTERCEPT_SD, SLOPE_SD, RESIDUAL_SD = 4.0, 1.0, 3.0
LOG_ODDS, LOG_SPREAD = 0.5, 1.2
LOST = ("none", "completely at random", "at random", "not at random")
SCORE = "score ~ wave * arm + (1 + wave | who)"


def cohort(rng: np.random.Generator) -> pd.DataFrame:
    """One row is a participant at a wave: a score with random intercept and slope, and a binary outcome."""
    who = np.repeat(np.arange(PEOPLE), len(WAVES))
    wave, arm = np.tile(WAVES, PEOPLE), (who % 2).astype(float)
    level, change = rng.normal(0, INTERCEPT_SD, PEOPLE), rng.normal(0, SLOPE_SD, PEOPLE)
    mean = 20 + SLOPE * wave + ARM_SLOPE * wave * arm + level[who] + change[who] * wave
    logit = -0.5 + LOG_ODDS * arm + 0.2 * wave + rng.normal(0, LOG_SPREAD, PEOPLE)[who]
    return pd.DataFrame(
        {
            "who": who,
            "wave": wave,
            "arm": arm,
            "score": mean + rng.normal(0, RESIDUAL_SD, len(who)),
            "free": (rng.uniform(size=len(who)) < 1 / (1 + np.exp(-logit))).astype(float),
        }
    )


def dropped(table: pd.DataFrame, why: str, rng: np.random.Generator) -> pd.DataFrame:
    """Leave out what comes after somebody drops out; in one arm a high score makes that likely."""
    if why == "none":
        return table
    score = table["score"].to_numpy().reshape(PEOPLE, -1)
    arm = table["arm"].to_numpy().reshape(PEOPLE, -1)[:, 0]
    kept = np.ones(score.shape, dtype=bool)
    for wave in range(1, len(WAVES)):
        told = {"at random": score[:, wave - 1], "not at random": score[:, wave]}.get(why, np.full(PEOPLE, 18.0))
        sign = np.where(arm == 1, 1.0, -1.0) if why != "completely at random" else 0.0
        chance = 1 / (1 + np.exp(2.0 - sign * (told - 18) / 5))
        kept[:, wave] = kept[:, wave - 1] & (rng.uniform(size=PEOPLE) > chance)
    return table[kept.ravel()].reset_index(drop=True)


def mixed(table: pd.DataFrame) -> Coefficients:
    """Estimate the difference in slopes by a mixed model."""
    return linear_mixed(SCORE, table)


def averages(table: pd.DataFrame) -> Coefficients:
    """Estimate it from unweighted averages."""
    how = {"correlation": "independence", "errors": "mancl-derouen", "df": "groups"}
    return gee("score ~ wave * arm", table, family="gaussian", groups="who", **how)


def imputed(table: pd.DataFrame) -> Estimates:
    """Estimate it from averages over five imputed copies, arms imputed apart."""
    wide = table.pivot(index="who", columns="wave", values="score").add_prefix("w").rename_axis(columns=None)
    arm = table.groupby("who")["arm"].first()
    copies = []
    for which in (0.0, 1.0):
        part = wide[arm == which]
        normal = {name: "normal" for name in part.columns if part[name].isna().any()}
        filled = impute(part, copies=5, iterations=10, seed=1, methods=normal)
        copies.append([_long(copy.assign(arm=which)) for copy in filled.tables])
    joined = [pd.concat(pair).sort_values(["who", "wave"], ignore_index=True) for pair in zip(*copies, strict=True)]
    return pool([averages(copy) for copy in joined])


def _long(copy: pd.DataFrame) -> pd.DataFrame:
    waves = [name for name in copy.columns if str(name).startswith("w")]
    long = copy.reset_index().melt(["who", "arm"], waves, "wave", "score")
    return long.assign(wave=long["wave"].str.slice(1).astype(float)).sort_values(["who", "wave"], ignore_index=True)


MODELS: dict[str, Callable[[pd.DataFrame], Any]] = {"mixed": mixed, "averages": averages, "imputed": imputed}


def one(number: int) -> dict[str, Any]:
    """Fit everything to one cohort."""
    rng = np.random.default_rng([SEED, number])
    whole = cohort(rng)
    found: dict[str, Any] = {}
    for why in LOST:
        table = dropped(whole, why, rng)
        for name, model in MODELS.items():
            if name == "imputed" and why in ("none", "completely at random"):
                continue
            fit = model(table)
            row = fit.tidy().set_index("term").loc["wave:arm"]
            found[f"{name}, {why}"] = _told(row, ARM_SLOPE)
            if name == "mixed" and why == "none":
                held = fit.variances().set_index(["term", "other"])["covariance"]
                found["variance of intercepts"] = {"estimate": float(held["Intercept", "Intercept"])}
                found["variance of slopes"] = {"estimate": float(held["wave", "wave"])}
                found["residual variance"] = {"estimate": float(held["residual", "residual"])}
    odds = logistic_mixed("free ~ wave + arm + (1 | who)", whole, quadrature=10)
    found["conditional odds"] = _told(odds.tidy().set_index("term").loc["arm"], LOG_ODDS)
    found["spread of log odds"] = {"estimate": float(np.sqrt(odds.variances()["covariance"].iloc[0]))}
    return found


def _told(row: pd.Series, truth: float) -> dict[str, float]:
    holds = bool(row["conf_low"] <= truth <= row["conf_high"])
    return {"estimate": float(row["estimate"]), "std_error": float(row["std_error"]), "holds": float(holds)}


def truths() -> dict[str, float]:
    """Return what each figure should be about."""
    fixed = {f"{name}, {why}": ARM_SLOPE for name in MODELS for why in LOST}
    spread = {
        "variance of intercepts": INTERCEPT_SD**2,
        "variance of slopes": SLOPE_SD**2,
        "residual variance": RESIDUAL_SD**2,
        "conditional odds": LOG_ODDS,
        "spread of log odds": LOG_SPREAD,
    }
    return {**fixed, **spread}


def figures(cohorts: int) -> dict[str, dict[str, float]]:
    """Summarise so many cohorts: mean, its Monte Carlo error, spread, mean error, coverage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [one(number) for number in range(cohorts)]
    told = {}
    for name, truth in truths().items():
        rows = [each[name] for each in found if name in each]
        if not rows:
            continue
        values = np.array([row["estimate"] for row in rows])
        told[name] = {
            "truth": truth,
            "mean": float(values.mean()),
            "monte_carlo_error": float(values.std(ddof=1) / np.sqrt(len(values))),
            "spread": float(values.std(ddof=1)),
        }
        if "holds" in rows[0]:
            told[name]["mean_std_error"] = float(np.mean([row["std_error"] for row in rows]))
            told[name]["covered"] = float(sum(row["holds"] for row in rows))
    return told


if __name__ == "__main__":
    FIGURES.write_text(
        json.dumps({"seed": SEED, "cohorts": COHORTS, "first": figures(FIRST), "all": figures(COHORTS)}, indent=1)
        + "\n"
    )
