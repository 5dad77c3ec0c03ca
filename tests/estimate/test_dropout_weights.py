"""Weights for dropout: by hand, and undoing the bias that averages have."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import dropout_weights, gee


def two_waves() -> pd.DataFrame:
    """Of 20 low ones 15 stay, of 20 high ones 5."""
    rows = []
    for number in range(40):
        low = number < 20
        rows.append((number, 0, 1.0 if low else 2.0))
        if number % 20 < (15 if low else 5):
            rows.append((number, 6, 3.0 if low else 8.0))
    return pd.DataFrame(rows, columns=["participant_id", "months", "score"])


def test_weights_by_hand() -> None:
    found = dropout_weights(two_waves(), "score", "C(score)", stabilised=False)
    weights = found[found["months"] == 6].set_index("participant_id")["dropout_weight"]
    assert weights.loc[0] == pytest.approx(20 / 15)
    assert weights.loc[20] == pytest.approx(20 / 5)
    assert found.loc[found["months"] == 0, "dropout_weight"].tolist() == [1.0] * 40
    # The weighted mean of the last wave is that of all 40: half 3, half 8.
    later = found[found["months"] == 6]
    assert np.average(later["score"], weights=later["dropout_weight"]) == pytest.approx(5.5)


def test_stabilised_weights_average_to_one() -> None:
    found = dropout_weights(two_waves(), "score", "C(score)")
    later = found[found["months"] == 6]["dropout_weight"]
    assert later.mean() == pytest.approx(1.0)
    # Half stayed in all.
    assert later.iloc[0] == pytest.approx(0.5 * 20 / 15)


def test_averages_are_put_right() -> None:
    rng = np.random.default_rng(6)
    people = 3000
    first = rng.normal(10, 2, people)
    second = first + rng.normal(0, 1, people)
    stays = rng.uniform(size=people) < 1 / (1 + np.exp(first - 10))
    table = pd.DataFrame(
        {
            "participant_id": np.tile(np.arange(people), 2),
            "months": np.repeat([0.0, 6.0], people),
            "score": np.concatenate([first, np.where(stays, second, np.nan)]),
        }
    )
    seen = table.dropna()
    plain = gee("score ~ months", seen, family="gaussian", correlation="independence").tidy()["estimate"].iloc[1]
    weighed = dropout_weights(table, "score", "score")
    fit = gee("score ~ months", weighed, family="gaussian", correlation="independence", weights="dropout_weight")
    # The truth is no change; its error is about 0.01 a month.
    assert plain < -0.15
    assert fit.tidy()["estimate"].iloc[1] == pytest.approx(0, abs=0.03)


def test_whoever_comes_back_counts_as_gone() -> None:
    table = two_waves()
    back = pd.DataFrame({"participant_id": [19], "months": [12], "score": [4.0]})
    found = dropout_weights(pd.concat([table, back], ignore_index=True), "score", "C(score)")
    assert 12 not in set(found["months"])
    assert ("seen again after a gap", 1) in found.attrs["left_out"]


def test_what_cannot_be_weighed_is_said() -> None:
    table = two_waves()
    with pytest.raises(DefinitionError, match="two rows"):
        dropout_weights(pd.concat([table, table]), "score", "C(score)")
    whole = table[table["participant_id"].isin(table.loc[table["months"] == 6, "participant_id"])]
    with pytest.raises(NotEstimable, match="Only 0 dropped out"):
        dropout_weights(whole, "score", "score")
    with pytest.raises(DefinitionError, match="'age' is missing"):
        dropout_weights(table.assign(age=np.nan), "score", "age")
