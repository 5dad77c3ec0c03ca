"""The test of proportional hazards: collapse, invariants, R's cox.zph."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.estimate import cox, linear_mixed, proportional_hazards

TOLERANCE = 1e-6


@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_against_cox_zph(reference: Path, transform: str) -> None:
    table = pd.read_csv(reference / "data" / "pharmacoSmoking.csv")
    fit = cox("Event(ttr, relapse) ~ C(grp) + age + C(employment)", table)
    expected = json.loads((reference / "results" / "survival_core.json").read_text())["ps"][f"zph_{transform}"]
    found = proportional_hazards(fit, transform).tidy().set_index("term")
    for ours, theirs in (("C(grp)", "grp"), ("age", "age"), ("C(employment)", "employment"), ("GLOBAL", "GLOBAL")):
        assert found.loc[ours, "statistic"] == pytest.approx(expected[theirs]["chisq"], rel=TOLERANCE)
        assert found.loc[ours, "df"] == expected[theirs]["df"]
        assert found.loc[ours, "p_value"] == pytest.approx(expected[theirs]["p"], rel=1e-5)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(8)
    n = 200
    return pd.DataFrame(
        {"exit": random.integers(1, 60, n), "event": random.integers(0, 2, n), "x": random.normal(size=n)}
    )


def test_one_term_is_the_global_test(table: pd.DataFrame) -> None:
    found = proportional_hazards(cox("Event(exit, event) ~ x", table)).tidy()
    assert found["term"].tolist() == ["x", "GLOBAL"]
    assert found["statistic"].iloc[0] == pytest.approx(found["statistic"].iloc[1])


def test_scale_of_covariate_and_unit_of_time_do_not_matter(table: pd.DataFrame) -> None:
    found = proportional_hazards(cox("Event(exit, event) ~ x", table), "identity").tidy()["statistic"]
    other = table.assign(exit=table["exit"] / 7, x=5 - 3 * table["x"])
    again = proportional_hazards(cox("Event(exit, event) ~ x", other), "identity").tidy()["statistic"]
    np.testing.assert_allclose(found, again, rtol=1e-7)


def test_a_hazard_ratio_that_turns_round_is_seen() -> None:
    random = np.random.default_rng(9)
    group = random.integers(0, 2, 2000)
    early = random.exponential(np.where(group == 1, 5, 20))
    late = 10 + random.exponential(np.where(group == 1, 20, 5))
    table = pd.DataFrame({"exit": np.where(early < 10, early, late), "event": 1, "group": group})
    assert proportional_hazards(cox("Event(exit, event) ~ group", table)).tidy()["p_value"].iloc[0] < 1e-10


def test_other_fits_and_transforms_are_refused(table: pd.DataFrame) -> None:
    with pytest.raises(DefinitionError, match="transform"):
        proportional_hazards(cox("Event(exit, event) ~ x", table), "log")
    mixed = linear_mixed("x ~ exit + (1 | g)", table.assign(g=table.index % 20))
    with pytest.raises(DefinitionError, match="not a Cox model"):
        proportional_hazards(mixed)
