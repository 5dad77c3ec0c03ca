"""Cox regression at its limits: brute force, extreme effects, day 0, weights, and what it refuses."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import cox, fixed_day_difference, kaplan_meier, log_rank, restricted_mean


def brute_force_score(table: pd.DataFrame, beta: np.ndarray, columns: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Efron's score and information from their definitions, one event time after another."""
    score, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for _, layer in table.groupby("site"):
        x, w = layer[columns].to_numpy(dtype=float), layer["w"].to_numpy()
        entry, exit_day, event = (layer[name].to_numpy() for name in ("entry", "exit", "event"))
        for day in np.unique(exit_day[event == 1]):
            at_risk, dying = (entry < day) & (exit_day >= day), (exit_day == day) & (event == 1)
            predictor = x @ beta
            risk = w * np.exp(predictor - predictor[at_risk].max())
            score += w[dying] @ x[dying]
            for taken in np.arange(dying.sum()) / dying.sum():
                share = risk * (at_risk - taken * dying)
                share /= share.sum()
                mean = share @ x
                score -= w[dying].mean() * mean
                information += w[dying].mean() * ((share[:, None] * x).T @ x - np.outer(mean, mean))
    return score, information


def drawn(seed: int, ties: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    n = 80
    entry = random.integers(0, ties, n)
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + random.integers(1, ties, n),
            "event": random.integers(0, 2, n),
            "x": random.normal(size=n),
            "z": random.normal(size=n),
            "site": random.integers(0, 3, n),
            "w": random.integers(1, 4, n).astype(float),
        }
    )


@pytest.mark.parametrize(("seed", "ties"), [(1, 6), (2, 30), (3, 300)])
def test_against_the_definition_with_entry_strata_weights_and_ties(seed: int, ties: int) -> None:
    table = drawn(seed, ties)
    fit = cox("Event(entry, exit, event) ~ x + z", table, strata="site", weights="w")
    score, information = brute_force_score(table, fit.tidy()["estimate"].to_numpy(), ["x", "z"])
    np.testing.assert_allclose(score, 0, atol=1e-8)
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(information), rtol=1e-8)


@pytest.mark.parametrize("effect", [8.0, -8.0])
def test_a_very_strong_effect_loses_no_digits(effect: float) -> None:
    # Risks span some fifteen powers of ten; sums over late risk sets must not be differences of early ones.
    random = np.random.default_rng(4)
    x = random.normal(size=60)
    exit_day = np.exp(-effect * x) * random.exponential(size=60)
    table = pd.DataFrame({"entry": 0.0, "exit": exit_day, "event": 1, "x": x, "site": 0, "w": 1.0})
    fit = cox("Event(exit, event) ~ x", table)
    assert all(check.passed for check in fit.checks)
    score, information = brute_force_score(table, fit.tidy()["estimate"].to_numpy(), ["x"])
    assert score[0] == pytest.approx(0, abs=1e-6)
    assert fit.vcov.iloc[0, 0] == pytest.approx(1 / information[0, 0], rel=1e-6)


def test_a_perfect_order_fails_a_check_and_does_not_crash() -> None:
    table = pd.DataFrame({"exit": np.arange(1, 41), "event": 1, "x": np.arange(40.0), "id": range(40)})
    for cluster in (None, "id"):
        fit = cox("Event(exit, event) ~ x", table, cluster=cluster)
        assert not fit.glance()["checks_passed"].item()


def test_watched_from_the_origin_day_0_counts_with_and_without_entry() -> None:
    table = drawn(5, 20).assign(entry=0)
    table.loc[:9, ["exit", "event"]] = 0
    table.loc[:6, "event"] = 1
    two = cox("Event(exit, event) ~ x", table).tidy()
    pd.testing.assert_frame_equal(two, cox("Event(entry, exit, event) ~ x", table).tidy())
    plain, entered = kaplan_meier(table).tidy(), kaplan_meier(table, entry="entry").tidy()
    pd.testing.assert_frame_equal(plain, entered)
    # Seven events among 80 on day 0, before the ten that leave on it.
    assert entered.iloc[0][["time", "estimate", "n_at_risk"]].tolist() == pytest.approx([0, 73 / 80, 80])


def test_rows_without_time_at_risk_are_left_out_and_counted() -> None:
    table = drawn(6, 20)
    empty = table.assign(exit=table["entry"] + 5, entry=table["entry"] + 5)
    fit = cox("Event(entry, exit, event) ~ x", pd.concat([table, empty], ignore_index=True))
    pd.testing.assert_frame_equal(fit.tidy(), cox("Event(entry, exit, event) ~ x", table).tidy())
    assert fit.sample.left_out == (("entry equals exit, so there is no time at risk", 80),)


def test_weights_that_are_no_counts_give_robust_errors() -> None:
    table = drawn(7, 20).assign(w=lambda t: t["w"] / 2, row=range(80))
    implied = cox("Event(exit, event) ~ x", table, weights="w")
    named = cox("Event(exit, event) ~ x", table, weights="w", cluster="row")
    pd.testing.assert_frame_equal(implied.tidy(), named.tidy())
    assert implied.method.options["robust_by"] == "row"
    twice = table.drop(columns="entry").assign(participant_id=table["row"] // 2)
    by_person = cox("Event(exit, event) ~ x", twice, weights="w")
    pd.testing.assert_frame_equal(
        by_person.tidy(), cox("Event(exit, event) ~ x", twice, weights="w", cluster="participant_id").tidy()
    )
    whole = cox("Event(exit, event) ~ x", table.assign(w=2), weights="w")
    assert whole.method.options["robust_by"] is None


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, "heavy"])
def test_weights_that_are_no_positive_numbers_are_refused(bad: object) -> None:
    table = drawn(8, 20).astype({"w": object})
    table.loc[3, "w"] = bad
    with pytest.raises(DefinitionError, match="'w'"):
        cox("Event(exit, event) ~ x", table, weights="w")


def test_a_covariate_that_only_tells_strata_apart_is_named() -> None:
    table = drawn(9, 20).assign(size=lambda t: 3.0 * t["site"])
    with pytest.raises(NotEstimable, match="'size' never varies"):
        cox("Event(exit, event) ~ x + size", table, strata="site")


def test_strata_from_the_future_are_refused() -> None:
    table = drawn(10, 20)
    table.attrs["measured_day"] = {"site": 400}
    with pytest.raises(ImmortalTime, match="'site'"):
        cox("Event(exit, event) ~ x", table, strata="site")


def test_times_that_are_no_days_since_the_origin_are_refused() -> None:
    table = drawn(11, 20)
    with pytest.raises(DefinitionError, match="time origin"):
        cox("Event(exit, event) ~ x", table.assign(exit=-table["exit"]))
    with pytest.raises(DefinitionError, match="dates"):
        cox("Event(exit, event) ~ x", table.assign(exit=pd.Timestamp("2024-01-01")))
    with pytest.raises(DefinitionError, match="conf_level"):
        cox("Event(exit, event) ~ x", table, conf_level=95)


def test_prediction_for_rows_the_model_cannot_place_is_refused() -> None:
    table = drawn(12, 20).assign(group=lambda t: t["site"].map({0: "none", 1: "smart", 2: "lifering"}))
    fit = cox("Event(exit, event) ~ x + C(group)", table)
    with pytest.raises(DefinitionError, match="twelve_step"):
        fit.predict(pd.DataFrame({"x": [0.0], "group": ["twelve_step"]}))
    with pytest.raises(DefinitionError, match="group"):
        fit.predict(pd.DataFrame({"x": [0.0]}))


@pytest.mark.parametrize(
    "ask",
    [
        lambda table: cox("Event(exit, event) ~ x", table),
        lambda table: kaplan_meier(table),
        lambda table: log_rank(table, by="site"),
        lambda table: restricted_mean(table, horizon=5),
        lambda table: fixed_day_difference(table, "site", 5),
    ],
)
def test_stretches_of_a_participant_need_their_entry(ask: Callable[[pd.DataFrame], object]) -> None:
    table = drawn(9, 20).assign(participant_id=np.repeat(range(40), 2))
    with pytest.raises(DefinitionError, match="each would count from day 0"):
        ask(table)
