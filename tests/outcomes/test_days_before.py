"""Abstinence on the days before an interview, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.outcomes import abstinent_before


def spans(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["participant_id", "substance", "start_day", "end_day", "state", "days_used"]
    return pd.DataFrame(rows, columns=columns).astype({"days_used": float})


def asked(*days: float, who: str = "a") -> pd.DataFrame:
    return pd.DataFrame({"participant_id": who, "day": days})


def answers(frame: pd.DataFrame, visits: pd.DataFrame, **options: object) -> list[float | None]:
    found = abstinent_before(frame, visits, **options)  # type: ignore[arg-type]
    return [None if np.isnan(value) else float(value) for value in found]


def test_every_day_must_be_told_free_and_the_interview_day_is_not_asked_about() -> None:
    free = spans(("a", "any", 70, 99, "abstinent", None))
    assert answers(free, asked(100)) == [1.0]
    assert answers(free, asked(101), days=30) == [None]
    assert answers(free, asked(99), days=29) == [1.0]


def test_pieces_that_overlap_or_touch_are_counted_once() -> None:
    touching = spans(("a", "any", 70, 85, "abstinent", None), ("a", "any", 80, 99, "abstinent", None))
    assert answers(touching, asked(100)) == [1.0]
    inside = spans(("a", "any", 60, 98, "abstinent", None), ("a", "any", 75, 80, "abstinent", None))
    assert answers(inside, asked(100)) == [None]
    gap = spans(("a", "any", 70, 84, "abstinent", None), ("a", "any", 86, 99, "abstinent", None))
    assert answers(gap, asked(100)) == [None]


def test_use_counts_whatever_else_is_told() -> None:
    both = spans(("a", "any", 0, 200, "abstinent", None), ("a", "any", 99, 99, "used", None))
    assert answers(both, asked(99, 100, 129, 130)) == [1.0, 0.0, 0.0, 1.0]


def test_some_use_counts_where_it_cannot_all_lie_outside() -> None:
    some = spans(("a", "any", 60, 89, "some", 5.0))
    # Days 70 to 89 are inside the window before day 100: ten days lie outside, so five may have been there.
    assert answers(some, asked(100)) == [None]
    # Before day 90 the whole span is inside; before day 93, three days of it lie outside.
    assert answers(some, asked(90, 93)) == [0.0, 0.0]
    assert answers(spans(("a", "any", 60, 89, "some", None)), asked(90, 91)) == [0.0, None]


def test_use_of_one_substance_is_use_of_any_but_free_of_one_is_not_free_of_all() -> None:
    told = spans(("a", "alcohol", 70, 99, "abstinent", None), ("b", "alcohol", 99, 99, "used", None))
    assert answers(told, asked(100)) == [None]
    assert answers(told, asked(100), substance="alcohol") == [1.0]
    assert answers(told, asked(100, who="b")) == [0.0]


def test_answers_keep_the_index_and_people_apart() -> None:
    told = spans(("a", "any", 0, 99, "abstinent", None))
    visits = pd.DataFrame({"participant_id": ["b", "a"], "day": [100, 100]}, index=[7, 3])
    found = abstinent_before(told, visits)
    assert found.index.tolist() == [7, 3]
    assert found.isna().tolist() == [True, False]
    assert abstinent_before(told[:0], visits).isna().all()


def test_a_window_of_no_day_is_refused() -> None:
    with pytest.raises(DefinitionError, match="at least one day"):
        abstinent_before(spans(), asked(100), days=0)
