"""CES-D totals against those stored in the HELP trial's own file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from remission.survey import MissingRule, instrument, score

MONTHS = (0, 6, 12, 18, 24)
LETTERS = "ABCDEFGHIJKLMNOPQRST"
# The stored totals are whole numbers, so there is no tolerance.


@pytest.fixture(scope="module")
def trial(reference: Path) -> pd.DataFrame:
    return pyreadstat.read_sav(reference / "data" / "help_wide.sav")[0]


def answers_at(trial: pd.DataFrame, month: int) -> pd.DataFrame:
    columns = {f"F1{letter}_{month}": f"item{number}" for number, letter in enumerate(LETTERS, 1)}
    wide = trial[list(columns)].rename(columns=columns).assign(participant_id=trial.index.astype(str))
    long = wide.melt(id_vars="participant_id", var_name="item", value_name="value")
    return long.assign(
        wave=f"month_{month}",
        day=month * 30,
        instrument="ces_d",
        version=instrument("ces_d").version,
        missing_reason=None,
    )


def totals(trial: pd.DataFrame, month: int, missing: MissingRule | None = None) -> pd.DataFrame:
    found = score(instrument("ces_d"), answers_at(trial, month), missing=missing)
    return found.set_index(found["participant_id"].astype(int)).sort_index()


@pytest.mark.parametrize("month", MONTHS)
def test_the_trial_s_rule_gives_the_stored_totals(trial: pd.DataFrame, month: int) -> None:
    stored = trial[f"CES_D_{month}"]
    found = totals(trial, month, MissingRule(kind="sum_answered", min_answered=18))["score"]
    assert stored.notna().sum() > 150
    differing = int((~((found == stored) | (found.isna() & stored.isna()))).sum())
    assert differing == 0


@pytest.mark.parametrize("month", MONTHS)
def test_strict_totals_are_those_of_complete_sheets(trial: pd.DataFrame, month: int) -> None:
    found = totals(trial, month)
    complete = (found["n_answered"] == 20).to_numpy()
    scored = found["score"].notna().to_numpy()
    assert np.array_equal(scored, complete)
    assert int((found["score"][complete] != trial[f"CES_D_{month}"][complete]).sum()) == 0
