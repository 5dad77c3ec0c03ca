"""What sources say of use, side by side; what they cannot all be right about."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import (
    contradictions,
    first_use,
    from_calendar,
    from_counts,
    from_reports,
    from_sobriety_dates,
    from_tests,
    timeline,
)


def reports(*rows: tuple[str, str, int, int, str]) -> pd.DataFrame:
    columns = ["participant_id", "substance", "start_day", "end_day", "state"]
    return pd.DataFrame(list(rows), columns=columns).assign(source="interview")


def calendar(who: str, quantities: dict[int, float], substance: str = "any") -> pd.DataFrame:
    rows = [(who, day, substance, "tlfb", quantity) for day, quantity in quantities.items()]
    return pd.DataFrame(rows, columns=["participant_id", "day", "substance", "source", "quantity"])


def urine(*rows: tuple[str, int, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["participant_id", "day", "substance", "result"]).assign(specimen="urine")


def sober(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["participant_id", "reported_day", "since_day"]).assign(substance="any")


def counted(*rows: tuple[str, float, float | None]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["participant_id", "day", "days_used"]).assign(wave="month_1")


def said(spans: pd.DataFrame) -> list[list[object]]:
    return spans[["start_day", "end_day", "state"]].to_numpy().tolist()


def test_every_source_keeps_what_it_says_and_no_more() -> None:
    assert said(from_calendar(calendar("a", {3: 0, 4: 2.5}))) == [[3, 3, "abstinent"], [4, 4, "used"]]
    # A test looks back on three days: a positive one does not say on which of them.
    shown = from_tests(urine(("a", 7, "any", "positive"), ("a", 14, "any", "negative"), ("a", 21, "any", "missed")))
    assert said(shown) == [[5, 7, "some"], [12, 14, "abstinent"]]
    assert said(from_tests(urine(("a", 7, "any", "positive")), window=1)) == [[7, 7, "used"]]
    # Sober since day 10: the last use was on day 9.
    assert said(from_sobriety_dates(sober(("a", 90, 10)))) == [[10, 90, "abstinent"], [9, 9, "used"]]
    told = from_counts(counted(("a", 90, 0), ("a", 60, 4), ("a", 120, 30), ("a", 150, None)))
    assert said(told) == [[60, 89, "abstinent"], [30, 59, "some"], [90, 119, "used"]]


def test_the_timeline_names_its_sources_and_fills_nothing_in() -> None:
    whole = timeline([from_calendar(calendar("a", {3: 0})), from_reports(reports(("a", "any", 5, 9, "abstinent")))])
    assert whole["source"].tolist() == ["calendar: tlfb", "report: interview"]
    assert said(whole) == [[3, 3, "abstinent"], [5, 9, "abstinent"]]
    assert timeline([]).empty


def test_more_days_of_use_than_asked_about_are_refused() -> None:
    with pytest.raises(DefinitionError, match="Participant a used on 31 of the last 30 days"):
        from_counts(counted(("a", 60, 31)))


def test_a_span_that_ends_before_it_starts_names_source_and_participant() -> None:
    with pytest.raises(DefinitionError, match=r"report: interview says of participant a .* ends before it starts"):
        timeline([from_reports(reports(("a", "any", 9, 5, "abstinent")))])


# First use where only the number of days is known


def test_first_use_lies_within_a_count_by_hand() -> None:
    pieces = [
        # Free to day 39; of days 30 to 59 four were days of use: it lies in (39, 59].
        from_reports(reports(("a", "any", 0, 39, "abstinent"))),
        from_counts(counted(("a", 60, 4))),
        # The span starts before day 0 and its two days of use may all have been then: it tells nothing.
        from_reports(reports(("b", "any", 0, 5, "abstinent"))),
        from_counts(counted(("b", 10, 2))),
        # Twenty-five of them cannot all have been on the twenty days before day 0.
        from_counts(counted(("c", 10, 25))),
        # The day itself is known as well, within the span.
        from_reports(reports(("d", "any", 0, 39, "abstinent"), ("d", "any", 45, 45, "used"))),
        from_counts(counted(("d", 60, 4))),
        # Told free all through, and of four days of use: use counts, and it is a contradiction.
        from_reports(reports(("e", "any", 0, 99, "abstinent"))),
        from_counts(counted(("e", 60, 4))),
        # Days 10 to 29 are unknown: the use within 30 to 59 need not be the first.
        from_reports(reports(("f", "any", 0, 9, "abstinent"))),
        from_counts(counted(("f", 60, 4))),
    ]
    found = first_use(timeline(pieces)).set_index("participant_id")
    values = found[["exit", "event", "left", "right"]].to_numpy().tolist()
    assert dict(zip(found.index, values, strict=True)) == {
        "a": [59, 1, 39, 59],
        "b": [5, 0, 5, float("inf")],
        "c": [9, 1, 0, 9],
        "d": [45, 1, 39, 45],
        "e": [59, 1, 29, 59],
        "f": [9, 0, 9, 59],
    }
    assert found.attrs["contradictions"] == 1
    assert found.loc["f", "ending"] == "gap"


# Contradictions


def kinds(found: pd.DataFrame) -> list[tuple[str, float, float]]:
    return list(found[["kind", "day", "days"]].itertuples(index=False, name=None))


def test_use_on_days_told_free_is_listed_with_both_sources() -> None:
    whole = timeline(
        [
            from_reports(reports(("a", "any", 0, 60, "abstinent"))),
            from_calendar(calendar("a", {40: 3, 41: 2, 44: 1}, "alcohol")),
        ]
    )
    found = contradictions(whole)
    # Two stretches of use: days 40 and 41, and day 44.
    assert kinds(found) == [("used and free", 40, 2), ("used and free", 44, 1)]
    assert found.loc[0, "sentence"] == (
        "'calendar: tlfb' tells of use of alcohol on days 40 to 41, which 'report: interview' tells free of use."
    )


def test_free_of_one_substance_does_not_contradict_use_of_another() -> None:
    free = from_reports(reports(("a", "alcohol", 0, 60, "abstinent")))
    assert contradictions(timeline([free, from_calendar(calendar("a", {40: 1}, "cannabis"))])).empty
    assert len(contradictions(timeline([free, from_calendar(calendar("a", {40: 1}, "alcohol"))]))) == 1


def test_a_count_of_days_must_fit_what_is_told_day_by_day() -> None:
    # Thirty days, two of them not told free (one source tells 30 to 50 free, another 45 to 57): four days do not fit.
    free = from_reports(reports(("a", "any", 30, 50, "abstinent"), ("a", "any", 45, 57, "abstinent")))
    found = contradictions(timeline([free, from_counts(counted(("a", 60, 4)))]))
    assert kinds(found) == [("too few days left", 30, 2)]
    assert contradictions(timeline([free, from_counts(counted(("a", 60, 2)))])).empty
    # Day by day there are three, the count says two.
    used = from_calendar(calendar("a", {31: 1, 40: 1, 50: 1}, "alcohol"))
    assert kinds(contradictions(timeline([used, from_counts(counted(("a", 60, 2)))]))) == [("more days used", 30, 3)]


def test_a_sobriety_date_that_moves_is_listed() -> None:
    dates = sober(("a", 50, 0), ("a", 90, 66), ("a", 95, 70), ("a", 99, 65), ("b", 50, 3), ("b", 90, 3))
    found = contradictions(timeline([]), dates)
    assert kinds(found) == [
        ("sobriety date earlier", 65, 5),
        ("sobriety date later", 66, 66),
        ("sobriety date later", 70, 4),
    ]
    assert found["sentence"].tolist() == [
        "The sobriety date told on day 99 is day 65; on day 95 it was day 70, which implied use on day 69.",
        "The sobriety date told on day 90 is day 66; on day 50 it was day 0. It implies use on day 65, after what was "
        "told before.",
        "The sobriety date told on day 95 is day 70; on day 90 it was day 66. It implies use on day 69, which had been "
        "told free.",
    ]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 6), st.sampled_from(["abstinent", "used"])), max_size=8),
)
def test_the_days_told_both_ways_are_those_a_walk_finds(spans: list[tuple[int, int, str]]) -> None:
    rows = [("a", "any", start, start + length, state) for start, length, state in spans]
    told = [from_reports(reports(row).assign(source=f"call {n}")) for n, row in enumerate(rows)]
    found = contradictions(timeline(told))
    by_walk = set()
    for day in range(40):
        states = {state for start, length, state in spans if start <= day <= start + length}
        if states == {"abstinent", "used"}:
            by_walk.add(day)
    listed = {int(row.day) + n for row in found.itertuples() for n in range(int(row.days))}
    assert listed == by_walk
