"""Life tables: by hand, collapse to Kaplan–Meier, where cuts belong."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.estimate import kaplan_meier, life_table

TABLE = pd.DataFrame({"exit": [10, 20, 25, 30, 40, 50, 60, 60], "event": [1, 0, 1, 1, 1, 0, 0, 0]})


def test_by_hand() -> None:
    # To 30: 8 enter, 1 censored, so 7.5 exposed, 3 events: 4.5 / 7.5 = 3/5.
    # To 60: 4 enter, 3 censored, so 2.5 exposed, 1 event: 3/5 again.
    found = life_table(TABLE, cuts=[30, 60])
    assert found.table["estimate"].tolist() == pytest.approx([1, 0.6, 0.36])
    assert found.table["std_error"].tolist()[1] == pytest.approx(0.6 * np.sqrt(3 / (7.5 * 4.5)))
    assert found.table["std_error"].tolist()[2] == pytest.approx(0.36 * np.sqrt(3 / (7.5 * 4.5) + 1 / (2.5 * 1.5)))
    first = found.intervals.iloc[0]
    assert first[["n_entering", "n_censored", "n_exposed", "n_event"]].tolist() == [8, 1, 7.5, 3]
    # Events by the exposure of those who last the interval and half of those who do not: 3 / (30 * (7.5 - 1.5)).
    assert first["hazard"] == pytest.approx(3 / (30 * 6))
    assert first["density"] == pytest.approx(0.4 / 30)
    assert not found.checks[0].passed


def test_what_happens_on_a_cut_belongs_where_it_is_told_to() -> None:
    left = life_table(TABLE, cuts=[30, 60], closed="left")
    assert left.intervals["n_event"].tolist() == [2, 2]
    assert left.intervals["n_entering"].tolist() == [8, 5]
    zero = pd.DataFrame({"exit": [0, 30], "event": [1, 0]})
    assert life_table(zero, cuts=[30]).intervals["n_event"].tolist() == [1]


def test_with_nobody_censored_within_intervals_it_is_kaplan_meier() -> None:
    random = np.random.default_rng(2)
    table = pd.DataFrame({"exit": random.integers(1, 100, 120), "event": 1, "group": random.choice(["a", "b"], 120)})
    # Censoring on a cut would count by half; here nobody is censored at all.
    found = life_table(table, by="group", cuts=[25, 50, 75]).table
    curve = kaplan_meier(table, by="group").at([0, 25, 50, 75])
    columns = ["stratum", "time", "estimate", "std_error", "conf_low", "conf_high"]
    pd.testing.assert_frame_equal(found[columns], curve[columns], check_dtype=False)


def test_it_reads_as_a_curve_and_ends_with_its_cuts() -> None:
    found = life_table(TABLE, cuts=[30, 50])
    assert found.at(30)["estimate"].item() == pytest.approx(0.6)
    assert np.isnan(found.at(55)["estimate"].item())
    assert "2 participants" in found.checks[-1].sentence


def test_bad_cuts_are_refused() -> None:
    for cuts in ([], [0, 10], [20, 10], [float("nan")]):
        with pytest.raises(DefinitionError, match="cuts"):
            life_table(TABLE, cuts=cuts)
