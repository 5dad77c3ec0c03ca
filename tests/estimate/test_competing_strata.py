"""Fine–Gray regression with strata: against R, collapse to separate models, invariants, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError, NotEstimable
from remission.estimate import fine_gray

HERE = Path(__file__).resolve().parents[1] / "reference"
R: dict[str, Any] = json.loads((HERE / "competing_strata.json").read_text())
MODEL = "Event(exit, cause) ~ x + z"
# All Newton methods are run to their last digits, and no times are tied, which programs weigh differently.
TOLERANCE = 1e-8


def clinics() -> pd.DataFrame:
    return pd.read_csv(HERE / "competing_clusters.csv").assign(ward=lambda t: t["clinic"] % 3)


def with_ties() -> pd.DataFrame:
    return pd.read_csv(HERE / "competing_made.csv")


@pytest.mark.parametrize("cause", [1, 2])
def test_against_r(cause: int) -> None:
    theirs, fit = R["causes"][cause - 1], fine_gray(MODEL, clinics(), cause=cause, strata="ward")
    assert fit.tidy()["estimate"].tolist() == pytest.approx(theirs["coef"], abs=TOLERANCE)
    assert [fit.log_likelihood_null, fit.log_likelihood] == pytest.approx(theirs["loglik"], abs=TOLERANCE)
    assert fit.tidy()["estimate"].tolist() == pytest.approx(theirs["mets_coef"], abs=TOLERANCE)
    assert fit.tidy()["std_error"].tolist() == pytest.approx(theirs["mets_se"], abs=TOLERANCE)
    people = pd.DataFrame({"x": 1, "z": 1, "ward": [0, 1, 2]})
    steps = fit.incidence(people)
    for ward in people["ward"]:
        told = [steps.loc[:day, ward].iloc[-1] for day in R["times"]]
        assert told == pytest.approx(theirs["incidence"][ward], abs=TOLERANCE)


@pytest.mark.parametrize("cause", [1, 2, 3])
def test_effects_of_each_strata_own_are_those_of_separate_models(cause: int) -> None:
    table, names = with_ties(), ["a", "b", "c"]
    own = table.assign(**{f"x_{name}": table["x"] * (table["group"] == name) for name in names})
    together = fine_gray("Event(exit, cause) ~ x_a + x_b + x_c", own, cause=cause, strata="group")
    found = together.tidy().set_index("term")
    alone = {name: fine_gray("Event(exit, cause) ~ x", table[table["group"] == name], cause=cause) for name in names}
    for name, fit in alone.items():
        for column in ("estimate", "std_error"):
            assert found.loc[f"x_{name}", column] == pytest.approx(fit.tidy()[column].item(), rel=1e-7)
    assert together.log_likelihood == pytest.approx(sum(fit.log_likelihood or 0 for fit in alone.values()), rel=1e-10)
    # Strata know nothing of one another, so effects of their own are uncorrelated.
    correlations = together.vcov.to_numpy() - np.diag(np.diag(together.vcov))
    np.testing.assert_allclose(correlations, 0, atol=1e-10)
    for name, fit in alone.items():
        person = pd.DataFrame({f"x_{each}": [float(each == name)] for each in names}).assign(group=name, x=1.0)
        mine, theirs = together.incidence(person)[0].dropna(), fit.incidence(person)[0]
        np.testing.assert_allclose(mine.loc[theirs.index], theirs, rtol=1e-7)


def test_one_stratum_is_none() -> None:
    plain = fine_gray(MODEL, with_ties())
    one = fine_gray(MODEL, with_ties().assign(all=1), strata="all")
    pd.testing.assert_frame_equal(one.tidy(), plain.tidy(), check_exact=False, rtol=1e-12)
    assert plain.method.options["strata"] is None


def test_the_same_people_in_two_strata_tell_twice_as_much() -> None:
    once = fine_gray(MODEL, with_ties()).tidy()
    twice = fine_gray(MODEL, pd.concat([with_ties().assign(copy=1), with_ties().assign(copy=2)]), strata="copy").tidy()
    assert twice["estimate"].tolist() == pytest.approx(once["estimate"].tolist(), rel=1e-9)
    assert twice["std_error"].tolist() == pytest.approx((once["std_error"] / np.sqrt(2)).tolist(), rel=1e-9)


def test_names_and_order_of_strata_do_not_matter() -> None:
    table = with_ties()
    usual = fine_gray(MODEL, table, strata="group").tidy()
    renamed = table.assign(group=table["group"].map({"a": 9, "b": 2, "c": 5})).sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(fine_gray(MODEL, renamed, strata="group").tidy(), usual, rtol=1e-9)


@pytest.mark.parametrize("place", ["before", "after"])
def test_a_stratum_without_the_cause_says_nothing(place: str) -> None:
    table = clinics()
    silent = table[table["cause"] != 1].assign(ward=7)
    both = pd.concat([silent, table] if place == "before" else [table, silent])
    usual = fine_gray(MODEL, table, strata="ward").tidy()
    found = fine_gray(MODEL, both, strata="ward")
    pd.testing.assert_frame_equal(found.tidy(), usual, rtol=1e-8)
    nothing = found.incidence(pd.DataFrame({"x": [0], "z": [0], "ward": [7]}))[0].dropna()
    assert nothing.eq(0).all()


def test_a_curve_ends_with_its_stratum() -> None:
    table = clinics()
    short = table[(table["ward"] != 1) | (table["exit"] < 60)]
    steps = fine_gray(MODEL, short, strata="ward").incidence(pd.DataFrame({"x": 0, "z": 0, "ward": [0, 1]}))
    last = short.loc[short["ward"] == 1, "exit"].max()
    assert steps.loc[:last, 1].notna().all()
    assert steps.loc[steps.index > last, 1].isna().all()
    assert steps[0].notna().sum() > steps[1].notna().sum()


def test_rows_without_a_stratum_are_left_out_and_counted() -> None:
    table = clinics().assign(ward=lambda t: t["ward"].where(t.index > 4))
    sample = fine_gray(MODEL, table, strata="ward").sample
    assert sample.rows == len(table) - 5
    assert ("ward is missing", 5) in sample.left_out


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (pd.DataFrame({"x": [0], "z": [0], "ward": [8]}), "'8' of 'ward' was not among the model's strata"),
        (pd.DataFrame({"x": [0], "z": [0]}), "no column 'ward'"),
    ],
)
def test_no_prediction_for_a_stratum_that_nobody_was_in(people: pd.DataFrame, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        fine_gray(MODEL, clinics(), strata="ward").incidence(people)


def test_a_covariate_that_strata_fix_has_no_effect_to_estimate() -> None:
    with pytest.raises(NotEstimable):
        fine_gray("Event(exit, cause) ~ x + ward", clinics(), strata="ward")
