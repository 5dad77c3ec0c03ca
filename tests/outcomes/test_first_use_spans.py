"""First use from spans of reported days, and from what interviews said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.outcomes import first_use, first_use_at_waves

Span = tuple[str, int, int, str]


def reports(*spans: Span, substance: str = "any") -> pd.DataFrame:
    rows = [(who, substance, start, end, state, "interview") for who, start, end, state in spans]
    columns = ["participant_id", "substance", "start_day", "end_day", "state", "source"]
    return pd.DataFrame(rows, columns=columns)


def found(table: pd.DataFrame, who: str) -> tuple[float, int, str]:
    row = table.set_index("participant_id").loc[who]
    return float(row["exit"]), int(row["event"]), str(row["ending"])


# By hand


def test_eight_participants_by_hand() -> None:
    table = first_use(
        reports(
            ("a", 0, 49, "abstinent"), ("a", 50, 52, "used"),  # free on days 0..49, so day 50 is the first
            ("b", 0, 0, "used"),  # use on the origin itself
            ("c", 0, 90, "abstinent"), ("c", 91, 180, "abstinent"),  # 91 follows 90: no gap, known to 180
            ("d", 0, 90, "abstinent"), ("d", 100, 180, "abstinent"),  # days 91..99 silent: known to 90
            ("e", 0, 20, "abstinent"), ("e", 30, 30, "used"),  # days 21..29 silent: 30 may not be the first
            ("f", 5, 60, "abstinent"),  # days 0..4 silent: nothing is known from the origin on
            ("g", 40, 40, "used"),  # the same
            ("h", 0, 80, "abstinent"), ("h", 10, 30, "abstinent"), ("h", 81, 81, "used"),  # nested report
        )
    )  # fmt: skip
    assert found(table, "a") == (50, 1, "use")
    assert found(table, "b") == (0, 1, "use")
    assert found(table, "c")[:2] == (180, 0)
    assert found(table, "d")[:2] == (90, 0)
    assert found(table, "e") == (20, 0, "gap")
    assert found(table, "h") == (81, 1, "use")
    assert set(table["participant_id"]) == {"a", "b", "c", "d", "e", "h"}
    assert [count for _, count in table.attrs["left_out"]] == [1, 1]


def test_the_interval_holds_the_event() -> None:
    table = first_use(
        reports(
            ("a", 0, 49, "abstinent"), ("a", 50, 50, "used"),
            ("e", 0, 20, "abstinent"), ("e", 30, 30, "used"),
            ("c", 0, 180, "abstinent"),
        )
    ).set_index("participant_id")  # fmt: skip
    # (49, 50] for a day that is known; (20, 30] for one behind a silence; open where none was seen.
    assert table.loc["a", ["left", "right"]].tolist() == [49, 50]
    assert table.loc["e", ["left", "right"]].tolist() == [20, 30]
    assert table.loc["c", ["left", "right"]].tolist() == [180, np.inf]


def test_use_reported_inside_abstinence_is_counted_and_counts_as_use() -> None:
    table = first_use(reports(("a", 0, 90, "abstinent"), ("a", 40, 40, "used"), ("b", 0, 9, "abstinent")))
    assert found(table, "a") == (40, 1, "use")
    assert table.attrs["contradictions"] == 1


def test_only_the_named_substance_counts() -> None:
    both = pd.concat(
        [
            reports(("a", 0, 60, "abstinent"), substance="alcohol"),
            reports(("a", 10, 10, "used"), substance="cannabis"),
        ]
    )
    assert found(first_use(both, substance="alcohol"), "a")[:2] == (60, 0)


@pytest.mark.parametrize(
    ("span", "word"),
    [(("a", 9, 3, "abstinent"), "ends before it starts"), (("a", 3, 9, "sober"), "neither")],
)
def test_an_impossible_report_names_the_participant(span: Span, word: str) -> None:
    with pytest.raises(DefinitionError, match=f"participant a .*{word}"):
        first_use(reports(span))


# Invariants


def walk(spans: list[tuple[int, int, str]]) -> tuple[int, int] | None:
    """Go from day to day: what was said about each decides."""
    for day in range(200):
        said = {state for start, end, state in spans if start <= day <= end}
        if "used" in said:
            return day, 1
        if not said:
            return None if day == 0 else (day - 1, 0)
    return 199, 0


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int, str]]:
    """Stretches one after the other, some silent; the last may be cut by use."""
    spans, day = [], 0
    for _ in range(draw(st.integers(1, 6))):
        length = draw(st.integers(1, 20))
        state = draw(st.sampled_from(["abstinent", "abstinent", "used", "silent"]))
        if state != "silent":
            spans.append((day, day + length - 1, state))
        day += length
    return spans


@settings(deadline=None, max_examples=80)
@given(st.lists(histories(), min_size=1, max_size=5), st.randoms())
def test_it_agrees_with_a_walk_from_day_to_day(people: list[list[tuple[int, int, str]]], random: object) -> None:
    rows = [(f"p{number}", *span) for number, spans in enumerate(people) for span in spans]
    # A first participant keeps the frame from being empty of abstinence.
    rows.append(("known", 0, 5, "abstinent"))
    random.shuffle(rows)
    table = first_use(reports(*rows)).set_index("participant_id")
    for number, spans in enumerate(people):
        expected = walk(spans)
        assert (f"p{number}" in table.index) == (expected is not None)
        if expected is not None:
            assert tuple(table.loc[f"p{number}", ["exit", "event"]]) == expected


# At waves


def scores(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["participant_id", "day", "score"])


def test_waves_by_hand() -> None:
    nan = float("nan")
    table = first_use_at_waves(
        scores(
            ("a", 0, 1), ("a", 90, 1), ("a", 180, 0), ("a", 365, 1),  # none by 90, use by 180: (90, 180]
            ("b", 0, 1), ("b", 92, 0),  # use by the first interview: (0, 92]
            ("c", 0, 1), ("c", 90, nan), ("c", 185, 1),  # 185 speaks for the time since 0: none by 185
            ("d", 0, 1), ("d", 90, 1), ("d", 180, nan), ("d", 360, 0),  # missed 180: (90, 360]
            ("e", 0, 0), ("e", 90, 1),  # use before the origin is no event
            ("f", 0, 1),  # never seen after day 0
        )
    ).set_index("participant_id")  # fmt: skip
    assert table.loc["a", ["left", "right", "exit", "event"]].tolist() == [90, 180, 180, 1]
    assert table.loc["b", ["left", "right", "exit", "event"]].tolist() == [0, 92, 92, 1]
    assert table.loc["c", ["left", "right", "exit", "event"]].tolist() == [185, np.inf, 185, 0]
    assert table.loc["d", ["left", "right", "exit", "event"]].tolist() == [90, 360, 360, 1]
    assert table.loc["e", ["exit", "event"]].tolist() == [90, 0]
    assert "f" not in table.index
    assert [count for _, count in table.attrs["left_out"]] == [1]
