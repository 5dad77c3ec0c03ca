"""Coefficients as text: ratios where the estimates are logs, differences where they are not."""

from collections.abc import Callable
from math import inf, nan

from remission.estimate.result import Coefficients, MixedFit
from remission.report import coefficient_table, variance_table
from remission.report.names import PLAIN


def test_hazard_ratios_by_hand(make_cox: Callable[..., Coefficients]) -> None:
    # exp(log 2) = 2, exp(0) = 1, exp(log 4) = 4.
    table = coefficient_table(make_cox([("attended", 0.693147, 0.0, 1.386294, 0.049)]))
    assert table.iloc[0].tolist() == ["attended", "2.00 (1.00 to 4.00)", "0.049"]
    assert list(table.columns) == ["Term", "Hazard ratio (95 % CI)", "p"]


def test_runaway_and_unknown_estimates(make_cox: Callable[..., Coefficients]) -> None:
    table = coefficient_table(make_cox([("a", 800.0, -800.0, inf, 1.0), ("b", nan, nan, nan, nan)]))
    assert table.iloc[0].tolist() == ["a", "> 999 (< 0.001 to > 999)", "> 0.99"]
    assert table.iloc[1].tolist() == ["b", "— (no interval)", "—"]


def test_differences_of_a_mixed_model(make_mixed: Callable[..., MixedFit]) -> None:
    table = coefficient_table(make_mixed([("months", -0.455, -0.523, -0.388, 1e-9)]))
    assert table.iloc[0].tolist() == ["months since day 0", "−0.455 (−0.523 to −0.388)", "< 0.001"]
    assert "Coefficient (95 % CI)" in table.columns


def test_variances(make_mixed: Callable[..., MixedFit]) -> None:
    table = variance_table(make_mixed([("months", 1.0, 0.0, 2.0, 0.1)]), PLAIN)
    assert table.to_numpy().tolist() == [
        ["intercept", "variance", "80.00"],
        ["intercept with months since day 0", "covariance", "−0.200"],
        ["residual", "variance", "89.00"],
    ]
