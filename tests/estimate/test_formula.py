"""Formulas: both sides, random terms, names of terms, and rows left out."""

import numpy as np
import pandas as pd
import pytest

from remission.errors import DefinitionError
from remission.estimate.formula import (
    RandomTerm,
    Response,
    build_design,
    complete_rows,
    split_random_terms,
    split_sides,
    variables_of,
)

TABLE = pd.DataFrame(
    {"group": ["none", "smart", "lifering", "none"], "days": [1.0, 2.0, 4.0, 8.0], "engaged": [0, 1, 1, 0]}
)


@pytest.mark.parametrize(
    ("formula", "response", "right"),
    [
        ("Event(entry, exit, event) ~ x", Response("Event", ("entry", "exit", "event")), "x"),
        ("Event( exit ,event )~C(group)", Response("Event", ("exit", "event")), "C(group)"),
        ("Interval(left, right) ~ x", Response("Interval", ("left", "right")), "x"),
        ("cesd ~ months * group", Response("", ("cesd",)), "months * group"),
    ],
)
def test_sides(formula: str, response: Response, right: str) -> None:
    assert split_sides(formula) == (response, right)


@pytest.mark.parametrize("formula", ["x", "~ x", "y ~", "y ~ x ~ z", ""])
def test_formulas_without_two_sides_are_refused(formula: str) -> None:
    with pytest.raises(DefinitionError, match="'~'"):
        split_sides(formula)


@pytest.mark.parametrize(
    ("right", "fixed", "random"),
    [
        ("x", "x", ()),
        ("x + (1 | g)", "x", (RandomTerm("1", "g"),)),
        ("(1 + x | g)", "1", (RandomTerm("1 + x", "g"),)),
        ("(1 | g) + x", "x", (RandomTerm("1", "g"),)),
        ("x + (1 | g) + z", "x + z", (RandomTerm("1", "g"),)),
        ("x + (1 | g) + (0 + x | site)", "x", (RandomTerm("1", "g"), RandomTerm("0 + x", "site"))),
        ("x + (1 + x || g)", "x", (RandomTerm("1", "g"), RandomTerm("0 + x", "g"))),
        ("x + (0 + x || g)", "x", (RandomTerm("0 + x", "g"),)),
        ("C(a) * x + (1 + C(a) | g)", "C(a) * x", (RandomTerm("1 + C(a)", "g"),)),
    ],
)
def test_random_terms(right: str, fixed: str, random: tuple[RandomTerm, ...]) -> None:
    found_fixed, found_random = split_random_terms(right)
    assert found_fixed.replace(" ", "") == fixed.replace(" ", "")
    assert found_random == random


def test_variables_of_both_sides_random_terms_included() -> None:
    assert variables_of("Event(exit, event) ~ C(group) + log(days)") == {"exit", "event", "group", "days"}
    assert variables_of("cesd ~ months + (1 + months | participant_id)") == {"cesd", "months", "participant_id"}


def test_terms_are_named_and_coded_against_the_first_category() -> None:
    design = build_design("C(group) + days + C(group):engaged", TABLE, intercept=False)
    assert design.terms[:3] == ("C(group)[T.none]", "C(group)[T.smart]", "days")
    assert design.matrix[:, 1].tolist() == [0, 1, 0, 0]
    groups = design.columns_by_term()
    assert list(groups) == ["C(group)", "days", "C(group):engaged"]
    assert groups["C(group)"] == [0, 1]


def test_new_rows_are_laid_out_as_the_fitted_ones() -> None:
    # center() must use the mean of the fitted rows, 3.75, and categories those of the fitted rows.
    design = build_design("C(group) + center(days)", TABLE, intercept=False)
    new = design.design_for(pd.DataFrame({"group": ["smart"], "days": [3.75]}))
    assert new.tolist() == [[0, 1, 0]]


def test_categories_that_no_row_has_make_no_column() -> None:
    table = TABLE.assign(group=pd.Categorical(TABLE["group"], categories=["smart", "none", "lifering", "other"]))
    assert build_design("group", table, intercept=False).terms == ("group[T.none]", "group[T.lifering]")


def test_values_that_are_not_finite_are_named() -> None:
    with pytest.raises(DefinitionError, match="days"):
        build_design("days", TABLE.assign(days=[1.0, np.inf, 2.0, 3.0]), intercept=False)


def test_rows_left_out_are_counted_once_each_after_those_of_the_table() -> None:
    table = pd.DataFrame({"x": [1.0, None, None, 4.0], "y": [None, None, 3.0, 4.0]})
    table.attrs["left_out"] = (("no report on use", 7),)
    frame = complete_rows(table, ["x", "y"])
    assert frame.left_out == (("no report on use", 7), ("x is missing", 2), ("y is missing", 1))
    assert len(frame.table) == 1
    with pytest.raises(DefinitionError, match="no column z"):
        complete_rows(table, ["x", "z"])
