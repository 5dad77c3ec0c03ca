"""Drinking outcomes and classes of remission, by hand and against counting day by day."""

from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import drinking, heavy_from_sex, remission_class

DRINKS = st.lists(st.sampled_from([0.0, 0.0, 1.0, 3.0, 4.0, 5.0, 8.0, None]), max_size=30)


def calendar(**people: str) -> pd.DataFrame:
    """One character a day from day 0 on: a digit is drinks, a dot a day without an entry."""
    rows = [(who, day, float(mark)) for who, days in people.items() for day, mark in enumerate(days) if mark != "."]
    return pd.DataFrame(rows, columns=["participant_id", "day", "amount"])


def summary(days: pd.DataFrame, length: int, heavy: float | pd.Series = 5, share: float = 0.5) -> pd.DataFrame:
    people = list(dict.fromkeys(days["participant_id"])) or ["a"]
    start, end = pd.Series(0, index=people), pd.Series(length, index=people)
    return drinking(days, start, end, heavy_from=heavy, required_share=share).set_index("participant_id")


# By hand


def test_ten_days_by_hand() -> None:
    row = summary(calendar(a="0026005.71"), 10).loc["a"]
    # 9 of 10 days known; drinking on 5 (2 6 5 7 1 = 21 drinks); 5 or more on 3; free on 4, two in a row.
    assert row[["days", "known_days", "drinking_days", "heavy_days"]].tolist() == [10, 9, 5, 3]
    assert row["percent_days_abstinent"] == pytest.approx(100 * 4 / 9, abs=1e-12)
    assert row["percent_heavy_days"] == pytest.approx(100 * 3 / 9, abs=1e-12)
    assert row["drinks_per_drinking_day"] == pytest.approx(21 / 5, abs=1e-12)
    assert row["longest_abstinence"] == 2
    assert row[["first_drinking_day", "first_heavy_day"]].tolist() == [2, 3]
    assert row[["first_drinking_certain", "first_heavy_certain"]].all()
    assert row["no_heavy_days"] is np.False_ or row["no_heavy_days"] is False


def test_without_a_drinking_day_drinks_per_drinking_day_is_missing_and_not_0() -> None:
    row = summary(calendar(a="0000"), 4).loc["a"]
    assert np.isnan(row["drinks_per_drinking_day"])
    assert row[["percent_days_abstinent", "percent_heavy_days", "longest_abstinence"]].tolist() == [100, 0, 4]
    assert bool(row["no_heavy_days"])
    assert np.isnan(row["first_drinking_day"])
    assert row["first_drinking_certain"]


def test_a_blank_day_is_no_free_day() -> None:
    row = summary(calendar(a="00.000"), 6).loc["a"]
    assert (row["longest_abstinence"], row["percent_days_abstinent"], row["known_days"]) == (3, 100, 5)
    assert not row["first_drinking_certain"]


def test_too_few_known_days_leave_summaries_missing_but_not_a_known_heavy_day() -> None:
    found = summary(calendar(free="000", heavy="900"), 10, share=0.5)
    assert not found["enough"].any()
    summaries = ["percent_days_abstinent", "percent_heavy_days", "drinks_per_drinking_day", "longest_abstinence"]
    assert found[summaries].isna().all(axis=None)
    assert found.loc["free", "no_heavy_days"] is pd.NA
    assert not found.loc["heavy", "no_heavy_days"]
    # 3 of 10 are enough where 0.3 are asked for.
    assert summary(calendar(free="000", heavy="900"), 10, share=0.3)["enough"].all()


def test_of_nobody_known_there_is_no_percentage_even_where_none_need_be_known() -> None:
    row = summary(calendar(a="").astype({"day": int, "amount": float}), 5, share=0).loc["a"]
    assert row[["percent_days_abstinent", "percent_heavy_days", "drinks_per_drinking_day"]].isna().all()
    assert row["no_heavy_days"] is pd.NA


def test_the_threshold_goes_by_sex() -> None:
    limit = heavy_from_sex(pd.Series({"m": "male", "f": "female", "u": None}))
    assert limit[["m", "f"]].tolist() == [5, 4]
    found = summary(calendar(m="0404", f="0404", u="0404"), 4, heavy=limit)
    assert found["heavy_days"].tolist()[:2] == [0, 2]
    assert found["percent_heavy_days"].tolist()[:2] == [0, 50]
    # Whose threshold is not known has no heavy outcome, but all others.
    assert found.loc["u", ["heavy_days", "percent_heavy_days", "first_heavy_day", "heavy_run_day"]].isna().all()
    assert found.loc["u", "no_heavy_days"] is pd.NA
    assert found.loc["u", "percent_days_abstinent"] == 50


def test_heavy_runs_by_hand() -> None:
    days = calendar(a="0660666", b="6060606")
    people = pd.Series(0, index=["a", "b"]), pd.Series(7, index=["a", "b"])
    three = drinking(days, *people, heavy_from=5, required_share=1)
    # Three in a row are complete on day 6 for a; b has none. Two of three days: days 2 and 2.
    np.testing.assert_equal(three["heavy_run_day"].to_numpy(), [6, np.nan])
    two = drinking(days, *people, heavy_from=5, required_share=1, heavy_run=(2, 3))
    assert two["heavy_run_day"].tolist() == [2, 2]


def test_days_are_those_of_the_calendar_and_outside_the_window_nothing_counts() -> None:
    days = calendar(a="9009990")
    found = drinking(days, pd.Series({"a": 1}), pd.Series({"a": 4}), heavy_from=5, required_share=1).iloc[0]
    assert (found["days"], found["first_heavy_day"], found["heavy_days"]) == (3, 3, 1)


def test_who_missed_the_visit_has_no_summary() -> None:
    starts, ends = pd.Series({"a": 0.0, "b": 0.0}), pd.Series({"a": np.nan, "b": 2.0})
    row = drinking(calendar(a="00", b="00"), starts, ends, heavy_from=5, required_share=0).iloc[0]
    assert row["days"] == 0
    assert not row[["enough", "first_drinking_certain", "first_heavy_certain"]].any()
    assert np.isnan(row["percent_days_abstinent"])
    assert row["no_heavy_days"] is pd.NA


# Against counting


@settings(max_examples=80, deadline=None)
@given(st.lists(DRINKS, min_size=1, max_size=4), st.sampled_from([4.0, 5.0]), st.sampled_from([0.0, 0.6, 1.0]))
def test_summaries_equal_counting_day_by_day(people: list[list[float | None]], heavy: float, share: float) -> None:
    names = [f"p{place}" for place in range(len(people))]
    rows = [(who, day, drinks) for who, days in zip(names, people, strict=True) for day, drinks in enumerate(days)]
    table = pd.DataFrame(rows, columns=["participant_id", "day", "amount"]).astype({"amount": float, "day": int})
    end = pd.Series([len(days) for days in people], index=names)
    found = drinking(table, end * 0, end, heavy_from=heavy, required_share=share).set_index("participant_id")
    for who, days in zip(names, people, strict=True):
        row, known = found.loc[who], [drinks for drinks in days if drinks is not None]
        drank, much = [d for d in known if d > 0], [d for d in known if d >= heavy]
        assert row["known_days"] == len(known)
        if not days or len(known) < share * len(days):
            assert np.isnan(row["longest_abstinence"])
            continue
        free = [len(list(run)) for mark, run in groupby(days) if mark == 0]
        assert row["longest_abstinence"] == max(free, default=0)
        expected = [100 * (1 - len(drank) / len(known)), 100 * len(much) / len(known)] if known else [np.nan] * 2
        np.testing.assert_allclose(
            row[["percent_days_abstinent", "percent_heavy_days"]].astype(float), expected, atol=1e-9
        )
        mean = np.mean(drank) if drank else np.nan
        np.testing.assert_allclose(row["drinks_per_drinking_day"], mean, atol=1e-12)
        first = next((day for day, drinks in enumerate(days) if drinks), np.nan)
        np.testing.assert_equal(row["first_drinking_day"], first)
        assert row["first_drinking_certain"] == (None not in days[: len(days) if np.isnan(first) else int(first)])


# Remission


@pytest.mark.parametrize(
    ("days", "niaaa", "dsm5"),
    [
        (0, "initial", "not yet"),
        (91, "initial", "not yet"),  # 3 months are 91.3 days
        (92, "early", "early"),
        (365, "early", "early"),
        (366, "sustained", "sustained"),
        (1826, "sustained", "sustained"),  # 5 years are 1826.25 days
        (1827, "stable", "sustained"),
    ],
)
def test_classes_of_remission(days: int, niaaa: str, dsm5: str) -> None:
    assert remission_class(pd.Series([days]), "niaaa").tolist() == [niaaa]
    assert remission_class(pd.Series([days]), "dsm5").tolist() == [dsm5]


def test_exact_borders_of_remission() -> None:
    borders = pd.Series([3, 12, 60]) * 365.25 / 12
    assert remission_class(borders, "niaaa").tolist() == ["initial", "sustained", "sustained"]
    assert remission_class(borders, "dsm5").tolist() == ["early", "sustained", "sustained"]


def test_a_missing_duration_has_no_class() -> None:
    assert remission_class(pd.Series([np.nan, 10]), "niaaa").isna().tolist() == [True, False]


# Refusals


def test_what_cannot_be_is_refused() -> None:
    days, start, end = calendar(a="00"), pd.Series({"a": 0}), pd.Series({"a": 2})
    with pytest.raises(DefinitionError, match=r"share of 1\.5"):
        drinking(days, start, end, heavy_from=5, required_share=1.5)
    with pytest.raises(DefinitionError, match="no drinks cannot be"):
        drinking(days, start, end, heavy_from=0, required_share=1)
    with pytest.raises(DefinitionError, match="heavy run"):
        drinking(days, start, end, heavy_from=5, required_share=1, heavy_run=(3, 2))
    with pytest.raises(DefinitionError, match="participant a is 'woman'"):
        heavy_from_sex(pd.Series({"a": "woman"}))
    with pytest.raises(DefinitionError, match="no remission scheme 'icd'"):
        remission_class(pd.Series([1]), "icd")
    with pytest.raises(DefinitionError, match="participant a lasts less"):
        remission_class(pd.Series({"a": -1}), "dsm5")
