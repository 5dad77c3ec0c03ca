"""Reliability: by hand, collapse, R's psych on the HELP trial's depression items."""

import json
from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from remission.errors import NotEstimable
from remission.estimate import reliability

TOLERANCE = 1e-9
ITEMS = [f"F1{letter}" for letter in ascii_uppercase[:20]]


def alpha(table: pd.DataFrame) -> pd.Series:
    return reliability(table, list(table.columns)).tidy().iloc[0]


def test_by_hand() -> None:
    # Items 1, 2, 3 and 1, 3, 2: variances 1 and 1, totals 2, 5, 5 with variance 3.
    # alpha = 2 / 1 * (1 - 2 / 3) = 2/3.
    assert alpha(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]}))["estimate"] == pytest.approx(2 / 3)


def test_identical_items_are_perfectly_consistent() -> None:
    one = [1, 4, 2, 5]
    assert alpha(pd.DataFrame({"a": one, "b": one, "c": one}))["estimate"] == pytest.approx(1)


def test_against_psych(reference: Path) -> None:
    expected = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["cesd"]
    wide, _ = pyreadstat.read_sav(str(reference / "data" / "help_wide.sav"))
    sheets = wide[[f"{item}_0" for item in ITEMS]].set_axis(ITEMS, axis=1)
    for item in ("F1D", "F1H", "F1L", "F1P"):
        sheets[item] = 3 - sheets[item]
    fit = reliability(sheets, ITEMS)
    by_term = fit.tidy().set_index(["term", "contrast"])["estimate"]
    drops = {row["item"]: row["r_drop"] for row in expected["alpha_drop"]}
    without = {row["item"]: row["raw_alpha"] for row in expected["alpha_drop"]}
    assert by_term.loc["item-rest correlation"].to_dict() == pytest.approx(drops, abs=TOLERANCE)
    assert by_term.loc["alpha without"].to_dict() == pytest.approx(without, abs=TOLERANCE)
    first = fit.tidy().iloc[0]
    assert first["estimate"] == pytest.approx(expected["alpha"]["raw_alpha"], abs=TOLERANCE)
    assert first["conf_low"] == pytest.approx(expected["alpha_ci_feldt"]["lower.ci"], abs=TOLERANCE)
    assert first["conf_high"] == pytest.approx(expected["alpha_ci_feldt"]["upper.ci"], abs=TOLERANCE)


def test_an_item_that_was_not_turned_round_is_named() -> None:
    random = np.random.default_rng(1)
    trait = random.normal(size=100)
    table = pd.DataFrame({name: trait + random.normal(size=100) for name in "abc"}).assign(d=lambda t: -t["a"])
    check = reliability(table, list("abcd")).checks[0]
    assert not check.passed
    assert "d goes against the rest" in check.sentence


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.DataFrame({"a": [1, 2, 3]}), "two items"),
        (pd.DataFrame({"a": [1, 2, None], "b": [1, 2, None]}), "Only 2"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [1, 1, 1]}), "same answer to 'b'"),
    ],
)
def test_what_it_cannot_take_is_said(table: pd.DataFrame, said: str) -> None:
    with pytest.raises(NotEstimable, match=said):
        reliability(table, list(table.columns))
