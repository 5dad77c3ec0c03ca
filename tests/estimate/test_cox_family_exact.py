"""Exact ties: by hand, by enumerating all subsets, collapse, and against R (tests/reference/cox_family.R)."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, proportional_hazards

STORED = Path(__file__).resolve().parents[1] / "reference"
# Both Newton iterations are run to the last digits; R inverts the information with a tolerance of 1e-14.
NEWTON = 1e-7


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    return json.loads((STORED / "cox_family.json").read_text())["exact"]


def stored(name: str) -> pd.DataFrame:
    return pd.read_csv(STORED / f"{name}.csv")


def models() -> dict[str, tuple[str, pd.DataFrame, Any]]:
    veteran, bladder = stored("survival_veteran"), stored("intervals_bladder2")
    veteran["month"], bladder["half"] = np.ceil(veteran["time"] / 30), np.ceil(bladder["stop"] / 6)
    logan = stored("cox_family_logan")
    for level in ("farm", "operatives", "professional", "sales"):
        logan[level] = (logan["tocc"] == level).astype(float)
    for level in ("craftsmen", "farm", "operatives", "professional"):
        logan[f"{level}_education"] = (logan["tocc"] == level) * logan["education"]
    logan_terms = " + ".join([*logan.columns[4:8], *logan.columns[8:]])
    lung, cgd = stored("cox_family_lung"), stored("survival_cgd")
    matched = stored("cox_family_matched")
    return {
        "lung": ("Event(time, status) ~ age + sex + ph_ecog + wt_loss", lung, None),
        "veteran_months": ("Event(month, status) ~ trt + C(celltype) + karno", veteran, None),
        "veteran_months_strata": ("Event(month, status) ~ trt + karno", veteran, "celltype"),
        "veteran_late": ("Event(entry, time, status) ~ trt + C(celltype) + karno", veteran, None),
        "bladder_half_years": ("Event(half, event) ~ rx + size + number", bladder, "enum"),
        "cgd_counting": ("Event(tstart, tstop, status) ~ treat + age", cgd, "center"),
        "matched": ("Event(time, case) ~ spontaneous + induced", matched, "set"),
        "pooled": ("Event(time, case) ~ spontaneous + induced", matched, "pool"),
        "logan": (f"Event(one, case) ~ {logan_terms}", logan.assign(one=1), "set"),
    }


@pytest.mark.parametrize(
    "key",
    [
        "lung",
        "veteran_months",
        "veteran_months_strata",
        "veteran_late",
        "bladder_half_years",
        "cgd_counting",
        "matched",
        "pooled",
        "logan",
    ],
)
def test_against_r(r: dict[str, Any], key: str) -> None:
    formula, table, strata = models()[key]
    fit, theirs = cox(formula, table, strata=strata, ties="exact"), r[key]
    known = {name: value for name, value in theirs["coef"].items() if value is not None}
    np.testing.assert_allclose(fit.tidy()["estimate"], list(known.values()), atol=NEWTON)
    np.testing.assert_allclose(fit.tidy()["std_error"], theirs["se"][: len(known)], atol=NEWTON)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], rel=1e-9)
    assert fit.glance()["score"].item() == pytest.approx(theirs["score"], rel=1e-6)


def test_one_tied_day_by_hand() -> None:
    # Four at risk on day 1, two with x = 1; two events, one of each. Of the six pairs one has both with x = 1,
    # four have one, one has none: L = 4 chances, each r / (r^2 + 4 r + 1), largest at r = 1.
    table = pd.DataFrame({"exit": [1, 1, 2, 2], "event": [1, 1, 0, 0], "x": [1, 0, 1, 0]})
    fit = cox("Event(exit, event) ~ x", table, ties="exact")
    assert fit.tidy()["estimate"].item() == pytest.approx(0, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-np.log(6))
    # The number with x = 1 among the two is 0, 1, 2 with chances 1/6, 4/6, 1/6: variance 1/3.
    assert fit.tidy()["std_error"].item() == pytest.approx(np.sqrt(3))


def test_a_two_by_two_table_gives_fishers_conditional_odds_ratio() -> None:
    # Events 3 of 4 with x = 1, 1 of 4 without: with r, chances of 0..4 are C(4,k) C(4,4-k) r^k; mean must be 3.
    table = pd.DataFrame({"exit": [1] * 8, "event": [1, 1, 1, 0, 1, 0, 0, 0], "x": [1] * 4 + [0] * 4})
    fit = cox("Event(exit, event) ~ x", table, ties="exact")
    ratio = np.exp(fit.tidy()["estimate"].item())
    ways = np.array([1, 16, 36, 16, 1]) * ratio ** np.arange(5)
    assert ways @ np.arange(5) / ways.sum() == pytest.approx(3, abs=1e-9)


def by_enumeration(table: pd.DataFrame, beta: np.ndarray) -> float:
    total = 0.0
    for _, layer in table.groupby("site"):
        predictor = layer[["x", "z"]].to_numpy() @ beta
        entry, exit_day, event = (layer[name].to_numpy() for name in ("entry", "exit", "event"))
        for day in np.unique(exit_day[event == 1]):
            at_risk = np.flatnonzero((entry < day) & (exit_day >= day))
            dying = np.flatnonzero((exit_day == day) & (event == 1))
            every = [predictor[list(some)].sum() for some in combinations(at_risk, len(dying))]
            total += predictor[dying].sum() - np.logaddexp.reduce(every)
    return float(total)


@pytest.mark.parametrize("late", [False, True])
def test_against_all_subsets(late: bool) -> None:
    random = np.random.default_rng(17)
    n = 40
    entry = random.integers(0, 3, n) if late else np.zeros(n, dtype=int)
    table = pd.DataFrame({"entry": entry, "exit": entry + random.integers(1, 5, n), "event": random.integers(0, 2, n)})
    table = table.assign(x=random.normal(size=n), z=random.normal(size=n), site=random.integers(0, 2, n))
    fit = cox("Event(entry, exit, event) ~ x + z", table, strata="site", ties="exact")
    best = minimize(lambda beta: -by_enumeration(table, beta), np.zeros(2), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(fit.tidy()["estimate"], best.x, atol=1e-5)
    assert fit.log_likelihood == pytest.approx(by_enumeration(table, fit.tidy()["estimate"].to_numpy()), abs=1e-9)
    assert fit.log_likelihood >= -best.fun - 1e-10


def test_without_ties_it_is_breslows_model() -> None:
    random = np.random.default_rng(3)
    table = pd.DataFrame({"exit": random.permutation(60) + 1, "event": random.integers(0, 2, 60)})
    table["x"] = random.normal(size=60)
    exact = cox("Event(exit, event) ~ x", table, ties="exact")
    breslow = cox("Event(exit, event) ~ x", table, ties="breslow")
    pd.testing.assert_frame_equal(exact.tidy(), breslow.tidy(), rtol=1e-8)
    assert exact.log_likelihood == pytest.approx(breslow.log_likelihood)


def test_what_exact_ties_do_not_know_is_refused() -> None:
    table = stored("cox_family_matched").assign(w=1.0)
    formula = "Event(time, case) ~ spontaneous + induced"
    for option in ({"weights": "w"}, {"cluster": "set"}):
        with pytest.raises(DefinitionError, match="neither weights nor robust errors"):
            cox(formula, table, ties="exact", **option)
    with pytest.raises(DefinitionError, match="exact ties"):
        proportional_hazards(cox(formula, table, strata="set", ties="exact"))


def test_sets_of_one_kind_tell_nothing() -> None:
    table = pd.DataFrame({"exit": 1, "event": [1, 1, 0, 0], "x": [0.0, 1.0, 2.0, 3.0], "set": [1, 1, 2, 2]})
    with pytest.raises(NotEstimable, match="never varies"):
        cox("Event(exit, event) ~ x", table, strata="set", ties="exact")


def test_separation_fails_the_check() -> None:
    table = pd.DataFrame({"exit": [1] * 8, "event": [1, 1, 1, 1, 0, 0, 0, 0], "x": [1] * 4 + [0] * 4})
    fit = cox("Event(exit, event) ~ x", table, ties="exact")
    assert "finite estimates" in [check.name for check in fit.checks if not check.passed]
