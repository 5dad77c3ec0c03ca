"""Stress panel: shares by hand under each fate, the tipping point, scenarios that fail."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, RemissionError
from remission.estimate import (
    censoring_weights,
    cox,
    fixed_day_difference,
    kaplan_meier,
    restricted_mean,
    stress_panel,
)
from remission.estimate.fates import smallest_share
from remission.estimate.result import Result
from remission.tables import split_at


def cohort(group: str, relapsed: int, free: int, lost: int) -> pd.DataFrame:
    """Nobody is lost before the last relapse, so shares can be counted."""
    return pd.DataFrame(
        {
            "group": group,
            "exit": [30] * relapsed + [180] * free + [60] * lost,
            "event": [1] * relapsed + [0] * (free + lost),
            "ending": ["use"] * relapsed + ["administrative"] * free + ["lost"] * lost,
        }
    )


TABLE = pd.concat([cohort("a", 4, 12, 4), cohort("b", 8, 4, 8)], ignore_index=True)


def by_day(table: pd.DataFrame) -> Result:
    return fixed_day_difference(table, by="group", day=180)


def shares() -> pd.DataFrame:
    found = stress_panel(by_day, TABLE, window_end=180, by="group").tidy()
    survival = found[found["term"] == "survival"]
    return survival.pivot_table(index="scenario", columns="contrast", values="estimate", sort=False)


def test_shares_by_hand() -> None:
    found = shares()
    assert found.loc["as given"].tolist() == pytest.approx([16 / 20, 12 / 20])
    assert found.loc["complete cases"].tolist() == pytest.approx([12 / 16, 4 / 12])
    assert found.loc["lost = relapsed at last contact"].tolist() == pytest.approx([12 / 20, 4 / 20])
    assert found.loc["lost = relapsed at the window's end"].tolist() == pytest.approx([12 / 20, 4 / 20])
    worst = found.loc["worst for a: its lost relapsed at last contact, all others' stayed free"]
    best = found.loc["best for a: its lost stayed free, all others' relapsed at last contact"]
    assert worst.tolist() == pytest.approx([12 / 20, 12 / 20])
    assert best.tolist() == pytest.approx([16 / 20, 4 / 20])


def test_days_free_by_hand() -> None:
    # Of 20 in a, 4 relapse on day 30, 12 stay free to day 180, 4 are lost on day 60.
    table = TABLE[TABLE["group"] == "a"]
    panel = stress_panel(lambda one: restricted_mean(one, horizon=180), table, window_end=180)
    found = panel.table.set_index("scenario")["estimate"]
    assert found["lost = relapsed at last contact"] == pytest.approx((4 * 30 + 12 * 180 + 4 * 60) / 20)
    assert found["lost = relapsed at the window's end"] == pytest.approx((4 * 30 + 16 * 180) / 20)
    assert found["lost = free to the window's end"] == pytest.approx((4 * 30 + 16 * 180) / 20)


def test_bounds_hold_every_other_answer() -> None:
    found = stress_panel(by_day, TABLE, window_end=180, by="group").tidy()
    gaps = found[found["term"] == "difference"].set_index("scenario")["estimate"]
    bounds = gaps[[name.startswith(("worst", "best")) for name in gaps.index]]
    assert gaps.between(bounds.min() - 1e-12, bounds.max() + 1e-12).all()


def test_counts_stand_with_each_scenario() -> None:
    found = stress_panel(by_day, TABLE, window_end=180).tidy().drop_duplicates("scenario").set_index("scenario")
    assert found["participants"].tolist() == [40, 28, 40, 40, 40]
    assert found["events"].tolist() == [12, 12, 24, 24, 12]


def test_what_one_would_have_to_believe_is_where_the_interval_changes() -> None:
    panel = stress_panel(by_day, TABLE, window_end=180, by="group")
    assert "includes no effect" in panel.believe[1]
    needed = next(
        count
        for count in range(1, 9)
        if by_day(TABLE.assign(event=[*TABLE["event"][:-8], *[1] * count, *[0] * (8 - count)]))
        .table["conf_high"]
        .iloc[2]
        < 0
    )
    assert f"believe that {needed} of the 8 lost in b ({100 * needed / 8:.0f} %)" in panel.believe[1]
    assert panel.believe[0].startswith("Even if all 4 lost in a")
    assert panel.believe[1] in panel.summary()


def test_the_search_is_the_same_each_time_and_finds_the_threshold() -> None:
    lost = np.ones(500, dtype=bool)
    assert smallest_share(lost, lambda chosen: int(chosen.sum()) >= 137, seed=1) == 137
    assert smallest_share(lost[:40], lambda chosen: int(chosen.sum()) >= 13, seed=1) == 13
    assert smallest_share(lost, lambda chosen: False, seed=1) is None
    panels = [stress_panel(by_day, TABLE, window_end=180, seed=3).believe for _ in range(2)]
    assert panels[0] == panels[1]


def test_a_scenario_that_fails_keeps_its_sentence() -> None:
    def fails_on_few(table: pd.DataFrame) -> Result:
        if len(table) < 40:
            raise DefinitionError("Too few rows.", "Take more.")
        return by_day(table)

    found = stress_panel(fails_on_few, TABLE, window_end=180, weighted=fails_on_few).tidy().set_index("scenario")
    assert found.loc["complete cases", "note"] == "Too few rows. Take more."
    assert np.isnan(found.loc["complete cases", "estimate"])
    assert len(found.loc["inverse probability of censoring weights"]) == 3


def test_any_estimator_goes() -> None:
    random = np.random.default_rng(0)
    table = TABLE.assign(exit=TABLE["exit"] + random.integers(0, 20, 40))
    model = stress_panel(lambda one: cox("Event(exit, event) ~ C(group)", one), table, window_end=200)
    assert set(model.table["term"]) == {"C(group)[T.b]"}
    curve = stress_panel(kaplan_meier, TABLE, window_end=180, at=100)
    assert curve.believe == ()
    assert curve.table["estimate"].iloc[0] == pytest.approx(28 / 40)
    with pytest.raises(DefinitionError, match="at=180"):
        stress_panel(kaplan_meier, TABLE, window_end=180)


def test_weights_for_being_lost_stand_beside_the_other_fates() -> None:
    random = np.random.default_rng(1)
    craving = random.integers(0, 2, 400)
    relapse, gone = random.exponential(150 / (1 + craving)), random.exponential(400 / (1 + 3 * craving))
    exit = np.minimum(np.minimum(relapse, gone), 180)
    ending = np.select([relapse <= exit, gone <= exit], ["use", "lost"], "administrative")
    table = pd.DataFrame({"participant_id": range(400), "craving": craving, "arm": np.arange(400) // 2 % 2})
    table = table.assign(exit=exit, event=(ending == "use").astype(int), ending=ending)

    def weighted(one: pd.DataFrame) -> Result:
        cut = split_at(one, list(range(10, 180, 10)))
        final = ~cut["participant_id"].duplicated(keep="last")
        cut["lost"] = (final & (cut["ending"] == "lost")).astype(int)
        known = censoring_weights(cut, "craving")
        return cox("Event(entry, exit, event) ~ arm", known, weights="censoring_weight", cluster="participant_id")

    panel = stress_panel(lambda one: cox("Event(exit, event) ~ arm", one), table, window_end=180, weighted=weighted)
    found = panel.table.set_index("scenario")
    assert found["note"].loc["inverse probability of censoring weights"] == ""
    assert found["participants"].loc["inverse probability of censoring weights"] == 400
    alone = weighted(table).table["estimate"].item()
    assert found["estimate"].loc["inverse probability of censoring weights"] == alone
    assert alone != found["estimate"].loc["as given"]


def test_a_question_without_an_answer_as_given_is_refused() -> None:
    with pytest.raises(RemissionError):
        stress_panel(by_day, TABLE[TABLE["group"] == "a"], window_end=180)
    with pytest.raises(DefinitionError, match="ending"):
        stress_panel(by_day, TABLE.drop(columns="ending"), window_end=180)
    with pytest.raises(DefinitionError, match="no term"):
        stress_panel(by_day, TABLE, window_end=180, term="x")


def test_the_window_ends_follow_up_and_who_is_lost_after_it_is_not_lost() -> None:
    later = pd.concat([TABLE, cohort("a", 0, 0, 5).assign(exit=300), cohort("a", 6, 0, 0).assign(exit=250)])
    found = stress_panel(by_day, later.reset_index(drop=True), window_end=180, by="group").tidy()
    survival = found[found["term"] == "survival"]
    shares = survival.pivot_table(index="scenario", columns="contrast", values="estimate", sort=False)
    # Eleven more in group a are free on day 180, whatever became of them after it.
    assert shares.loc["as given"].tolist() == pytest.approx([27 / 31, 12 / 20])
    assert shares.loc["complete cases"].tolist() == pytest.approx([23 / 27, 4 / 12])
    assert shares.loc["lost = relapsed at the window's end"].tolist() == pytest.approx([23 / 31, 4 / 20])
    assert found.loc[found["scenario"] == "as given", "events"].iloc[0] == 12
