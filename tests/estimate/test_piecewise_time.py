"""Time in pieces: by hand, and as slopes of a fit."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.estimate import linear_mixed_serial, piecewise_time
from remission.estimate.piecewise_time import piecewise_columns


def test_two_knots_by_hand() -> None:
    table = pd.DataFrame({"day": [0, 90, 100, 365, 400, None]})
    cut = piecewise_time(table, [90, 365])
    assert tuple(cut.columns) == ("day", "day_to_90", "day_90_to_365", "day_from_365")
    assert piecewise_columns([90, 365]) == ("day_to_90", "day_90_to_365", "day_from_365")
    assert cut["day_to_90"].tolist()[:5] == [0, 90, 90, 90, 90]
    assert cut["day_90_to_365"].tolist()[:5] == [0, 0, 10, 275, 275]
    assert cut["day_from_365"].tolist()[:5] == [0, 0, 0, 0, 35]
    assert cut.iloc[5].isna().all()


def test_pieces_add_up_to_time_also_before_day_0() -> None:
    table = pd.DataFrame({"months": [-3.0, -1, 0.5, 2, 7]})
    cut = piecewise_time(table, [0, 1.5], time="months")
    names = list(piecewise_columns([0, 1.5], "months"))
    assert names == ["months_to_0", "months_0_to_1_5", "months_from_1_5"]
    np.testing.assert_allclose(cut[names].sum(axis=1), table["months"])


def test_coefficients_are_the_slopes_before_and_after() -> None:
    # Scores fall by .1 a day until day 90 and rise by .02 a day from then, but for a little noise.
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        {"participant_id": np.repeat(np.arange(50), 6), "day": np.tile([0.0, 30, 60, 120, 240, 360], 50)}
    )
    table["day"] += rng.uniform(0, 10, 300)
    level = rng.normal(size=50)[table["participant_id"]]
    table["score"] = 20 + level - 0.1 * table["day"].clip(upper=90) + 0.02 * (table["day"] - 90).clip(lower=0)
    table["score"] += rng.normal(0, 0.2, 300)
    fit = linear_mixed_serial("score ~ day_to_90 + day_from_90 + (1 | participant_id)", piecewise_time(table, [90]))
    rows = fit.tidy().set_index("term")
    for term, slope in (("day_to_90", -0.1), ("day_from_90", 0.02)):
        assert abs(rows.loc[term, "estimate"] - slope) < 4 * rows.loc[term, "std_error"]
        assert rows.loc[term, "std_error"] < 0.001


@pytest.mark.parametrize(
    ("knots", "column", "told"),
    [
        ([], [0, 5], "there is none"),
        ([4, 2], [0, 5], "do not rise"),
        ([9], [0, 5], "knot 9 is not between"),
        ([2], ["a", "b"], "no numbers"),
    ],
)
def test_knots_that_cannot_be_are_refused(knots: list[float], column: list[object], told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        piecewise_time(pd.DataFrame({"day": column}), knots)


def test_a_column_that_is_absent_is_named() -> None:
    with pytest.raises(DefinitionError, match="no column day"):
        piecewise_time(pd.DataFrame({"months": [1, 2]}), [1])
