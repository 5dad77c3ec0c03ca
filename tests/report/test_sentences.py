"""Sentences: right numbers, no claim that the numbers do not carry."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from remission.estimate import kaplan_meier
from remission.estimate.result import Coefficients, Curve, MixedFit, Test
from remission.questions import Problem
from remission.report import sentences
from remission.report.names import Names

TIMES = (30, 90, 180, 365)
MakeCurve = Callable[..., Curve]
PROOF = "this is association, not proof"


def test_curve_by_hand() -> None:
    # 20 participants, events on days 1 to 5, the others followed to day 200: S = 15/20.
    # At day 180 fifteen are at risk, enough; day 365 is beyond.
    table = pd.DataFrame({"exit": [1, 2, 3, 4, 5, *[200] * 15], "event": [1] * 5 + [0] * 15})
    table.attrs = {"definition": "first use after day 0"}
    told = sentences.curve_sentence(kaplan_meier(table), TIMES)
    # log-log limits as R prints them for this curve: 0.500 to 0.887.
    assert told == "At day 180 an estimated 75 of 100 participants (95 % CI 50 to 89) had not yet used."


def test_the_day_told_is_one_with_enough_at_risk(make_curve: MakeCurve) -> None:
    # 40 participants leave ten days apart: at day 180 there are 23, at day 365 four.
    assert sentences.curve_sentence(make_curve(size=40), TIMES).startswith("At day 180 ")
    # Of nine none of the days has 11; the last with anyone is day 90.
    assert sentences.curve_sentence(make_curve(size=9), TIMES).startswith("At day 90 ")


def test_nobody_followed_to_the_first_day() -> None:
    curve = kaplan_meier(pd.DataFrame({"exit": [3, 4], "event": [0, 1]}).assign(event=[1, 0]))
    assert sentences.curve_sentence(curve, TIMES).startswith("Nobody was followed to day 30")


def test_two_groups_spell_the_difference_out(make_curve: MakeCurve, make_test: Callable[[float], Test]) -> None:
    curve = make_curve(groups=2)
    told = sentences.comparison_sentence(curve, make_test(0.85), TIMES)
    first, second = (round(100 * value) for value in curve.at(180)["estimate"][[1, 0]])
    assert f"{first} of 100" in told
    assert f"{second} of 100" in told
    assert f"{abs(first - second)} {'more' if first > second else 'fewer'} of 100" in told
    assert f"Groups chose themselves: {PROOF}." in told


@pytest.mark.parametrize("p_value", [0.051, 0.2, 0.85, 0.999])
def test_a_large_p_value_is_never_no_difference(p_value: float, make_test: Callable[[float], Test]) -> None:
    told = sentences.test_sentence(make_test(p_value))
    assert "do not settle" in told
    for claim in ("no difference", "not differ", "equal", "same", "no effect", "not significant"):
        assert claim not in told


def test_a_small_p_value_is_told_without_a_cause(make_test: Callable[[float], Test]) -> None:
    told = sentences.test_sentence(make_test(0.003))
    assert "p = 0.003" in told
    assert "would be rare" in told
    assert "chi-squared 0.035 on 1 df" in told


def test_a_comparison_without_a_test_says_why(make_curve: MakeCurve) -> None:
    told = sentences.comparison_sentence(make_curve(groups=2), Problem("No event was observed."), TIMES)
    assert "No event was observed." in told


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("group", f"Groups chose themselves: {PROOF}."),
        ("involvement", f"Groups chose themselves: {PROOF}."),
        ("sex", f"Chance did not form these groups: {PROOF}."),
        ("arm", "This proves a cause only as far as chance alone assigned the arms."),
        ("months", ""),
        ("", ""),
    ],
)
def test_cautions(variable: str, told: str) -> None:
    assert sentences.caution(variable, Names(given=frozenset({"sex"}))) == told


def test_cox_leads_with_what_participants_chose(make_cox: Callable[..., Coefficients]) -> None:
    # exp(-0.0408) = 0.96, exp(-0.3285) = 0.72, exp(0.2469) = 1.28.
    rows: list[tuple[Any, ...]] = [
        ("C(sex)[T.female]", 0.1, -0.2, 0.4, 0.5),
        ("age", -0.01, -0.02, 0.01, 0.5),
        ("attended", -0.0408, -0.3285, 0.2469, 0.79),
    ]
    told = sentences.coefficients_sentence(make_cox(rows), Names(given=frozenset({"age"})))
    assert told == (
        "Per unit of “attended” the hazard of first use after day 0 was 0.96 times (95 % CI 0.72 to 1.28, "
        "p = 0.79) as high, other terms held constant; the interval reaches across 1, so its direction is "
        f"open. Groups chose themselves: {PROOF}."
    )


def test_cox_on_a_category(make_cox: Callable[..., Coefficients]) -> None:
    told = sentences.coefficients_sentence(make_cox([("C(group)[T.smart]", -0.5, -0.9, -0.1, 0.01)]))
    assert told.startswith("For “mutual-help group: SMART Recovery” the hazard of first use")
    assert "that of the reference group" in told
    assert "open" not in told


def test_mixed_leads_with_time(make_mixed: Callable[..., MixedFit]) -> None:
    rows = [
        ("Intercept", 32.3, 30.9, 33.7, 0.0),
        ("attended", -2.1, -3.6, -0.7, 0.003),
        ("months", -0.455, -0.523, -0.388, 1e-9),
    ]
    assert sentences.coefficients_sentence(make_mixed(rows)) == (
        "Per month since day 0, “depression” changed by −0.455 (95 % CI −0.523 to −0.388, p < 0.001), "
        "other terms held constant."
    )


def test_mixed_with_a_crossed_slope_speaks_of_the_reference_group(
    make_mixed: Callable[..., MixedFit],
) -> None:
    rows = [
        ("Intercept", 4.0, 3.0, 5.0, 0.0),
        ("months", 0.02, -0.01, 0.03, 0.2),
        ("months:C(group)[T.smart]", 0.0, -0.1, 0.1, 0.9),
    ]
    told = sentences.coefficients_sentence(make_mixed(rows))
    assert "in the reference group" in told
    assert "reaches across 0" in told


def test_follow_up() -> None:
    frame = pd.DataFrame({"wave": ["baseline", "month_6", "month_12"], "due": [600, 400, 0], "answered": [600, 311, 0]})
    # 311 / 400 = 77.75 %.
    assert sentences.follow_up_sentence(frame) == "At month 6, 311 of 400 participants due answered (78 %)."
    assert sentences.follow_up_sentence(frame.assign(due=0)) == "No interview is due yet."
