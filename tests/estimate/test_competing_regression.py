"""Fine–Gray regression: by hand, definition, collapse, invariants, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import cause_specific, cox, fine_gray, gray, proportional_hazards, side_by_side

FIVE = pd.DataFrame({"exit": [1, 2, 2.5, 3, 4], "cause": [1, 2, 0, 1, 2], "x": [1, 0, 1, 0, 1]})
MODEL = "Event(exit, cause) ~ x"


def test_by_hand() -> None:
    # With r = exp(beta). Day 1: 3r + 2 at risk. Day 3: D (x = 0) and E (x = 1), and B, who had cause 2 on day 2 and
    # is still uncensored with probability 2/3 (one of three was censored on day 2.5): r + 5/3.
    # Score 1 - 3r/(3r+2) - r/(r+5/3) = 0, so 9 r^2 = 10 and r = sqrt(10) / 3.
    fit = fine_gray(MODEL, FIVE)
    r = np.sqrt(10) / 3
    assert fit.tidy()["estimate"].item() == pytest.approx(np.log(r))
    assert fit.log_likelihood == pytest.approx(np.log(r) - np.log(3 * r + 2) - np.log(r + 5 / 3))
    assert fit.log_likelihood_null == pytest.approx(-np.log(5) - np.log(8 / 3))
    times, hazard = fit.fitted.baseline()
    assert times.tolist() == [1, 3]
    assert hazard.tolist() == pytest.approx([1 / (3 * r + 2), 1 / (3 * r + 2) + 1 / (r + 5 / 3)])
    curve = fit.incidence(pd.DataFrame({"x": [1]}, index=["E"]))["E"]
    assert curve.tolist() == pytest.approx(1 - np.exp(-hazard * r))


def test_standard_error_by_hand() -> None:
    # eta: own event less the mean, less the hazard met; B met day 3 with weight 2/3. Only B's weight rests on the
    # censoring of day 2.5, so q = 2/3 * (0 - m3) * h3; three were at risk then: psi is q/3 - q/9 for C, -q/9 after.
    r = np.sqrt(10) / 3
    h1, h3, m1, m3 = 1 / (3 * r + 2), 1 / (r + 5 / 3), 3 * r / (3 * r + 2), r / (r + 5 / 3)
    q = -2 / 3 * m3 * h3
    met1 = r * (1 - m1) * h1
    rows = [
        (1 - m1) - met1,
        m1 * h1 + 2 / 3 * m3 * h3,
        -met1 + q / 3 - q / 9,
        -m3 + m1 * h1 + m3 * h3 - q / 9,
        -met1 - r * (1 - m3) * h3 - q / 9,
    ]
    information = m1 * (1 - m1) + m3 * (1 - m3)
    expected = np.sqrt(np.sum(np.square(rows))) / information
    assert fine_gray(MODEL, FIVE).tidy()["std_error"].item() == pytest.approx(expected)


def drawn(seed: int, rows: int = 120, causes: int = 3, latest: int = 25) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "exit": random.integers(1, latest, rows),
            "cause": random.integers(0, causes + 1, rows),
            "x": random.normal(size=rows),
            "z": random.integers(0, 2, rows),
            "site": random.integers(0, 30, rows),
        }
    )


def definition(table: pd.DataFrame, cause: int, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, information and each row's eta + psi, person by person and day by day."""
    x, days, ends = table[["x", "z"]].to_numpy(float), table["exit"].to_numpy(), table["cause"].to_numpy()
    censored, own, other = ends == 0, ends == cause, (ends > 0) & (ends != cause)

    def uncensored_before(day: float) -> float:
        earlier = np.unique(days[censored & (days < day)])
        return float(np.prod([1 - (censored & (days == u)).sum() / (days >= u).sum() for u in earlier]))

    risk = np.exp(x @ beta)
    score, information, residuals = np.zeros(2), np.zeros((2, 2)), np.zeros_like(x)
    pull = {u: np.zeros(2) for u in np.unique(days[censored])}
    for day in np.unique(days[own]):
        past = np.array([uncensored_before(day) / uncensored_before(d) for d in days]) * (other & (days < day))
        weight = (days >= day) + past
        share = weight * risk / (weight * risk).sum()
        mean, events = share @ x, own & (days == day)
        score += (x[events] - mean).sum(axis=0)
        information += events.sum() * ((share[:, None] * x).T @ x - np.outer(mean, mean))
        met = -events.sum() * share[:, None] * (x - mean)
        residuals += met
        residuals[events] += x[events] - mean
        for u in pull:
            if day >= u:
                pull[u] -= met[other & (days < u)].sum(axis=0)
    for u, q in pull.items():
        at_risk, lost = days >= u, censored & (days == u)
        residuals[lost] += q / at_risk.sum()
        residuals[at_risk] -= q * lost.sum() / at_risk.sum() ** 2
    return score, information, residuals


@pytest.mark.parametrize(("seed", "latest"), [(1, 8), (2, 40), (3, 1000)])
def test_against_the_definition(seed: int, latest: int) -> None:
    table = drawn(seed, latest=latest)
    for cause in (1, 3):
        fit = fine_gray("Event(exit, cause) ~ x + z", table, cause=cause)
        score, information, residuals = definition(table, cause, fit.tidy()["estimate"].to_numpy())
        np.testing.assert_allclose(score, 0, atol=1e-7)
        inverse = np.linalg.inv(information)
        np.testing.assert_allclose(fit.vcov, inverse @ residuals.T @ residuals @ inverse, rtol=1e-7, atol=1e-12)
        summed = pd.DataFrame(residuals).groupby(table["site"]).sum().to_numpy()
        clustered = fine_gray("Event(exit, cause) ~ x + z", table, cause=cause, cluster="site")
        np.testing.assert_allclose(clustered.vcov, inverse @ summed.T @ summed @ inverse, rtol=1e-7, atol=1e-12)


def same_fit(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
    np.testing.assert_allclose(ours[numbers], theirs[numbers], rtol=1e-7, atol=1e-9)


def test_without_other_causes_it_is_cox_with_breslow_ties_and_robust_errors() -> None:
    table = drawn(4, causes=1).assign(row=lambda t: range(len(t)))
    ours = fine_gray("Event(exit, cause) ~ x + C(z)", table)
    theirs = cox("Event(exit, cause) ~ x + C(z)", table, ties="breslow", cluster="row")
    same_fit(ours.tidy(), theirs.tidy())
    assert ours.log_likelihood == pytest.approx(theirs.log_likelihood)


def test_without_censoring_it_is_cox_with_other_causes_at_risk_for_ever() -> None:
    table = drawn(5).query("cause > 0").assign(row=lambda t: range(len(t)))
    for_ever = table.assign(exit=table["exit"].where(table["cause"] == 2, 999), cause=(table["cause"] == 2) * 1)
    ours = fine_gray("Event(exit, cause) ~ x + z", table, cause=2)
    same_fit(ours.tidy(), cox("Event(exit, cause) ~ x + z", for_ever, ties="breslow", cluster="row").tidy())


def test_a_cluster_of_identical_twins_counts_once() -> None:
    table = drawn(6).assign(row=lambda t: range(len(t)))
    twice = pd.concat([table, table])
    same_fit(
        fine_gray("Event(exit, cause) ~ x + z", twice, cluster="row").tidy(),
        fine_gray("Event(exit, cause) ~ x + z", table).tidy(),
    )


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([1 / 7, 30.4, 1000.0]))
def test_order_unit_and_names_do_not_matter(seed: int, unit: float) -> None:
    table = drawn(seed, rows=80)
    found = fine_gray("Event(exit, cause) ~ x + z", table, cause=2).tidy()
    words = table.assign(cause=table["cause"].map({0: "", 1: "death", 2: "relapse", 3: "moved"}))
    same_fit(fine_gray("Event(exit, cause) ~ x + z", words, cause="relapse").tidy(), found)
    same_fit(fine_gray("Event(exit, cause) ~ x + z", table.sample(frac=1, random_state=1), cause=2).tidy(), found)
    same_fit(fine_gray("Event(exit, cause) ~ x + z", table.assign(exit=table["exit"] * unit), cause=2).tidy(), found)
    turned = fine_gray("Event(exit, cause) ~ x + z", table.assign(z=1 - table["z"], x=table["x"] * 100), cause=2).tidy()
    np.testing.assert_allclose(turned["estimate"] * [100, -1], found["estimate"], rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(turned["std_error"] * [100, 1], found["std_error"], rtol=1e-6)


def test_a_known_effect_is_recovered_with_nominal_coverage() -> None:
    # Subdistribution 1 - (1 - p (1 - exp(-t)))^exp(b x), after Fine and Gray 1999, p = 0.5, b = 0.5; censoring uniform.
    # Coverage of 200 intervals of 95 %: two Monte Carlo errors are 3.1 points.
    random = np.random.default_rng(8)
    hits, estimates = [], []
    for _ in range(200):
        x = random.integers(0, 2, 200)
        share = 1 - 0.5 ** np.exp(0.5 * x)
        own = random.uniform(size=200) < share
        u = random.uniform(size=200) * share
        days = np.where(own, -np.log1p(-(1 - (1 - u) ** np.exp(-0.5 * x)) / 0.5), random.exponential(1, 200))
        leaves = random.uniform(0.3, 4, 200)
        cause = np.where(days < leaves, np.where(own, 1, 2), 0)
        row = fine_gray(MODEL, pd.DataFrame({"exit": np.minimum(days, leaves), "cause": cause, "x": x})).tidy().iloc[0]
        hits.append(row["conf_low"] < 0.5 < row["conf_high"])
        estimates.append(row["estimate"])
    assert 0.95 - 0.031 <= np.mean(hits) <= 0.95 + 0.031
    assert abs(np.mean(estimates) - 0.5) < 3 * np.std(estimates) / np.sqrt(200)


def test_a_fine_gray_fit_is_no_cox_model() -> None:
    with pytest.raises(DefinitionError, match="not a Cox model"):
        proportional_hazards(fine_gray(MODEL, drawn(9)))


@pytest.mark.parametrize("estimator", [fine_gray, cause_specific])
def test_a_group_in_which_the_cause_never_happens_is_named(estimator: object) -> None:
    table = drawn(13).assign(group=lambda t: t["site"].mod(3).map({0: "aa", 1: "lifering", 2: "smart"}))
    for empty, words in (("smart", r"C\(group\)\[T.smart\] is 1"), ("aa", r"all of C\(group\) is 0")):
        quiet = table.assign(cause=table["cause"].mask((table["group"] == empty) & (table["cause"] == 1), 2))
        with pytest.raises(NotEstimable, match=rf"'1' never happens where {words}"):
            estimator("Event(exit, cause) ~ C(group) + x", quiet)


@pytest.mark.parametrize("estimator", [fine_gray, cause_specific, side_by_side])
@pytest.mark.parametrize(
    ("formula", "change", "cause", "error", "words"),
    [
        (MODEL, {"cause": 0}, 1, NotEstimable, "censored"),
        (MODEL, {}, 7, NotEstimable, "Nobody had an event of cause '7'; the causes seen are 1, 2, 3"),
        (MODEL, {"x": 1}, 1, NotEstimable, "'x' has the same value"),
        ("Event(exit, cause) ~ x + y", {"y": lambda t: 2 * t["x"]}, 1, NotEstimable, "'y' repeats"),
        ("Event(exit, cause) ~ 1", {}, 1, NotEstimable, "no covariate"),
        ("Event(exit) ~ x", {}, 1, DefinitionError, "no event with a cause"),
        ("exit ~ x", {}, 1, DefinitionError, "no event with a cause"),
        ("Event(exit, cause) ~ cause", {}, 1, DefinitionError, "explains the outcome by itself"),
        ("Event(exit, cause) ~ w", {}, 1, DefinitionError, "no column w"),
    ],
)
def test_what_cannot_be_estimated_is_said(
    estimator: object, formula: str, change: dict[str, object], cause: int, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        estimator(formula, drawn(14).assign(**change), cause=cause)


@pytest.mark.parametrize("estimator", [fine_gray, cause_specific, side_by_side])
def test_one_participant_is_refused(estimator: object) -> None:
    with pytest.raises(NotEstimable):
        estimator(MODEL, FIVE.iloc[:1])


def test_delayed_entry_and_one_cluster_are_refused() -> None:
    with pytest.raises(DefinitionError, match="delayed entry"):
        fine_gray("Event(entry, exit, cause) ~ x", FIVE.assign(entry=0))
    with pytest.raises(NotEstimable, match="share one value"):
        fine_gray(MODEL, FIVE.assign(site="a"), cluster="site")


def test_few_clusters_fail_a_check() -> None:
    found = fine_gray(MODEL, drawn(15).assign(site=lambda t: t.index % 5), cluster="site")
    assert "5 values of site: with fewer than 20" in found.checks[-1].sentence


def test_a_perfect_order_fails_a_check_and_does_not_crash() -> None:
    table = pd.DataFrame({"exit": np.arange(1, 41), "cause": [1, 1, 2, 0] * 10, "x": np.arange(40.0)})
    # Whoever had the other cause stays at risk: beyond all others, or the order would not be perfect.
    table["x"] += 100 * (table["cause"] == 2)
    assert not fine_gray(MODEL, table).glance()["checks_passed"].item()


def test_future_covariates_are_refused() -> None:
    table = FIVE.copy()
    table.attrs["measured_day"] = {"x": 91}
    for estimator in (fine_gray, cause_specific, side_by_side):
        with pytest.raises(ImmortalTime):
            estimator(MODEL, table)


def test_missing_values_are_left_out_and_counted() -> None:
    table = drawn(16).astype({"cause": "float64"})
    table.loc[0, "cause"], table.loc[1, "x"] = np.nan, np.nan
    for estimator in (fine_gray, cause_specific):
        found = estimator(MODEL, table)
        assert found.sample.left_out == (("cause is missing", 1), ("x is missing", 1))
        assert found.sample.rows == 118


def test_prediction_is_the_design_times_the_estimates() -> None:
    fit = fine_gray("Event(exit, cause) ~ x + C(z)", drawn(17))
    found = fit.predict(pd.DataFrame({"x": [0.0, 2.0], "z": [0, 1]}))
    b = fit.tidy().set_index("term")["estimate"]
    assert found["estimate"].tolist() == pytest.approx([0.0, 2 * b["x"] + b["C(z)[T.1]"]])


def test_several_rows_of_a_participant_fail_a_check() -> None:
    table = drawn(18).assign(participant_id=lambda t: t.index // 2, group=lambda t: t["z"])
    for found in (fine_gray(MODEL, table), gray(table)):
        assert "120 rows are of 60 participants" in found.summary()
    assert "CHECK FAILED" not in fine_gray(MODEL, table, cluster="participant_id").summary()
