"""Scoring rules by hand, and the HELP trial's depression totals."""

from pathlib import Path
from string import ascii_uppercase

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from remission.errors import DefinitionError
from remission.survey import MissingRule, instrument, score


def answers(**people: dict[str, float | None]) -> pd.DataFrame:
    rows = [(who, item, value) for who, sheet in people.items() for item, value in sheet.items()]
    frame = pd.DataFrame(rows, columns=["participant_id", "item", "value"])
    frame["missing_reason"] = np.where(frame["value"].isna(), "refused", None)
    return frame.assign(wave="baseline", day=3, instrument="recovery_identity", version="1.0")


FULL = {"member": 5.0, "pleased": 6.0, "ties": 4.0, "identifies": 7.0}


def test_prorating_lets_the_mean_stand_for_the_others() -> None:
    told = answers(a={**FULL, "identifies": None}, b={"member": 2.0})
    rule = MissingRule(kind="prorate", min_answered=3)
    scored = score(instrument("recovery_identity"), told, missing=rule).set_index("participant_id")
    assert scored.loc["a", "score"] == pytest.approx((5 + 6 + 4) / 3)
    assert np.isnan(scored.loc["b", "score"])
    assert scored["n_answered"].tolist() == [3, 1]
    assert scored["n_items"].tolist() == [4, 4]


def test_refused_is_not_answered_and_the_day_is_kept() -> None:
    scored = score(instrument("recovery_identity"), answers(a={**FULL, "ties": None})).iloc[0]
    assert np.isnan(scored["score"])
    assert scored["day"] == 3


def test_answers_out_of_range_are_refused_with_the_person_and_item() -> None:
    with pytest.raises(DefinitionError, match=r"recovery_identity.ties: participant a at baseline has 9"):
        score(instrument("recovery_identity"), answers(a={**FULL, "ties": 9.0}))


def test_unknown_scales_are_refused() -> None:
    with pytest.raises(DefinitionError, match="no scale 'sum'"):
        score(instrument("recovery_identity"), answers(a=FULL), scale="sum")


def test_order_of_rows_does_not_matter() -> None:
    told = answers(a=FULL, b={**FULL, "member": 1.0})
    first = score(instrument("recovery_identity"), told)
    second = score(instrument("recovery_identity"), told.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(first, second)


@pytest.fixture(scope="module")
def help_wide(reference: Path) -> pd.DataFrame:
    return pyreadstat.read_sav(str(reference / "data" / "help_wide.sav"))[0]


@pytest.mark.parametrize("month", [0, 6, 12, 18, 24])
def test_help_totals_are_matched_for_everyone(help_wide: pd.DataFrame, month: int) -> None:
    # The trial's totals count an unanswered item as 0 when at least 18 of 20 are answered.
    names = {f"F1{letter}_{month}": f"item{place}" for place, letter in enumerate(ascii_uppercase[:20], start=1)}
    items = help_wide[["ID", *names]].rename(columns=names).melt("ID", var_name="item").dropna()
    told = items.rename(columns={"ID": "participant_id"}).assign(
        wave="w", day=month, instrument="ces_d", version="1.0", missing_reason=None
    )
    stored = help_wide.set_index("ID")[f"CES_D_{month}"].dropna()
    lenient = MissingRule(kind="sum_answered", min_answered=18)
    ours = score(instrument("ces_d"), told, missing=lenient).set_index("participant_id")["score"].dropna()
    pd.testing.assert_series_equal(ours.sort_index(), stored.sort_index(), check_names=False)
    strict = score(instrument("ces_d"), told).set_index("participant_id")["score"].dropna()
    assert (strict == stored.reindex(strict.index)).all()
    assert len(strict) < len(stored)
