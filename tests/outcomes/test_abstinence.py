"""Abstinence from daily calendars: by hand, and invariants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import (
    HUGHES_2003,
    NO_LAPSE,
    LapseRule,
    Verification,
    calendar_relapse,
    continuous_abstinence,
    point_prevalence,
    prolonged_abstinence,
)

DAYS = st.lists(st.sampled_from([0.0, 0.0, 0.0, 1.0, 6.0, None]), min_size=1, max_size=40)


def calendar(**people: str) -> pd.DataFrame:
    """One character a day from day 0 on: a digit is an amount, a dot a day without an entry."""
    rows = [(who, day, float(mark)) for who, days in people.items() for day, mark in enumerate(days) if mark != "."]
    return pd.DataFrame(rows, columns=["participant_id", "day", "amount"])


def on(day: float, *people: str) -> pd.Series:
    return pd.Series(day, index=list(people or "a"), dtype=float)


def answers(found: pd.DataFrame) -> list[bool | None]:
    return [None if value is pd.NA else bool(value) for value in found["abstinent"]]


# By hand


def test_point_prevalence_looks_at_the_days_before_the_visit_alone() -> None:
    days = calendar(a="9990000000", b="0009000000", c="0000000009", d="00.0000000")
    # Day 10 looks at days 3 to 9, day 9 at days 2 to 8.
    assert answers(point_prevalence(days, on(10, *"abcd"))) == [True, False, False, True]
    assert answers(point_prevalence(days, on(9, *"abcd"))) == [False, False, True, False]
    assert answers(point_prevalence(days, on(9, *"abcd"), missing="missing")) == [False, False, True, None]


def test_missing_days_and_visits_follow_the_named_rule() -> None:
    days = calendar(whole="0000000", gap="000.000", use_and_gap="090.000")
    at = pd.Series({"whole": 7.0, "gap": 7.0, "use_and_gap": 7.0, "never_asked": 7.0, "missed": np.nan})
    assert answers(point_prevalence(days, at)) == [True, False, False, False, False]
    # Known use decides, whatever the missing day was; under "complete" it must be known too.
    assert answers(point_prevalence(days, at, missing="missing")) == [True, None, False, None, None]
    assert answers(point_prevalence(days, at, missing="complete")) == [True, None, None, None, None]
    found = point_prevalence(days, at)
    assert found["known_days"].tolist() == [7, 6, 6, 0, 0]
    assert found["use_days"].tolist() == [0, 0, 1, 0, 0]
    assert found["lapsed"].tolist() == [False, False, True, False, False]
    assert "counts as a day of use" in found.attrs["definition"]


def test_continuous_abstinence_fails_on_a_single_day() -> None:
    days = calendar(a="0000000000", b="0000100000")
    assert answers(continuous_abstinence(days, on(0, *"ab"), on(10, *"ab"))) == [True, False]
    assert answers(continuous_abstinence(days, on(5, *"ab"), on(10, *"ab"))) == [True, True]
    assert continuous_abstinence(days, on(0, *"ab"), on(10, *"ab"))["relapse_day"].tolist()[1] == 4


def test_prolonged_abstinence_lets_lapses_pass() -> None:
    free = "0" * 14
    days = calendar(
        six=free + "1111110" + "0" * 14,  # six days in a row, in one week
        seven=free + "1111111" + "0" * 14,
        over_a_week_end=free + "0001111" + "1110000" + "0" * 7,  # seven in a row, and two weeks in a row
        two_weeks=free + "1000000" + "0000001" + "0" * 7,
        every_other=free + "1000000" + "0" * 7 + "1000000",
        grace=("1" * 14) + "0" * 21,
    )
    people = list(dict.fromkeys(days["participant_id"]))
    found = prolonged_abstinence(days, on(0, *people), on(35, *people))
    assert answers(found) == [True, False, False, False, True, True]
    # 14 + 6: the seventh day; the first day of use in the second week; 14 + 13: the same.
    assert found["relapse_day"].tolist()[1:4] == [20, 21, 27]
    strict = prolonged_abstinence(days, on(0, *people), on(35, *people), lapse=NO_LAPSE)
    assert answers(strict) == [False, False, False, False, False, True]


def test_a_missing_day_matters_to_prolonged_abstinence_only_where_it_could_decide() -> None:
    days = calendar(a="0000.000000000", b="111.111000000", c="1100...0000000")
    at = {"missing": "missing", "grace": 0}
    found = prolonged_abstinence(days, on(0, *"abc"), on(13, *"abc"), **at)  # type: ignore[arg-type]
    # One missing day is at most a lapse for a; for b it could make seven in a row; c has use in one week at most.
    assert answers(found) == [True, None, True]
    assert answers(prolonged_abstinence(days, on(0, *"abc"), on(13, *"abc"), grace=0)) == [True, False, True]


def test_a_window_without_days_has_no_answer() -> None:
    assert answers(prolonged_abstinence(calendar(a="000"), on(0), on(10))) == [None]


@pytest.mark.parametrize(
    ("rule", "relapse_day"),
    [
        (LapseRule("a", ".", total_days=3), 6.0),
        (LapseRule("b", ".", total_amount=7), 3.0),  # 3 + 4
        (LapseRule("c", ".", days=(2, 2)), 7.0),
        (LapseRule("d", ".", days=(2, 3)), 3.0),
        (LapseRule("e", ".", consecutive_days=3), np.nan),
        (LapseRule("f", ".", consecutive_weeks=2), 7.0),
    ],
)
def test_rules_by_hand(rule: LapseRule, relapse_day: float) -> None:
    found = prolonged_abstinence(calendar(a="0304002200"), on(0), on(10), grace=0, lapse=rule)
    np.testing.assert_equal(found["relapse_day"].iloc[0], relapse_day)


def test_a_check_must_confirm_what_was_said() -> None:
    days = calendar(low="0" * 7, high="0" * 7, none="0" * 7, two="0" * 7, smoked="9" * 7)
    people = list(dict.fromkeys(days["participant_id"]))
    checks = pd.DataFrame(
        [("low", 7, 5.0), ("high", 7, 6.0), ("two", 6, 2.0), ("two", 8, 30.0), ("none", 9, 1.0), ("smoked", 7, 1.0)],
        columns=["participant_id", "day", "amount"],
    )
    exact = Verification(checks, cut_off=5)
    near = Verification(checks, cut_off=5, within=1)
    at = on(7, *people)
    assert answers(point_prevalence(days, at, verified=exact)) == [True, False, False, False, False]
    assert answers(point_prevalence(days, at, verified=exact, missing="missing")) == [True, False, None, None, False]
    assert answers(point_prevalence(days, at, verified=near, missing="missing")) == [True, False, None, False, False]


def test_time_to_relapse_by_hand() -> None:
    days = calendar(
        relapsed="0" * 5 + "1" * 7 + "0" * 9,
        free="0" * 21,
        lapsed="0" * 5 + "1" * 2 + "0" * 14,
        gap="0" * 5 + "1" * 5 + "." + "1" * 7 + "000",
        silent="." * 7 + "." * 7 + "0" * 7,
    )
    people = list(dict.fromkeys(days["participant_id"]))
    # Days in a row alone, so that weeks play no part.
    rule = LapseRule("seven", "Seven days in a row.", consecutive_days=7)
    found = calendar_relapse(days, on(0, *people), on(21, *people), lapse=rule).set_index("participant_id")
    assert found.loc["relapsed", ["exit", "event", "ending"]].tolist() == [11, 1, "relapse"]
    assert found.loc["free", ["exit", "event", "ending"]].tolist() == [20, 0, "last day"]
    assert found.loc["lapsed", ["exit", "event", "ending"]].tolist() == [20, 0, "last day"]
    # Day 10 is blank: with it, day 11 could have been the seventh; day 17 is the seventh for certain.
    assert found.loc["gap", ["exit", "event", "left", "right", "ending"]].tolist() == [10, 0, 10, 17, "gap"]
    # Days 0 to 6 could have been seven days of use.
    assert found.loc["silent", ["exit", "event", "left", "right"]].tolist() == [5, 0, 5, np.inf]
    worst = calendar_relapse(days, on(0, *people), on(21, *people), lapse=rule, missing="use")
    assert worst.set_index("participant_id").loc["gap", ["exit", "event", "ending"]].tolist() == [11, 1, "missing days"]


def test_nothing_known_from_the_first_day_is_left_out_and_counted() -> None:
    starts, ends = on(0, *"abce"), pd.Series({"a": 5.0, "b": 5.0, "c": np.nan, "e": 5.0})
    found = calendar_relapse(calendar(a="00000", b=".0000", e="10000"), starts, ends, lapse=NO_LAPSE)
    # e used on day 0 itself: an event at time 0, and not left out.
    assert found["participant_id"].tolist() == ["a", "e"]
    assert found[["exit", "event", "left", "right"]].to_numpy().tolist() == [[4, 0, 4, np.inf], [0, 1, -1, 0]]
    assert [count for _, count in found.attrs["left_out"]] == [1, 1]
    worst = calendar_relapse(calendar(b=".0000"), on(0, "b"), on(5, "b"), lapse=NO_LAPSE, missing="use")
    assert worst[["exit", "event", "ending"]].to_numpy().tolist() == [[0, 1, "missing days"]]


def test_a_blank_day_could_have_been_any_amount() -> None:
    rule = LapseRule("five", "Five cigarettes.", total_amount=5)
    found = calendar_relapse(calendar(a="01.0000", b="0000000"), on(0, *"ab"), on(7, *"ab"), lapse=rule)
    assert found[["exit", "event", "ending"]].to_numpy().tolist() == [[1, 0, "gap"], [6, 0, "last day"]]


# Refusals


def test_what_cannot_be_is_refused() -> None:
    days = calendar(a="000")
    with pytest.raises(DefinitionError, match="'ignore' is no rule"):
        point_prevalence(days, on(3), missing="ignore")
    with pytest.raises(DefinitionError, match="over 0 days"):
        point_prevalence(days, on(3), days=0)
    with pytest.raises(DefinitionError, match="participant a ends before"):
        continuous_abstinence(days, on(3), on(1))
    with pytest.raises(DefinitionError, match="same participants"):
        continuous_abstinence(days, on(0), on(1, "b"))
    with pytest.raises(DefinitionError, match="grace period of -1"):
        prolonged_abstinence(days, on(0), on(3), grace=-1)
    with pytest.raises(DefinitionError, match="'complete' is no rule"):
        calendar_relapse(days, on(0), on(3), missing="complete")
    with pytest.raises(DefinitionError, match="never be met"):
        LapseRule("x", ".", days=(3, 2))
    with pytest.raises(DefinitionError, match="never be met"):
        LapseRule("x", ".", total_days=0)
    with pytest.raises(DefinitionError, match="never be met"):
        LapseRule("x", ".")
    with pytest.raises(DefinitionError, match="participant a has an amount below 0"):
        point_prevalence(days.assign(amount=-1), on(3))


# Invariants


def of(days: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame({"participant_id": "a", "day": range(len(days)), "amount": pd.Series(days, dtype=float)})


@settings(max_examples=60, deadline=None)
@given(
    DAYS,
    st.sampled_from([NO_LAPSE, HUGHES_2003, LapseRule("k", ".", days=(2, 5)), LapseRule("s", ".", total_amount=9)]),
)
def test_a_missing_answer_is_one_that_the_missing_days_decide(days: list[float | None], rule: LapseRule) -> None:
    def ask(table: pd.DataFrame, missing: str) -> bool | None:
        given_days = {"grace": 0, "lapse": rule, "missing": missing}
        return answers(prolonged_abstinence(table, on(0), on(len(days)), **given_days))[0]  # type: ignore[arg-type]

    best = ask(of([0.0 if day is None else day for day in days]), "missing")
    worst = ask(of([99.0 if day is None else day for day in days]), "missing")
    assert ask(of(days), "missing") == (best if best == worst else None)
    assert ask(of(days), "use") == worst
    assert ask(of(days), "complete") == (None if None in days else best)


@settings(max_examples=40, deadline=None)
@given(DAYS)
def test_relapse_and_abstinence_agree_and_allowing_lapses_never_harms(days: list[float | None]) -> None:
    table, end = of(days), on(len(days))
    strict = answers(continuous_abstinence(table, on(0), end))[0]
    lax = answers(prolonged_abstinence(table, on(0), end, grace=0))[0]
    assert lax or not strict
    relapse = calendar_relapse(table, on(0), end, missing="use")
    assert bool(relapse["event"].iloc[0]) is not lax
    honest = calendar_relapse(table, on(0), end)
    if len(honest):
        assert honest["exit"].iloc[0] <= relapse["exit"].iloc[0]
        assert honest["left"].iloc[0] < honest["right"].iloc[0]
