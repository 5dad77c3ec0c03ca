"""Each rule, missing rule and skip by hand, on an instrument of four items from 1 to 5, the last reversed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from remission.survey import Instrument, score

HEAD: dict[str, Any] = {
    "name": "small",
    "version": "1",
    "title": "Small",
    "concept": "test",
    "recall": "now",
    "wording": "absent",
    "citation": {"text": "none"},
    "licence": {"holder": "the project", "terms": "own"},
    "confidence": "medium",
    "choices": {"five": [{"value": value, "label": str(value)} for value in range(1, 6)]},
}


def built(items: list[dict[str, Any]], rule: str, missing: dict[str, Any]) -> Instrument:
    names = [item["name"] for item in items]
    scale = {"name": "s", "title": "S", "items": names, "rule": rule, "missing": missing}
    return Instrument.model_validate(
        HEAD | {"items": [{"descriptor": item["name"], **item} for item in items], "scales": [scale]}
    )


def four(rule: str = "sum", missing: dict[str, Any] | None = None) -> Instrument:
    item = {"choices": "five", "counts_from": 4}
    return built([{"name": n, "reverse": n == "d", **item} for n in "abcd"], rule, missing or {})


def gated(when_skipped: float | None) -> Instrument:
    count = {"kind": "count", "minimum": 0, "maximum": 9}
    asked = {"name": "much", "asked_if": {"item": "ever", "equals": [1]}, "when_skipped": when_skipped}
    return built([{"name": "ever", **count}, {**asked, **count}], "sum", {})


def scored(made: Instrument, answers: dict[str, float], reason: dict[str, str] | None = None) -> float:
    frame = pd.DataFrame({"item": list(answers), "value": np.array(list(answers.values()), dtype=float)})
    frame["missing_reason"] = frame["item"].map(reason or {}).astype(object)
    frame = frame.assign(participant_id="p1", wave="baseline", day=0, instrument="small", version="1")
    return float(score(made, frame)["score"].iloc[0])


def agrees(found: float, expected: float | None) -> bool:
    return bool(np.isnan(found)) if expected is None else found == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("rule", "expected"),
    # d is reversed: 1 + 5 - 2 = 4. Sum 5 + 3 + 4 + 4 = 16; three of the four reach 4.
    [("sum", 16), ("mean", 4), ("max", 5), ("count_of", 3), ("any", 1)],
)
def test_rules(rule: str, expected: float) -> None:
    assert scored(four(rule), {"a": 5, "b": 3, "c": 4, "d": 2}) == expected


@pytest.mark.parametrize(
    ("kind", "answers", "expected"),
    [
        ("prorate", {"a": 5, "b": 3, "c": 4}, 16),  # mean 12 / 3 = 4, times 4
        ("prorate", {"a": 5, "c": 4, "d": 1}, 56 / 3),  # (5 + 4 + reversed 5) / 3 * 4
        ("sum_answered", {"a": 5, "b": 3, "c": 4}, 12),  # unanswered d is 0, not a reversed 0
        ("prorate", {"a": 5, "b": 3}, None),
        ("sum_answered", {"a": 5, "b": 3}, None),
    ],
)
def test_missing_rules(kind: str, answers: dict[str, float], expected: float | None) -> None:
    assert agrees(scored(four(missing={"kind": kind, "min_answered": 3}), answers), expected)


@pytest.mark.parametrize("held", [2, 9])
def test_a_code_left_in_a_missing_answer_is_no_answer(held: float) -> None:
    assert np.isnan(scored(four(), {"a": 5, "b": 3, "c": 4, "d": held}, {"d": "refused"}))


@pytest.mark.parametrize(
    ("answers", "when_skipped", "expected"),
    [
        ({"ever": 1, "much": 7}, 0, 8),
        ({"ever": 0}, 0, 0),  # rightly skipped
        ({"ever": 1}, 0, None),  # asked, not answered
        ({"much": 7}, 0, None),  # nobody knows whether it was to be asked
        ({"ever": 0}, None, None),
    ],
)
def test_skips(answers: dict[str, float], when_skipped: float | None, expected: float | None) -> None:
    assert agrees(scored(gated(when_skipped), answers), expected)
