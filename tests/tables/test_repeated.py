"""Measures over the waves, by hand on the small study."""

import pytest

from remission.cohort import Study
from remission.errors import DefinitionError
from remission.tables import repeated


def test_by_hand(small_study: Study) -> None:
    table = repeated(small_study, measures=["involvement", "meetings"], characteristics=["age", "group"])
    assert len(table) == 3 + 2 + 1 + 3 + 3
    ann = table[table["participant_id"] == "ann"]
    assert ann["months"].tolist() == [0, 3, 6]
    assert ann["day"].tolist() == [0, 90, 180]
    assert ann["involvement"].tolist() == [3, 0, 5]
    assert ann["meetings"].tolist() == [4, 0, 4]
    assert ann["age"].tolist() == [30, 30, 30]


def test_measures_without_answers_give_an_empty_column(small_study: Study) -> None:
    table = repeated(small_study, measures=["involvement", "identity"])
    assert table["identity"].isna().all()
    assert repeated(small_study, measures=["identity"]).empty


def test_unknown_measures_are_refused(small_study: Study) -> None:
    with pytest.raises(DefinitionError, match="no measure 'craving'"):
        repeated(small_study, measures=["craving"])
