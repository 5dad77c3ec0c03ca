"""Cumulative incidence: by hand, collapse, invariants, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError, ImmortalTime, NotEstimable
from remission.estimate import aalen_johansen, kaplan_meier

TINY = pd.DataFrame({"exit": [1, 2, 2, 3, 3, 4], "cause": [1, 2, 0, 1, 2, 0]})


def test_by_hand_with_both_causes_at_one_time() -> None:
    # Day 1: 6 at risk, cause 1: F1 = 1/6, S = 5/6. Day 2: 5 at risk, cause 2: F2 = 5/6 * 1/5 = 1/6, S = 2/3.
    # Day 3: 3 at risk, one of each: both gain 2/3 * 1/3 = 2/9, so both are 7/18, and S = 2/9 stays.
    curve = aalen_johansen(TINY).tidy()
    first, second = curve[curve["event"] == "1"], curve[curve["event"] == "2"]
    assert first["time"].tolist() == [0, 1, 2, 3, 4]
    assert first["estimate"].tolist() == pytest.approx([0, 1 / 6, 1 / 6, 7 / 18, 7 / 18])
    assert second["estimate"].tolist() == pytest.approx([0, 0, 1 / 6, 7 / 18, 7 / 18])
    assert first["n_at_risk"].tolist() == [6, 6, 5, 3, 1]
    assert first["n_event"].tolist() == [0, 1, 0, 1, 0]
    assert second["n_event"].tolist() == [0, 0, 1, 1, 0]
    assert first["n_censored"].tolist() == [0, 0, 1, 0, 1]
    assert second[["std_error", "conf_low", "conf_high"]].iloc[:2].to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_standard_error_by_hand() -> None:
    # F1 on day 1 is a plain share: 1/6 * 5/6 / 6. Up to day 3 each day adds S(s-)^2 times a variance d(n-d)/n^3:
    # day 1, (F1(3) - F1(1)) / S(1) = (4/18) / (5/6) = 4/15: (1 - 4/15)^2 * 5/216;
    # day 2, an event of cause 2, (4/18) / (2/3) = 1/3: 25/36 * (1/3)^2 * 4/125; day 3: 4/9 * 2/27.
    first = aalen_johansen(TINY).at([1, 3]).query("event == '1'")["std_error"].tolist()
    assert first[0] ** 2 == pytest.approx(5 / 216)
    assert first[1] ** 2 == pytest.approx((11 / 15) ** 2 * 5 / 216 + 25 / 36 / 9 * 4 / 125 + 4 / 9 * 2 / 27)


def test_aalens_error_by_hand() -> None:
    # As above with the variances d/n^2 (no two events of one cause are tied): 1/36, 1/25 and 1/9.
    first = aalen_johansen(TINY, variance="aalen").at(3).query("event == '1'")["std_error"].item()
    assert first**2 == pytest.approx((11 / 15) ** 2 / 36 + 25 / 36 / 9 / 25 + 4 / 9 / 9)


def test_delayed_entry_by_hand() -> None:
    # A 0–2 cause 1, B 1–3 cause 2, C 2–4 cause 1. Day 2: A, B at risk: F1 = 1/2. Day 3: B, C: F2 = 1/4, S = 1/4.
    # Day 4: C alone: F1 = 3/4.
    table = pd.DataFrame({"entry": [0, 1, 2], "exit": [2, 3, 4], "cause": [1, 2, 1]})
    read = aalen_johansen(table, entry="entry").at([2, 3, 4])
    assert read["estimate"].tolist() == pytest.approx([0.5, 0.5, 0.75, 0, 0.25, 0.25])
    assert read["n_at_risk"].tolist() == [2, 2, 1] * 2


def test_limits_are_on_the_log_log_scale_of_the_incidence() -> None:
    row = aalen_johansen(TINY).at(3).iloc[0]
    f, spread = row["estimate"], 1.959963984540054 * row["std_error"]
    expected = [f ** np.exp(sign * spread / (f * np.log(f))) for sign in (-1, 1)]
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx(sorted(expected))


def drawn(seed: int, rows: int = 120, causes: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    entry = random.integers(0, 8, rows)
    return pd.DataFrame(
        {
            "participant_id": range(rows),
            "entry": entry,
            "exit": entry + random.integers(1, 25, rows),
            "cause": random.integers(0, causes + 1, rows),
            "group": random.choice(list("ab"), rows),
        }
    )


def test_one_cause_is_one_minus_kaplan_meier_with_its_error() -> None:
    table = drawn(1, causes=1)
    ours = aalen_johansen(table, by="group").tidy()
    theirs = kaplan_meier(table, by="group", event="cause").tidy()
    assert ours["time"].tolist() == theirs["time"].tolist()
    np.testing.assert_allclose(ours["estimate"], 1 - theirs["estimate"], atol=1e-12)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], atol=1e-12)
    late = aalen_johansen(table, entry="entry").tidy()["estimate"]
    np.testing.assert_allclose(
        late, 1 - kaplan_meier(table, entry="entry", event="cause").tidy()["estimate"], atol=1e-12
    )


def test_error_is_undefined_where_all_have_had_the_only_cause() -> None:
    last = aalen_johansen(pd.DataFrame({"exit": [1, 2, 3], "cause": [1, 0, 1]})).tidy().iloc[-1]
    assert last["estimate"] == 1
    assert last[["std_error", "conf_low", "conf_high"]].isna().all()


@pytest.mark.parametrize("entry", [None, "entry"])
def test_incidences_and_survival_add_up_to_one(entry: str | None) -> None:
    table = drawn(2, causes=4)
    total = aalen_johansen(table, entry=entry).tidy().groupby("time")["estimate"].sum()
    survival = kaplan_meier(table.assign(event=(table["cause"] > 0) * 1), entry=entry).tidy()
    np.testing.assert_allclose(total.to_numpy() + survival["estimate"], 1, atol=1e-12)


def test_without_censoring_incidences_are_shares() -> None:
    table = drawn(3)[["exit", "cause"]].query("cause > 0")
    read = aalen_johansen(table).at([5, 12, 20])
    for row in read.itertuples():
        share = ((table["exit"] <= row.time) & (table["cause"] == int(row.event))).mean()
        assert row.estimate == pytest.approx(share)
        assert row.std_error == pytest.approx(np.sqrt(share * (1 - share) / len(table)))


def test_entry_at_the_origin_gives_what_no_entry_gives() -> None:
    # The sum over participants and the closed form are two ways of computing the same error.
    table = drawn(4, causes=3).assign(entry=0)
    table.loc[:5, "exit"] = 0
    with_entry = aalen_johansen(table, by="group", entry="entry").tidy()
    pd.testing.assert_frame_equal(with_entry, aalen_johansen(table, by="group").tidy(), atol=1e-12)


def weighted_incidence(table: pd.DataFrame, weights: np.ndarray, cause: int, until: float) -> float:
    survival, total = 1.0, 0.0
    for day in np.unique(table["exit"][table["exit"] <= until]):
        at_risk = weights[(table["entry"] < day) & (table["exit"] >= day)].sum()
        here = table["exit"] == day
        total += survival * weights[here & (table["cause"] == cause)].sum() / at_risk
        survival *= 1 - weights[here & (table["cause"] > 0)].sum() / at_risk
    return total


def test_error_is_the_infinitesimal_jackknife_over_participants() -> None:
    # Some come back after a pause: the derivative is by the weight of all rows of a participant at once.
    table = drawn(5, rows=60)
    again = table[table["cause"] == 0].assign(entry=lambda t: t["exit"] + 2, exit=lambda t: t["exit"] + 9, cause=1)
    table = pd.concat([table, again], ignore_index=True).drop(columns="group")
    step, squares = 1e-5, 0.0
    for person in table["participant_id"].unique():
        nudge = step * (table["participant_id"] == person).to_numpy()
        up, down = (weighted_incidence(table, 1 + sign * nudge, 1, 15) for sign in (1, -1))
        squares += ((up - down) / (2 * step)) ** 2
    found = aalen_johansen(table, entry="entry").at(15).query("event == '1'")
    assert found["estimate"].item() == pytest.approx(weighted_incidence(table, np.ones(len(table)), 1, 15))
    assert found["std_error"].item() == pytest.approx(np.sqrt(squares), rel=1e-6)


def test_many_participants_are_summed_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.concat([drawn(6), drawn(7)])
    whole = aalen_johansen(table, entry="entry").tidy()
    monkeypatch.setattr("remission.estimate.kernels.incidence.MOST_CELLS", 500)
    pd.testing.assert_frame_equal(aalen_johansen(table, entry="entry").tidy(), whole)


rows = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 3), st.sampled_from("ab")), min_size=2, max_size=40
).filter(lambda drawn: any(cause for _, cause, _ in drawn))


@settings(deadline=None, max_examples=60)
@given(rows)
def test_bounds_order_and_relabelling(drawn: list[tuple[int, int, str]]) -> None:
    table = pd.DataFrame(drawn, columns=["exit", "cause", "group"])
    curve = aalen_johansen(table, by="group").tidy()
    assert curve["estimate"].between(0, 1 + 1e-12).all()
    for _, steps in curve.groupby(["stratum", "event"]):
        assert steps["estimate"].is_monotonic_increasing
    known = curve.dropna(subset=["conf_low", "conf_high"])
    assert (known["conf_low"] <= known["estimate"] + 1e-12).all()
    assert (known["conf_high"] >= known["estimate"] - 1e-12).all()
    assert (curve.groupby(["stratum", "time"])["estimate"].sum() <= 1 + 1e-12).all()
    shuffled = aalen_johansen(table.sample(frac=1, random_state=0), by="group").tidy()
    pd.testing.assert_frame_equal(curve, shuffled)
    weeks = aalen_johansen(table.assign(exit=table["exit"] / 7), by="group").tidy()
    pd.testing.assert_frame_equal(curve.drop(columns="time"), weeks.drop(columns="time"))
    turned = aalen_johansen(table.assign(cause=table["cause"].map({0: 0, 1: 3, 2: 2, 3: 1})), by="group").tidy()
    turned["event"] = turned["event"].map({"1": "3", "2": "2", "3": "1"})
    order = ["stratum", "event", "time"]
    pd.testing.assert_frame_equal(
        curve.sort_values(order, ignore_index=True), turned.sort_values(order, ignore_index=True), atol=1e-12
    )


def test_quantiles_of_an_incidence_count_upwards() -> None:
    # F1 passes 1/6 on day 1 and 7/18 on day 3; half is never reached.
    found = aalen_johansen(TINY).quantile([0.1, 0.3, 0.5]).query("event == '1'")["estimate"]
    assert found.iloc[:2].tolist() == [1, 3]
    assert np.isnan(found.iloc[2])


@pytest.mark.parametrize(
    "words",
    [
        ["relapse", "death", "", "relapse", "death", ""],
        ["relapse", "death", "censored", "relapse", "death", "Censor "],
        pd.Categorical(
            ["relapse", "death", "censor", "relapse", "death", "censor"], ["censor", "relapse", "death", "moved"]
        ),
    ],
)
def test_causes_may_be_words(words: list[str]) -> None:
    named = aalen_johansen(TINY.assign(cause=words))
    numbered = aalen_johansen(TINY)
    for name, number in (("relapse", "1"), ("death", "2")):
        ours, theirs = (c.tidy().query(f"event == '{n}'")["estimate"] for c, n in ((named, name), (numbered, number)))
        assert ours.tolist() == theirs.tolist()
    assert named.method.options["causes"]["censored"] == 2


def test_categories_give_the_order_and_empty_ones_are_left_out() -> None:
    words = pd.Categorical(["b", "a", "", "b", "a", ""], ["", "b", "a", "c"])
    assert aalen_johansen(TINY.assign(cause=words)).tidy()["event"].unique().tolist() == ["b", "a"]
    ten = aalen_johansen(TINY.assign(cause=[10, 2, 0, 10, 2, 0])).tidy()
    assert ten["event"].unique().tolist() == ["2", "10"]


def test_rows_without_a_cause_are_left_out_and_counted() -> None:
    table = TINY.assign(cause=[1, 2, 0, None, 2, 0])
    table.attrs["left_out"] = (("no follow-up", 3),)
    assert aalen_johansen(table).sample.left_out == (("no follow-up", 3), ("cause is missing", 1))


def test_censoring_written_as_missing_is_refused() -> None:
    with pytest.raises(DefinitionError, match="missing in 2 rows and nobody is censored"):
        aalen_johansen(TINY.assign(cause=[1, 2, None, 1, 2, None]))


def test_a_cause_that_never_happens_in_a_group_is_said() -> None:
    curve = aalen_johansen(TINY.assign(group=list("abaaab")), by="group")
    failed = [check for check in curve.checks if not check.passed]
    assert [check.sentence.split(".")[0] for check in failed] == ["Never observed: 1 in b"]
    assert "CHECK FAILED" in curve.summary()


def test_a_group_of_one_fails_a_check() -> None:
    curve = aalen_johansen(TINY.assign(group=list("aaaaab")), by="group")
    assert "at risk in b" in " ".join(check.sentence for check in curve.checks if not check.passed)


def test_an_early_empty_risk_set_fails_a_check() -> None:
    table = pd.DataFrame({"entry": [0, 0, 5, 5], "exit": [1, 2, 7, 8], "cause": [1, 2, 1, 0]})
    failed = [check.name for check in aalen_johansen(table, entry="entry").checks if not check.passed]
    assert failed == ["risk set never empties early"]


@pytest.mark.parametrize(
    ("table", "error", "words"),
    [
        (TINY.assign(cause=0), NotEstimable, "All 6 rows are censored"),
        (TINY.iloc[:1], NotEstimable, "one participant"),
        (TINY.iloc[:0], NotEstimable, "No participant has an outcome"),
        (TINY.assign(cause=[1, 2, 0, 1.5, 2, 0]), DefinitionError, "1.5"),
        (TINY.assign(cause=[1, 2, 0, -9, 2, 0]), DefinitionError, "-9"),
        (TINY.drop(columns="cause"), DefinitionError, "no column cause"),
        (TINY.assign(exit=-1), DefinitionError, "ends before the time origin"),
    ],
)
def test_bad_tables_are_refused_in_a_sentence(table: pd.DataFrame, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        aalen_johansen(table)


@pytest.mark.parametrize("options", [{"conf_type": "logit"}, {"variance": "greenwood"}, {"conf_level": 95}])
def test_unknown_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(DefinitionError):
        aalen_johansen(TINY, **options)


def test_groups_from_the_future_are_refused() -> None:
    table = TINY.assign(group=list("aabbab"))
    table.attrs["measured_day"] = {"group": 183}
    with pytest.raises(ImmortalTime, match="landmark"):
        aalen_johansen(table, by="group")
