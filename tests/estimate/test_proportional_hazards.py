"""The test of proportional hazards: collapse, invariants, R's cox.zph."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
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


def test_by_hand() -> None:
    # Therneau's six rows under Breslow: r = (3 + sqrt 33) / 2; the mean of x is p1 = r/(r+1) on day 1,
    # p6 = r/(r+3) on day 6, 0 on day 9. Time itself, centred over the events 1, 6, 6, 9: -4.5, 0.5, 0.5, 3.5.
    # Score of the trend: -4.5 (1 - p1) + 0.5 (1 - p6) + 0.5 (0 - p6) + 3.5 (0 - 0).
    # Variances p1 (1 - p1) once and p6 (1 - p6) twice, weighted by the clock and by its square.
    book = pd.DataFrame({"exit": [9, 1, 1, 6, 6, 8], "event": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})
    r = (3 + np.sqrt(33)) / 2
    p1, p6 = r / (r + 1), r / (r + 3)
    v1, v6 = p1 * (1 - p1), p6 * (1 - p6)
    score = -4.5 * (1 - p1) + 0.5 * (1 - p6) - 0.5 * p6
    plain, mixed, squared = v1 + 2 * v6, -4.5 * v1 + v6, 20.25 * v1 + 0.5 * v6
    found = proportional_hazards(cox("Event(exit, event) ~ x", book, ties="breslow"), "identity").tidy()
    assert found["statistic"].iloc[0] == pytest.approx(score**2 / (squared - mixed**2 / plain), rel=1e-8)


@pytest.mark.parametrize("transform", ["km", "identity"])
def test_splitting_records_changes_nothing(table: pd.DataFrame, transform: str) -> None:
    whole = table.assign(entry=0)
    later = whole[whole["exit"] > 20]
    cut = pd.concat([whole[whole["exit"] <= 20], later.assign(exit=20, event=0), later.assign(entry=20)])
    formula = "Event(entry, exit, event) ~ x"
    expected = proportional_hazards(cox(formula, whole), transform).tidy()
    pd.testing.assert_frame_equal(expected, proportional_hazards(cox(formula, cut), transform).tidy(), rtol=1e-6)


def test_what_cannot_be_tested_is_said() -> None:
    at_once = pd.DataFrame({"exit": [5, 5, 5, 9], "event": [1, 1, 1, 0], "x": [0.0, 2.0, 1.0, 1.5]})
    with pytest.raises(NotEstimable, match="one time"):
        proportional_hazards(cox("Event(exit, event) ~ x", at_once))
    separated = pd.DataFrame({"exit": range(1, 41), "event": [1, 0] * 20, "quiet": [0, 1] * 20})
    with pytest.raises(NotEstimable, match="quiet"):
        proportional_hazards(cox("Event(exit, event) ~ quiet", separated))
