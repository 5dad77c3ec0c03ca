"""Two one-sided tests: by hand, stored figures, the three verdicts."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import cox, equivalence, fixed_day_difference, parametric, restricted_mean

Z90 = 1.6448536269514722
# Closed forms on both sides.
TOLERANCE = 1e-9


def test_by_hand() -> None:
    # Difference 2, error 3, margin 10: lower (2 + 10) / 3 = 4, upper (2 - 10) / 3 = -8/3.
    found = equivalence((2.0, 3.0), 10, scale="mean_difference").table.iloc[0]
    assert found["p_lower"] == pytest.approx(norm.sf(4))
    assert found["p_upper"] == found["p_value"] == pytest.approx(norm.cdf(-8 / 3))
    assert [found["conf_low"], found["conf_high"]] == pytest.approx([2 - Z90 * 3, 2 + Z90 * 3])
    assert found["verdict"] == "equivalent"


def test_a_margin_of_a_ratio_is_as_wide_below_1_as_above_on_the_log_scale() -> None:
    found = equivalence((np.log(1.1), 0.05), 1.25).table.iloc[0]
    assert [found["margin_low"], found["margin_high"]] == pytest.approx([0.8, 1.25])
    assert found["estimate"] == pytest.approx(1.1)
    assert found["conf_high"] == pytest.approx(1.1 * np.exp(Z90 * 0.05))
    given = equivalence((np.log(1.1), 0.05), (0.5, 1.25)).table.iloc[0]
    assert [given["margin_low"], given["margin_high"]] == pytest.approx([0.5, 1.25])


@pytest.mark.parametrize(
    ("effect", "error", "verdict", "said"),
    [
        (0.0, 0.05, "equivalent", "shown to be within the margin"),
        (0.15, 0.03, "equivalent", "too small to matter"),
        (0.5, 0.1, "different", "A difference is shown"),
        (0.0, 0.5, "inconclusive", "This is not equality"),
    ],
)
def test_three_verdicts(effect: float, error: float, verdict: str, said: str) -> None:
    found = equivalence((effect, error), 1.25)
    assert found.table["verdict"].item() == verdict
    assert said in found.table["sentence"].item()
    assert found.checks[-1].passed == (verdict != "inconclusive")


@pytest.mark.parametrize(
    ("effect", "higher_is", "verdict"),
    [
        (-0.5, "worse", "non-inferior"),
        (0.5, "worse", "inferior"),
        (-0.5, "better", "inferior"),
        (0.5, "better", "non-inferior"),
        (0.15, "worse", "inconclusive"),
    ],
)
def test_non_inferiority_looks_at_the_worse_side_alone(effect: float, higher_is: str, verdict: str) -> None:
    found = equivalence((effect, 0.1), 1.25, kind="non_inferiority", higher_is=higher_is)
    assert found.table["verdict"].item() == verdict


def test_the_interval_lies_within_the_margin_exactly_where_the_tests_reject() -> None:
    random = np.random.default_rng(8)
    table = pd.DataFrame({"term": range(300), "estimate": random.normal(0, 0.2, 300), "std_error": 0.1})
    found = equivalence(table, 1.3, multiplicity="none").table
    inside = (found["conf_low"] >= 1 / 1.3) & (found["conf_high"] <= 1.3)
    assert inside.any()
    assert not inside.all()
    assert (inside == (found["verdict"] == "equivalent")).all()


def test_holm_and_bonferroni_by_hand() -> None:
    table = pd.DataFrame({"term": list("abc"), "estimate": [0.0, 0.0, 0.0], "std_error": [4.0, 5.0, 6.0]})
    p = norm.cdf(-10 / np.array([4.0, 5.0, 6.0]))  # .0062 .0228 .0478
    plain = equivalence(table, 10, scale="risk_difference", multiplicity="none").table
    holm = equivalence(table, 10, scale="risk_difference").table
    bonferroni = equivalence(table, 10, scale="risk_difference", multiplicity="bonferroni").table
    assert plain["p_value"].tolist() == pytest.approx(p)
    assert holm["p_value"].tolist() == pytest.approx([3 * p[0], 2 * p[1], p[2]])
    assert bonferroni["p_value"].tolist() == pytest.approx(3 * p)
    assert holm["verdict"].tolist() == ["equivalent"] * 3
    assert bonferroni["verdict"].tolist() == ["equivalent", "inconclusive", "inconclusive"]


def test_against_stored_figures(reference: Path) -> None:
    stored = json.loads((reference / "results" / "psychometrics_causal_mi.json").read_text())["tost"]
    one = stored["help_cesd24_attend_vs_not_margin5"]
    found = equivalence((one["diff"], one["se"]), 5, scale="mean_difference", df=one["df"]).table.iloc[0]
    ours = found[["p_lower", "p_upper", "conf_low", "conf_high"]].tolist()
    assert ours == pytest.approx([one["p_lower"], one["p_upper"], *one["ci90"]], rel=TOLERANCE)
    assert found["verdict"] == "different"


def test_a_measured_hazard_ratio() -> None:
    # Naltrexone trial, inducted participants: 90 % interval .743 to 1.123, tests at margin 1.35 give p = .0477.
    low, high = np.log(0.743), np.log(1.123)
    found = equivalence(((low + high) / 2, (high - low) / (2 * Z90)), 1.35).table.iloc[0]
    assert found["p_value"] == pytest.approx(0.0477, abs=2e-4)
    assert [found["conf_low"], found["conf_high"]] == pytest.approx([0.743, 1.123])
    assert found["verdict"] == "equivalent"


def test_results_are_read_on_their_own_scale() -> None:
    random = np.random.default_rng(5)
    table = pd.DataFrame({"exit": random.exponential(100, 400).round() + 1, "group": random.choice(["a", "b"], 400)})
    table["event"] = (table["exit"] <= 150).astype(int)
    table["exit"] = table["exit"].clip(upper=150)
    ratios = cox("Event(exit, event) ~ C(group)", table)
    found = equivalence(ratios, 1.5, term="C(group)[T.b]").table
    assert found["estimate"].item() == pytest.approx(np.exp(ratios.table["estimate"].item()))
    means = restricted_mean(table, by="group", horizon=150)
    days = equivalence(means, 20, scale="restricted_mean_difference").table
    assert days["estimate"].tolist() == means.table.loc[means.table["term"] == "difference", "estimate"].tolist()
    for wrong in ("mean_difference", "odds_ratio"):
        with pytest.raises(DefinitionError, match="not of a"):
            equivalence(ratios, 1.5, scale=wrong)
    days_free = fixed_day_difference(table, by="group", day=100)
    assert equivalence(days_free, 0.1, scale="risk_difference").table["term"].tolist() == ["difference"]
    with pytest.raises(DefinitionError, match="not of a"):
        equivalence(days_free, 0.1, scale="restricted_mean_difference")
    times = parametric("Event(exit, event) ~ C(group)", table)
    with pytest.raises(DefinitionError, match="log time ratio, not of a hazard ratio"):
        equivalence(times, 1.5)
    with pytest.raises(DefinitionError, match="no term 'x'"):
        equivalence(ratios, 1.5, term="x")


def test_what_cannot_be_judged_is_refused() -> None:
    for margin in (1.0, 0.9, (1.1, 1.3), (-1.0, 1.2), float("nan")):
        with pytest.raises(DefinitionError, match="margin"):
            equivalence((0.1, 0.1), margin)
    for error in (0.0, float("nan"), float("inf")):
        with pytest.raises(NotEstimable):
            equivalence((0.1, error), 1.25)
    with pytest.raises(DefinitionError, match="conf_level"):
        equivalence((0.1, 0.1), 1.25, conf_level=95)


def test_a_group_without_events_is_inconclusive_and_says_why() -> None:
    table = pd.DataFrame({"exit": range(1, 21), "event": [0, 1] * 10, "group": ["a", "b"] * 10})
    found = equivalence(cox("Event(exit, event) ~ C(group)", table), 1.35)
    assert found.table["verdict"].tolist() == ["inconclusive"]
    assert np.isinf(found.table["conf_high"].iloc[0])
    assert any(check.name == "finite estimates" and not check.passed for check in found.checks)
