"""Reading and inverting step functions; limits of Nelson–Aalen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.estimate import aalen_johansen, kaplan_meier, nelson_aalen, turnbull

# Events on days 2 and 4, censored on day 9: 1 until day 2, then 3/4, 1/2 from day 4 to the end.
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high"]
ENDS_AT_HALF = pd.DataFrame({"exit": [2, 4, 9, 9], "event": [1, 1, 0, 0]})


def test_before_the_origin_nothing_has_happened() -> None:
    read = kaplan_meier(ENDS_AT_HALF).at(-5).iloc[0]
    assert read[["time", "estimate", "std_error", "conf_low", "conf_high"]].tolist() == [-5, 1, 0, 1, 1]
    assert read["n_at_risk"] == 4
    assert nelson_aalen(ENDS_AT_HALF).at(-5)["estimate"].item() == 0


def test_beyond_the_last_time_nothing_is_said_and_nobody_is_at_risk() -> None:
    read = kaplan_meier(ENDS_AT_HALF).at([9, 10])
    assert read["estimate"].iloc[0] == 0.5
    assert read.loc[1, NUMBERS].isna().all()
    assert read["n_at_risk"].tolist() == [2, 0]
    assert read["n_censored"].tolist() == [2, 0]
    assert read.attrs["note"] == "Nothing is known beyond the last time of observation in all."
    assert "note" not in kaplan_meier(ENDS_AT_HALF).at(9).attrs
    assert nelson_aalen(ENDS_AT_HALF).at([9, 10])["estimate"].isna().tolist() == [False, True]


def test_each_group_ends_with_its_own_follow_up() -> None:
    table = ENDS_AT_HALF.assign(exit=[2, 4, 9, 20], group=list("abab"))
    read = kaplan_meier(table, by="group").at([9, 15]).set_index(["stratum", "time"])["estimate"]
    assert np.isnan(read["a", 15])
    assert read[["b"]].tolist() == [0.5, 0.5]
    assert read["a", 9] == 0.5


def test_a_curve_at_0_stays_there_and_a_hazard_does_not() -> None:
    everybody = ENDS_AT_HALF.assign(event=1)
    assert kaplan_meier(everybody).at([9, 10])["estimate"].tolist() == [0, 0]
    assert nelson_aalen(everybody).at([9, 10])["estimate"].isna().tolist() == [False, True]


def test_incidences_stay_where_nobody_is_left_for_any_cause() -> None:
    table = pd.DataFrame({"exit": [2, 4, 9, 9], "cause": [1, 2, 1, 0]})
    assert aalen_johansen(table).at(10)["estimate"].isna().all()
    assert aalen_johansen(table.replace({"cause": {0: 2}})).at(10)["estimate"].tolist() == [0.5, 0.5]


def test_a_curve_of_looks_holds_up_to_the_last_look() -> None:
    table = pd.DataFrame({"left": [0, 0, 60, 90], "right": [30, 30, None, None]})
    read = turnbull(table, resamples=0).at([30, 90, 91])["estimate"]
    assert read.iloc[:2].tolist() == pytest.approx([0.5, 0.5])
    assert np.isnan(read.iloc[2])


def test_a_curve_that_ends_at_the_wanted_level_gives_the_middle_of_its_last_piece() -> None:
    # As R's quantile.survfit: (4 + 9) / 2.
    assert kaplan_meier(ENDS_AT_HALF).quantile(0.5)["estimate"].item() == 6.5


def test_levels_between_steps_are_reached_at_the_step_and_beyond_the_last_never() -> None:
    found = kaplan_meier(ENDS_AT_HALF).quantile([0.3, 0.6])["estimate"]
    assert found.iloc[0] == 4
    assert np.isnan(found.iloc[1])


def test_a_cumulative_hazard_has_no_quantiles() -> None:
    with pytest.raises(DefinitionError, match="kaplan_meier"):
        nelson_aalen(ENDS_AT_HALF).quantile(0.5)


def test_hazard_limits_by_hand() -> None:
    # On day 2: 1/4, error 1/4, so the limits are 1/4 * exp(-1.96) and 1/4 * exp(1.96).
    row = nelson_aalen(ENDS_AT_HALF).at(2).iloc[0]
    assert row[["estimate", "std_error"]].tolist() == [0.25, 0.25]
    assert row["conf_low"] == pytest.approx(0.25 * np.exp(-1.959963984540054))
    assert row["conf_high"] == pytest.approx(0.25 * np.exp(1.959963984540054))


rows = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=2, max_size=30)


@settings(deadline=None, max_examples=40)
@given(rows, st.lists(st.floats(-5, 30), min_size=1, max_size=6))
def test_counts_and_order_between_the_two_estimators(drawn: list[tuple[int, int]], days: list[float]) -> None:
    table = pd.DataFrame(drawn, columns=["exit", "event"])
    survival, hazard = kaplan_meier(table).at([*days, 30]), nelson_aalen(table).at([*days, 30])
    # Whoever is not at risk any more has had the event or was censored.
    gone = [int((table["exit"] <= day).sum()) for day in sorted([*days, 30])]
    assert (survival["n_event"] + survival["n_censored"]).cumsum().tolist() == gone
    # exp(-H) is never below the product-limit estimate, since exp(-h) >= 1 - h.
    watched = hazard["estimate"].notna()
    assert watched.equals(hazard["time"] <= table["exit"].max())
    assert (np.exp(-hazard["estimate"]) >= survival["estimate"] - 1e-12)[watched].all()
