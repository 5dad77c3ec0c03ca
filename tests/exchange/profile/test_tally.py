from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from remission.exchange.files import Clock, Variable
from remission.exchange.profile.profile import Profile
from remission.exchange.profile.tally import MOST_VALUES, Tally
from remission.exchange.profile.variables_table import variable_rows

Made = Callable[..., Profile]


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_counts_do_not_depend_on_the_pieces(made: Made, pieces: int) -> None:
    profile = made(
        {"x": [1.0, 2.0, 9.0, float("nan"), 2.0, 9.0, 1.0, 3.0], "s": ["a", "", "b", "a", "", "", "c", "a"]},
        pieces=pieces,
        missing_ranges={"x": ((9.0, 9.0),)},
    )
    x, s = profile.tallies["x"], profile.tallies["s"]
    assert (x.n_valid, x.system_missing, x.missing, x.low, x.high) == (5, 1, {9.0: 2}, 1.0, 3.0)
    assert x.counts == {1.0: 2, 2.0: 2, 3.0: 1}
    assert (s.n_valid, s.blank, s.distinct, s.longest) == (5, 3, 3, 1)


def test_values_beyond_a_thousand_are_given_up_but_codes_are_still_counted() -> None:
    tally = Tally(Variable(value_labels={7.0: "seven"}, missing_ranges=((-9.0, -9.0),)))
    for start in range(0, 5_000, 500):
        tally.add(pd.Series([*np.arange(start, start + 500) + 0.5, 7.0, -9.0]))
    assert tally.distinct is None
    assert len(tally.counts) <= MOST_VALUES
    assert tally.counts[7.0] == 10
    assert tally.missing == {-9.0: 10}
    assert (tally.low, tally.high, tally.n_valid) == (0.5, 4999.5, 5_010)


def test_extended_missing_values_are_told_apart_from_system_missing() -> None:
    tally = Tally(Variable())
    tally.add(pd.Series([1.0, np.nan, np.nan]), pd.Series(["", ".a", ""]))
    assert tally.missing == {".a": 1}
    assert tally.system_missing == 1


def test_dates_are_shown_in_iso(made: Made) -> None:
    seconds = [13_926_038_400.0, 10_010_390_400.0]
    profile = made({"d": seconds}, kind={"d": "date"}, clock={"d": Clock(1.0, -141_428)})
    row = variable_rows(profile)[0]
    assert (row["from"], row["to"]) == ("1900-01-01", "2024-01-31")
