"""Recodes, differences, tables, skips by sums, whole-form limits: each by hand, and their faults by name."""

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from remission.survey import Instrument, score, scored_items, unasked

FORM: dict[str, Any] = {
    "name": "made",
    "version": "1",
    "title": "Made",
    "concept": "test",
    "recall": "now",
    "wording": "absent",
    "citation": {"text": "none"},
    "licence": {"holder": "nobody", "terms": "own"},
    "confidence": "medium",
    "choices": {"five": [{"value": value, "label": str(value)} for value in range(5)]},
    "recodes": {
        "days": [
            {"low": 0, "high": 0, "score": 0},
            {"low": 1, "high": 3, "score": 1},
            {"low": 4, "high": 9, "score": 4},
        ]
    },
    "tables": {"t": [{"raw": raw, "score": 20 + 5 * raw, "std_error": 2.5} for raw in range(9)]},
    "items": [
        {"name": "a", "descriptor": "a", "choices": "five", "counts_if": [2, 4]},
        {"name": "b", "descriptor": "b", "choices": "five", "reverse": True, "counts_from": 3},
        {"name": "days", "descriptor": "days", "kind": "count", "minimum": 0, "maximum": 9},
        {
            "name": "late",
            "descriptor": "late",
            "choices": "five",
            "asked_if": [{"item": "a", "at_least": 1}, {"sum_of": ["a", "days"], "at_least": 3}],
            "when_skipped": 0,
        },
    ],
    "scales": [
        {"name": "first", "title": "First", "items": ["a", "late"], "rule": "sum", "range": [0, 8]},
        {"name": "second", "title": "Second", "items": ["b"], "rule": "value", "range": [0, 4]},
        {"name": "gap", "title": "Gap", "of": ["first", "second"], "rule": "difference", "range": [-4, 8]},
        {"name": "middle", "title": "Middle", "of": ["first", "second"], "rule": "mean", "range": [0, 6]},
        {
            "name": "recoded",
            "title": "R",
            "items": ["days"],
            "rule": "sum",
            "recode": {"days": "days"},
            "range": [0, 4],
        },
        {"name": "t", "title": "T", "items": ["a", "late"], "rule": "sum", "table": "t", "range": [20, 60]},
        {"name": "percent", "title": "P", "items": ["a"], "rule": "mean", "times": 25, "plus": -10},
        {"name": "counted", "title": "C", "items": ["a", "b"], "rule": "count_of", "range": [0, 2]},
        {
            "name": "lenient",
            "title": "L",
            "items": ["a", "b", "late"],
            "rule": "sum",
            "missing": {"kind": "prorate", "min_answered": 2, "min_of_form": 3},
        },
    ],
}


def made(**change: Any) -> Instrument:
    return Instrument.model_validate(copy.deepcopy(FORM) | change)


def sheet(**values: float) -> pd.DataFrame:
    rows = [{"item": item, "value": float(value)} for item, value in values.items()]
    return pd.DataFrame(rows).assign(
        participant_id="p", wave="w", day=0, instrument="made", version="1", missing_reason=None
    )


def scores(**values: float) -> dict[str, float]:
    return score(made(), sheet(**values)).set_index("scale")["score"].to_dict()


def test_a_full_sheet_by_hand() -> None:
    # b is turned round: 4 - 1 = 3. first 2 + 4; gap 6 - 3; mean (6 + 3) / 2; days 4 -> 4; T of 6 is 50;
    # 25 * 2 - 10; a = 2 is listed and the turned b = 3 reaches 3.
    found = scores(a=2, b=1, days=4, late=4)
    assert found == {
        "first": 6,
        "second": 3,
        "gap": 3,
        "middle": 4.5,
        "recoded": 4,
        "t": 50,
        "percent": 40,
        "counted": 2,
        "lenient": 9,
    }


@pytest.mark.parametrize(
    ("answers", "first"),
    [
        ({"a": 0, "days": 9}, 0),  # the first condition fails
        ({"a": 1, "days": 1}, 1),  # 1 + 1 stays below 3
        ({"a": 1, "days": 2}, np.nan),  # 1 + 2 reaches 3: late was to be asked and is missing
        ({"a": 0}, 0),  # the failed condition is enough
        ({"a": 1}, np.nan),  # days unknown: nobody knows whether late was to be asked
        ({"a": 0, "days": 0, "late": 4}, 4),  # an answer counts even behind a closed gate
    ],
)
def test_skips_by_sums(answers: dict[str, float], first: float) -> None:
    assert scores(**answers)["first"] == pytest.approx(first, nan_ok=True)


def test_what_was_rightly_skipped_is_named() -> None:
    assert unasked(made(), sheet(a=1, days=1))["item"].tolist() == ["late"]
    assert unasked(made(), sheet(a=1, days=2)).empty


def test_a_difference_needs_both_scales() -> None:
    assert np.isnan(scores(a=0, days=0)["gap"])


def test_the_whole_form_must_be_answered_far_enough() -> None:
    # Two of a, b, late: (2 + 3) * 3 / 2; the form has three answers with days, two without.
    assert scores(a=2, b=1, days=9)["lenient"] == 7.5
    assert np.isnan(scores(a=2, b=1)["lenient"])
    told = score(made(), sheet(a=2, b=1, days=9), scale="lenient").iloc[0]
    assert told[["n_answered", "n_items", "n_filled"]].tolist() == [2, 3, 1]


def test_scored_items_are_what_a_scale_adds_up() -> None:
    told = sheet(a=2, b=1, days=4, late=4)
    items = scored_items(made(), told, "lenient")
    assert items[["a", "b", "late"]].to_numpy().tolist() == [[2, 3, 4]]
    assert scored_items(made(), told, "recoded")["days"].tolist() == [4]


def test_sheets_about_two_groups_are_scored_apart() -> None:
    told = pd.concat([sheet(a=2, b=1).assign(about="aa"), sheet(a=0, b=1).assign(about="smart")])
    found = score(made(), told, scale="percent").set_index("about")["score"]
    assert found.to_dict() == {"aa": 40, "smart": -10}


def scale(place: int, **change: Any) -> dict[str, Any]:
    scales = copy.deepcopy(FORM["scales"])
    scales[place] |= change
    return {"scales": scales}


def item(place: int, **change: Any) -> dict[str, Any]:
    items = copy.deepcopy(FORM["items"])
    items[place] |= change
    return {"items": items}


FAULTS = [
    (scale(0, range=[0, 9]), "its range says 0 to 9, but its items reach 0 to 8"),
    (scale(0, of=["second"]), "either items or, in 'of', other scales"),
    (scale(1, items=["a", "b"]), "the rule 'value' takes one item"),
    (scale(2, of=["first"]), "a difference is of two scales"),
    (scale(2, of=["first", "t"]), "'of' names 't', which is no scale defined before it"),
    (scale(2, rule="max"), "the rule 'max' does not work on scales"),
    (scale(4, recode={"a": "days"}), "recode names 'a', which is not one of its items"),
    (scale(4, recode={"days": "weeks"}), "there is no recode 'weeks'"),
    (scale(5, table="absent"), "there is no table 'absent'"),
    (scale(8, missing={"kind": "prorate", "min_answered": 2, "min_of_form": 9}), "min_of_form exceeds the 4 items"),
    (scale(0, cutoffs=[{"label": "high"}]), "cutoff 'high': it says either at_least or at_most"),
    ({"recodes": {"days": [{"low": 0, "high": 3, "score": 0}]}}, "recode 'days' has no step for 4 of 'days'"),
    (
        {"recodes": {"days": [{"low": 0, "high": 3, "score": 0}, {"low": 3, "high": 9, "score": 1}]}},
        "recode 'days': two steps hold 3",
    ),
    (item(0, counts_from=1), "counts_from and counts_if exclude each other"),
    (item(3, asked_if={"item": "absent", "equals": [1]}), "asked_if names the absent item 'absent'"),
    (item(0, asked_if={"item": "late", "equals": [1]}), "asked_if names 'late', which is asked later"),
    (item(3, asked_if={"item": "a"}), "a condition says either equals or at_least"),
    (item(3, asked_if={"item": "a", "sum_of": ["b"], "equals": [1]}), "either one item or the items of a sum_of"),
]


@pytest.mark.parametrize(("change", "told"), FAULTS, ids=[told[:45] for _, told in FAULTS])
def test_faults_are_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        made(**change)
    assert told in str(refusal.value)
