"""Dictionaries survive the way into a database and back, exactly."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from remission.exchange.files import Clock, Variable, dictionary_json, read_dictionary, variables_from_json

FULL = Variable(
    label="Drinks – per “day”",
    value_labels={-9.0: "refused", 0.1 + 0.2: "odd", "A1": "site", ".a": "not asked", math.inf: "no end", 1e308: "far"},
    missing_ranges=((-math.inf, -1.0), (97.0, 97.0), ("ZZ", "ZZ"), (1.0, math.inf)),
    measure="ordinal",
    format="DTIME12",
    kind="duration",
    clock=Clock(0.001, -3_653),
    width=8,
    display_width=14,
    role="target",
    attributes={"wave": ("1", "2")},
    alignment="right",
)


def test_a_variable_comes_back_as_it_was() -> None:
    told = json.dumps(FULL.as_dict(), allow_nan=False)
    back = Variable.from_dict(json.loads(told))
    assert back == FULL
    assert list(back.value_labels) == list(FULL.value_labels)
    assert Variable.from_dict(json.loads(json.dumps(Variable().as_dict()))) == Variable()


def test_texts_and_numbers_stay_apart() -> None:
    both = Variable(value_labels={1.0: "number", "1": "text"})
    assert Variable.from_dict(both.as_dict()).value_labels == {1.0: "number", "1": "text"}


def test_chosen_variables_are_written_in_the_order_of_the_file(small_file: Callable[..., Path]) -> None:
    dictionary = read_dictionary(small_file())
    assert variables_from_json(dictionary_json(dictionary)) == dictionary.variables
    some = variables_from_json(dictionary_json(dictionary, ["freq_6", "freq_0"]))
    assert some == {name: dictionary.variables[name] for name in ("freq_0", "freq_6")}
    assert list(some) == ["freq_0", "freq_6"]
    with pytest.raises(KeyError):
        dictionary_json(dictionary, ["nobody"])


def test_a_whole_dictionary_of_another_program_comes_back(made_files: Path) -> None:
    dictionary = read_dictionary(made_files / "rich.sav")
    assert variables_from_json(dictionary_json(dictionary, dictionary.variables)) == dictionary.variables
