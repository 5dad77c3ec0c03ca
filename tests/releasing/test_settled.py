"""What few people changed waits: by hand, on a cohort of forty."""

import pandas as pd
import pytest

from remission.disclosure import Dimension, Earlier
from remission.errors import ReleaseRefused
from remission.releasing.settled import settle

GROUP = Dimension("group", ("a", "b"), {})
WAVE = Dimension("wave", ("yes", "no"), {})


def cohort(size: int) -> pd.DataFrame:
    index = [f"h{number}" for number in range(size)]
    groups = ["a" if number % 2 else "b" for number in range(size)]
    return pd.DataFrame({"group": groups, "wave": "yes"}, index=index, dtype=object)


PAST = [Earlier(1, cohort(40), (GROUP, WAVE), (), {})]


def test_few_newcomers_wait() -> None:
    found = settle(cohort(50), (GROUP, WAVE), PAST)
    assert found.newcomers == 10
    assert found.people.equals(cohort(40))


def test_eleven_newcomers_come_in() -> None:
    found = settle(cohort(51), (GROUP, WAVE), PAST)
    assert found.newcomers == 0
    assert found.people.equals(cohort(51))


def test_a_dimension_in_which_few_moved_is_as_it_was() -> None:
    now = cohort(40)
    now.loc[["h0", "h1"], "wave"] = "no"
    found = settle(now, (GROUP, WAVE), PAST)
    assert found.carried == ("wave",)
    assert found.people.equals(cohort(40))
    now.loc[[f"h{number}" for number in range(11)], "wave"] = "no"
    found = settle(now, (GROUP, WAVE), PAST)
    assert found.carried == ()
    assert found.people.equals(now)


def test_a_few_who_went_cannot_be_put_off() -> None:
    with pytest.raises(ReleaseRefused, match="some of them went"):
        settle(cohort(39), (GROUP, WAVE), PAST)
    assert len(settle(cohort(29), (GROUP, WAVE), PAST).people) == 29


def test_a_dimension_that_is_defined_otherwise_is_not_carried() -> None:
    now = cohort(40)
    now.loc["h0", "wave"] = "no"
    found = settle(now, (GROUP, Dimension("wave", ("yes", "no"), {"any": ("yes", "no")})), PAST)
    assert found.carried == ()
    assert found.people.equals(now)
