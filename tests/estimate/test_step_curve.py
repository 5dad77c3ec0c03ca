"""Reading and inverting step functions; limits of Nelson–Aalen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remission.errors import DefinitionError
from remission.estimate import kaplan_meier, nelson_aalen

# Events on days 2 and 4, censored on day 9: 1 until day 2, then 3/4, 1/2 from day 4 to the end.
ENDS_AT_HALF = pd.DataFrame({"exit": [2, 4, 9, 9], "event": [1, 1, 0, 0]})


def test_before_the_origin_nothing_has_happened() -> None:
    read = kaplan_meier(ENDS_AT_HALF).at(-5).iloc[0]
    assert read[["time", "estimate", "std_error", "conf_low", "conf_high"]].tolist() == [-5, 1, 0, 1, 1]
    assert read["n_at_risk"] == 4
    assert nelson_aalen(ENDS_AT_HALF).at(-5)["estimate"].item() == 0


def test_beyond_the_last_time_the_curve_is_kept_and_nobody_is_at_risk() -> None:
    read = kaplan_meier(ENDS_AT_HALF).at([9, 10])
    assert read["estimate"].tolist() == [0.5, 0.5]
    assert read["n_at_risk"].tolist() == [2, 0]
    assert read["n_censored"].tolist() == [2, 0]


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
    assert (np.exp(-hazard["estimate"]) >= survival["estimate"] - 1e-12).all()
