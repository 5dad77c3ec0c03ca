"""The verbs on use patterns, by hand and by walking words mark by mark."""

from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import (
    at_periods,
    attended,
    check_words,
    drop_missed,
    fill_between,
    fill_with_mode,
    first_window,
    from_period,
    has_run,
    last_seen,
    longest_run,
    penalised_use,
    recode,
    scheduled,
    tally,
    weekly_words,
)

WORDS = st.lists(st.text("+-*o_", max_size=30), min_size=1, max_size=6)


def words(*texts: str) -> pd.Series:
    return pd.Series(list(texts), index=[f"p{i}" for i in range(len(texts))], dtype=object)


# By hand


def test_marks_are_recoded_and_dropped() -> None:
    assert recode(words("+-*o_", ""), {"o": "+", "*": "-"}).tolist() == ["+--+_", ""]
    assert drop_missed(words("o-o+o", "ooo")).tolist() == ["-+", ""]


def test_the_mode_counts_both_as_use_and_gives_ties_to_use() -> None:
    # --+ : free; -* : tie; -+* : use; ooo : nothing to learn from.
    assert fill_with_mode(words("--+o", "-*o", "-+*o", "ooo")).tolist() == ["--+-", "-*+", "-+*+", "ooo"]


def test_a_single_gap_gets_the_average_of_its_neighbours() -> None:
    # Between - and -: -. Between + and +: +. Between - and + or beside *: both. A gap of two, and the ends, stay.
    assert fill_between(words("-o-", "+o+", "-o+", "*o-", "-oo-", "o-o", "-o_")).tolist() == [
        "---", "+++", "-*+", "**-", "-oo-", "o-o", "-o_",
    ]  # fmt: skip


def test_periods_are_taken_by_number() -> None:
    assert at_periods(words("-+*o", "-"), [1, 3, 3, 9]).tolist() == ["-**", "-"]
    assert at_periods(words("-+*o", "-"), [-2, -1]).tolist() == ["*o", "-"]
    assert from_period(words("-+*o", "-"), 3).tolist() == ["*o", ""]


def test_counts_of_periods() -> None:
    given_words = words("+-*o_", "", "oo")
    assert tally(given_words, {"-": 1, "*": 0.5}).tolist() == [1.5, 0, 0]
    assert scheduled(given_words).tolist() == [4, 0, 2]
    assert attended(given_words).tolist() == [3, 0, 0]
    assert last_seen(words("-o+o_", "oo", "")).tolist() == [3, 0, 0]
    assert longest_run(words("--+---", "o", "")).tolist() == [3, 0, 0]
    assert has_run(words("--o--", "---"), "-", 3).tolist() == [False, True]


def test_windows_by_hand() -> None:
    found = first_window(words("--++++", "-+-+--", "+", "--------"), "+", 4, 4)
    # Starts in 3: 3 + 4 - 4. None: (6 - 4 + 1) + 0 = 3; (1 - 4 + 1) is below 0; (8 - 4 + 1) = 5.
    assert found.to_numpy().tolist() == [[3, 1], [3, 0], [0, 0], [5, 0]]
    # Two of four: -+-+ starts in 1, so 1 + 4 - 2. One period is too short for a window.
    assert first_window(words("-+-+--", "++"), "+", 4, 2).to_numpy().tolist() == [[3, 1], [1, 0]]


def test_a_window_must_lie_within_the_word_however_long_others_are() -> None:
    assert first_window(words("--++", "----------"), "+", 4, 2).to_numpy().tolist() == [[3, 1], [9, 0]]
    assert first_window(words("-++", "----------"), "+", 4, 2)["event"].tolist() == [0, 0]


def test_penalised_use_by_hand() -> None:
    weights = {"+": 1.0, "*": 0.5, "o": 0.25, "-": 0.0}
    # Penalties 1, 2, 3: + in 1 is 1, * in 2 is 1, o is 0.25 whenever; at worst 1 + 2 + 3.
    assert penalised_use(words("+*o", "---", "+++", ""), weights, (1, 2, 3)).tolist()[:3] == [2.25 / 6, 0, 1]
    # An even rise from 1 to 5 over three periods: 1, 3, 5.
    assert penalised_use(words("-+-", "--+"), weights, (1, 5)).tolist() == [3 / 9, 5 / 9]
    # A week without a scheduled visit neither gives points nor could have.
    assert penalised_use(words("+_-"), weights, (1, 2, 3)).tolist() == [1 / 4]


def test_weekly_words_tell_no_use_from_no_entry() -> None:
    days = pd.DataFrame(
        [("a", 1, 0), ("a", 7, 0), ("a", 8, 3), ("a", 9, 0), ("a", 15, 1), ("a", 21, 9), ("a", 22, None), ("a", 0, 5)],
        columns=["participant_id", "day", "amount"],
    )
    # Week 1 has days 1 to 7: free. Week 2 one day of use. Week 3 two. Week 4 only a blank. Day 0 is before.
    assert weekly_words(days, ["a", "b"], 4).tolist() == ["-*+o", "oooo"]
    # With all seven days required, two days of use still are use.
    assert weekly_words(days, ["a"], 4, known_days=7).tolist() == ["oo+o"]


# Refusals


@pytest.mark.parametrize("text", ["--x-", "- -", "+−", "--\0"])
def test_a_strange_mark_names_the_participant(text: str) -> None:
    with pytest.raises(DefinitionError, match=r"participant p1 .* period \d"):
        check_words(words("--", text))


def test_a_missing_word_names_the_participant() -> None:
    with pytest.raises(DefinitionError, match="Participant p1 has no use pattern"):
        longest_run(pd.Series(["-", np.nan], index=["p0", "p1"]))


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(DefinitionError, match="cannot hold 3"):
        first_window(words("--"), "+", 2, 3)
    with pytest.raises(DefinitionError, match="cannot change 'o' to 'x'"):
        recode(words("--"), {"o": "x"})
    with pytest.raises(DefinitionError, match="no period 0"):
        at_periods(words("--"), [0])
    with pytest.raises(DefinitionError, match="no period 0 to start"):
        from_period(words("--"), 0)
    with pytest.raises(DefinitionError, match="penalties for 3"):
        penalised_use(words("----"), {"+": 1}, (1, 2, 3))


@pytest.mark.parametrize(
    ("row", "what"), [(("a", 1.5, 1), "no whole number"), (("a", 1, -1), "below 0"), (("a", 3, 1), "two rows")]
)
def test_a_wrong_calendar_is_refused(row: tuple[str, float, float], what: str) -> None:
    days = pd.DataFrame([("a", 3, 1), row], columns=["participant_id", "day", "amount"])
    with pytest.raises(DefinitionError, match=what):
        weekly_words(days, ["a"], 2)


# Invariants: walk each word mark by mark


def walked_window(word: str, mark: str, width: int, least: int) -> tuple[int, int]:
    for start in range(1, len(word) - width + 2):
        if word[start - 1 : start - 1 + width].count(mark) >= least:
            return start + width - least, 1
    return max(len(word) - width + 1 + width - least, 0), 0


@settings(max_examples=80, deadline=None)
@given(WORDS, st.sampled_from("+-*o_"), st.integers(1, 6), st.data())
def test_windows_and_runs_equal_a_walk(texts: list[str], mark: str, width: int, data: st.DataObject) -> None:
    least = data.draw(st.integers(1, width))
    series = words(*texts)
    found = first_window(series, mark, width, least)
    assert list(found.itertuples(index=False, name=None)) == [walked_window(t, mark, width, least) for t in texts]
    runs = [max([len(list(g)) for m, g in groupby(text) if m == mark], default=0) for text in texts]
    assert longest_run(series, mark).tolist() == runs
    assert last_seen(series).tolist() == [len(text.rstrip("o_")) for text in texts]
    assert tally(series, {mark: 2.0}).tolist() == [2.0 * text.count(mark) for text in texts]
    assert from_period(series, width).tolist() == at_periods(series, range(width, 31)).tolist()


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_verbs_leave_the_words_as_they_are_and_treat_each_alone(texts: list[str]) -> None:
    series = words(*texts)
    before = series.copy()
    for verb in (drop_missed, fill_with_mode, fill_between, longest_run, last_seen):
        together = verb(series)
        alone = [verb(series.iloc[[place]]).iloc[0] for place in range(len(series))]
        assert together.tolist() == alone
        assert together.index.equals(series.index)
    pd.testing.assert_series_equal(series, before)
    assert all("o" not in word or set(word) <= set("o_") for word in fill_with_mode(series))


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_more_use_never_shortens_the_way_to_relapse(texts: list[str]) -> None:
    series = words(*texts)
    worse = recode(series, {"o": "+", "*": "+"})
    few, many = first_window(series, "+", 3, 2), first_window(worse, "+", 3, 2)
    assert (many["event"] >= few["event"]).all()
    assert (many["exit"] <= few["exit"]).all()
