"""Cox regression: by hand, collapse, invariants, R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import cox

# Both programs solve the same equations; R stops at a relative change of 1e-9 in the likelihood.
ESTIMATE = 1e-6
ERROR = 1e-5

# Therneau's first validation set, with the row left out that has no follow-up.
BOOK = pd.DataFrame({"exit": [9, 1, 1, 6, 6, 8], "event": [1, 1, 0, 1, 1, 0], "x": [0, 1, 1, 1, 0, 0]})


def test_breslow_by_hand() -> None:
    # With r = exp(beta): day 1, all six at risk: 3r + 3. Day 6, two events among four: (r + 3)^2.
    # Score 2 - r/(r+1) - 2r/(r+3) = 0, so r^2 - 3r - 6 = 0 and r = (3 + sqrt 33) / 2.
    fit = cox("Event(exit, event) ~ x", BOOK, ties="breslow")
    r = (3 + np.sqrt(33)) / 2
    assert fit.tidy()["estimate"].item() == pytest.approx(np.log(r), abs=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-np.log(6) - 2 * np.log(4))
    assert fit.log_likelihood == pytest.approx(2 * np.log(r) - np.log(3 * r + 3) - 2 * np.log(r + 3))
    # Information: r/(r+1)^2 + 2 * 3r/(r+3)^2.
    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    assert fit.tidy()["std_error"].item() == pytest.approx(information**-0.5, rel=1e-8)


def test_efron_by_hand() -> None:
    # Day 6: the second of the tied events sees half of both taken out: (r + 3) and (r + 5) / 2.
    # Score 2 - r/(r+1) - r/(r+3) - r/(r+5) = 0.
    fit = cox("Event(exit, event) ~ x", BOOK)
    r = np.exp(fit.tidy()["estimate"].item())
    assert 2 - r / (r + 1) - r / (r + 3) - r / (r + 5) == pytest.approx(0, abs=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-np.log(6) - np.log(4) - np.log(3))
    information = r / (r + 1) ** 2 + 3 * r / (r + 3) ** 2 + 5 * r / (r + 5) ** 2
    assert fit.tidy()["std_error"].item() == pytest.approx(information**-0.5, rel=1e-8)


def test_robust_error_is_the_norm_of_leave_one_out_influence() -> None:
    # The robust variance sums squared dfbetas; each is close to the change when the row is left out.
    random = np.random.default_rng(5)
    table = pd.DataFrame(
        {"exit": random.exponential(10, 150), "event": 1, "x": random.integers(0, 2, 150), "row": range(150)}
    )
    fit = cox("Event(exit, event) ~ x", table, cluster="row")
    left_out = [cox("Event(exit, event) ~ x", table.drop(index=row)).tidy()["estimate"].item() for row in range(150)]
    jackknife = np.sqrt(np.sum(np.square(np.array(left_out) - fit.tidy()["estimate"].item())))
    assert fit.tidy()["std_error"].item() == pytest.approx(jackknife, rel=0.05)


@pytest.fixture(scope="module")
def random_table() -> pd.DataFrame:
    random = np.random.default_rng(11)
    n = 150
    exit_day = random.integers(1, 40, n)
    return pd.DataFrame(
        {
            "participant_id": np.arange(n),
            "entry": 0,
            "exit": exit_day,
            "event": random.integers(0, 2, n),
            "x": random.normal(size=n),
            "z": random.integers(0, 3, n),
        }
    )


def split(table: pd.DataFrame, day: float) -> pd.DataFrame:
    before = table[table["exit"] > day]
    pieces = [table[table["exit"] <= day], before.assign(exit=day, event=0), before.assign(entry=day)]
    return pd.concat(pieces, ignore_index=True)


@settings(deadline=None, max_examples=15)
@given(day=st.integers(1, 38))
def test_splitting_records_changes_nothing(random_table: pd.DataFrame, day: int) -> None:
    formula = "Event(entry, exit, event) ~ x + C(z)"
    whole = cox(formula, random_table, cluster="participant_id")
    cut = cox(formula, split(random_table, day), cluster="participant_id")
    np.testing.assert_allclose(cut.tidy()["estimate"], whole.tidy()["estimate"], atol=1e-8)
    np.testing.assert_allclose(cut.vcov, whole.vcov, atol=1e-8)
    assert cut.log_likelihood == pytest.approx(whole.log_likelihood)


def test_two_and_three_argument_events_agree(random_table: pd.DataFrame) -> None:
    three = cox("Event(entry, exit, event) ~ x", random_table).tidy()
    pd.testing.assert_frame_equal(three, cox("Event(exit, event) ~ x", random_table).tidy())


def test_one_stratum_is_no_strata(random_table: pd.DataFrame) -> None:
    plain = cox("Event(exit, event) ~ x", random_table).tidy()
    one = cox("Event(exit, event) ~ x", random_table.assign(site="a"), strata="site").tidy()
    pd.testing.assert_frame_equal(plain, one)


def test_without_ties_all_handlings_agree(random_table: pd.DataFrame) -> None:
    untied = random_table.assign(exit=random_table["exit"] + np.linspace(0, 0.5, len(random_table)))
    efron = cox("Event(exit, event) ~ x", untied).tidy()
    pd.testing.assert_frame_equal(efron, cox("Event(exit, event) ~ x", untied, ties="breslow").tidy())


def test_integer_weights_are_repeated_rows_under_breslow(random_table: pd.DataFrame) -> None:
    weighted = random_table.assign(w=1 + random_table.index % 3)
    repeated = weighted.loc[weighted.index.repeat(weighted["w"])]
    ours = cox("Event(exit, event) ~ x", weighted, weights="w", ties="breslow")
    theirs = cox("Event(exit, event) ~ x", repeated, ties="breslow")
    assert ours.tidy()["estimate"].item() == pytest.approx(theirs.tidy()["estimate"].item(), abs=1e-9)
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)


def test_order_unit_and_scale(random_table: pd.DataFrame) -> None:
    fit = cox("Event(exit, event) ~ x + C(z)", random_table).tidy()
    shuffled = cox("Event(exit, event) ~ x + C(z)", random_table.sample(frac=1, random_state=2)).tidy()
    pd.testing.assert_frame_equal(fit, shuffled, rtol=1e-7)
    weeks = cox("Event(exit, event) ~ x + C(z)", random_table.assign(exit=random_table["exit"] / 7)).tidy()
    pd.testing.assert_frame_equal(fit, weeks, rtol=1e-7)
    huge = cox("Event(exit, event) ~ x", random_table.assign(x=random_table["x"] * 1e6 + 1e8)).tidy()
    plain = cox("Event(exit, event) ~ x", random_table).tidy()
    assert huge["estimate"].item() * 1e6 == pytest.approx(plain["estimate"].item(), rel=1e-5)
    assert huge["statistic"].item() == pytest.approx(plain["statistic"].item(), rel=1e-5)


def stored(reference: Path, name: str) -> dict[str, Any]:
    return json.loads((reference / "results" / f"{name}.json").read_text())


def compare(fit: Any, expected: dict[str, Any], error: str = "se") -> None:
    np.testing.assert_allclose(fit.tidy()["estimate"], list(expected["coef"].values()), atol=ESTIMATE)
    np.testing.assert_allclose(fit.tidy()["std_error"], list(expected[error].values()), atol=ERROR)
    assert fit.log_likelihood == pytest.approx(expected["loglik"]["model"], abs=ESTIMATE)
    assert fit.log_likelihood_null == pytest.approx(expected["loglik"]["null"], abs=ESTIMATE)
    glance = fit.glance().iloc[0]
    assert glance["likelihood_ratio"] == pytest.approx(expected["lr"]["test"], abs=ERROR)
    assert glance["score"] == pytest.approx(expected["score"]["test"], abs=ERROR)
    assert glance["wald"] == pytest.approx(expected["wald"]["test"], abs=0.006)  # R stores two decimals
    np.testing.assert_allclose(np.exp(fit.tidy()["conf_low"]), list(expected["hr_lo"].values()), rtol=ERROR)
    np.testing.assert_allclose(fit.tidy()["p_value"], list(expected["p"].values()), atol=ERROR)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_smoking_trial_against_r(reference: Path, ties: str) -> None:
    table = pd.read_csv(reference / "data" / "pharmacoSmoking.csv")
    fit = cox("Event(ttr, relapse) ~ C(grp) + age + C(employment)", table, ties=ties)
    compare(fit, stored(reference, "survival_core")["ps"][f"cox_{ties}"])


def test_singer_and_willett_table_15_2(reference: Path) -> None:
    alda = stored(reference, "survival_core")["alda"]
    long = pd.read_csv(reference / "data" / "alda_cocaine_relapse_2.csv")
    first = long.groupby("id").first().reset_index().assign(event=lambda t: 1 - t["censor"])
    compare(cox("Event(days, event) ~ needle + base_mood", first), alda["T15_2_A"])
    weekly = pd.read_csv(reference / "data" / "alda_cocaine_relapse_2_countingprocess_modelB.csv")
    compare(cox("Event(t0, t1, ev) ~ needle + week_mood", weekly), alda["T15_2_B"])


@pytest.mark.parametrize(
    ("key", "left", "strata", "ties"),
    [
        ("AG", "Event(start, stop, event)", None, "efron"),
        ("PWP_TT", "Event(start, stop, event)", "enum", "efron"),
        ("PWP_GT", "Event(gap, event)", "enum", "efron"),
        ("AG_breslow", "Event(start, stop, event)", None, "breslow"),
        ("PWP_TT_breslow", "Event(start, stop, event)", "enum", "breslow"),
    ],
)
def test_recurrent_events_with_robust_errors_against_r(
    reference: Path, key: str, left: str, strata: str | None, ties: str
) -> None:
    table = pd.read_csv(reference / "data" / "survival_bladder2.csv")
    table["gap"] = table["stop"] - table["start"]
    expected = stored(reference, "survival_advanced")["bladder"][key]
    fit = cox(f"{left} ~ rx + size + number", table, strata=strata, cluster="id", ties=ties)
    compare(fit, expected, "robust_se")
    model = cox(f"{left} ~ rx + size + number", table, strata=strata, ties=ties)
    np.testing.assert_allclose(model.tidy()["std_error"], list(expected["se"].values()), atol=ERROR)


def test_help_first_use_against_r(reference: Path) -> None:
    table = pd.read_csv(reference / "data" / "help_baseline_453.csv")
    if not {"daysanysub", "anysubstatus"} <= set(table.columns):
        pytest.skip("the baseline file of this reference folder has other column names")
    expected = stored(reference, "addiction")["help"]["first_use_cox_efron"]
    table["anysub"] = table["anysubstatus"]
    table["treated"] = (table["treat"] == "yes").astype(int) if table["treat"].dtype == object else table["treat"]
    table["female"] = (table["sex"] == "female").astype(int)
    table["unhoused"] = (table["homeless"] == "homeless").astype(int)
    fit = cox("Event(daysanysub, anysub) ~ treated + age + female + cesd + C(substance) + unhoused", table)
    by_term = fit.tidy().set_index("term")["estimate"]
    assert by_term["age"] == pytest.approx(expected["coef"]["age"], abs=ESTIMATE)
    assert by_term["C(substance)[T.heroin]"] == pytest.approx(expected["coef"]["substheroin"], abs=ESTIMATE)


def test_no_event_is_said() -> None:
    with pytest.raises(NotEstimable, match="No event"):
        cox("Event(exit, event) ~ x", BOOK.assign(event=0))


def test_a_covariate_that_never_varies_is_named() -> None:
    with pytest.raises(NotEstimable, match="'y' has the same value"):
        cox("Event(exit, event) ~ x + y", BOOK.assign(y=1))


def test_a_category_with_one_value_is_named() -> None:
    with pytest.raises(NotEstimable, match=r"'C\(g\)' has one value only"):
        cox("Event(exit, event) ~ x + C(g)", BOOK.assign(g="only"))


def test_covariates_that_repeat_one_another_are_named() -> None:
    table = BOOK.assign(y=lambda t: 2 * t["x"] + 1)
    with pytest.raises(NotEstimable, match="'y' repeats"):
        cox("Event(exit, event) ~ x + y", table)


def test_separation_fails_a_check_that_names_the_term() -> None:
    table = pd.DataFrame({"exit": range(1, 41), "event": [1, 0] * 20, "quiet": [0, 1] * 20})
    fit = cox("Event(exit, event) ~ quiet", table)
    failed = [check for check in fit.checks if not check.passed]
    assert "quiet" in " ".join(check.sentence for check in failed)
    assert "CHECK FAILED" in fit.summary()


def test_future_covariates_are_refused() -> None:
    table = BOOK.copy()
    table.attrs["measured_day"] = {"x": 91}
    with pytest.raises(ImmortalTime, match="risk_interval"):
        cox("Event(exit, event) ~ x", table)


@pytest.mark.parametrize("formula", ["exit ~ x", "Event(exit) ~ x", "Event(exit, event)", "Event(exit, event) ~ x +"])
def test_unreadable_formulas_are_refused(formula: str) -> None:
    with pytest.raises(DefinitionError):
        cox(formula, BOOK)


def test_rows_that_end_before_they_start_are_refused() -> None:
    with pytest.raises(DefinitionError, match="ends before it starts"):
        cox("Event(entry, exit, event) ~ x", BOOK.assign(entry=7))


def test_prediction_is_the_design_times_the_estimates(random_table: pd.DataFrame) -> None:
    fit = cox("Event(exit, event) ~ x + C(z)", random_table)
    found = fit.predict(pd.DataFrame({"x": [0.0, 2.0], "z": [0, 2]}))
    b = fit.tidy().set_index("term")["estimate"]
    assert found["estimate"].tolist() == pytest.approx([0.0, 2 * b["x"] + b["C(z)[T.2]"]])
    assert found["std_error"].iloc[0] == 0
