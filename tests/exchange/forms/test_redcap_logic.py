"""Branching logic: what conditions can say of it, and what they cannot."""

import pytest

from remission.exchange.forms.redcap_logic import read_logic, write_logic
from remission.survey.part import Condition

ONE = Condition(item="a", equals=(1,))
SOME = Condition(item="a", equals=(1, 2.5))
LEAST = Condition(item="b", at_least=-3)
SUM = Condition(sum_of=("a", "b"), at_least=2)


@pytest.mark.parametrize(
    ("conditions", "text"),
    [
        ((), ""),
        ((ONE,), "[a] = '1'"),
        ((SOME,), "([a] = '1' or [a] = '2.5')"),
        ((SOME, LEAST, SUM), "([a] = '1' or [a] = '2.5') and [b] >= -3 and [a] + [b] >= 2"),
    ],
)
def test_conditions_out_and_in(conditions: tuple[Condition, ...], text: str) -> None:
    assert write_logic(conditions) == (text, [])
    if text:
        assert read_logic(text)[0] == conditions


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("[a]='1'", (ONE,)),
        ('[a] = "1"', (ONE,)),
        ("1 = [a]", (ONE,)),
        ("(([a]=1))", (ONE,)),
        ("[a]='1' OR [a]='2.5'", (SOME,)),
        ("-3 <= [b] AND ([a]=1 or ([a]=2.5))", (LEAST, SOME)),
        ("([a]+[b])>=2", (SUM,)),
        ("[a] = '1'\nand [b] >= '-3'", (ONE, LEAST)),
    ],
)
def test_other_spellings_are_read(text: str, conditions: tuple[Condition, ...]) -> None:
    found, _, lost = read_logic(text)
    assert (found, lost) == (conditions, [])


def test_sum_is_read_and_its_way_with_blanks_is_noted() -> None:
    found, fields, lost = read_logic("sum([a], [b]) >= 2")
    assert found == (SUM,)
    assert fields == ["a", "b"]
    assert len(lost) == 1
    assert "a blank as nothing" in lost[0]


@pytest.mark.parametrize(
    "text",
    [
        "[a] = '1' or [b] = '1'",
        "[a] = '1' or [b] >= 2",
        "[a] <> '1'",
        "[a] > 1",
        "[a] <= 1",
        "[a] = ''",
        "[a] = [b]",
        "[a(1)] = '1'",
        "[baseline_arm_1][a] = '1'",
        "not([a] = '1')",
        "datediff([a], 'today', 'd') >= 3",
        "if([a] = 1, 1, 0) = 1",
        "sum() >= 2",
        "[a] = '1' and",
        "([a] = '1'",
        "[a] = '1')",
        "sum([a] [b]) = 1",
        "[a]",
        "[a] * 2 = 1",
        "ceci n'est pas",
        "(" * 5000 + "[a] = 1" + ")" * 5000,
        "sum(" * 5000,
    ],
)
def test_what_conditions_cannot_say_is_a_loss_that_names_the_expression(text: str) -> None:
    found, _, lost = read_logic(text)
    assert found == ()
    assert len(lost) == 1
    assert text in lost[0]
